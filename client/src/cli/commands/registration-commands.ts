import { readFileSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { Option, type Command } from 'commander';
import { ACCOUNT_ROLES, ASK_REASONS, fromBase64, REGISTRATION_STATES, REJECTION_REASONS, type AccountRole, type AskReason, type DocumentType, type RegistrationState, type RejectionReason } from '@tallystick/chaincode/domain';
import {
  answerRequest,
  applyForAccount,
  approveRegistration,
  askForMore,
  createSalt,
  holderDigest,
  openPkcs12,
  registration,
  rejectRegistration,
  requestCertificate,
  submitDocument,
  takeIssuedKey,
  TallyError,
  toPem,
  uuidv7,
  type Page,
  type Registration,
  type RegistrationDocument,
  type RegistrationTicket,
} from '../../index.ts';
import { Mistake } from '../mistake.ts';
import { intoNewFile } from '../new-file.ts';
import { columns, facts } from '../output.ts';
import { showObject } from '../listing.ts';
import { action, type Setting, type Tally } from '../tally.ts';
import { wholeNumberIn } from '../values.ts';

interface RegisterOptions {
  readonly role: readonly AccountRole[];
  readonly holder?: string;
  readonly issuedKey?: true;
}

/** How an account comes about: the applicant's side and the registrar's. */
export function addRegistrationCommands(program: Command, setting: Setting): void {
  addApplicantCommands(program, setting);
  addReviewCommands(program.command('registrations').description('applications, for a registrar'), setting);
}

function addApplicantCommands(program: Command, setting: Setting): void {
  program
    .command('register')
    .description('apply to the gateway\'s business system for an account')
    .addOption(new Option('--role <role...>', 'what the account is').choices(ACCOUNT_ROLES).makeOptionMandatory())
    .option('--holder <number>', 'registration number or LEI; only its salted hash leaves this computer')
    .option('--issued-key', 'let the business system make the key, in a new wallet: it is handed over once')
    .action(action<RegisterOptions>(setting, apply));

  const own = program.command('registration').description('the wallet\'s own application');
  own
    .command('document <file>')
    .description('hand in a document (PDF, PNG or JPEG); the organization keeps it, and only its salted hash goes on the ledger')
    .action(action(setting, (tally, _, file = '') => handIn(tally, file)));
  own
    .command('answer')
    .description('say that what was asked for is handed in')
    .action(action(setting, async (tally) => {
      const { state } = await answerRequest({ gateway: tally.gateway }, ticketOf(tally));
      tally.show({ state }, ['Answered; the registrar reviews again.']);
    }));
  own
    .command('take-key')
    .description('take the key that the business system makes, once: into the wallet, and into a PKCS #12 file')
    .requiredOption('--out <file>', 'where to put the file')
    .option('--password <password>', 'to encrypt the file with, 12 to 128 characters; one is made unless told')
    .action(action<TakeOptions>(setting, takeKey));
  own
    .command('status')
    .description('ask what became of it; fetches the certificate')
    .option('--wait', 'while it is the registrar\'s turn')
    .action(action<{ readonly wait?: boolean }>(setting, status));
}

function addReviewCommands(registrations: Command, setting: Setting): void {
  registrations
    .command('list')
    .description('who has applied')
    .addOption(new Option('--state <state>', 'where they stand').choices(REGISTRATION_STATES))
    .action(action<{ readonly state?: RegistrationState }>(setting, list));
  registrations
    .command('show <registration>')
    .description('as it is now, with what was handed in')
    .action(action(setting, async (tally, _, id = '') => showObject(tally, await (await tally.client()).read<Registration>(`/registrations/${id}`))));
  registrations
    .command('document <registration> <number>')
    .description('fetch a document')
    .requiredOption('--out <file>', 'where to put it')
    .action(action<{ readonly out: string }>(setting, async (tally, { out }, id = '', number = '') => {
      const { content, ...facts } = await (await tally.client()).read<RegistrationDocument & { readonly content: string }>(`/registrations/${id}/documents/${number}`);
      writeFileSync(out, fromBase64(content), { mode: 0o600 });
      tally.show(facts, [`${facts.type}, ${facts.size} bytes, in ${out}.`]);
    }));
  registrations
    .command('ask <registration>')
    .description('ask the applicant for more')
    .addOption(new Option('--reason <code...>', 'what for').choices(ASK_REASONS).makeOptionMandatory())
    .addOption(new Option('--days <number>', 'how long it may take').argParser((text: string) => wholeNumberIn(text)).default(14))
    .action(action<{ readonly reason: readonly AskReason[]; readonly days: number }>(setting, async (tally, { reason, days }, id = '') => {
      const { deadline } = await askForMore(await tally.client(), id, reason, days);
      tally.show({ deadline }, [`Asked, until ${deadline}.`]);
    }));
  registrations
    .command('approve <registration>')
    .description('have the key certified, sign the decision, and record it on the ledger')
    .action(
      action(setting, async (tally, _, id) => {
        await approve(tally, id ?? '');
      }),
    );
  registrations
    .command('reject <registration>')
    .description('turn the application down')
    .addOption(new Option('--reason <code>', 'why').choices(REJECTION_REASONS).default('OTHER'))
    .action(
      action<{ readonly reason: RejectionReason }>(setting, async (tally, { reason }, id) => {
        tally.show(await rejectRegistration(await tally.client(), id ?? '', reason), [`Registration ${id} is rejected.`]);
      }),
    );
}

async function approve(tally: Tally, id: string): Promise<void> {
  try {
    tally.showReceipt(await approveRegistration(await tally.client(), id), `Registration ${id} is approved and recorded.`);
  } catch (error) {
    if (!(error instanceof TallyError) || error.code !== 'KEY_NOT_TAKEN') throw error;
    tally.show({ registration: id, state: 'admitted' }, [`Registration ${id} is admitted. ${error.message}`, 'The applicant takes it with "tally registration take-key"; approve again afterwards.']);
  }
}

async function apply(tally: Tally, { role, holder, issuedKey }: RegisterOptions): Promise<void> {
  const { registration: earlier, signer, salt = createSalt(), secret = createSalt() } = tally.wallet.profile();
  if (earlier !== undefined) throw new Mistake('This wallet has applied already.', 'Ask with "tally registration status", or use another wallet (--wallet).');
  if (issuedKey === true) assertNoKey(tally);
  const { organizationId, ledger } = await tally.publicClient().readiness();
  const account = signer ?? `${uuidv7()}@${organizationId}`;
  // Known before it is sent, so that an interrupted attempt is repeated for the same account, and gets the same ticket.
  tally.wallet.change({ signer: account, salt, secret, ledger, gateway: tally.gateway });
  const wanted = { account, secret, roles: role, holder: await holderDigest(holder ?? account, salt) };
  const key = issuedKey === true ? ({ keys: 'issued' } as const) : await requestCertificate(await tally.wallet.key(), { ledger, holder: account });
  const ticket = await applyForAccount({ gateway: tally.gateway }, { ...wanted, ...key });
  tally.wallet.change({ registration: ticket });
  tally.show({ account, registration: ticket.id, state: 'submitted' }, [
    `Applied to ${organizationId} for account ${account}.`,
    `Registration ${ticket.id} waits for the registrar ("tally registrations approve ${ticket.id}").`,
    `Ask with: ${tally.line('registration status --wait')}`,
  ]);
}

interface TakeOptions {
  readonly out: string;
  readonly password?: string;
}

const TYPES: Readonly<Record<string, DocumentType>> = { '.pdf': 'application/pdf', '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg' };

async function handIn(tally: Tally, file: string): Promise<void> {
  const type = TYPES[extname(file).toLowerCase()];
  if (type === undefined) throw new Mistake(`${file} is no PDF, PNG or JPEG.`, 'The name says what it is: .pdf, .png, .jpg.');
  const document = await submitDocument({ gateway: tally.gateway }, ticketOf(tally), { type, content: bytesIn(file) });
  tally.show(document, [`Document ${document.number} is handed in.`, ...facts({ hash: document.hash, salt: document.salt })]);
}

async function takeKey(tally: Tally, { out, password: chosen }: TakeOptions): Promise<void> {
  assertNoKey(tally);
  const ticket = ticketOf(tally);
  const { pkcs12, password, registration: found } = await intoNewFile(out, () => takeIssuedKey({ gateway: tally.gateway }, ticket, chosen), (taken) => fromBase64(taken.pkcs12));
  const { key } = await openPkcs12(fromBase64(pkcs12), password ?? chosen ?? '');
  await tally.wallet.saveKey(key);
  tally.show({ file: out, password, account: found.account }, [
    `The key of ${found.account} is in the wallet, and encrypted in ${out}. Nobody else has it.`,
    ...facts({ password }),
    `Next: the registrar records the account; ask with: ${tally.line('registration status --wait')}`,
  ]);
}

function assertNoKey({ wallet }: Tally): void {
  if (wallet.hasKey) throw new Mistake('This wallet has a key already.', 'Register with it, or name a new wallet with --wallet.');
}

function ticketOf(tally: Tally): RegistrationTicket {
  const { registration: ticket } = tally.wallet.profile();
  if (ticket === undefined) throw new Mistake('This wallet has not applied for an account.', 'Apply with "tally register".');
  return ticket;
}

function bytesIn(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch {
    throw new Mistake(`The file ${file} cannot be read.`);
  }
}

const WAIT_S = 20;
/** Until somebody but the registrar has to act. */
const WITH_REGISTRAR: readonly Registration['state'][] = ['submitted', 'certified'];

async function status(tally: Tally, { wait }: { readonly wait?: boolean }): Promise<void> {
  const ticket = ticketOf(tally);
  let found = await registration({ gateway: tally.gateway }, ticket);
  if (wait === true && WITH_REGISTRAR.includes(found.state)) tally.note('Waiting for the registrar …');
  while (wait === true && WITH_REGISTRAR.includes(found.state)) found = await registration({ gateway: tally.gateway }, ticket, { tag: found.tag, wait: WAIT_S });
  if (found.state === 'registered' && found.certificate !== undefined) tally.wallet.saveCertificate(toPem('CERTIFICATE', fromBase64(found.certificate)));
  const { block, transaction } = found.receipt?.record ?? {};
  tally.show(found, [
    ...facts({ registration: found.id, account: found.account, state: found.state, reason: found.reason, deadline: found.deadline, 'asked for': found.state === 'asked' ? found.asks?.at(-1)?.reasons.join(', ') : undefined, block, transaction }),
    ...nextStep(tally, found.state),
  ]);
}

function nextStep(tally: Tally, state: Registration['state']): readonly string[] {
  switch (state) {
    case 'asked': return [`Hand it in with: ${tally.line('registration document FILE')}, then ${tally.line('registration answer')}`];
    case 'admitted': return [`Take the key with: ${tally.line('registration take-key --out FILE.p12')}`];
    case 'registered': return [`The certificate is in the wallet; the account can be used: ${tally.line('balance')}`];
    case 'submitted': case 'certified': case 'rejected': case 'lapsed': return [];
  }
}

async function list(tally: Tally, { state }: { readonly state?: RegistrationState }): Promise<void> {
  const client = await tally.client();
  const page = await client.read<Page<Registration>>('/registrations', { state });
  tally.show(page, page.items.length === 0 ? ['None.'] : columns(page.items.map(({ id, state, account, roles }) => [id, state, account, roles.join(', ')])));
}
