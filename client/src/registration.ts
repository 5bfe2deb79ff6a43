import { register, toBase64, type AccountId, type AccountRole, type AskReason, type Digest, type DocumentType, type RegistrationState, type RejectionReason } from '@tallystick/chaincode/domain';
import type { CertificateRequest } from './certificate-request.ts';
import type { TallyClient } from './client.ts';
import { TallyError } from './error.ts';
import { platformFetch, request, type HttpOptions, type HttpRequest } from './http.ts';
import type { Receipt, Submission } from './receipt.ts';

/** Who wants an account. The applicant chooses the account's id, since the application names it. */
interface AccountWanted {
  readonly account: AccountId;
  readonly roles: readonly AccountRole[];
  readonly holder: Digest;
}

/** What an applicant asks its business system for: with a key of its own, or with one that the organization makes and hands over once. */
export type RegistrationRequest = AccountWanted & SecretChoice & CertificateRequest;
export type IssuedKeyRequest = AccountWanted & SecretChoice & { readonly keys: 'issued' };

interface SecretChoice {
  /** Of the ticket, 128 random bits (`createSalt`): whoever keeps it can apply again after a lost answer and has the same ticket. The gateway makes one unless told. */
  readonly secret?: string;
}

/** Names a registration; the secret lets the applicant ask after it before it has a certificate. */
export interface RegistrationTicket {
  readonly id: string;
  readonly secret: string;
}

/** A document that the organization keeps; `hash` (of salt and content) is what goes on the ledger. */
export interface RegistrationDocument {
  readonly number: number;
  readonly type: DocumentType;
  readonly size: number;
  readonly hash: Digest;
  readonly salt: string;
  readonly submittedAt: string;
}

export interface Registration extends AccountWanted, Partial<CertificateRequest> {
  readonly id: string;
  readonly state: RegistrationState;
  readonly keys?: 'issued';
  /** DER in base64, once certified. */
  readonly certificate?: string;
  /** Once registered. */
  readonly receipt?: Receipt;
  readonly reason?: RejectionReason;
  /** When it lapses unless whoever has to act acts. */
  readonly deadline?: string;
  readonly documents?: readonly RegistrationDocument[];
  readonly asks?: readonly { readonly reasons: readonly AskReason[]; readonly askedAt: string; readonly deadline: string; readonly answeredAt?: string }[];
}

/** As it is now, and the name of that: to wait for something else. */
export type TaggedRegistration = Registration & { readonly tag: string };

/** A key made by the organization: this is the only time it is shown. */
export interface IssuedKey {
  /** PKCS #12, base64. */
  readonly pkcs12: string;
  /** Unless the applicant chose it. */
  readonly password?: string;
  readonly registration: Registration;
}

export type Applicant = Pick<HttpOptions, 'gateway'> & Partial<HttpOptions>;

export async function applyForAccount(applicant: Applicant, wanted: RegistrationRequest | IssuedKeyRequest): Promise<RegistrationTicket> {
  const { body } = await request<RegistrationTicket>(withDefaults(applicant), { method: 'POST', path: '/registrations', body: wanted });
  return body;
}

/** With a tag it waits up to so many seconds (at most 30) for something else than at that tag. */
export function registration(applicant: Applicant, ticket: RegistrationTicket, { tag, wait = 0 }: { readonly tag?: string; readonly wait?: number } = {}): Promise<TaggedRegistration> {
  const query = tag === undefined ? '' : `?${new URLSearchParams({ tag, wait: String(wait) }).toString()}`;
  return asApplicant(applicant, ticket, { path: query, waitMs: wait * 1000 });
}

export function submitDocument(applicant: Applicant, ticket: RegistrationTicket, { type, content }: { readonly type: DocumentType; readonly content: Uint8Array }): Promise<RegistrationDocument> {
  return asApplicant(applicant, ticket, { method: 'POST', path: '/documents', body: { type, content: toBase64(content) } });
}

/** The documents that were asked for are handed in. */
export function answerRequest(applicant: Applicant, ticket: RegistrationTicket): Promise<Registration> {
  return asApplicant(applicant, ticket, { method: 'POST', path: '/answer', body: {} });
}

/** Takes the key that the organization makes, once; with a password of 12 to 128 printable ASCII characters, or one that is made. */
export function takeIssuedKey(applicant: Applicant, ticket: RegistrationTicket, password?: string): Promise<IssuedKey> {
  return asApplicant(applicant, ticket, { method: 'POST', path: '/key', body: password === undefined ? {} : { password } });
}

/** The registrar lets the applicant in; it is certified then, or, where the organization makes the key, admitted to take it. */
export function admitRegistration(registrar: TallyClient, id: string): Promise<Registration> {
  return registrar.post(`/registrations/${id}/certificate`, {});
}

/**
 * The registrar's review ends well: the organization's CA certifies the key, the registrar signs, the ledger records.
 * @throws TallyError KEY_NOT_TAKEN when the applicant is admitted and has yet to take its key
 */
export async function approveRegistration(registrar: TallyClient, id: string): Promise<Submission> {
  const { account, roles, holder, certificate, application, documents = [] } = await admitRegistration(registrar, id);
  if (certificate === undefined || application === undefined) throw new TallyError('KEY_NOT_TAKEN', 'The applicant is admitted and has to take its key; then the account can be recorded.');
  const hashes = documents.map(({ hash }) => hash);
  const decision = await registrar.sign(register, { account, roles: [...roles], holder, certificate, application, ...(hashes.length > 0 && { documents: hashes }) });
  return registrar.submit(decision, `/registrations/${id}/approval`);
}

/** The registrar wants to see more within so many days. */
export async function askForMore(registrar: TallyClient, id: string, reasons: readonly AskReason[], days?: number): Promise<Registration> {
  return registrar.post(`/registrations/${id}/requests`, { reasons, ...(days !== undefined && { days }) });
}

export async function rejectRegistration(registrar: TallyClient, id: string, reason: RejectionReason): Promise<Registration> {
  return registrar.post(`/registrations/${id}/rejection`, { reason });
}

async function asApplicant<T>(applicant: Applicant, { id, secret }: RegistrationTicket, { path, ...rest }: HttpRequest): Promise<T> {
  const headers = { 'registration-secret': secret };
  return (await request<T>(withDefaults(applicant), { path: `/registrations/${id}${path}`, headers, ...rest })).body;
}

function withDefaults({ timeoutMs = 30_000, fetch = platformFetch, ...rest }: Applicant): HttpOptions {
  return { ...rest, timeoutMs, fetch };
}
