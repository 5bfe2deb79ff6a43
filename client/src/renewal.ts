import { addCertificate, applicationSchema, consentPayload, formatInstant, readJws, renewCertificate, type CapsBody, type Digest, type KeyRole } from '@tallystick/chaincode/domain';
import type { CertificateRequest } from './certificate-request.ts';
import { signJws } from './jws.ts';
import type { Signer } from './signer.ts';
import { TallyError } from './error.ts';
import type { TallyClient } from './client.ts';
import type { Submission } from './receipt.ts';

/** The next key of an account or officer, asked for by its holder. */
export interface RenewalRequest extends CertificateRequest {
  readonly holder: string;
  /** `certificate.consent/1` as compact JWS, by the key that an account's next one supersedes, or by an owner; officers need none. */
  readonly consent?: string | undefined;
  /** DER, base64, where the organization has made the key. */
  readonly certificate?: string | undefined;
}

/** Has the organization's CA certify the next key. @returns the certificate, DER in base64; it counts for nothing until it is recorded */
export async function certifyNextKey(officer: TallyClient, { holder, csr, application }: RenewalRequest): Promise<string> {
  const { certificate } = await officer.post<{ readonly certificate: string }>('/certificates/requests', { holder, csr, application });
  return certificate;
}

/** One more key for an account, made by its organization: whoever has this answer and its password has the key. */
export interface IssuedNextKey extends RenewalRequest {
  /** base64. */
  readonly pkcs12: string;
  /** Unless one was chosen. */
  readonly password?: string;
  /** DER, base64; it counts for nothing until it is recorded, with an owner's consent. */
  readonly certificate: string;
}

/** Has the organization make and certify one more key for an account, by its registrar. */
export function issueNextKey(registrar: TallyClient, holder: string, password?: string): Promise<IssuedNextKey> {
  return registrar.post('/certificates/issues', { holder, ...(password !== undefined && { password }) });
}

/** Records a certificate in the place of another, by the registrar (accounts) or administrator (officers). */
export function recordNextKey(
  officer: TallyClient,
  { holder, application, consent }: RenewalRequest,
  { supersedes, certificate }: { readonly supersedes: Digest; readonly certificate: string },
): Promise<Submission> {
  return officer.send(renewCertificate, { holder, supersedes, certificate, application, ...(consent !== undefined && { consent }) });
}

/** One more key for an account, with its owner's consent. */
export interface AdditionRequest extends RenewalRequest {
  readonly role: KeyRole;
  readonly caps?: CapsBody;
  /** `certificate.consent/1` as compact JWS. */
  readonly consent: string;
}

export interface ConsentOptions {
  readonly ledger: string;
  readonly role: KeyRole;
  readonly caps?: CapsBody | undefined;
  /** RFC 3339. */
  readonly expiresAt?: string | undefined;
}

const CONSENT_LIFETIME_MS = 7 * 24 * 3600_000;

/**
 * An owner of the account consents to one more key, in this role and with these caps; or a key of any role to its own successor, in its own role and with its own caps.
 * @throws TallyError CERTIFICATE_DIFFERS for another account's
 */
export async function consentTo(owner: Signer, request: RenewalRequest, { ledger, role, caps, expiresAt = formatInstant(Date.now() + CONSENT_LIFETIME_MS) }: ConsentOptions): Promise<AdditionRequest> {
  const { kid, payload } = readJws(request.application);
  const { holder } = applicationSchema.parse(payload);
  if (holder !== owner.id) throw new TallyError('CERTIFICATE_DIFFERS', `The request is for ${holder}, not for ${owner.id}.`);
  const payloadText = consentPayload({ type: 'certificate.consent/1', ledger, holder, key: kid, role, ...(caps !== undefined && { caps }), expiresAt });
  const { csr, application, certificate } = request;
  return { holder, csr, application, ...(certificate !== undefined && { certificate }), role, ...(caps !== undefined && { caps }), consent: await signJws(owner.key, owner.thumbprint, payloadText) };
}

/** Records one more certificate of an account, by its registrar. */
export function recordAddedKey(registrar: TallyClient, { holder, role, caps, application, consent }: AdditionRequest, certificate: string): Promise<Submission> {
  return registrar.send(addCertificate, { holder, role, ...(caps !== undefined && { caps }), certificate, application, consent });
}
