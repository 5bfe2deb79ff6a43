import { z } from 'zod';
import { accountAt } from './account.ts';
import type { Book } from './book.ts';
import { applicationJwsSchema, certificateSchema, recordCertificate, withKeyStatus, type SigningKey } from './certificate.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { digestSchema, isAccountId, officerNameOf, organizationOf, signerIdSchema, type SignerId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { officerAt, organizationAt, revokeOfficerKey, withOfficerKeys } from './organization.ts';
import { assertOfficer } from './right.ts';

/** Whoever holds certificates: an account, or an officer. */

export const REVOKE_REASONS = ['KEY_LOST', 'KEY_COMPROMISED', 'DEVICE_RETIRED', 'HOLDER_LEFT', 'OTHER'] as const;

const renewBody = z.strictObject({
  holder: signerIdSchema,
  supersedes: digestSchema,
  certificate: certificateSchema,
  application: applicationJwsSchema,
});

const revokeBody = z.strictObject({ holder: signerIdSchema, thumbprint: digestSchema, reason: z.enum(REVOKE_REASONS) });

/** A new certificate takes the place of an active one, by the registrar (accounts) or administrator (officers) of its organization. */
export const renewCertificate = defineInstruction({
  type: 'certificate.renew/1',
  signedBy: 'officer',
  body: renewBody,
  lanes: (_, { holder }) => [holder],
  reads: (_, { holder }) => (isAccountId(holder) ? [['account', holder]] : []),
  decide: ({ book, crypto, signer }, { holder, supersedes, certificate, application }) => {
    assertOfficer(book, signer, isAccountId(holder) ? 'registrar' : 'administrator', organizationOf(holder));
    assertActiveKey(book, holder, supersedes);
    const organization = organizationAt(book, organizationOf(holder));
    const key = recordCertificate(book, crypto, { organization, holder, certificate, application });
    changeKeys(book, holder, (keys) => [...withKeyStatus(keys, supersedes, 'superseded'), key]);
    return {};
  },
});

/** Ends a certificate at once: by the holder with any active key, or by registrar or administrator of its organization. */
export const revokeCertificate = defineInstruction({
  type: 'certificate.revoke/1',
  ends: true,
  signedBy: 'either',
  body: revokeBody,
  lanes: (_, { holder }) => [holder],
  reads: (_, { holder }) => (isAccountId(holder) ? [['account', holder]] : []),
  decide: ({ book, signer }, { holder, thumbprint }) => {
    if (signer !== holder) {
      refuseUnless(!isAccountId(signer), 'SIGNER_NOT_ENTITLED');
      assertOfficer(book, signer, isAccountId(holder) ? 'registrar' : 'administrator', organizationOf(holder));
    }
    assertActiveKey(book, holder, thumbprint);
    if (isAccountId(holder)) changeKeys(book, holder, (keys) => withKeyStatus(keys, thumbprint, 'revoked'));
    else {
      const organization = organizationAt(book, organizationOf(holder));
      book.put('organization', [organization.id], revokeOfficerKey(organization, officerNameOf(holder), thumbprint));
    }
    return {};
  },
});

/** The keys recorded for a signer, whatever their state; undefined: there is no such signer. */
export function keysOf(book: Book, signer: SignerId): readonly SigningKey[] | undefined {
  return isAccountId(signer) ? book.get('account', signer)?.keys : officerAt(book, signer)?.keys;
}

function assertActiveKey(book: Book, holder: SignerId, thumbprint: string): void {
  const key = keysOf(book, holder)?.find((candidate) => candidate.thumbprint === thumbprint);
  if (key === undefined) throw new LedgerError('CERTIFICATE_STATE', { status: 'unknown' });
  refuseUnless(key.status === 'active', 'CERTIFICATE_STATE', { status: key.status });
}

function changeKeys(book: Book, holder: SignerId, change: (keys: readonly SigningKey[]) => readonly SigningKey[]): void {
  if (isAccountId(holder)) {
    const account = accountAt(book, holder);
    refuseUnless(account.status !== 'closed', 'ACCOUNT_CLOSED', { account: holder });
    book.put('account', [holder], { ...account, keys: change(account.keys) });
  } else {
    const organization = organizationAt(book, organizationOf(holder));
    book.put('organization', [organization.id], withOfficerKeys(organization, officerNameOf(holder), change));
  }
}
