import { answerRequest, registration, TallyClient, TallyError, type AskReason, type Registration, type RegistrationTicket, type RejectionReason, type Submission, type TaggedRegistration } from '@tallystick/client';
import { apply, GATEWAY, handIn, prepare } from './application.ts';
import { Holder } from './holder.ts';
import { changeVault, forget, openVault, type Vault } from './vault.ts';
import { element, fill, onSubmit, show, text } from './view.ts';

/** How long one question after the application waits for news, seconds. */
const WAIT_SECONDS = 25;
const RETRY_MS = 3_000;

const STATES: Readonly<Record<Registration['state'], string>> = {
  submitted: 'It waits for the registrar.',
  asked: 'The registrar wants to see more:',
  admitted: 'You are admitted.',
  certified: 'Your key is certified; the ledger is about to record it.',
  registered: 'You are registered.',
  rejected: 'It was rejected:',
  lapsed: 'It lapsed: nobody acted in time.',
};

/** The reasons that a registrar gives, as codes. */
const REASONS: Readonly<Record<AskReason | RejectionReason, string>> = {
  IDENTITY_DOCUMENT: 'an identity document', REGISTER_EXTRACT: 'an extract of the register', PROOF_OF_ADDRESS: 'a proof of address', AUTHORITY_TO_SIGN: 'who may sign for the enterprise', QUALIFICATION: 'a proof of qualification', ILLEGIBLE: 'the document again: it cannot be read',
  IDENTITY_NOT_PROVEN: 'the identity is not proven', INCOMPLETE: 'the application is incomplete', DUPLICATE: 'there is an account already', NOT_ELIGIBLE: 'not eligible', OTHER: 'another reason; ask the organization',
};

await guarded(start);

async function start(): Promise<void> {
  const { organizationId, ledger } = await new TallyClient(GATEWAY).readiness();
  text('system', `${organizationId}, ledger ${ledger}`);
  const vault = await openVault();
  if (vault === undefined) return offerApplication();
  if (vault.certificate !== undefined) return openAccount(vault, vault.certificate);
  return follow(vault);
}

function offerApplication(): void {
  show('applying');
  onSubmit('application', guarded, async (form) => {
    const document = form.get('document');
    const vault = await prepare({
      role: fieldOf(form, 'role') as 'person',
      holder: fieldOf(form, 'holder').trim(),
      document: document instanceof File && document.size > 0 ? document : undefined,
    });
    void guarded(() => follow(vault));
  });
}

/** Sends the application unless it is sent, and follows it until it is decided; a reload goes on with it. */
async function follow(vault: Vault): Promise<void> {
  show('waiting');
  text('state', 'It is on its way. It is kept in this browser, and sent until the gateway answers.');
  fill('reasons', []);
  for (const id of ['answer', 'again']) element(id).hidden = true;
  element('again').onclick = () => void guarded(async () => {
    await forget(vault.account);
    await start();
  });
  const ticket = vault.ticket ?? (await patiently(() => apply(vault)).catch((error: unknown) => {
    text('state', 'It was not taken.');
    element('again').hidden = false;
    throw error;
  }));
  await handInChosen(ticket, vault);
  let seen: TaggedRegistration | undefined;
  onSubmit('answer', guarded, async (form) => {
    await handIn(ticket, form.get('document') as File);
    if (seen?.state === 'asked') await answerRequest(GATEWAY, ticket);
  });
  for (;;) {
    const { tag } = seen ?? {};
    seen = await patiently(() => registration(GATEWAY, ticket, tag === undefined ? {} : { tag, wait: WAIT_SECONDS }));
    tell(seen);
    if (seen.state === 'registered' && seen.certificate !== undefined) {
      const { certificate } = seen;
      return openAccount(await changeVault(vault.account, () => ({ certificate })), certificate);
    }
    if (seen.state === 'rejected' || seen.state === 'lapsed') return;
  }
}

/** What was chosen with the application, unless it is there; refused, that is told, and the application goes on without. */
async function handInChosen(ticket: RegistrationTicket, { account, document }: Vault): Promise<void> {
  if (document === undefined) return;
  try {
    const { state, documents = [] } = await patiently(() => registration(GATEWAY, ticket));
    if (state === 'submitted' && documents.length === 0) await handIn(ticket, document);
  } catch (error) {
    tellProblem(error);
    // It stays for the next visit.
    if (mayPass(error)) return;
  }
  await changeVault(account, () => ({ document: undefined }));
}

/** Asks again while nobody answers. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!mayPass(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof TallyError && (error.code === 'GATEWAY_UNREACHABLE' || (error.status ?? 0) >= 500 || error.status === 429);
}

function tell({ state, reason, asks = [], documents = [] }: Registration): void {
  text('state', STATES[state]);
  const reasons = state === 'asked' ? (asks.at(-1)?.reasons ?? []) : state === 'rejected' ? [reason ?? 'OTHER'] : [];
  fill('reasons', reasons.map((one) => ['li', REASONS[one] ?? one]));
  element('answer').hidden = state !== 'asked' && (state !== 'submitted' || documents.length > 0);
  element('again').hidden = state !== 'rejected' && state !== 'lapsed';
}

async function openAccount(vault: Vault, certificate: string): Promise<void> {
  const holder = await Holder.of(vault, certificate);
  text('account-id', holder.account);
  text('thumbprint', holder.thumbprint);
  show('account');
  element('refresh').onclick = () => void guarded(() => showBalances(holder));
  const submitting = async (what: string, action: () => Promise<Submission | undefined>): Promise<void> => {
    text('under-way', `${what} …`);
    try {
      const submission = await action();
      if (submission !== undefined) tellReceipt(what, submission);
    } finally {
      text('under-way', '');
      element('resume').hidden = (await holder.underWay()) === undefined;
    }
    await showBalances(holder);
  };
  const resume = (): Promise<void> => submitting('Sending again what had no outcome', () => holder.resume());
  element('resume').onclick = () => void guarded(resume);
  onSubmit('payment', guarded, (form) => {
    const [payee, token, amount] = [fieldOf(form, 'payee'), fieldOf(form, 'token'), fieldOf(form, 'amount')];
    return submitting(`Paying ${amount} ${token}`, () => holder.pay({ payee, token, amount }));
  });
  onSubmit('limit', guarded, (form) => {
    const [token, amount] = [fieldOf(form, 'token'), fieldOf(form, 'amount')];
    return submitting(`Asking for ${amount} ${token}`, () => holder.askForLimit({ token, amount }));
  });
  await resume();
}

async function showBalances({ client, account }: Holder): Promise<void> {
  const { items } = await client.balances(account);
  fill('balances', items.map(({ token, free, held }) => ['tr', token, free, held]));
}

function tellReceipt(what: string, { receipt: { id, check, record } }: Submission): void {
  const line = document.createElement('li');
  line.textContent = `${what}: check ${check.passed ? 'passed' : 'failed'}; recorded in block ${record.block}, transaction ${record.transaction}, instruction ${id}`;
  element('receipts').prepend(line);
}

function fieldOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** Whatever fails is told on the page. */
async function guarded(action: () => Promise<unknown> | unknown): Promise<void> {
  text('problem', '');
  try {
    await action();
  } catch (error) {
    tellProblem(error);
  }
}

function tellProblem(error: unknown): void {
  const figures = error instanceof TallyError && error.figures !== undefined ? ` ${JSON.stringify(error.figures)}` : '';
  const code = error instanceof TallyError ? ` (${error.code}${figures})` : '';
  text('problem', `${error instanceof Error ? error.message : String(error)}${code}`);
}
