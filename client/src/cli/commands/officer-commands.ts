import { writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { fromBase64, OFFICER_ROLES, officerIdSchema, organizationOf, type OfficerRole } from '@tallystick/chaincode/domain';
import { appointOfficer, certifyNextKey, createKey, createSigner, dismissOfficer, importKey, requestCertificate, toPem } from '../../index.ts';
import { Mistake } from '../mistake.ts';
import { action, receiptLines, type Setting, type Tally } from '../tally.ts';
import { addVerbs, verb } from '../verb.ts';
import { pemOf, requestIn } from './certificate-commands.ts';
import { readFile } from './wallet-commands.ts';

interface ImportOptions {
  readonly key: string;
  readonly certificate: string;
  readonly as: string;
}

interface AppointOptions {
  readonly role: OfficerRole[];
  readonly request: string;
  readonly out?: string;
}

export function addOfficerCommands(program: Command, setting: Setting): void {
  const officer = program.command('officer').description('who acts for an organization');
  officer
    .command('import')
    .description('make a wallet of an officer from key and certificate')
    .requiredOption('--key <file>', 'private key, PKCS #8 PEM')
    .requiredOption('--certificate <file>', 'certificate, PEM')
    .requiredOption('--as <officer>', 'who it is, for example registrar@NorthPay')
    .action(action<ImportOptions>(setting, importOfficer));
  officer
    .command('request <officer>')
    .description('make the key of an office to be given, for example credit-officer-2@NorthPay, and print the request for its certificate')
    .action(action(setting, (tally, _, id = '') => request(tally, id)));
  officer
    .command('appoint')
    .description('have the key certified and give the office, by an administrator')
    .requiredOption('--request <file>', 'what the officer\'s "tally officer request --json" printed')
    .addOption(new Option('--role <role...>', 'what the officer may do').choices(OFFICER_ROLES).makeOptionMandatory())
    .option('--out <file>', 'where to put the certificate, for the officer')
    .action(action<AppointOptions>(setting, appoint));
  officer
    .command('install')
    .description('put the certificate of an office given in use')
    .requiredOption('--certificate <file>', 'PEM or base64')
    .action(action<{ readonly certificate: string }>(setting, install));
  addVerbs(officer, setting, [
    verb({ usage: 'dismiss <officer>', about: 'officer', help: 'end an office and its certificates, by an administrator', type: dismissOfficer, done: (body) => `${body.officer} is out of office.` }),
  ]);
}

async function importOfficer(tally: Tally, { key: keyFile, certificate: certificateFile, as }: ImportOptions): Promise<void> {
  const { ledger } = await homeOf(tally, as);
  const key = await importKey(readFile(keyFile));
  const certificate = readFile(certificateFile);
  await createSigner({ id: as, key, certificate });
  await tally.wallet.saveKey(key);
  tally.wallet.saveCertificate(pemOf(certificate));
  tally.wallet.change({ gateway: tally.gateway, ledger, signer: as });
  tally.show({ wallet: tally.wallet.folder, signer: as }, [`${tally.wallet.title} is now the wallet of ${as}.`]);
}

async function request(tally: Tally, holder: string): Promise<void> {
  const { ledger } = await homeOf(tally, holder);
  const key = await createKey();
  await tally.wallet.saveKey(key);
  tally.wallet.change({ gateway: tally.gateway, ledger, signer: holder });
  const made = { holder, ...(await requestCertificate(key, { ledger, holder })) };
  tally.show(made, [made.csr, `application ${made.application}`, 'Next: an administrator appoints with "tally officer appoint": give it this in JSON (--json).']);
}

async function appoint(tally: Tally, { role: roles, request: file, out }: AppointOptions): Promise<void> {
  const wanted = requestIn(file);
  const certificate = await certifyNextKey(await tally.client(), wanted);
  const { receipt } = await tally.send(appointOfficer, { officer: wanted.holder, roles, certificate, application: wanted.application });
  const pem = toPem('CERTIFICATE', fromBase64(certificate));
  if (out !== undefined) writeFileSync(out, pem);
  tally.show({ ...receipt, certificate }, [`${wanted.holder} is in office: ${roles.join(', ')}.`, ...receiptLines(receipt), ...(out === undefined ? [pem] : []), 'Next, by the officer: tally officer install --certificate FILE']);
}

async function install(tally: Tally, { certificate: file }: { readonly certificate: string }): Promise<void> {
  const certificate = readFile(file);
  const { thumbprint } = await createSigner({ id: tally.self, key: await tally.wallet.key(), certificate });
  tally.wallet.saveCertificate(pemOf(certificate));
  tally.show({ thumbprint }, [`${tally.self} signs with certificate ${thumbprint} now.`]);
}

/** @throws Mistake unless the gateway is of the officer's organization */
async function homeOf(tally: Tally, officer: string): Promise<{ readonly ledger: string }> {
  if (!officerIdSchema.safeParse(officer).success) throw new Mistake(`"${officer}" is not an officer.`, 'An officer is written as registrar@NorthPay.');
  const { organizationId, ledger } = await tally.publicClient().readiness();
  if (organizationOf(officer) !== organizationId) throw new Mistake(`${tally.gateway} is the gateway of ${organizationId}, not of ${organizationOf(officer)}.`, 'Name the gateway of the officer\'s organization with --gateway.');
  return { ledger };
}
