import { z } from 'zod';
import type { Book } from './book.ts';
import { balancesAtOnce, decidingBalance, expectBalances } from './balance.ts';
import { applicationJwsSchema, certificateReads, certificateSchema, recordCertificate, type SigningKey } from './certificate.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { accountIdSchema, digestSchema, isAccountId, organizationOf, type AccountId, type Digest, type ObjectId, type SignerId, type TokenId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { definedTokens, organizationAt } from './organization.ts';
import { MAX_DOCUMENTS } from './registration.ts';
import { assertOfficer } from './right.ts';
import { refuseByFirst, type Rule } from './rule.ts';
import { assertActive } from './standing.ts';
import type { Instant } from './time.ts';

export const ACCOUNT_ROLES = ['enterprise', 'merchant', 'person'] as const;
export type AccountRole = (typeof ACCOUNT_ROLES)[number];

/** `debit`: no new debits; `full`: nothing at all but what only ends something; `closing`: the same, while it is looked at whether anything is left. */
export const ACCOUNT_STATES = ['active', 'frozen-debit', 'frozen-full', 'closing', 'closed'] as const;
export type AccountStatus = (typeof ACCOUNT_STATES)[number];

/** Beside `closed`, which stops everything. */
const STOP_DEBITS: readonly AccountStatus[] = ['frozen-debit', 'frozen-full', 'closing'];
const STOP_CREDITS: readonly AccountStatus[] = ['frozen-full', 'closing'];

/** A consortium-wide account; its home organization stands in its id. */
export interface Account {
  readonly id: AccountId;
  readonly status: AccountStatus;
  readonly roles: readonly AccountRole[];
  /** Salted hash of what identifies the holder outside; one holder may have several accounts. */
  readonly holder: Digest;
  readonly keys: readonly SigningKey[];
  readonly registeredAt: Instant;
  /** Live credit lines and mandates: what keeps it from closing. */
  readonly ties?: number | undefined;
  /** Its holder lets it be a treasury of its home organization. */
  readonly treasury?: true | undefined;
  /** While it closes: it has nothing of any token up to this one. */
  readonly emptyUpTo?: TokenId | undefined;
  /** The recovery that is under way. */
  readonly recovery?: ObjectId | undefined;
}

export const FREEZE_REASONS = ['HOLDER_REQUEST', 'KEY_LOST', 'SUSPECTED_FRAUD', 'COURT_ORDER', 'COMPLIANCE', 'OTHER'] as const;
export const CLOSE_REASONS = ['HOLDER_REQUEST', 'COMPLIANCE', 'OTHER'] as const;

const registerBody = z.strictObject({
  account: accountIdSchema,
  roles: z.array(z.enum(ACCOUNT_ROLES)).min(1).max(ACCOUNT_ROLES.length).refine((roles) => new Set(roles).size === roles.length),
  holder: digestSchema,
  certificate: certificateSchema,
  application: applicationJwsSchema,
  documents: z.array(digestSchema).min(1).max(MAX_DOCUMENTS).optional().meta({ description: 'Salted hashes of what was looked at; the organization keeps the documents' }),
});

const freezeBody = z.strictObject({
  account: accountIdSchema,
  mode: z.enum(['debit', 'full']),
  reason: z.enum(FREEZE_REASONS),
  document: digestSchema.optional(),
});

const unfreezeBody = z.strictObject({ account: accountIdSchema, reason: z.enum(FREEZE_REASONS), document: digestSchema.optional() });
const closeBody = z.strictObject({ account: accountIdSchema, reason: z.enum(CLOSE_REASONS), document: digestSchema.optional() });

/** The business system's signed decision to admit an applicant; the ledger checks registrar, issuer and proof of the key. */
export const register = defineInstruction({
  type: 'account.register/1',
  signedBy: 'officer',
  body: registerBody,
  lanes: (_, { account }) => [account],
  reads: (_, { account, certificate }, crypto) => [['account', account], ...certificateReads(crypto, certificate)],
  decide: ({ book, crypto, signer }, { account, roles, holder, certificate, application }) => {
    assertOfficer(book, signer, 'registrar', organizationOf(account));
    assertActive(book.ledger, organizationOf(account));
    refuseUnless(book.get('account', account) === undefined, 'ACCOUNT_EXISTS');
    const organization = organizationAt(book, organizationOf(account));
    const key = recordCertificate(book, crypto, { organization, holder: account, certificate, application });
    book.put('account', [account], { id: account, status: 'active', roles, holder, keys: [key], registeredAt: book.now });
    return {};
  },
});

