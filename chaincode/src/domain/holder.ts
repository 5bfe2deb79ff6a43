import { z } from 'zod';
import { accountAt } from './account.ts';
import type { Book } from './book.ts';
import { applicationJwsSchema, certificateSchema, KEY_ROLES, keyHash, recordCertificate, retireKeys, withKeyStatus, type SigningKey } from './certificate.ts';
import { consentJwsSchema, isConsentOf } from './consent.ts';
import type { Crypto } from './crypto.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { accountIdSchema, digestSchema, isAccountId, officerNameOf, organizationOf, signerIdSchema, type AccountId, type Digest, type SignerId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { assertAdministered, officerAt, organizationAt, withOfficerKeys } from './organization.ts';
import { assertOfficer } from './right.ts';
import { capsFrom, capsSchema, capsText, inheritSpending } from './spending.ts';

/** Whoever holds certificates: an account, or an officer. */

export const REVOKE_REASONS = ['KEY_LOST', 'KEY_COMPROMISED', 'DEVICE_RETIRED', 'HOLDER_LEFT', 'OTHER'] as const;

/** Devices and staff of one account that can sign at the same time. */
const MAX_ACTIVE_KEYS = 20;

const addBody = z
  .strictObject({
    holder: accountIdSchema,
    role: z.enum(KEY_ROLES),
    caps: capsSchema.optional(),
    certificate: certificateSchema,
    application: applicationJwsSchema,
    consent: consentJwsSchema,
  })
  .refine(({ role, caps }) => caps === undefined || role === 'payer', { path: ['caps'] });

const renewBody = z.strictObject({
  holder: signerIdSchema,
  supersedes: digestSchema,
  certificate: certificateSchema,
  application: applicationJwsSchema,
  consent: consentJwsSchema.optional().meta({ description: 'Of an account: certificate.consent/1 as compact JWS, by the key it supersedes or an owner key, for the role and caps of that key' }),
});

const capBody = z.strictObject({ thumbprint: digestSchema, caps: capsSchema.optional().meta({ description: 'Absent: the key has none' }) });

const revokeBody = z.strictObject({ holder: signerIdSchema, thumbprint: digestSchema, reason: z.enum(REVOKE_REASONS) });

/** One more key for an account, beside those it has: the registrar's decision, the new key's proof, and the consent of an owner. */
export const addCertificate = defineInstruction({
  type: 'certificate.add/1',
  signedBy: 'officer',
  body: addBody,
  lanes: (_, { holder }) => [holder],
  reads: (_, { holder }) => [['account', holder]],
  decide: ({ book, crypto, signer }, { holder, role, caps, certificate, application, consent }) => {
    assertOfficer(book, signer, 'registrar', organizationOf(holder));
    const { keys, status } = accountAt(book, holder);
    refuseUnless(status !== 'closed', 'ACCOUNT_CLOSED', { account: holder });
    refuseUnless(keys.filter((key) => key.status === 'active').length < MAX_ACTIVE_KEYS, 'CERTIFICATE_TOO_MANY', { most: String(MAX_ACTIVE_KEYS) });
    const key = recordCertificate(book, crypto, { organization: organizationAt(book, organizationOf(holder)), holder, certificate, application });
    const expected = { ledger: book.ledger.ledger, holder, key: keyHash(crypto, key.publicKey), role, ...(caps !== undefined && { caps }) };
    refuseUnless(isConsentOf(book, crypto, keys, consent, expected), 'CERTIFICATE_CONSENT');
    changeKeys(book, holder, (present) => [...present, { ...key, ...(role !== 'owner' && { role }), ...(caps !== undefined && { caps: capsFrom(caps) }) }]);
    return {};
  },
});

/**
 * A new certificate takes the place, the role and the caps of an active one, by the registrar (accounts) or administrator (officers)
 * of its organization. An account's own key consents, so that nobody else takes the account over: whose keys are all lost is recovered.
 */
export const renewCertificate = defineInstruction({
  type: 'certificate.renew/1',
  signedBy: 'officer',
  // Else an organization whose administrators have all run out could never act again. Its CA and the new key have their say too.
  replacesKey: (signer, { holder, supersedes }, { thumbprint }) => signer === holder && supersedes === thumbprint,
  body: renewBody,
  lanes: (_, { holder }) => [holder],
  reads: (_, { holder }) => (isAccountId(holder) ? [['account', holder]] : []),
  decide: ({ book, crypto, signer }, { holder, supersedes, certificate, application, consent }) => {
    assertOfficer(book, signer, isAccountId(holder) ? 'registrar' : 'administrator', organizationOf(holder));
    const old = activeKey(book, holder, supersedes);
    const { role, caps } = old;
    const organization = organizationAt(book, organizationOf(holder));
    const key = recordCertificate(book, crypto, { organization, holder, certificate, application });
    if (isAccountId(holder)) refuseUnless(consentsToSuccessor(book, crypto, holder, { old, key, consent }), 'CERTIFICATE_CONSENT');
    changeKeys(book, holder, (keys) => [...withKeyStatus(keys, supersedes, 'superseded'), { ...key, ...(role !== undefined && { role }), ...(caps !== undefined && { caps }) }]);
    if (isAccountId(holder)) inheritSpending(book, holder, old, key.thumbprint);
    return {};
  },
});

