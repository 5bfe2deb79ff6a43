import { z } from 'zod';
import { accountAt, assertRole } from './account.ts';
import { amountSchema, formatAmount, parseAmount, type Amount } from './amount.ts';
import type { Book } from './book.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { accountIdSchema, digestSchema, objectId, objectIdSchema, organizationOf, referenceSchema, tokenIdSchema, type AccountId, type ObjectId, type OfficerId, type TokenId } from './id.ts';
import { defineInstruction, type Decision } from './instruction-type.ts';
import { organizationAt } from './organization.ts';
import { assertOfficer } from './right.ts';
import type { Rule } from './rule.ts';
import { statusOf } from './standing.ts';
import { instantSchema, isPast, parseInstant, type Instant } from './time.ts';
import { tokenAt } from './token.ts';

export const LIMIT_STATES = ['active', 'suspended'] as const;

/** The ceiling on all credit an enterprise may have drawn in a token; its home organization's credit officers set it. */
export interface CreditLimit {
  readonly status: (typeof LIMIT_STATES)[number];
  readonly amount: Amount;
  readonly validTo?: Instant | undefined;
  /** Σ outstanding of the enterprise's bills + its uncaptured credit holds. */
  readonly drawn: Amount;
  /** The enterprise asks for this amount. */
  readonly request?: { readonly id: ObjectId; readonly amount: Amount } | undefined;
  /** One officer proposes; another has to confirm. */
  readonly proposal?: { readonly id: ObjectId; readonly by: OfficerId; readonly amount: Amount; readonly validTo?: Instant | undefined } | undefined;
}

export const LIMIT_REASONS = ['GRANTED', 'REVIEW', 'RISK', 'ENTERPRISE_REQUEST', 'FRAUD', 'RESOLVED', 'OTHER'] as const;

const ofAccount = { account: accountIdSchema, token: tokenIdSchema };
const withReason = { ...ofAccount, reason: z.enum(LIMIT_REASONS), document: digestSchema.optional() };
const requestBody = z.strictObject({ token: tokenIdSchema, amount: amountSchema, purpose: referenceSchema.optional(), document: digestSchema.optional() });
const setBody = z.strictObject({ ...withReason, amount: amountSchema, validTo: instantSchema.optional() });
const answerBody = z.strictObject({ ...withReason, request: objectIdSchema });
const confirmBody = z.strictObject({ ...ofAccount, proposal: objectIdSchema });
const stateBody = z.strictObject(withReason);
const thresholdBody = z.strictObject({ token: tokenIdSchema, amount: amountSchema.optional() });

type OfAccount = { readonly account: AccountId; readonly token: TokenId };
const lanes = (_: string, { account }: OfAccount) => [account];
const reads = (_: string, { account, token }: OfAccount) => [['account', account], ['token', token], ['creditLimit', account, token]] as const;

/** An enterprise asks for a limit; a newer request takes the place of an older one. */
export const requestLimit = defineInstruction({
  type: 'limit.request/1',
  onCredit: true,
  signedBy: 'account',
  body: requestBody,
  lanes: (enterprise) => [enterprise],
  reads: (enterprise, { token }) => [['token', token], ['creditLimit', enterprise, token]],
  decide: ({ book, signer, id }, { token, amount }) => {
    assertRole(accountAt(book, signer), 'enterprise');
    tokenAt(book, token);
    const limit = limitAt(book, signer, token) ?? NONE;
    book.put('creditLimit', [signer, token], { ...limit, request: { id: objectId(id, signer), amount: parseAmount(amount) } });
    return {};
  },
});

export const declineLimit = defineInstruction({
  type: 'limit.decline/1',
  onCredit: true,
  signedBy: 'officer',
  body: answerBody,
  lanes,
  reads,
  decide: ({ book, signer }, { account, token, request }) => {
    assertOfficer(book, signer, 'credit-officer', organizationOf(account));
    const limit = limitAt(book, account, token);
    if (limit?.request?.id !== request) throw new LedgerError('LIMIT_REQUEST_UNKNOWN');
    book.put('creditLimit', [account, token], { ...limit, request: undefined });
    return {};
  },
});

/** Sets, raises or lowers: lowering below what is drawn stops new draws, repayment goes on. It answers a pending request. */
export const setLimit = defineInstruction({
  type: 'limit.set/1',
  onCredit: true,
  signedBy: 'officer',
  body: setBody,
  lanes,
  reads,
  decide: (decision, body) => {
    const terms = assertMaySet(decision, body);
    refuseUnless(!needsTwo(decision.book, body.account, body.token, terms.amount), 'LIMIT_NEEDS_TWO');
    applyLimit(decision.book, body.account, body.token, terms);
    return {};
  },
});

export const proposeLimit = defineInstruction({
  type: 'limit.propose/1',
  onCredit: true,
  signedBy: 'officer',
  body: setBody,
  lanes,
  reads,
  decide: (decision, body) => {
    const { book, signer, id } = decision;
    const terms = assertMaySet(decision, body);
    const limit = limitAt(book, body.account, body.token) ?? NONE;
    book.put('creditLimit', [body.account, body.token], { ...limit, proposal: { id: objectId(id, signer), by: signer, ...terms } });
    return {};
  },
});

