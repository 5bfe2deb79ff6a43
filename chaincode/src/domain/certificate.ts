import { z } from 'zod';
import { canonicalJson, decodeBase64Url, fromBase64 } from './codec.ts';
import type { Address, Book } from './book.ts';
import type { CertificateFacts, Crypto } from './crypto.ts';
import { refuseUnless } from './error.ts';
import { digestSchema, signerIdSchema, organizationIdSchema, type Digest, type OrganizationId, type SignerId } from './id.ts';
import { readJws } from './jws.ts';
import type { Organization } from './organization.ts';
import type { SpendingCaps } from './spending.ts';
import { caretakerOf } from './standing.ts';
import { instantSchema, isEarly, isPast, type Instant } from './time.ts';

/** An enrolment certificate on the ledger: whose it is; as long as it is active its key stands with the holder's. */
export interface CertificateRecord {
  readonly holder: SignerId;
  readonly serialNumber: string;
  /** Its key as it ended. It signs nothing, and tells whose the instructions are that it has signed. */
  readonly ended?: SigningKey | undefined;
}

/** What an account's key may sign: an owner everything; a payer pays, captures and refunds; a viewer only reads. */
export const KEY_ROLES = ['owner', 'payer', 'viewer'] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

export const CERTIFICATE_STATES = ['active', 'superseded', 'revoked'] as const;

/** A key an account or officer signs with, as its certificate binds it. */
export interface SigningKey {
  readonly thumbprint: Digest;
  readonly publicKey: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly status: (typeof CERTIFICATE_STATES)[number];
  /** Absent: owner. */
  readonly role?: Exclude<KeyRole, 'owner'> | undefined;
  /** Of a payer; absent: no caps. */
  readonly caps?: SpendingCaps | undefined;
  /** Its organization made the key for the holder, and the proof that came with it. */
  readonly issued?: true | undefined;
}

/** DER in base64, one certificate. */
export const certificateSchema = z
  .string()
  .max(4096)
  .regex(/^[A-Za-z0-9+/]+={0,2}$/)
  .meta({ description: 'X.509 certificate, DER, base64' });

/** The applicant's proof: signed with the key to be certified, so that nobody can register another's key or for another account. */
export const applicationSchema = z.strictObject({
  type: z.literal('certificate.application/1'),
  ledger: z.string(),
  organization: organizationIdSchema,
  holder: signerIdSchema,
  /** SHA-256 of the DER encoded certificate request. */
  request: digestSchema,
  issuedAt: instantSchema,
  issued: z.literal(true).optional().meta({ description: 'The organization made the key, and this proof, for the holder' }),
});
export type Application = z.infer<typeof applicationSchema>;

/** A compact JWS over an application; `kid` is the SHA-256 of the SPKI, since no certificate exists yet. */
export const applicationJwsSchema = z.string().max(4096).meta({ description: 'certificate.application/1 as compact JWS' });

interface Certification {
  readonly organization: Organization;
  readonly holder: SignerId;
  readonly certificate: string;
  readonly application: string;
}

/**
 * Checks a certificate for a holder of an organization and records it with its key.
 * @throws LedgerError CERTIFICATE_*, KEY_IN_USE
 */
export function recordCertificate(
  book: Book,
  crypto: Crypto,
  { organization, holder, certificate, application }: Certification,
): SigningKey {
  const { facts, isIssued } = assertCertifiable(book, crypto, { organization, holder, certificate, application });
  return { ...bindKey(book, crypto, holder, facts), ...(isIssued && { issued: true }) };
}

/** Checks a certificate for a holder of an organization and records nothing. @throws LedgerError CERTIFICATE_* */
export function assertCertifiable(book: Book, crypto: Crypto, { organization, holder, certificate, application }: Certification): { readonly facts: CertificateFacts; readonly isIssued: boolean } {
  const facts = crypto.readCertificate(certificate);
  refuseUnless(crypto.isIssuedBy(certificate, authorityFor(book, organization)), 'CERTIFICATE_ISSUER');
  refuseUnless(!isEarly(book, facts.notBefore) && !isPast(book, facts.notAfter), 'CERTIFICATE_NOT_CURRENT');
  const proof = applicationOf(crypto, application, facts.publicKey, { ledger: book.ledger.ledger, organization: organization.id, holder });
  refuseUnless(proof !== undefined, 'CERTIFICATE_PROOF');
  return { facts, isIssued: proof.issued === true };
}

