import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { createKey, createSigner, importKey, toPem } from '../../index.ts';
import { fromBase64, organizationOf, officerIdSchema } from '@tallystick/chaincode/domain';
import { Mistake } from '../mistake.ts';
import { facts } from '../output.ts';
import { action, type Setting } from '../tally.ts';

/** Making and filling wallets. */
export function addWalletCommands(program: Command, setting: Setting): void {
  program
    .command('init')
    .description('make a key in a new wallet, for a gateway (--gateway)')
    .action(
      action(setting, async (tally) => {
        const { organizationId, ledger } = await tally.publicClient().readiness();
        await tally.wallet.saveKey(await createKey());
        tally.wallet.change({ gateway: tally.gateway, ledger });
        const made = { wallet: tally.wallet.folder, gateway: tally.gateway, organizationId, ledger };
        tally.show(made, [`A key was made in ${tally.wallet.title}, for ${organizationId} at ${tally.gateway}.`, `Next: ${tally.line('register --role person')} (or enterprise, or merchant)`]);
      }),
    );

  program
    .command('whoami')
    .description('say what is in the wallet')
    .action(
      action(setting, (tally) => {
        const { gateway, ledger, signer, registration } = tally.wallet.profile();
        const { folder, hasKey, hasCertificate } = tally.wallet;
        const data = { wallet: folder, hasKey, hasCertificate, signer, gateway, ledger, registration: registration?.id, kept: tally.wallet.kept() };
        const yesNo = (value: boolean): string => (value ? 'yes' : 'no');
        tally.show(data, facts({ ...data, hasKey: yesNo(hasKey), hasCertificate: yesNo(hasCertificate), kept: data.kept.join(' ') || undefined }));
      }),
    );

  program
    .command('login')
    .description('buy a short-lived access token with a signed challenge and print it, for example for curl')
    .action(
      action(setting, async (tally) => {
        const accessToken = await (await tally.client()).accessToken();
        tally.show({ accessToken }, [accessToken]);
      }),
    );

  program
    .command('officer')
    .description('wallets of officers')
    .command('import')
    .description('make a wallet of an officer from key and certificate')
    .requiredOption('--key <file>', 'private key, PKCS #8 PEM')
    .requiredOption('--certificate <file>', 'certificate, PEM')
    .requiredOption('--as <officer>', 'who it is, for example registrar@NorthPay')
    .action(action<ImportOptions>(setting, importOfficer));
}

interface ImportOptions {
  readonly key: string;
  readonly certificate: string;
  readonly as: string;
}

async function importOfficer(...[tally, options]: Parameters<Parameters<typeof action<ImportOptions>>[1]>): Promise<void> {
  if (!officerIdSchema.safeParse(options.as).success) throw new Mistake(`"${options.as}" is not an officer.`, 'An officer is written as registrar@NorthPay.');
  const { organizationId, ledger } = await tally.publicClient().readiness();
  if (organizationOf(options.as) !== organizationId) throw new Mistake(`${tally.gateway} is the gateway of ${organizationId}, not of ${organizationOf(options.as)}.`, 'Name the gateway of the officer\'s organization with --gateway.');
  const key = await importKey(readFile(options.key));
  const certificate = readFile(options.certificate);
  await createSigner({ id: options.as, key, certificate });
  await tally.wallet.saveKey(key);
  tally.wallet.saveCertificate(certificate.includes('BEGIN') ? certificate : toPem('CERTIFICATE', fromBase64(certificate.trim())));
  tally.wallet.change({ gateway: tally.gateway, ledger, signer: options.as });
  tally.show({ wallet: tally.wallet.folder, signer: options.as }, [`${tally.wallet.title} is now the wallet of ${options.as}.`]);
}

/** @throws Mistake when there is no such file */
export function readFile(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch {
    throw new Mistake(`The file ${file} cannot be read.`);
  }
}
