import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { createKey } from '../../index.ts';
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
}

/** @throws Mistake when there is no such file */
export function readFile(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch {
    throw new Mistake(`The file ${file} cannot be read.`);
  }
}
