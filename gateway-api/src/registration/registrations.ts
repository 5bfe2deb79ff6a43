import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { formatInstant, isAccountId, MAX_DOCUMENTS, organizationOf, type AccountRole, type Crypto, type DocumentType, type Instruction, type register, type RegistrationState } from '@tallystick/chaincode/domain';
import { HttpError } from '../http/http-error.ts';
import type { IndexedInstruction } from '../index/instruction-queries.ts';
import type { LedgerIndex } from '../index/ledger-index.ts';
import type { BodyOf } from '../index/body-of.ts';
import { within } from '../wait.ts';
import type { Certify } from './certificate-authority.ts';
import { readDocument, saltedHash, type DocumentFacts } from './document.ts';
import { issueKey, type IssuedKey } from './issued-key.ts';
import { assertProof, type Applied } from './proof.ts';
import type { Ask, Registration, RegistrationStore } from './store.ts';

/** What an applicant sends. */
export interface RegistrationRequest {
  readonly account: string;
  readonly roles: readonly AccountRole[];
  readonly holder: string;
  readonly keys?: 'issued' | undefined;
  readonly csr?: string | undefined;
  readonly application?: string | undefined;
  /** Chosen by an applicant who may have to ask again because it got no answer. */
  readonly secret?: string | undefined;
}

export interface RegistrationsOptions {
  readonly organizationId: string;
  readonly ledger: string;
  readonly store: RegistrationStore;
  readonly index: LedgerIndex;
  readonly crypto: Crypto;
  readonly certify: Certify;
  readonly now?: () => number;
}

/** Requests that are under way; beyond it there is nobody who reviews them. */
const MAX_OPEN = 10_000;
/** Of all documents there are: beyond it an organization has to make room. */
const MAX_STORED_BYTES = 4 * 1024 ** 3;
/** Of either one address has no more than this, so that nobody shuts the others out. */
const SHARE = 1 / 20;
const MAX_ASKS = 10;
const DAY_MS = 24 * 3600_000;
/** How long whoever has to act may take: a registrar to review and to record, an applicant to take its key. */
const PATIENCE_DAYS = 30;
const LOOK_FOR_OVER_MS = 1_000;

/**
 * submitted ⇄ asked (for more); submitted → certified → registered, by way of admitted where the organization makes the key.
 * submitted, asked, admitted, certified → rejected by the registrar, lapsed past the deadline.
 */
export class Registrations {
  readonly #options: RegistrationsOptions;
  readonly #now: () => number;
  /** Whose key is being made. */
  readonly #issuing = new Set<string>();
  #changed = Promise.withResolvers<void>();
  #lookedAt = 0;

