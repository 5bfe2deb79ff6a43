import { z } from 'zod';
import { accountAt } from './account.ts';
import type { Book } from './book.ts';
import { applicationJwsSchema, certificateSchema, KEY_ROLES, recordCertificate, retireKeys, type SigningKey } from './certificate.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { accountIdSchema, digestSchema, isAccountId, objectId, objectIdSchema, organizationOf, splitObjectId, type AccountId, type Digest, type ObjectId, type OfficerId, type SignerId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { objectAt, putObject } from './made-object.ts';
import { officerAt, organizationAt } from './organization.ts';
import { assertOfficer } from './right.ts';
import { caretakerOf } from './standing.ts';
import { assertBefore, assertReached, assertSettable, formatInstant, instantSchema, isPast, parseInstant, type Instant } from './time.ts';

export const RECOVERY_REASONS = ['KEYS_LOST', 'KEYS_COMPROMISED', 'HOLDER_UNABLE', 'COURT_ORDER', 'OTHER'] as const;
export const RECOVERY_STATES = ['proposed', 'confirmed', 'completed', 'vetoed', 'withdrawn', 'expired'] as const;

/** An account whose keys are lost gets a new one: by two officers, after a delay in which every key that is left can veto. */
export interface Recovery {
  readonly account: AccountId;
  readonly reason: (typeof RECOVERY_REASONS)[number];
  /** Hash of what the officers have looked at. */
  readonly document?: Digest | undefined;
  readonly proposedBy: OfficerId;
  readonly confirmedBy?: OfficerId | undefined;
  /** Its owner key from then on. It belongs to the account already, and signs nothing yet. */
  readonly key: Omit<SigningKey, 'caps'>;
  /** From when on it can be completed. */
  readonly effectiveAt?: Instant | undefined;
  /** Past it, it can only expire. */
  readonly deadline: Instant;
  readonly state: (typeof RECOVERY_STATES)[number];
}

const proposeBody = z.strictObject({
  account: accountIdSchema,
  reason: z.enum(RECOVERY_REASONS),
  document: digestSchema.optional(),
  certificate: certificateSchema,
  application: applicationJwsSchema,
  deadline: instantSchema,
});
const recoveryBody = z.strictObject({ recovery: objectIdSchema, account: accountIdSchema });

type OfAccount = { readonly account: AccountId };
const lanes = (_: string, { account }: OfAccount) => [account];
const reads = (_: string, { recovery, account }: OfAccount & { readonly recovery: ObjectId }) => [['account', account], ['instruction', ...splitObjectId(recovery)]] as const;

/** The registrar's word that the holder is who it says, with the certificate and proof of its new key. */
export const proposeRecovery = defineInstruction({
  type: 'recovery.propose/1',
  signedBy: 'officer',
  body: proposeBody,
  lanes,
  reads: (_, { account }) => [['account', account]],
  decide: ({ book, crypto, signer, id }, { account: holder, reason, document, certificate, application, deadline: text }) => {
    assertOfficer(book, signer, 'registrar', organizationOf(holder));
    const account = accountAt(book, holder);
    refuseUnless(account.status !== 'closed', 'ACCOUNT_CLOSED', { account: holder });
    refuseUnless(account.recovery === undefined, 'RECOVERY_PENDING', { recovery: account.recovery ?? '' });
    const deadline = parseInstant(text);
    assertSettable(book, deadline);
    const key = recordCertificate(book, crypto, { organization: organizationAt(book, organizationOf(holder)), holder, certificate, application });
    book.put('account', [holder], { ...account, recovery: objectId(id, signer) });
    return { recovery: { account: holder, reason, document, proposedBy: signer, key, deadline, state: 'proposed' } };
  },
});