export const freeze = defineInstruction({
  type: 'account.freeze/1',
  protects: true,
  signedBy: 'either',
  body: freezeBody,
  lanes: (_, { account }) => [account],
  reads: (_, { account }) => [['account', account]],
  decide: ({ book, signer }, { account: id, mode }) => {
    assertHolderOrRegistrar(book, signer, id);
    const account = accountAt(book, id);
    const tightens = account.status === 'active' || (account.status === 'frozen-debit' && mode === 'full');
    refuseUnless(tightens, 'ACCOUNT_STATE', { status: account.status });
    book.put('account', [id], { ...account, status: `frozen-${mode}` });
    return {};
  },
});

/** Only the registrar unfreezes: a thief of the key must not undo the freeze. */
export const unfreeze = defineInstruction({
  type: 'account.unfreeze/1',
  signedBy: 'officer',
  body: unfreezeBody,
  lanes: (_, { account }) => [account],
  reads: (_, { account }) => [['account', account]],
  decide: ({ book, signer }, { account: id }) => {
    assertOfficer(book, signer, 'registrar', organizationOf(id));
    const account = accountAt(book, id);
    refuseUnless(account.status !== 'active' && account.status !== 'closed', 'ACCOUNT_STATE', { status: account.status });
    book.put('account', [id], { ...account, status: 'active', emptyUpTo: undefined });
    return {};
  },
});

/**
 * Refused while a balance or an obligation is left. Where there are more tokens than one decision can look at, the account neither takes
 * nor gives anything from the first on, and each further one looks at more, until the last one closes it.
 */
export const close = defineInstruction({
  type: 'account.close/1',
  ends: true,
  signedBy: 'either',
  body: closeBody,
  lanes: (_, { account }) => [account],
  reads: (_, { account }) => [['account', account]],
  decide: ({ book, signer }, { account: id }) => {
    assertHolderOrRegistrar(book, signer, id);
    const account = accountAt(book, id);
    refuseUnless(account.status !== 'closed', 'ACCOUNT_CLOSED');
    refuseUnless(account.status !== 'frozen-full', 'ACCOUNT_FROZEN', { status: account.status });
    refuseUnless((account.ties ?? 0) === 0, 'ACCOUNT_NOT_EMPTY', { ties: String(account.ties ?? 0) });
    const tokens = definedTokens(book);
    const unseen = tokens.slice(account.emptyUpTo === undefined ? 0 : tokens.indexOf(account.emptyUpTo) + 1);
    const seen = unseen.slice(0, balancesAtOnce(book.ledger));
    assertNothingOf(book, id, seen);
    const isSeenWhole = seen.length === unseen.length;
    book.put('account', [id], { ...account, status: isSeenWhole ? 'closed' : 'closing', emptyUpTo: isSeenWhole ? undefined : seen.at(-1) });
    return {};
  },
});

/** @throws LedgerError ACCOUNT_NOT_EMPTY */
function assertNothingOf(book: Book, account: AccountId, tokens: readonly TokenId[]): void {
  expectBalances(book, account, tokens);
  for (const token of tokens) {
    const { free, held } = decidingBalance(book, account, token);
    refuseUnless(free + held === 0n, 'ACCOUNT_NOT_EMPTY', { token, balance: String(free + held) });
  }
}

/** @throws LedgerError ACCOUNT_UNKNOWN */
export function accountAt(book: Book, id: AccountId): Account {
  const account = book.get('account', id);
  if (account === undefined) throw new LedgerError('ACCOUNT_UNKNOWN', { account: id });
  return account;
}

export function assertCanDebit(account: Account): void {
  refuseByFirst(statusRules(account, STOP_DEBITS));
}

export function assertCanCredit(account: Account): void {
  refuseByFirst(statusRules(account, STOP_CREDITS));
}

/** @throws LedgerError ACCOUNT_ROLE_MISSING */
export function assertRole({ id, roles }: Account, role: AccountRole): void {
  refuseUnless(roles.includes(role), 'ACCOUNT_ROLE_MISSING', { account: id, role });
}

export function debitStatusRule(book: Book, id: AccountId): Iterable<Rule> {
  return statusRules(accountAt(book, id), STOP_DEBITS);
}

export function creditStatusRule(book: Book, id: AccountId): Iterable<Rule> {
  return statusRules(accountAt(book, id), STOP_CREDITS);
}

/** Adds to what keeps the account from closing. */
export function addTie(book: Book, id: AccountId, change: number): void {
  const account = accountAt(book, id);
  book.put('account', [id], { ...account, ties: (account.ties ?? 0) + change });
}

function* statusRules({ id, status }: Account, stops: readonly AccountStatus[]): Iterable<Rule> {
  yield { code: 'ACCOUNT_CLOSED', holds: status !== 'closed', figures: { account: id } };
  yield { code: 'ACCOUNT_FROZEN', holds: !stops.includes(status), figures: { account: id } };
}

function assertHolderOrRegistrar(book: Book, signer: SignerId, account: AccountId): void {
  if (isAccountId(signer)) refuseUnless(signer === account, 'SIGNER_NOT_ENTITLED');
  else assertOfficer(book, signer, 'registrar', organizationOf(account));
}
