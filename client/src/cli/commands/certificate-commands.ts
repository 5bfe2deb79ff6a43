import { writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { accountIdSchema, fromBase64, isAccountId, KEY_ROLES, organizationOf, REVOKE_REASONS, type CapsBody, type KeyRole } from '@tallystick/chaincode/domain';
import {
  capCertificate,
  certifyNextKey,
  consentTo,
  createKey,
  createSigner,
  fromPem,
  issueNextKey,
  recordAddedKey,
  recordNextKey,
  requestCertificate,
  revokeCertificate,
  TallyError,
  toPem,
  type AdditionRequest,
  type RenewalRequest,
  type TallyClient,
} from '../../index.ts';
import { Mistake } from '../mistake.ts';
import { intoNewFile } from '../new-file.ts';
import { columns, facts } from '../output.ts';
import { action, receiptLines, type Setting, type Tally } from '../tally.ts';
import { capIn, instantIn, wholeNumberIn } from '../values.ts';
import { readFile } from './wallet-commands.ts';

interface RenewOptions {
  readonly request: string;
  readonly supersedes?: string;
  readonly out?: string;
}

interface IssueOptions {
  readonly out: string;
  readonly password?: string;
}

interface CapOptions {
  readonly cap?: CapsBody;
}

interface ConsentOptions {
  readonly request: string;
  readonly role: KeyRole;
  readonly cap?: CapsBody;
  readonly validFor: string;
}

interface RevokeOptions {
  readonly holder?: string;
  readonly reason: (typeof REVOKE_REASONS)[number];
}

const capOption = new Option('--cap <cap...>', 'what a payer may spend: TOKEN=PER-PAYMENT/PER-DAY, either may be left out; a payer with caps spends only these tokens').argParser(capIn);

export function addCertificateCommands(program: Command, setting: Setting): void {
  const certificate = program.command('certificate').description('certificates of accounts and officers');
  certificate
    .command('request [account]')
    .description('make the next key of the wallet, or in a new wallet one more key of an account, and print the request and application for its certificate')
    .action(action(setting, (tally, _, account) => request(tally, account)));
  certificate
    .command('consent')
    .description('let one more key sign for the wallet\'s account, by an owner')
    .requiredOption('--request <file>', 'what "tally certificate request --json" printed for the key')
    .addOption(new Option('--role <role>', 'what it may sign').choices(KEY_ROLES).makeOptionMandatory())
    .addOption(capOption)
    .addOption(new Option('--valid-for <time>', 'until when the registrar may use the consent').default('7d'))
    .action(action<ConsentOptions>(setting, consent));
  certificate
    .command('add')
    .description('have the key certified and recorded beside the others of its account, by the registrar')
    .requiredOption('--request <file>', 'what the owner\'s "tally certificate consent --json" printed')
    .option('--out <file>', 'where to put the certificate, for its holder')
    .action(action<RenewOptions>(setting, add));
  certificate
    .command('issue <account>')
    .description('make one more key for an account whose holder makes none, by the registrar; an owner consents to what this prints (--json), and "tally certificate add" records it')
    .requiredOption('--out <file>', 'where to put the key, encrypted: PKCS #12')
    .option('--password <password>', '12 to 128 printable ASCII characters; made and shown once unless told')
    .action(action<IssueOptions>(setting, issue));
  certificate
    .command('cap <thumbprint>')
    .description('give a payer\'s key of the wallet\'s account other caps, by an owner; without --cap it has none')
    .addOption(capOption)
    .action(action<CapOptions>(setting, cap));
  certificate
    .command('expiring')
    .description('which end soon: the account\'s own; for a registrar its organization\'s accounts\', for an administrator its officers\'')
    .addOption(new Option('--days <number>', 'within how many').argParser((text: string) => wholeNumberIn(text)).default(30))
    .addOption(new Option('--kind <kind>', 'for an officer: whose').choices(['account', 'officer']))
    .action(action<{ readonly days: number; readonly kind?: string }>(setting, expiring));
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

async function request(tally: Tally, account: string | undefined): Promise<void> {
  const { signer: holder = account } = tally.wallet.profile();
  if (holder === undefined) throw new Mistake('This wallet has no account or officer yet.', 'Apply with "tally register", or name the account the key is to sign for.');
  if (account !== undefined && (account !== holder || !accountIdSchema.safeParse(account).success)) throw new Mistake(`This wallet is of ${holder}.`, 'One more key of an account goes into a wallet of its own: name it with --wallet.');
  const { ledger, organizationId } = await tally.publicClient().readiness();
  if (organizationOf(holder) !== organizationId) throw new Mistake(`${tally.gateway} is the gateway of ${organizationId}, not of ${organizationOf(holder)}.`, 'Name the gateway of the home organization with --gateway.');
  // Asked for again, it is the request for the same key.
  const isNew = !tally.wallet.hasNextKey;
  const key = isNew ? await createKey() : await tally.wallet.key('next-key.pem');
  const asked = { holder, ...(await requestCertificate(key, { ledger, holder })) };
  const made = isAccountId(holder) && tally.wallet.hasCertificate ? await withConsent(tally, asked, ledger) : asked;
  if (isNew) await tally.wallet.saveKey(key, 'next-key.pem');
  tally.wallet.change({ gateway: tally.gateway, ledger, signer: holder });
  tally.show(made, [made.csr, `application ${made.application}`, 'Next: the registrar of the home organization has it certified and recorded: give it this in JSON (the same command with --json) for "tally certificate renew".']);
}

/** The wallet's key consents to its successor, in its own role; one that is no longer good cannot. */
async function withConsent(tally: Tally, asked: RenewalRequest, ledger: string): Promise<RenewalRequest> {
  const signer = await tally.wallet.signer();
  try {
    const { certificates } = await (await tally.client()).account(asked.holder);
    const own = certificates.find(({ thumbprint }) => thumbprint === signer.thumbprint);
    return own?.status !== 'active' ? asked : await consentTo(signer, asked, { ledger, role: own.role, caps: own.caps });
  } catch (error) {
    if (error instanceof TallyError && error.code.startsWith('CERTIFICATE_')) return asked;
    throw error;
  }
}

async function renew(tally: Tally, { request: file, supersedes, out }: RenewOptions): Promise<void> {
  const wanted = requestIn(file);
  const client = await tally.client();
  const own = await tally.wallet.signer();
  const old = supersedes ?? (wanted.holder === own.id ? own.thumbprint : await activeCertificate(client, wanted.holder));
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

async function consent(tally: Tally, { request: file, role, cap: caps, validFor }: ConsentOptions): Promise<void> {
  const { ledger } = await tally.publicClient().readiness();
  const consented = await consentTo(await tally.wallet.signer(), requestIn(file), { ledger, role, caps, expiresAt: instantIn(validFor) });
  tally.show(consented, [`Consented to one more key as ${role}.`, `consent ${consented.consent}`, 'Next: the registrar of the home organization records it: give it this in JSON (--json) for "tally certificate add".']);
}

async function issue(tally: Tally, { out, password: chosen }: IssueOptions, account = ''): Promise<void> {
  const client = await tally.client();
  const { pkcs12: _, password, ...request } = await intoNewFile(out, () => issueNextKey(client, account, chosen), ({ pkcs12 }) => fromBase64(pkcs12));
  tally.show({ file: out, password, ...request }, [
    `One more key of ${account} is encrypted in ${out}. Nobody else has it.`,
    ...facts({ password, application: request.application }),
    'Next: an owner consents with "tally certificate consent" to what this prints with --json.',
  ]);
}

async function cap(tally: Tally, { cap: caps }: CapOptions, thumbprint = ''): Promise<void> {
  tally.showReceipt(await tally.send(capCertificate, { thumbprint, ...(caps !== undefined && { caps }) }), caps === undefined ? `${thumbprint} has no caps.` : `${thumbprint} spends within its new caps.`);
}

async function add(tally: Tally, { request: file, out }: RenewOptions): Promise<void> {
  const wanted = requestIn(file) as AdditionRequest;
  if (typeof wanted.consent !== 'string') throw new Mistake(`${file} has no consent.`, 'An owner of the account gives it with "tally certificate consent --json".');
  const client = await tally.client();
  const certificate = wanted.certificate ?? (await certifyNextKey(client, wanted));
  const { receipt } = await recordAddedKey(client, wanted, certificate);
  const pem = toPem('CERTIFICATE', fromBase64(certificate));
  if (out !== undefined) writeFileSync(out, pem);
  tally.show({ ...receipt, certificate }, [
    `${wanted.holder} has one more key, as ${wanted.role}.`,
    ...receiptLines(receipt),
    ...(out === undefined ? [pem] : []),
    'Next, by the holder of the key: tally certificate install --certificate FILE',
  ]);
}

async function expiring(tally: Tally, { days, kind }: { readonly days: number; readonly kind?: string }): Promise<void> {
  const page = await (await tally.client()).expiringCertificates({ expiringWithin: days, kind });
  const rows = page.items.map(({ notAfter, holder, role, thumbprint }) => [notAfter, holder, role, thumbprint]);
  tally.show(page, rows.length === 0 ? ['None.'] : columns([['ends', 'holder', 'role', 'certificate'], ...rows]));
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
  if (!isAccount) throw new Mistake(`${holder} is an officer, which may have several certificates.`, `${hint} An administrator sees those that end soon with "tally certificate expiring --kind officer".`);
  const { certificates } = await client.account(holder);
  const active = certificates.filter(({ status }) => status === 'active').map(({ thumbprint }) => thumbprint);
  if (active[0] === undefined || active.length > 1) throw new Mistake(`${holder} has ${active.length} active certificates.`, hint);
  return active[0];
}

async function install(tally: Tally, options: { readonly certificate: string }): Promise<void> {
  const certificate = readFile(options.certificate);
  const id = tally.wallet.profile().signer ?? '';
  const { thumbprint } = await createSigner({ id, key: await tally.wallet.key('next-key.pem'), certificate });
  tally.wallet.replaceKey(pemOf(certificate));
  tally.show({ thumbprint }, [`${id} signs with certificate ${thumbprint} from now on; of a recovery, once it is completed.`]);
}

async function revoke(tally: Tally, { holder, reason }: RevokeOptions, thumbprint = ''): Promise<void> {
  const whose = holder ?? (await tally.wallet.signer()).id;
  tally.showReceipt(await tally.send(revokeCertificate, { holder: whose, thumbprint, reason }), `Certificate ${thumbprint} is revoked.`);
}

/** The certificate of a file: PEM, or DER in base64. */
export function pemOf(text: string): string {
  return toPem('CERTIFICATE', fromPem('CERTIFICATE', text) ?? fromBase64(text.trim()));
}