/** By another officer, registrar or administrator: from now on the delay runs that the rules ask for. */
export const confirmRecovery = defineInstruction({
  type: 'recovery.confirm/1',
  signedBy: 'officer',
  body: recoveryBody,
  lanes,
  reads,
  decide: ({ book, signer }, { recovery: id, account }) => {
    assertDecides(book, signer, account);
    const recovery = recoveryIn(book, id, account, 'proposed');
    refuseUnless(recovery.proposedBy !== signer, 'RECOVERY_SAME_OFFICER');
    assertBefore(book, recovery.deadline, 'RECOVERY_EXPIRED');
    const delay = book.ledger.rules.recoveryDelay * 1_000;
    refuseUnless(!isPast(book, recovery.deadline - delay), 'RECOVERY_TOO_SHORT', { deadline: formatInstant(recovery.deadline), delay: String(delay / 1_000) });
    putObject(book, 'recovery', id, { ...recovery, confirmedBy: signer, effectiveAt: book.now + delay, state: 'confirmed' });
    return {};
  },
});

/** By the account with any key that is still good, or by an officer of its home: it ends, and its certificate with it. */
export const vetoRecovery = defineInstruction({
  type: 'recovery.veto/1',
  ends: true,
  signedBy: 'either',
  keyRoles: KEY_ROLES,
  body: recoveryBody,
  lanes,
  reads,
  decide: ({ book, signer }, { recovery: id, account }) => {
    const isHolder = signer === account;
    if (!isHolder) {
      refuseUnless(!isAccountId(signer), 'SIGNER_NOT_ENTITLED');
      assertDecides(book, signer, account);
    }
    end(book, id, recoveryIn(book, id, account, 'proposed', 'confirmed'), isHolder ? 'vetoed' : 'withdrawn');
    return {};
  },
});

/** By anybody after the delay: the new key signs, and every other one is revoked. */
export const completeRecovery = defineInstruction({
  type: 'recovery.complete/1',
  signedBy: 'either',
  keyRoles: KEY_ROLES,
  body: recoveryBody,
  lanes,
  reads,
  decide: ({ book }, { recovery: id, account: holder }) => {
    const recovery = recoveryIn(book, id, holder, 'confirmed');
    assertReached(book, recovery.effectiveAt ?? recovery.deadline);
    assertBefore(book, recovery.deadline, 'RECOVERY_EXPIRED');
    refuseUnless(!isPast(book, recovery.key.notAfter), 'CERTIFICATE_NOT_CURRENT');
    const account = accountAt(book, holder);
    refuseUnless(account.status !== 'closed', 'ACCOUNT_CLOSED', { account: holder });
    retireKeys(book, account.keys.map((key) => ({ ...key, status: 'revoked' })));
    end(book, id, recovery, 'completed');
    book.put('account', [holder], { ...accountAt(book, holder), keys: [recovery.key] });
    return {};
  },
});

export const expireRecovery = defineInstruction({
  type: 'recovery.expire/1',
  ends: true,
  signedBy: 'either',
  keyRoles: KEY_ROLES,
  body: recoveryBody,
  lanes,
  reads,
  decide: ({ book }, { recovery: id, account }) => {
    const recovery = recoveryIn(book, id, account, 'proposed', 'confirmed');
    assertReached(book, recovery.deadline);
    end(book, id, recovery, 'expired');
    return {};
  },
});

/** The account is free for another. A key that came to nothing stays bound to it, and never signs. */
function end(book: Book, id: ObjectId, recovery: Recovery, state: Recovery['state']): void {
  putObject(book, 'recovery', id, { ...recovery, state });
  const { recovery: _, ...account } = accountAt(book, recovery.account);
  book.put('account', [account.id], account);
}

/** Registrar or administrator, of whoever cares for the account: an organization need not have two registrars to have two who decide. */
function assertDecides(book: Book, signer: SignerId, account: AccountId): void {
  const isAdministrator = officerAt(book, signer)?.roles.includes('administrator') === true;
  assertOfficer(book, signer, isAdministrator ? 'administrator' : 'registrar', caretakerOf(book.ledger, organizationOf(account)));
}

function recoveryIn(book: Book, id: ObjectId, account: AccountId, ...states: readonly Recovery['state'][]): Recovery {
  const recovery = objectAt(book, 'recovery', id, { account });
  if (!states.includes(recovery.state)) throw new LedgerError('RECOVERY_STATE', { state: recovery.state });
  return recovery;
}
