import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { formatInstant, isAccountId, organizationOf, type AccountRole, type Crypto, type Instruction, type register } from '@tallystick/chaincode/domain';
import { HttpError } from '../http/http-error.ts';
import type { IndexedInstruction } from '../index/instruction-queries.ts';
import type { LedgerIndex } from '../index/ledger-index.ts';
import type { BodyOf } from '../index/body-of.ts';
import type { Certify } from './certificate-authority.ts';
import { assertProof, type Applied } from './proof.ts';
import type { Registration, RegistrationState, RegistrationStore } from './store.ts';

/** What an applicant sends. */
export interface RegistrationRequest {
  readonly account: string;
  readonly roles: readonly AccountRole[];
  readonly holder: string;
  readonly csr: string;
  readonly application: string;
}

export interface RegistrationsOptions {
  readonly organizationId: string;
  readonly ledger: string;
  readonly store: RegistrationStore;
  readonly index: LedgerIndex;
  readonly crypto: Crypto;
  readonly certify: Certify;
}

/** Requests that wait for a registrar; beyond it there is nobody who reviews them. */
const MAX_OPEN = 10_000;

/** submitted → certified → registered; submitted or certified → rejected. */
export class Registrations {
  readonly #options: RegistrationsOptions;

  constructor(options: RegistrationsOptions) {
    this.#options = options;
  }

  /** @returns the registration, and the secret by which its applicant asks for it @throws HttpError */
  async submit(request: RegistrationRequest): Promise<{ readonly registration: Registration; readonly secret: string }> {
    const { store, organizationId, index } = this.#options;
    await assertProof(this.#options.crypto, this.#options.ledger, { ...request, holder: request.account });
    if (organizationOf(request.account) !== organizationId) throw new HttpError('OBJECT_DIFFERS', { organization: organizationId });
    if (index.objects.accounts.one(request.account) !== undefined) throw new HttpError('REGISTRATION_STATE', { state: 'registered' });
    if (store.openCount() >= MAX_OPEN) throw new HttpError('TOO_MANY_REQUESTS');
    const secret = randomBytes(24).toString('base64url');
    const submittedAt = formatInstant(Date.now());
    const registration: Registration = { id: newId(), ...request, state: 'submitted', secretHash: hashOf(secret), submittedAt };
    if (!store.add(registration)) throw new HttpError('REGISTRATION_STATE', { account: request.account });
    return { registration, secret };
  }

  /** As it is now; the ledger has the last word on what is registered. */
  one(id: string): Registration | undefined {
    const { store, index } = this.#options;
    const registration = store.one(id);
    if (registration?.state !== 'certified' || registration.certificate === undefined) return registration;
    const registered = index.certificates.ofHolder(registration.account).some(({ certificate }) => certificate === registration.certificate);
    if (!registered) return registration;
    const done: Registration = { ...registration, state: 'registered' };
    store.put(done);
    return done;
  }

  /** The instruction that registered it, as the ledger has it. */
  approvalOf({ state, account }: Pick<Registration, 'state' | 'account'>): IndexedInstruction | undefined {
    return state === 'registered' ? this.#options.index.instructions.registrationOf(account) : undefined;
  }

  isApplicant({ secretHash }: Registration, secret: string | undefined): boolean {
    return secret !== undefined && timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(secretHash));
  }

  list(state: RegistrationState | undefined, after: string, limit: number): readonly Registration[] {
    return this.#options.store.list(state, after, limit).map(({ id }) => this.one(id)).filter((it) => it !== undefined);
  }

  /** The same certificate however often it is asked for. @throws HttpError */
  async certify(id: string): Promise<Registration> {
    const registration = this.#inState(id, 'submitted', 'certified');
    if (registration.certificate !== undefined) return registration;
    const certificate = await this.#options.certify(registration.account, registration.csr);
    const certified: Registration = { ...this.#inState(id, 'submitted', 'certified'), state: 'certified', certificate };
    this.#options.store.put(certified);
    return certified;
  }

  /** The registrar's instruction is about what was applied for. @throws HttpError */
  assertApproves(id: string, { body }: Pick<Instruction, 'body'>): void {
    const registration = this.#inState(id, 'certified', 'registered');
    const { account, roles, holder, certificate, application } = body as BodyOf<typeof register>;
    const same =
      account === registration.account &&
      holder === registration.holder &&
      certificate === registration.certificate &&
      application === registration.application &&
      roles.toSorted().join() === registration.roles.toSorted().join();
    if (!same) throw new HttpError('OBJECT_DIFFERS', { registration: id });
  }

  /** The next certificate of an account or officer that has one; it counts once `certificate.renew/1` has recorded it. @throws HttpError */
  async certifyNext(applied: Applied): Promise<string> {
    const { crypto, ledger, index, certify } = this.#options;
    await assertProof(crypto, ledger, applied);
    // An officer's first key is certified before the administrator's appointment can carry its certificate.
    if (isAccountId(applied.holder) && index.certificates.ofHolder(applied.holder).length === 0) throw new HttpError('NOT_FOUND');
    return certify(applied.holder, applied.csr);
  }

  reject(id: string, reason: string): Registration {
    const rejected: Registration = { ...this.#inState(id, 'submitted', 'certified'), state: 'rejected', reason };
    this.#options.store.put(rejected);
    return rejected;
  }

  #inState(id: string, ...states: readonly RegistrationState[]): Registration {
    const registration = this.one(id);
    if (registration === undefined) throw new HttpError('NOT_FOUND');
    if (!states.includes(registration.state)) throw new HttpError('REGISTRATION_STATE', { state: registration.state });
    return registration;
  }
}

/** Sorts by time. */
function newId(): string {
  return `${Date.now().toString(16).padStart(12, '0')}-${randomUUID()}`;
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
