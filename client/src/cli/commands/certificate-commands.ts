import { Option, type Command } from 'commander';
import { fromBase64, REVOKE_REASONS, toBase64 } from '@tallystick/chaincode/domain';
import { createKey, createSigner, fromPem, renewCertificate, requestCertificate, revokeCertificate, toPem } from '../../index.ts';
import { Mistake } from '../mistake.ts';
import { action, type Setting, type Tally } from '../tally.ts';
import { readFile } from './wallet-commands.ts';

interface RenewOptions {
  readonly holder: string;
  readonly supersedes: string;
  readonly certificate: string;
  readonly application: string;
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
    .description('record a certificate in place of another, by the registrar (accounts) or administrator (officers)')
    .requiredOption('--holder <account or officer>')
    .requiredOption('--supersedes <thumbprint>', 'the certificate that ends')
    .requiredOption('--certificate <file>', 'the new one, PEM or base64')
    .requiredOption('--application <file>', 'what "tally certificate request --json" printed')
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
  tally.show(made, [made.csr, `application ${made.application}`, `Next: the registrar of the home organization has it certified and records it ("tally certificate renew").`]);
}

async function renew(tally: Tally, { holder, supersedes, ...files }: RenewOptions): Promise<void> {
  const application = applicationIn(readFile(files.application));
  const certificate = derOf(readFile(files.certificate));
  const submission = await tally.send(renewCertificate, { holder, supersedes, certificate, application });
  tally.showReceipt(submission, `${holder} signs with the new certificate from now on.`);
}

/** The application itself, or the JSON it came in. */
function applicationIn(text: string): string {
  try {
    return (JSON.parse(text) as { readonly application: string }).application;
  } catch {
    return text.trim();
  }
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
