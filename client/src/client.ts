import type { AccountId, Digest, InstructionId, InstructionType, PayBody, SignerId } from '@tallystick/chaincode/domain';
import type { Account, AccountWithCertificates, Alias, Balances, Certificate, DirectoryLookup, HolderLink, Identifier, Organization, Page, PaymentView, Proposal, Query, Recovery, Redemption, Rules, Seen, StatementLine, Token } from './answer.ts';
import type { Bill, CreditGrant, CreditLimit, Exposure, Hold, Inbox, Mandate, PaymentCheck, Settlement } from './credit-answer.ts';
import type { Acceptance, Clearing, Position, Quote } from './interop-answer.ts';
import { TallyError } from './error.ts';
import { platformFetch, request, type Exchange, type HttpOptions } from './http.ts';
import { signInstruction, type SignedInstruction } from './instruction.ts';
import { isAway, isBusy, isUndecided, patience, retrying, waits, type Patience } from './patience.ts';
import type { InstructionStatus, Receipt, Submission } from './receipt.ts';
import { readiness, Session, type Readiness } from './session.ts';
import type { Signer } from './signer.ts';

export interface TallyClientOptions {
  /** Address of any gateway of the consortium. */
  readonly gateway: string;
  /** Who signs and reads; without one only public requests and sending of what is already signed work. */
  readonly signer?: Signer | undefined;
  /** Its name stands in every instruction; learned from the gateway unless told. */
  readonly ledger?: string | undefined;
  /** For one request; 30 s unless told. */
  readonly timeoutMs?: number | undefined;
  /** For one instruction with all attempts to send it; 60 s unless told. */
  readonly patience?: number | Patience | undefined;
  /** For whoever must not lose what is signed when the process ends. */
  readonly outbox?: Outbox | undefined;
  readonly observe?: ((exchange: Exchange) => void) | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Keeps signed bytes from before they are sent until it is known what became of them. */
export interface Outbox {
  /** @returns where, for people */
  readonly keep: (instruction: SignedInstruction, path: string) => Promise<string> | string | undefined;
  readonly forget: (instruction: SignedInstruction) => Promise<void> | void;
}

/** What else is known of an instruction; a signed instruction says both. */
export interface InstructionDetails {
  /** The client's own signer unless told. */
  readonly signer?: SignerId | undefined;
  /** With it, it is told as soon as it can never apply. */
  readonly expiresAt?: string | undefined;
}

/** One signer at one gateway. */
export class TallyClient {
  readonly signer: Signer | undefined;
  readonly #http: HttpOptions;
  readonly #session: Session;
  readonly #patience: Patience;
  readonly #outbox: Outbox | undefined;
  #ledger: string | undefined;

  constructor({ gateway, signer, ledger, timeoutMs = 30_000, patience: limit = 60_000, outbox, observe, fetch = platformFetch }: TallyClientOptions) {
    this.signer = signer;
    this.#ledger = ledger;
    this.#http = { gateway, timeoutMs, observe, fetch };
    this.#session = new Session(this.#http, signer);
    this.#patience = typeof limit === 'number' ? patience(limit) : limit;
    this.#outbox = outbox;
  }

