import { z } from 'zod';
import { ACCOUNT_ROLES, accountAt, assertCanCredit } from './account.ts';
import { holdingRules } from './account-limit.ts';
import { amountSchema, formatAmount, parseAmount, type Amount } from './amount.ts';
import { credit } from './balance.ts';
import type { Book } from './book.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { assertMayHold, type HolderRule } from './holder-rule.ts';
import {
  accountIdSchema, digestSchema, organizationIdSchema, organizationOf, referenceSchema, tokenIdSchema, type Digest, type ObjectId, type OfficerId, type OrganizationId, type SignerId, type TokenId,
} from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { organizationAt } from './organization.ts';
import { ISSUANCE, transfer } from './posting.ts';
import { assertOfficer } from './right.ts';
import { refuseByFirst, type Rule } from './rule.ts';
import { isPausedByMembers } from './standing.ts';
import { formatInstant, type Instant } from './time.ts';

export const TOKEN_KINDS = ['money', 'points', 'voucher', 'commodity'] as const;

/** At most so much is issued in each period of whole hours, counted from 1970 by the ledger clock: 24 is a day in UTC. */
export interface Quota {
  readonly amount: Amount;
  readonly hours: number;
}

/** What the issuing organization may change of a token. */
export interface TokenTerms {
  /** The most that may be outstanding; absent is no cap. */
  readonly cap?: Amount | undefined;
  readonly quota?: Quota | undefined;
  /** Absent: anyone. */
  readonly holders?: HolderRule | undefined;
}

/** A change of terms, as it is signed: what is absent stays as it is, `none` lifts it. */
export interface TermsChange {
  readonly cap?: string | undefined;
  readonly quota?: z.infer<typeof quotaSchema> | 'none' | undefined;
  readonly holders?: HolderRule | 'none' | undefined;
}

export const TOKEN_STATES = ['active', 'paused'] as const;

/** One uniform record for every system's token; issuing organization and symbol stand in its id. */
export interface Token extends TokenTerms {
  readonly id: TokenId;
  readonly name: string;
  /** Of the smallest unit; never changes. */
  readonly decimals: number;
  readonly kind: (typeof TOKEN_KINDS)[number];
  /** It passes only from its issuer and back to it; never changes. */
  readonly transferable?: false | undefined;
  /** A change of its terms takes two issuer officers; never changes. */
  readonly twoOfficers?: true | undefined;
  /** A change of terms that one officer proposes; another has to confirm. */
  readonly proposal?: { readonly id: ObjectId; readonly by: OfficerId; readonly change: TermsChange } | undefined;
  readonly status: (typeof TOKEN_STATES)[number];
  /** Who takes it in payment: all members, at par. */
  readonly acceptance: 'all-at-par';
  /** The issuing system's own code and fields, kept as they are. */
  readonly source: { readonly code: string; readonly fields: Readonly<Record<string, string>> };
  readonly document?: Digest | undefined;
}

export interface Supply {
  readonly issued: Amount;
  readonly redeemed: Amount;
  /** What was issued in the newest period of the quota in which anything was. */
  readonly period?: { readonly start: Instant; readonly issued: Amount } | undefined;
}

/** Of one organization: a token is never taken back, and whoever closes an account looks at each. */
const MAX_TOKENS = 16;

const fieldValue = z.string().regex(/^[A-Za-z0-9 ._:/+-]{1,64}$/);

export const quotaSchema = z.strictObject({ amount: amountSchema, hours: z.int().min(1).max(24 * 366) }).meta({ description: 'At most so much in each period of hours, counted from 1970 in UTC' });
export const holdersSchema = z
  .strictObject({ roles: z.array(z.enum(ACCOUNT_ROLES)).min(1).max(ACCOUNT_ROLES.length).optional(), organizations: z.array(organizationIdSchema).min(1).max(100).optional() })
  .meta({ description: 'Accounts of one of the roles, at home in one of the organizations' });

const defineBody = z.strictObject({
  token: tokenIdSchema,
  name: z.string().regex(/^[A-Za-z0-9 .-]{1,40}$/),
  decimals: z.int().min(0).max(18),
  kind: z.enum(TOKEN_KINDS),
  cap: amountSchema.optional(),
  quota: quotaSchema.optional(),
  holders: holdersSchema.optional(),
  transferable: z.literal(false).optional(),
  twoOfficers: z.literal(true).optional(),
  source: z.strictObject({
    code: referenceSchema,
    fields: z.record(z.string().regex(/^[a-zA-Z][A-Za-z0-9_]{0,30}$/), fieldValue).refine((fields) => Object.keys(fields).length <= 16),
  }),
  document: digestSchema.optional(),
});

const issueBody = z.strictObject({ token: tokenIdSchema, account: accountIdSchema, amount: amountSchema, reference: referenceSchema.optional() });
const stateBody = z.strictObject({ token: tokenIdSchema, document: digestSchema.optional() });

export const define = defineInstruction({
  type: 'token.define/1',
  signedBy: 'officer',
  body: defineBody,
  lanes: (_, { token }) => [organizationOf(token)],
  reads: (_, { token }) => [['token', token]],
  endorsedBy: byIssuer,
  decide: ({ book, signer }, { token, cap, quota, holders, ...body }) => {
    const issuer = organizationOf(token);
    assertOfficer(book, signer, 'issuer', issuer);
    refuseUnless(book.get('token', token) === undefined, 'TOKEN_EXISTS');
    const organization = organizationAt(book, issuer);
    const tokens = organization.tokens ?? [];
    refuseUnless(tokens.length < MAX_TOKENS, 'TOKEN_TOO_MANY', { most: String(MAX_TOKENS) });
    const terms = { cap: cap === undefined ? undefined : parseAmount(cap), quota: quota === undefined ? undefined : quotaOf(quota), holders };
    book.put('token', [token], { id: token, ...body, ...terms, status: 'active', acceptance: 'all-at-par' });
    book.put('supply', [token], { issued: 0n, redeemed: 0n });
    book.guard('token', [token], issuer);
    book.guard('supply', [token], issuer);
    book.put('organization', [issuer], { ...organization, tokens: [...tokens, token] });
    return {};
  },
});

