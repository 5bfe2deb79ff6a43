import { writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { fromBase64, isAccountId, REVOKE_REASONS, toBase64 } from '@tallystick/chaincode/domain';
import {
  certifyNextKey,
  createKey,
  createSigner,
  fromPem,
  recordNextKey,
  requestCertificate,
  revokeCertificate,
  toPem,
  type RenewalRequest,
  type TallyClient,
} from '../../index.ts';
import { Mistake } from '../mistake.ts';
import { action, receiptLines, type Setting, type Tally } from '../tally.ts';
import { readFile } from './wallet-commands.ts';

interface RenewOptions {
  readonly request: string;
  readonly supersedes?: string;
  readonly out?: string;
}

interface RevokeOptions {
  readonly holder?: string;
  readonly reason: (typeof REVOKE_REASONS)[number];
}

export function addCertificateCommands(program: Command, setting: Setting): void {
  const certificate = program.command('certificate').description('certificates of accounts and officers');
  certificate
    .command('request')
    .description('make the next key of the wallet and print the request and application for its certificate')
    .action(action(setting, request));
  certificate
    .command('renew')
    .description('have the next key certified and recorded in place of the present one, by the registrar (accounts) or administrator (officers)')
    .requiredOption('--request <file>', 'what the holder\'s "tally certificate request --json" printed')
    .option('--supersedes <thumbprint>', 'the certificate that ends; the active one of the account unless told')
    .option('--out <file>', 'where to put the new certificate, for its holder')
    .action(action<RenewOptions>(setting, renew));
  certificate
    .command('install')
    .description('put the next key and its recorded certificate in use')
    .requiredOption('--certificate <file>', 'PEM or base64')
    .action(action<{ readonly certificate: string }>(setting, install));
  certificate
    .command('revoke <thumbprint>')
    .description('end a certificate at once, by its holder, registrar or administrator')
    .option('--holder <account or officer>', 'whose it is; the wallet\'s own signer unless told')
    .addOption(new Option('--reason <code>', 'why').choices(REVOKE_REASONS).default('OTHER'))
    .action(action<RevokeOptions>(setting, revoke));
}

async function request(tally: Tally): Promise<void> {
  const { signer: holder } = tally.wallet.profile();
  if (holder === undefined) throw new Mistake('This wallet has no account or officer yet.', 'Apply with "tally register".');
  const { ledger } = await tally.publicClient().readiness();
  const key = await createKey();
  await tally.wallet.saveKey(key, 'next-key.pem');
  const made = { holder, ...(await requestCertificate(key, { ledger, holder })) };
  tally.show(made, [made.csr, `application ${made.application}`, 'Next: the registrar of the home organization has it certified and recorded: give it this in JSON (--json) for "tally certificate renew".']);
}

async function renew(tally: Tally, { request: file, supersedes, out }: RenewOptions): Promise<void> {
  const wanted = requestIn(file);
  const client = await tally.client();
  const old = supersedes ?? (await activeCertificate(client, wanted.holder));
  const certificate = await certifyNextKey(client, wanted);
  const { receipt } = await recordNextKey(client, wanted, { supersedes: old, certificate });
  const pem = toPem('CERTIFICATE', fromBase64(certificate));
  if (out !== undefined) writeFileSync(out, pem);
  tally.show({ ...receipt, certificate }, [
    `${wanted.holder} signs with the new certificate from now on.`,
    ...receiptLines(receipt),
    ...(out === undefined ? [pem] : []),
    'Next, by the holder: tally certificate install --certificate FILE',
  ]);
}

/** @throws Mistake when it is no such file */
export function requestIn(file: string): RenewalRequest {
  try {
    return JSON.parse(readFile(file)) as RenewalRequest;
  } catch (error) {
    if (error instanceof Mistake) throw error;
    throw new Mistake(`${file} is not what "tally certificate request --json" or "tally officer request --json" prints.`);
  }
}

/** @throws Mistake unless it is clear which one is meant */
async function activeCertificate(client: TallyClient, holder: string): Promise<string> {
  const hint = 'Say which one ends with --supersedes.';
  const isAccount: boolean = isAccountId(holder);
  if (!isAccount) throw new Mistake(`${holder} is an officer, whose certificates are not listed.`, hint);
  const { certificates } = await client.account(holder);
  const active = certificates.filter(({ status }) => status === 'active').map(({ thumbprint }) => thumbprint);
  if (active[0] === undefined || active.length > 1) throw new Mistake(`${holder} has ${active.length} active certificates.`, hint);
  return active[0];
}

async function install(tally: Tally, options: { readonly certificate: string }): Promise<void> {
  const pem = toPem('CERTIFICATE', fromBase64(derOf(readFile(options.certificate))));
  const id = tally.wallet.profile().signer ?? '';
  const { thumbprint } = await createSigner({ id, key: await tally.wallet.key('next-key.pem'), certificate: pem });
  tally.wallet.replaceKey(pem);
  tally.show({ thumbprint }, [`${id} signs with certificate ${thumbprint} now.`]);
}

async function revoke(tally: Tally, { holder, reason }: RevokeOptions, thumbprint = ''): Promise<void> {
  const whose = holder ?? (await tally.wallet.signer()).id;
  tally.showReceipt(await tally.send(revokeCertificate, { holder: whose, thumbprint, reason }), `Certificate ${thumbprint} is revoked.`);
}

function derOf(text: string): string {
  const der = fromPem('CERTIFICATE', text);
  return der === undefined ? text.trim() : toBase64(der);
}
