import { register, type AccountId, type AccountRole, type Digest } from '@tallystick/chaincode/domain';
import type { CertificateRequest } from './certificate-request.ts';
import type { TallyClient } from './client.ts';
import { request, type HttpOptions } from './http.ts';
import type { Receipt, Submission } from './receipt.ts';

export type RegistrationState = 'submitted' | 'certified' | 'registered' | 'rejected';

/** What an applicant asks its business system for. The applicant chooses the account's id, since the application names it. */
export interface RegistrationRequest extends CertificateRequest {
  readonly account: AccountId;
  readonly roles: readonly AccountRole[];
  readonly holder: Digest;
}

/** Names a registration; the secret lets the applicant ask after it before it has a certificate. */
export interface RegistrationTicket {
  readonly id: string;
  readonly secret: string;
}

export interface Registration extends RegistrationRequest {
  readonly id: string;
  readonly state: RegistrationState;
  /** DER in base64, once certified. */
  readonly certificate?: string;
  /** Once registered. */
  readonly receipt?: Receipt;
  readonly reason?: string;
}

export type Applicant = Pick<HttpOptions, 'gateway'> & Partial<HttpOptions>;

export async function applyForAccount(applicant: Applicant, wanted: RegistrationRequest): Promise<RegistrationTicket> {
  const { body } = await request<RegistrationTicket>(withDefaults(applicant), { method: 'POST', path: '/registrations', body: wanted });
  return body;
}

export async function registration(applicant: Applicant, { id, secret }: RegistrationTicket): Promise<Registration> {
  const headers = { 'registration-secret': secret };
  const { body } = await request<Registration>(withDefaults(applicant), { path: `/registrations/${id}`, headers });
  return body;
}

/** The registrar's review ends well: the organization's CA certifies the key, the registrar signs, the ledger records. */
export async function approveRegistration(registrar: TallyClient, id: string): Promise<Submission> {
  const { account, roles, holder, application } = await registrar.read<Registration>(`/registrations/${id}`);
  const { certificate } = await registrar.post<{ readonly certificate: string }>(`/registrations/${id}/certificate`, {});
  const decision = await registrar.sign(register, { account, roles: [...roles], holder, certificate, application });
  return registrar.submit(decision, `/registrations/${id}/approval`);
}

export async function rejectRegistration(registrar: TallyClient, id: string, reason: string): Promise<Registration> {
  return registrar.post(`/registrations/${id}/rejection`, { reason });
}

function withDefaults({ timeoutMs = 30_000, fetch = globalThis.fetch, ...rest }: Applicant): HttpOptions {
  return { ...rest, timeoutMs, fetch };
}
