import { z } from 'zod';
import type { Book } from './book.ts';
import { KEY_ROLES, type SigningKey } from './certificate.ts';
import { canonicalJson, decodeBase64Url } from './codec.ts';
import type { Crypto } from './crypto.ts';
import { accountIdSchema, digestSchema, type Digest } from './id.ts';
import { readJws, type Jws } from './jws.ts';
import { capsSchema } from './spending.ts';
import { instantSchema, isEarly, isPast, parseInstant } from './time.ts';

/** An owner's word that one more key may sign for its account: for this key, role and caps, until then. */
export const consentSchema = z.strictObject({
  type: z.literal('certificate.consent/1'),
  ledger: z.string(),
  holder: accountIdSchema,
  /** SHA-256 of the new key's SPKI. */
  key: digestSchema,
  role: z.enum(KEY_ROLES),
  caps: capsSchema.optional(),
  expiresAt: instantSchema,
});
export type Consent = z.infer<typeof consentSchema>;

/** A compact JWS over a consent; `kid` is the thumbprint of the owner's certificate. */
export const consentJwsSchema = z.string().max(8192).meta({ description: 'certificate.consent/1 as compact JWS, by an owner key of the account' });

/** What an owner signs, as text. */
export function consentPayload(consent: Consent): string {
  return canonicalJson(consent);
}

/**
 * Whether an active owner key of the account, or the active key named, has consented to just this, and in time.
 * @throws LedgerError AGAIN at the very edge of a validity
 */
export function isConsentOf(book: Pick<Book, 'now' | 'clock'>, crypto: Crypto, keys: readonly SigningKey[], jws: string, expected: Omit<Consent, 'type' | 'expiresAt'>, also?: Digest): boolean {
  const read = readConsent(jws);
  if (read === undefined) return false;
  const { expiresAt, kid, payloadText, signed, signature } = read;
  const owner = keys.find(({ thumbprint, status, role }) => thumbprint === kid && status === 'active' && (role === undefined || thumbprint === also));
  if (owner === undefined || payloadText !== consentPayload({ type: 'certificate.consent/1', expiresAt, ...expected })) return false;
  if (!crypto.verify(owner.publicKey, signed, decodeBase64Url(signature))) return false;
  return !isPast(book, parseInstant(expiresAt)) && !isEarly(book, owner.notBefore) && !isPast(book, owner.notAfter);
}

function readConsent(text: string): (Jws & Pick<Consent, 'expiresAt'>) | undefined {
  try {
    const jws = readJws(text);
    return { ...jws, expiresAt: consentSchema.parse(jws.payload).expiresAt };
  } catch {
    return undefined;
  }
}