/** Other caps for a key of the account, or none, by an owner; what it has spent today counts. */
export const capCertificate = defineInstruction({
  type: 'certificate.cap/1',
  signedBy: 'account',
  body: capBody,
  lanes: (account) => [account],
  reads: () => [],
  decide: ({ book, signer }, { thumbprint, caps }) => {
    const { role = 'owner' as const } = activeKey(book, signer, thumbprint);
    refuseUnless(role === 'payer', 'CERTIFICATE_STATE', { role });
    changeKeys(book, signer, (keys) => keys.map((key) => (key.thumbprint === thumbprint ? { ...key, caps: caps === undefined ? undefined : capsFrom(caps) } : key)));
    return {};
  },
});

/** Ends a certificate at once: by the holder with an owner key or the key itself, or by registrar or administrator of its organization. */
export const revokeCertificate = defineInstruction({
  type: 'certificate.revoke/1',
  ends: true,
  signedBy: 'either',
  keyRoles: KEY_ROLES,
  body: revokeBody,
  lanes: (_, { holder }) => [holder],
  reads: (_, { holder }) => (isAccountId(holder) ? [['account', holder]] : []),
  decide: ({ book, signer, key }, { holder, thumbprint }) => {
    refuseUnless(key.role === undefined || key.thumbprint === thumbprint, 'CERTIFICATE_ROLE', { role: key.role ?? 'owner' });
    if (signer !== holder) {
      refuseUnless(!isAccountId(signer), 'SIGNER_NOT_ENTITLED');
      assertOfficer(book, signer, isAccountId(holder) ? 'registrar' : 'administrator', organizationOf(holder));
    }
    activeKey(book, holder, thumbprint);
    changeKeys(book, holder, (keys) => withKeyStatus(keys, thumbprint, 'revoked'));
    if (!isAccountId(holder)) assertAdministered(organizationAt(book, organizationOf(holder)));
    return {};
  },
});

/** The keys a signer may sign with; undefined: there is no such signer. */
export function keysOf(book: Book, signer: SignerId): readonly SigningKey[] | undefined {
  return isAccountId(signer) ? book.get('account', signer)?.keys : officerAt(book, signer)?.keys;
}

/** The key recorded for a signer under this thumbprint, whatever its state. */
export function keyOf(book: Book, signer: SignerId, thumbprint: Digest): SigningKey | undefined {
  const key = keysOf(book, signer)?.find((candidate) => candidate.thumbprint === thumbprint);
  if (key !== undefined) return key;
  const certificate = book.get('certificate', thumbprint);
  return certificate?.holder === signer ? certificate.ended : undefined;
}

/** Whether the key to be superseded, or an owner, consents to the next one in its role and with its caps. */
function consentsToSuccessor(book: Book, crypto: Crypto, holder: AccountId, { old, key, consent }: { readonly old: SigningKey; readonly key: SigningKey; readonly consent: string | undefined }): boolean {
  const { role = 'owner' as const, caps } = old;
  const expected = { ledger: book.ledger.ledger, holder, key: keyHash(crypto, key.publicKey), role, ...(caps !== undefined && { caps: capsText(caps) }) };
  return consent !== undefined && isConsentOf(book, crypto, accountAt(book, holder).keys, consent, expected, old.thumbprint);
}

/** @throws LedgerError CERTIFICATE_STATE */
function activeKey(book: Book, holder: SignerId, thumbprint: Digest): SigningKey {
  const key = keyOf(book, holder, thumbprint);
  if (key === undefined) throw new LedgerError('CERTIFICATE_STATE', { status: 'unknown' });
  refuseUnless(key.status === 'active', 'CERTIFICATE_STATE', { status: key.status });
  return key;
}

function changeKeys(book: Book, holder: SignerId, change: (keys: readonly SigningKey[]) => readonly SigningKey[]): void {
  if (isAccountId(holder)) {
    const account = accountAt(book, holder);
    refuseUnless(account.status !== 'closed', 'ACCOUNT_CLOSED', { account: holder });
    book.put('account', [holder], { ...account, keys: retireKeys(book, change(account.keys)) });
  } else {
    const organization = organizationAt(book, organizationOf(holder));
    book.put('organization', [organization.id], withOfficerKeys(organization, officerNameOf(holder), (keys) => retireKeys(book, change(keys))));
  }
}