  readiness(): Promise<Readiness> {
    return readiness(this.#http);
  }

  /** For requests this class does not make: `Authorization: Bearer …`. */
  accessToken(): Promise<string> {
    return this.#session.accessToken();
  }

  /** Signs without sending: the result can be sent, and sent again, without harm. */
  async sign<Body>(type: InstructionType<Body>, body: Body, lifetimeMs?: number): Promise<SignedInstruction> {
    this.#ledger ??= (await retrying(this.#patience, isAway, () => this.readiness())).ledger;
    return signInstruction(this.#mustSign(), type, body, { ledger: this.#ledger, lifetimeMs });
  }

  /**
   * Sends signed bytes and waits for the receipt; as long as nobody can tell what became of them, it sends the same again.
   * @param path a route that takes this type of instruction; `/instructions` takes every type
   * @throws TallyError the refusal, or OUTCOME_UNKNOWN when patience ended first
   */
  async submit(instruction: SignedInstruction, path = '/instructions'): Promise<Submission> {
    const place = await this.#outbox?.keep(instruction, path);
    try {
      const submission = await retrying(this.#patience, isUndecided, () => this.#submitOnce(instruction, path));
      await this.#outbox?.forget(instruction);
      return submission;
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      if (isUndecided(error)) throw outcomeUnknown(error, place);
      await this.#outbox?.forget(instruction);
      throw error;
    }
  }

  /** Signs and submits. */
  async send<Body>(type: InstructionType<Body>, body: Body, path?: string): Promise<Submission> {
    return this.submit(await this.sign(type, body), path);
  }

  /** Where an instruction stands, sent by whatever way. */
  instructionStatus(id: InstructionId, { signer = this.#mustSign().id, expiresAt }: InstructionDetails = {}): Promise<InstructionStatus> {
    return this.read(`/instructions/${id}`, { signer, expiresAt });
  }

  /** Waits until it is decided. @throws TallyError INSTRUCTION_PENDING when patience ended first */
  async waitForOutcome(id: InstructionId, details?: InstructionDetails): Promise<InstructionStatus> {
    const started = performance.now();
    for (const wait of waits()) {
      const status = await this.instructionStatus(id, details);
      if (status.status !== 'pending' && status.status !== 'unknown') return status;
      if (performance.now() - started + wait > this.#patience.limitMs) break;
      await this.#patience.sleep(wait);
    }
    throw new TallyError('INSTRUCTION_PENDING', 'The instruction is not decided yet.');
  }

  account(id: string, query?: Query): Promise<Seen<AccountWithCertificates>> {
    return this.read(`/accounts/${id}`, query);
  }

  accounts(query: Query): Promise<Page<Account>> {
    return this.read('/accounts', query);
  }

  balances(account: string, query?: Query): Promise<Balances> {
    return this.read(`/accounts/${account}/balances`, query);
  }

  postings(account: string, query?: Query): Promise<Page<StatementLine>> {
    return this.read(`/accounts/${account}/postings`, query);
  }

  payment(id: string, query?: Query): Promise<Seen<PaymentView>> {
    return this.read(`/payments/${id}`, query);
  }

  /** `role` payer or payee must be told. */
  payments(query: Query): Promise<Page<PaymentView>> {
    return this.read('/payments', query);
  }

  /** What a payment would come to now, also with a part on credit; nothing is recorded. An officer says the payer. */
  async check(payment: PayBody, payer?: AccountId): Promise<PaymentCheck> {
    const body = { payment, ...(payer !== undefined && { payer }) };
    return retrying(this.#patience, isBusy, () => this.post<PaymentCheck>('/payments/check', body));
  }

  limit(enterprise: string, token: string, query?: Query): Promise<Seen<CreditLimit>> {
    return this.read(`/limits/${enterprise}/${token}`, query);
  }

  /** Of an enterprise; of an organization's enterprises for its officers. */
  limits(query?: Query): Promise<Page<CreditLimit>> {
    return this.read('/limits', query);
  }

  grant(enterprise: string, token: string, merchant: string, query?: Query): Promise<Seen<CreditGrant>> {
    return this.read(`/grants/${enterprise}/${token}/${merchant}`, query);
  }

  /** `role` enterprise or merchant must be told. */
  grants(query: Query): Promise<Page<CreditGrant>> {
    return this.read('/grants', query);
  }

  redemption(id: string, query?: Query): Promise<Seen<Redemption>> {
    return this.read(`/redemptions/${id}`, query);
  }

  /** Of an account; or for officers of `{issuer}`, of its tokens. */
  redemptions(query?: Query): Promise<Page<Redemption>> {
    return this.read('/redemptions', query);
  }

  /** Credit of an enterprise, as it is and after settling: `{token, settle: ['{bill}={amount}', …]}`. */
  exposure(account: string, query: Query): Promise<Seen<Exposure>> {
    return this.read(`/accounts/${account}/exposure`, query);
  }

  hold(id: string, query?: Query): Promise<Seen<Hold>> {
    return this.read(`/holds/${id}`, query);
  }

  /** `role` payer or payee must be told. */
  holds(query: Query): Promise<Page<Hold>> {
    return this.read('/holds', query);
  }

  bill(id: string, query?: Query): Promise<Seen<Bill>> {
    return this.read(`/bills/${id}`, query);
  }

  /** `role` debtor or creditor must be told. */
  bills(query: Query): Promise<Page<Bill>> {
    return this.read('/bills', query);
  }

  settlement(id: string, query?: Query): Promise<Seen<Settlement>> {
    return this.read(`/settlements/${id}`, query);
  }

  /** `role` debtor or creditor must be told. */
  settlements(query: Query): Promise<Page<Settlement>> {
    return this.read('/settlements', query);
  }

  proposals(query: Query = {}): Promise<Page<Proposal>> {
    return this.read('/proposals', query);
  }

  proposal(id: string, query?: Query): Promise<Seen<Proposal>> {
    return this.read(`/proposals/${id}`, query);
  }

  /** The rules of the consortium: those in force, or a version. */
  rules(version?: number): Promise<Seen<Rules>> {
    return this.read(version === undefined ? '/rules' : `/rules/${version}`);
  }

  organizations(): Promise<Seen<{ readonly items: readonly Organization[] }>> {
    return this.read('/organizations');
  }

  mandate(id: string, query?: Query): Promise<Seen<Mandate>> {
    return this.read(`/mandates/${id}`, query);
  }

  /** `role` debtor or creditor must be told. */
  mandates(query: Query): Promise<Page<Mandate>> {
    return this.read('/mandates', query);
  }

  acceptance(token: string, into: string, query?: Query): Promise<Seen<Acceptance>> {
    return this.read(`/acceptances/${token}/${into}`, query);
  }

  acceptances(query?: Query): Promise<Page<Acceptance>> {
    return this.read('/acceptances', query);
  }

  /** What an amount comes to, by each way there is: `{from, to, amount}`. */
  quotes(query: Query): Promise<Page<Quote>> {
    return this.read('/quotes', query);
  }

  /** Of an officer's organization; all for an auditor. */
  positions(query?: Query): Promise<Page<Position>> {
    return this.read('/positions', query);
  }

  clearing(id: string, query?: Query): Promise<Seen<Clearing>> {
    return this.read(`/clearings/${id}`, query);
  }

  /** Of the reader's organization; all for an auditor. */
  clearings(query?: Query): Promise<Page<Clearing>> {
    return this.read('/clearings', query);
  }

  /** What waits for the signer. With a tag it waits up to so many seconds (at most 30) for something else than at that tag. */
  inbox({ tag, wait = 0 }: { readonly tag?: string | undefined; readonly wait?: number } = {}): Promise<Inbox> {
    return this.#read('/inbox', { tag, wait }, wait * 1000);
  }

  /** The instructions that made and changed an object, newest first: `history('/bills/' + id)`. */
  history(path: string, query?: Query): Promise<Page<Receipt>> {
    return this.read(`${path}/history`, query);
  }

  /** Accounts of whoever is known by an identifier, of any organization. */
  lookup(identifier: Identifier): Promise<DirectoryLookup> {
    return this.post('/directory/lookups', identifier);
  }

  /** The alias of an identifier, for a registrar at its own gateway. */
  aliasOf(identifier: Identifier): Promise<{ readonly alias: Digest }> {
    return this.post('/directory/aliases', identifier);
  }

  aliases(query?: Query): Promise<Page<Alias>> {
    return this.read('/directory/aliases', query);
  }

  token(id: string): Promise<Seen<Token>> {
    return this.read(`/tokens/${id}`);
  }

  tokens(): Promise<Page<Token>> {
    return this.read('/tokens');
  }

  organization(id: string): Promise<Seen<Organization>> {
    return this.read(`/organizations/${id}`);
  }

  certificate(thumbprint: string): Promise<Seen<Certificate>> {
    return this.read(`/certificates/${thumbprint}`);
  }

  /** Active certificates that end within so many days: an account's own; of its organization's accounts or officers for those who renew them. */
  expiringCertificates(query: Query): Promise<Page<Certificate>> {
    return this.read('/certificates', query);
  }

  recovery(id: string, query?: Query): Promise<Seen<Recovery>> {
    return this.read(`/recoveries/${id}`, query);
  }

  /** Of an account; of an organization's accounts for its officers. */
  recoveries(query?: Query): Promise<Page<Recovery>> {
    return this.read('/recoveries', query);
  }

  link(id: string, query?: Query): Promise<Seen<HolderLink>> {
    return this.read(`/links/${id}`, query);
  }

  /** `role` proposer or account must be told. */
  links(query: Query): Promise<Page<HolderLink>> {
    return this.read('/links', query);
  }

  /** Any read of the API under the signer's token. */
  read<T>(path: string, query?: Query): Promise<T> {
    return this.#read(path, query);
  }

  /** Any other request under the signer's token; it is not repeated. */
  async post<T>(path: string, body: unknown): Promise<T> {
    return (await this.#session.request<T>({ method: 'POST', path, body })).body;
  }

  async #read<T>(path: string, query: Query = {}, waitMs = 0): Promise<T> {
    const members = Object.entries(query).flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, String(one)] as [string, string]));
    const search = members.length === 0 ? '' : `?${new URLSearchParams(members).toString()}`;
    const { body } = await retrying(this.#patience, isBusy, () => this.#session.request<T>({ path: path + search, waitMs }));
    return body;
  }

  async #submitOnce({ jws, hash }: SignedInstruction, path: string): Promise<Submission> {
    const { body, headers } = await request<Receipt | null | undefined>(this.#http, { method: 'POST', path, body: jws });
    if (body?.hash !== hash) throw new TallyError('ANSWER_UNEXPECTED', 'The gateway answered with the receipt of another instruction.');
    return { receipt: body, repeated: headers.get('idempotency-hit') === 'true' };
  }

  #mustSign(): Signer {
    if (this.signer === undefined) throw new TallyError('SIGNER_MISSING', 'This needs a signer with a recorded certificate.');
    return this.signer;
  }
}

function outcomeUnknown(cause: TallyError, place: string | undefined): TallyError {
  const kept = place === undefined ? '' : ` They are kept in ${place}.`;
  return new TallyError('OUTCOME_UNKNOWN', `It is not known what became of the instruction (${cause.code}); the same signed bytes may be sent again.${kept}`, { cause });
}