/** Accounts of a removed organization get their certificates from its trustee. */
function authorityFor(book: Book, organization: Organization): string {
  const caretaker = caretakerOf(book.ledger, organization.id);
  const keeper = caretaker === organization.id ? undefined : book.get('organization', caretaker);
  return (keeper ?? organization).userAuthority;
}

/** Records certificate and key for a holder. @throws LedgerError KEY_IN_USE */
export function bindKey(book: Pick<Book, 'get' | 'put' | 'expect'>, crypto: Crypto, holder: SignerId, facts: CertificateFacts): SigningKey {
  assertKeyFree(book, crypto, facts);
  book.put('keyHolder', [keyHash(crypto, facts.publicKey)], holder);
  book.put('certificate', [facts.thumbprint], { holder, serialNumber: facts.serialNumber });
  const { thumbprint, publicKey, notBefore, notAfter } = facts;
  return { thumbprint, publicKey, notBefore, notAfter, status: 'active' };
}

/** What recording a certificate reads; of one that cannot be read, nothing. */
export function certificateReads(crypto: Crypto, certificate: string): readonly Address[] {
  try {
    return Object.values(addressesOf(crypto, crypto.readCertificate(certificate)));
  } catch {
    return [];
  }
}

function addressesOf(crypto: Crypto, { publicKey, thumbprint }: CertificateFacts) {
  return { key: ['keyHolder', keyHash(crypto, publicKey)], certificate: ['certificate', thumbprint] } as const;
}

/** @throws LedgerError KEY_IN_USE */
export function assertKeyFree(book: Pick<Book, 'get' | 'expect'>, crypto: Crypto, facts: CertificateFacts): void {
  const { key, certificate } = addressesOf(crypto, facts);
  book.expect([key, certificate]);
  refuseUnless(book.get(...key) === undefined && book.get(...certificate) === undefined, 'KEY_IN_USE');
}

/** The application in the JWS, if it is one by this key for this ledger, organization and holder. */
export function applicationOf(
  crypto: Crypto,
  jws: string,
  publicKey: string,
  expected: { readonly ledger: string; readonly organization: OrganizationId; readonly holder: SignerId },
): Application | undefined {
  try {
    const { kid, payload, signed, signature } = readJws(jws);
    const application = applicationSchema.parse(payload);
    const isOfThis =
      kid === keyHash(crypto, publicKey) &&
      application.ledger === expected.ledger &&
      application.organization === expected.organization &&
      application.holder === expected.holder &&
      crypto.verify(publicKey, signed, decodeBase64Url(signature));
    return isOfThis ? application : undefined;
  } catch {
    return undefined;
  }
}

/** SHA-256 of the DER SubjectPublicKeyInfo: names a key that has no certificate yet. */
export function keyHash(crypto: Pick<Crypto, 'sha256'>, publicKey: string): Digest {
  return crypto.sha256(fromBase64(publicKey));
}

/** What an applicant signs, as text. */
export function applicationPayload(application: Application): string {
  return canonicalJson(application);
}

/** Of a holder's keys those that can sign: they are read with every instruction, so each other one is put beside its certificate. */
export function retireKeys(book: Pick<Book, 'get' | 'put'>, keys: readonly SigningKey[]): readonly SigningKey[] {
  for (const key of keys) {
    const record = key.status === 'active' ? undefined : book.get('certificate', key.thumbprint);
    if (record !== undefined) book.put('certificate', [key.thumbprint], { ...record, ended: key });
  }
  return keys.filter(({ status }) => status === 'active');
}

/** Sets the status of one key of a list. */
export function withKeyStatus(keys: readonly SigningKey[], thumbprint: Digest, status: SigningKey['status']): readonly SigningKey[] {
  return keys.map((key) => (key.thumbprint === thumbprint ? { ...key, status } : key));
}