/** The second of two different officers. */
export const confirmLimit = defineInstruction({
  type: 'limit.confirm/1',
  onCredit: true,
  signedBy: 'officer',
  body: confirmBody,
  lanes,
  reads,
  decide: ({ book, signer }, { account, token, proposal }) => {
    assertOfficer(book, signer, 'credit-officer', organizationOf(account));
    const proposed = limitAt(book, account, token)?.proposal;
    if (proposed?.id !== proposal) throw new LedgerError('LIMIT_PROPOSAL_UNKNOWN');
    refuseUnless(proposed.by !== signer, 'LIMIT_SAME_OFFICER');
    applyLimit(book, account, token, proposed);
    return {};
  },
});

export const suspendLimit = changeLimitStatus('limit.suspend/1', 'active', 'suspended');
export const resumeLimit = changeLimitStatus('limit.resume/1', 'suspended', 'active');

/** Above this amount an organization wants two officers for a limit; without an amount one is enough. */
export const setThreshold = defineInstruction({
  type: 'limit.threshold/1',
  onCredit: true,
  signedBy: 'officer',
  body: thresholdBody,
  lanes: (officer) => [organizationOf(officer)],
  reads: (officer, { token }) => [['organization', organizationOf(officer)], ['token', token]],
  decide: ({ book, signer }, { token, amount }) => {
    assertOfficer(book, signer, 'administrator', organizationOf(signer));
    tokenAt(book, token);
    const organization = organizationAt(book, organizationOf(signer));
    const { [token]: _, ...others } = organization.limitThresholds ?? {};
    const limitThresholds = amount === undefined ? others : { ...others, [token]: parseAmount(amount) };
    book.put('organization', [organization.id], { ...organization, limitThresholds });
    return {};
  },
});

export function limitAt(book: Book, enterprise: AccountId, token: TokenId): CreditLimit | undefined {
  return book.get('creditLimit', enterprise, token);
}

/** What may still be drawn: never below zero. */
export function availableOf({ amount, drawn }: { readonly amount: Amount; readonly drawn: Amount }): Amount {
  return amount > drawn ? amount - drawn : 0n;
}

/** The rules a draw on the limit has to pass. */
export function* limitRules(book: Book, enterprise: AccountId, token: TokenId, amount: Amount): Iterable<Rule> {
  const limit = limitAt(book, enterprise, token);
  // A limit is the home organization's word: nobody stands for it while that is not active.
  const home = organizationOf(enterprise);
  const status = statusOf(book.ledger, home);
  yield { code: 'ORGANIZATION_SUSPENDED', holds: status !== 'suspended', figures: { organization: home } };
  yield { code: 'ORGANIZATION_REMOVED', holds: status !== 'removed', figures: { organization: home } };
  yield { code: 'LIMIT_NONE', holds: limit !== undefined && limit.amount > 0n };
  if (limit === undefined || limit.amount === 0n) return;
  yield { code: 'LIMIT_SUSPENDED', holds: limit.status === 'active' };
  yield { code: 'LIMIT_EXPIRED', holds: limit.validTo === undefined || !isPast(book, limit.validTo) };
  const figures = { limit: formatAmount(limit.amount), drawn: formatAmount(limit.drawn), available: formatAmount(availableOf(limit)), required: formatAmount(amount) };
  yield { code: 'LIMIT_EXCEEDED', holds: limit.drawn + amount <= limit.amount, figures };
}

const NONE: CreditLimit = { status: 'active', amount: 0n, drawn: 0n };

interface LimitTerms {
  readonly amount: Amount;
  readonly validTo?: Instant | undefined;
}

function assertMaySet({ book, signer }: Decision, { account, token, amount, validTo }: z.infer<typeof setBody>): LimitTerms {
  assertOfficer(book, signer, 'credit-officer', organizationOf(account));
  const holder = accountAt(book, account);
  assertRole(holder, 'enterprise');
  refuseUnless(holder.status !== 'closed', 'ACCOUNT_CLOSED', { account });
  tokenAt(book, token);
  return { amount: parseAmount(amount), validTo: validTo === undefined ? undefined : parseInstant(validTo) };
}

function needsTwo(book: Book, account: AccountId, token: TokenId, amount: Amount): boolean {
  const own = organizationAt(book, organizationOf(account)).limitThresholds?.[token];
  const common = book.ledger.rules.limitThresholds[token];
  return (own !== undefined && amount > own) || (common !== undefined && amount > parseAmount(common));
}

function applyLimit(book: Book, account: AccountId, token: TokenId, { amount, validTo }: LimitTerms): void {
  const { status, drawn } = limitAt(book, account, token) ?? NONE;
  book.put('creditLimit', [account, token], { status, amount, validTo, drawn });
}

function changeLimitStatus(type: string, from: CreditLimit['status'], to: CreditLimit['status']) {
  return defineInstruction({
    type,
    onCredit: true,
    signedBy: 'officer',
    body: stateBody,
    lanes,
    reads,
    decide: ({ book, signer }, { account, token }) => {
      assertOfficer(book, signer, 'credit-officer', organizationOf(account));
      const limit = limitAt(book, account, token);
      if (limit === undefined) throw new LedgerError('LIMIT_NONE');
      refuseUnless(limit.status === from, 'LIMIT_STATE', { status: limit.status });
      book.put('creditLimit', [account, token], { ...limit, status: to });
      return {};
    },
  });
}