  constructor(options: RegistrationsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** @param from the address it comes from @returns the registration, and the secret by which its applicant asks for it; to who chose the secret, the same again @throws HttpError */
  async submit({ account, roles, holder, keys, csr, application, secret = randomBytes(24).toString('base64url') }: RegistrationRequest, from: string): Promise<{ readonly registration: Registration; readonly secret: string }> {
    const { store, organizationId, index } = this.#options;
    const isIssued = keys === 'issued';
    if (!isIssued) await assertProof(this.#options.crypto, this.#options.ledger, { holder: account, csr: csr ?? '', application: application ?? '' });
    if (organizationOf(account) !== organizationId) throw new HttpError('OBJECT_DIFFERS', { organization: organizationId });
    const earlier = this.#earlier({ account, roles, holder, keys }, secret);
    if (earlier !== undefined) return { registration: earlier, secret };
    if (index.objects.accounts.one(account) !== undefined) throw new HttpError('REGISTRATION_STATE', { state: 'registered' });
    this.#lapse();
    if (store.openCount() >= MAX_OPEN || store.openFrom(from).count >= MAX_OPEN * SHARE) throw new HttpError('TOO_MANY_REQUESTS');
    const proof = isIssued || csr === undefined || application === undefined ? { keys: 'issued' as const } : { csr, application };
    const registration: Registration = { id: newId(), account, roles, holder, ...proof, state: 'submitted', deadline: this.#after(PATIENCE_DAYS), from, secretHash: hashOf(secret), submittedAt: this.#after(0) };
    if (!store.add(registration)) throw new HttpError('REGISTRATION_STATE', { account });
    this.#tell();
    return { registration, secret };
  }

  /** As it is now; the ledger has the last word on what is registered, then the deadline. */
  one(id: string): Registration | undefined {
    const registration = this.#options.store.one(id);
    return registration === undefined ? undefined : this.#present(registration);
  }

  /** The instruction that registered it, as the ledger has it. */
  approvalOf({ state, account }: Pick<Registration, 'state' | 'account'>): IndexedInstruction | undefined {
    return state === 'registered' ? this.#options.index.instructions.registrationOf(account) : undefined;
  }

  isApplicant({ secretHash }: Registration, secret: string | undefined): boolean {
    return secret !== undefined && timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(secretHash));
  }

  list(state: RegistrationState | undefined, after: string, limit: number): readonly Registration[] {
    this.#lapse();
    return this.#options.store.list(state, after, limit).map((registration) => this.#present(registration));
  }

  /** Resolves with the next change of any registration here, or after the time. */
  nextChange(milliseconds: number): Promise<unknown> {
    return within(milliseconds, this.#changed.promise, undefined);
  }

  /** The organization keeps the document; its salted hash goes on the ledger with the account. @throws HttpError */
  addDocument(id: string, type: DocumentType, base64: string): DocumentFacts {
    const content = readDocument(type, base64);
    const registration = this.#inState(id, 'submitted', 'asked');
    const documents = registration.documents ?? [];
    const { store } = this.#options;
    if (documents.length >= MAX_DOCUMENTS) throw new HttpError('DOCUMENT_LIMIT', { most: String(MAX_DOCUMENTS) });
    const ofAddress = registration.from === undefined ? 0 : store.openFrom(registration.from).bytes;
    if (store.documentSize() + content.length > MAX_STORED_BYTES || ofAddress + content.length > MAX_STORED_BYTES * SHARE) throw new HttpError('TOO_MANY_REQUESTS');
    const document: DocumentFacts = { number: documents.length + 1, type, size: content.length, ...saltedHash(content), submittedAt: this.#after(0) };
    store.together(() => {
      store.addDocument(id, document.number, content);
      this.#put({ ...registration, documents: [...documents, document] });
    });
    return document;
  }

  /** Undefined: there is none, or it went with the application. */
  document(id: string, number: number): (DocumentFacts & { readonly content: string }) | undefined {
    const facts = this.one(id)?.documents?.find((document) => document.number === number);
    const content = this.#options.store.document(id, number);
    return facts === undefined || content === undefined ? undefined : { ...facts, content: Buffer.from(content).toString('base64') };
  }

  /** The registrar wants to see more before it decides. @throws HttpError */
  ask(id: string, reasons: Ask['reasons'], days: number): Registration {
    const registration = this.#inState(id, 'submitted');
    const asks = registration.asks ?? [];
    if (asks.length >= MAX_ASKS) throw new HttpError('REGISTRATION_STATE', { asks: String(asks.length) });
    const deadline = this.#after(days);
    return this.#put({ ...registration, state: 'asked', deadline, asks: [...asks, { reasons, askedAt: this.#after(0), deadline }] });
  }

  /** The applicant has handed in what it was asked for. @throws HttpError REGISTRATION_STATE, also when there is no new document */
  answer(id: string): Registration {
    const registration = this.#inState(id, 'asked');
    const asks = registration.asks ?? [];
    const last = asks.at(-1);
    const isMore = last !== undefined && registration.documents?.some(({ submittedAt }) => submittedAt >= last.askedAt) === true;
    if (!isMore) throw new HttpError('REGISTRATION_STATE', { state: registration.state, documents: '0' });
    return this.#put({ ...registration, state: 'submitted', deadline: this.#after(PATIENCE_DAYS), asks: [...asks.slice(0, -1), { ...last, answeredAt: this.#after(0) }] });
  }

  /**
   * The registrar admits the applicant: its key is certified, the same however often it is asked for. Where the organization
   * makes the key there is none yet: the applicant takes it, and the registrar then finds it certified.
   * @throws HttpError
   */
  async certify(id: string): Promise<Registration> {
    const registration = this.#inState(id, 'submitted', 'admitted', 'certified');
    if (registration.certificate !== undefined || registration.state === 'admitted') return registration;
    if (registration.csr === undefined) return this.#put({ ...registration, state: 'admitted', deadline: this.#after(PATIENCE_DAYS) });
    const certificate = await this.#options.certify(registration.account, registration.csr);
    // Another may have been certified meanwhile: the first counts.
    const now = this.#inState(id, 'submitted', 'certified');
    return now.certificate === undefined ? this.#put({ ...now, state: 'certified', certificate, deadline: this.#after(PATIENCE_DAYS) }) : now;
  }

  /** Makes the key, has it certified, and hands both over, encrypted, this one time. Nothing of the key is kept. @throws HttpError */
  async issueKey(id: string, password: string | undefined): Promise<IssuedKey> {
    const registration = this.#inState(id, 'admitted');
    if (this.#issuing.has(id)) throw new HttpError('REGISTRATION_STATE', { state: 'issuing' });
    this.#issuing.add(id);
    try {
      const { ledger, certify } = this.#options;
      const issued = await issueKey({ ledger, holder: registration.account, certify, authority: this.#authority(), password, now: this.#now() });
      const { csr, application, certificate } = issued.applied;
      this.#put({ ...this.#inState(id, 'admitted'), state: 'certified', csr, application, certificate, deadline: this.#after(PATIENCE_DAYS) });
      return issued;
    } finally {
      this.#issuing.delete(id);
    }
  }

  /** The registrar's instruction is about what was applied for, with the hashes of what was handed in. @throws HttpError */
  assertApproves(id: string, { body }: Pick<Instruction, 'body'>): void {
    const registration = this.#inState(id, 'certified', 'registered');
    const { account, roles, holder, certificate, application, documents = [] } = body as BodyOf<typeof register>;
    const same =
      account === registration.account &&
      holder === registration.holder &&
      certificate === registration.certificate &&
      application === registration.application &&
      roles.toSorted().join() === registration.roles.toSorted().join() &&
      documents.join() === (registration.documents ?? []).map(({ hash }) => hash).join();
    if (!same) throw new HttpError('OBJECT_DIFFERS', { registration: id });
  }

  /** The next certificate, or one more, of an account or officer that has one; it counts once `certificate.renew/1` or `certificate.add/1` has recorded it. @throws HttpError */
  async certifyNext(applied: Applied): Promise<string> {
    const { crypto, ledger, index, certify } = this.#options;
    await assertProof(crypto, ledger, applied);
    // An officer's first key is certified before the administrator's appointment can carry its certificate.
    if (isAccountId(applied.holder) && index.certificates.ofHolder(applied.holder).length === 0) throw new HttpError('NOT_FOUND');
    return certify(applied.holder, applied.csr);
  }

  /** Makes one more key for an account and has it certified: it counts once `certificate.add/1` has recorded it, with an owner's consent. Nothing of the key is kept. @throws HttpError */
  async issueNext(holder: string, password: string | undefined): Promise<IssuedKey> {
    const { ledger, certify, index } = this.#options;
    if (index.objects.accounts.one(holder) === undefined) throw new HttpError('NOT_FOUND');
    return issueKey({ ledger, holder, certify, authority: this.#authority(), password, now: this.#now() });
  }

  /** Nothing of what was handed in is kept but its hashes. @throws HttpError */
  reject(id: string, reason: string): Registration {
    return this.#end({ ...this.#inState(id, 'submitted', 'asked', 'admitted', 'certified'), state: 'rejected', reason });
  }

  /** What the same applicant has asked for before, in the same words. */
  #earlier({ account, roles, holder, keys }: RegistrationRequest, secret: string): Registration | undefined {
    const found = this.#options.store.ofAccount(account);
    const isSame = found?.holder === holder && found.roles.join() === roles.join() && found.keys === keys && this.isApplicant(found, secret);
    return isSame ? this.#present(found) : undefined;
  }

  #authority(): string | undefined {
    const { index, organizationId } = this.#options;
    return index.objects.organizations.one(organizationId)?.userAuthority;
  }

  #inState(id: string, ...states: readonly RegistrationState[]): Registration {
    const registration = this.one(id);
    if (registration === undefined) throw new HttpError('NOT_FOUND');
    if (!states.includes(registration.state)) throw new HttpError('REGISTRATION_STATE', { state: registration.state });
    return registration;
  }

  #present(registration: Registration): Registration {
    const { state, certificate, account, deadline } = registration;
    if (state === 'registered' || state === 'rejected' || state === 'lapsed') return registration;
    const isRegistered = state === 'certified' && this.#options.index.certificates.ofHolder(account).some((one) => one.certificate === certificate);
    if (isRegistered) return this.#put(closed({ ...registration, state: 'registered' }));
    const isOver = deadline !== undefined && deadline < this.#after(0);
    return isOver ? this.#end({ ...registration, state: 'lapsed' }) : registration;
  }

  /** Whatever is past its deadline, so that it leaves lists and makes room. */
  #lapse(): void {
    const now = this.#now();
    if (now - this.#lookedAt < LOOK_FOR_OVER_MS) return;
    this.#lookedAt = now;
    for (const registration of this.#options.store.over(formatInstant(now))) this.#present(registration);
  }

  #end(registration: Registration): Registration {
    const { store } = this.#options;
    return store.together(() => {
      store.dropDocuments(registration.id);
      return this.#put(closed(registration));
    });
  }

  #put(registration: Registration): Registration {
    this.#options.store.put(registration);
    this.#tell();
    return registration;
  }

  #tell(): void {
    const told = this.#changed;
    this.#changed = Promise.withResolvers();
    told.resolve();
  }

  #after(days: number): string {
    return formatInstant(this.#now() + days * DAY_MS);
  }
}

function closed({ deadline: _deadline, from: _from, ...registration }: Registration): Registration {
  return registration;
}

/** Sorts by time. */
function newId(): string {
  return `${Date.now().toString(16).padStart(12, '0')}-${randomUUID()}`;
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