export const issue = defineInstruction({
  type: 'token.issue/1',
  signedBy: 'officer',
  body: issueBody,
  lanes: (_, { token }) => [token],
  reads: (_, { token, account }) => [['token', token], ['supply', token], ['account', account]],
  credits: (_, { token, account }) => [[account, token]],
  endorsedBy: byIssuer,
  decide: ({ book, signer }, body) => {
    assertOfficer(book, signer, 'issuer', organizationOf(body.token));
    const token = assertUnpaused(book, body.token);
    assertCanCredit(accountAt(book, body.account));
    assertMayHold(book, body.account, body.token);
    const supply = supplyOf(book, body.token);
    const amount = parseAmount(body.amount);
    assertWithinCap(token, supply, amount);
    const period = assertWithinQuota(book, token, supply, amount);
    refuseByFirst(holdingRules(book, body.account, body.token, amount));
    book.put('supply', [body.token], { ...supply, issued: supply.issued + amount, period });
    credit(book, body.account, body.token, amount);
    return {};
  },
  postings: (_, { token, account, amount }) => transfer(ISSUANCE, account, token, amount),
});

export const pause = changeStatus('token.pause/1', 'active', 'paused');
export const resume = changeStatus('token.resume/1', 'paused', 'active');

/** @throws LedgerError TOKEN_UNKNOWN */
export function tokenAt(book: Book, id: TokenId): Token {
  const token = book.get('token', id);
  if (token === undefined) throw new LedgerError('TOKEN_UNKNOWN', { token: id });
  return token;
}

/** @throws LedgerError TOKEN_UNKNOWN, TOKEN_PAUSED */
export function assertUnpaused(book: Book, id: TokenId): Token {
  refuseByFirst(unpausedRules(book, id));
  return tokenAt(book, id);
}

/** It may pass from one account to another. @throws LedgerError TOKEN_UNKNOWN, TOKEN_PAUSED, TOKEN_NOT_TRANSFERABLE */
export function assertTransferable(book: Book, id: TokenId): Token {
  refuseByFirst(transferRules(book, id));
  return tokenAt(book, id);
}

export function* transferRules(book: Book, id: TokenId): Iterable<Rule> {
  yield* unpausedRules(book, id);
  yield { code: 'TOKEN_NOT_TRANSFERABLE', holds: book.get('token', id)?.transferable !== false, figures: { token: id } };
}

function* unpausedRules(book: Book, id: TokenId): Iterable<Rule> {
  const token = book.get('token', id);
  yield { code: 'TOKEN_UNKNOWN', holds: token !== undefined, figures: { token: id } };
  yield { code: 'TOKEN_PAUSED', holds: token?.status !== 'paused' && !isPausedByMembers(book.ledger, id), figures: { token: id } };
}

/** Changes of a token and of its supply take the endorsement of its issuer. */
export function byIssuer(_: SignerId, { token }: { readonly token: TokenId }): readonly OrganizationId[] {
  return [organizationOf(token)];
}

export function quotaOf({ amount, hours }: z.infer<typeof quotaSchema>): Quota {
  return { amount: parseAmount(amount), hours };
}

function assertWithinCap({ cap }: Token, { issued, redeemed }: Supply, amount: Amount): void {
  if (cap === undefined) return;
  const outstanding = issued - redeemed;
  refuseUnless(outstanding + amount <= cap, 'TOKEN_CAP', { cap: formatAmount(cap), outstanding: formatAmount(outstanding), required: formatAmount(amount) });
}

/** The period with the amount in it. By the ledger clock, so that a refusal depends on no submitter's time. */
function assertWithinQuota(book: Book, { quota }: Token, { period }: Supply, amount: Amount): Supply['period'] {
  if (quota === undefined) return period;
  const length = quota.hours * 3600_000;
  const start = book.clock - (book.clock % length);
  // A shorter period may begin later; of a longer one that began before, what was counted since counts.
  const issued = period === undefined || period.start < start ? 0n : period.issued;
  const figures = { quota: formatAmount(quota.amount), issued: formatAmount(issued), required: formatAmount(amount), until: formatInstant(start + length) };
  refuseUnless(issued + amount <= quota.amount, 'TOKEN_QUOTA', figures);
  return { start: issued === 0n ? start : (period?.start ?? start), issued: issued + amount };
}

export function supplyOf(book: Book, id: TokenId): Supply {
  return book.get('supply', id) ?? { issued: 0n, redeemed: 0n };
}

function changeStatus(type: string, from: Token['status'], to: Token['status']) {
  return defineInstruction({
    type,
    signedBy: 'officer',
    body: stateBody,
    lanes: (_, { token }) => [token],
    reads: (_, { token }) => [['token', token]],
    endorsedBy: byIssuer,
    decide: ({ book, signer }, { token: id }) => {
      assertOfficer(book, signer, 'issuer', organizationOf(id));
      const token = tokenAt(book, id);
      refuseUnless(token.status === from, 'TOKEN_STATE', { status: token.status });
      book.put('token', [id], { ...token, status: to });
      return {};
    },
  });
}
