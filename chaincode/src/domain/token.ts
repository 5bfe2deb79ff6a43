import { z } from 'zod';
import { accountAt, assertCanCredit } from './account.ts';
import { holdingRules } from './account-limit.ts';
import { amountSchema, formatAmount, parseAmount, type Amount } from './amount.ts';
import { credit } from './balance.ts';
import type { Book } from './book.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { accountIdSchema, digestSchema, organizationOf, referenceSchema, tokenIdSchema, type Digest, type TokenId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { ISSUANCE, transfer } from './posting.ts';
import { assertOfficer } from './right.ts';
import { refuseByFirst } from './rule.ts';

export const TOKEN_KINDS = ['money', 'points', 'voucher', 'commodity'] as const;

/** One uniform record for every system's token; issuing organization and symbol stand in its id. */
export interface Token {
  readonly id: TokenId;
  readonly name: string;
  /** Of the smallest unit; never changes. */
  readonly decimals: number;
  readonly kind: (typeof TOKEN_KINDS)[number];
  /** The most that may be outstanding; absent is no cap. */
  readonly cap?: Amount | undefined;
  readonly status: 'active' | 'paused';
  /** Who takes it in payment: all members, at par. */
  readonly acceptance: 'all-at-par';
  /** The issuing system's own code and fields, kept as they are. */
  readonly source: { readonly code: string; readonly fields: Readonly<Record<string, string>> };
  readonly document?: Digest | undefined;
}

export interface Supply {
  readonly issued: Amount;
  readonly redeemed: Amount;
}

const fieldValue = z.string().regex(/^[A-Za-z0-9 ._:/+-]{1,64}$/);

const defineBody = z.strictObject({
  token: tokenIdSchema,
  name: z.string().regex(/^[A-Za-z0-9 .-]{1,40}$/),
  decimals: z.int().min(0).max(18),
  kind: z.enum(TOKEN_KINDS),
  cap: amountSchema.optional(),
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
  lanes: () => ['tokens'],
  reads: (_, { token }) => [['token', token]],
  decide: ({ book, signer }, { token, name, decimals, kind, cap, source, document }) => {
    assertOfficer(book, signer, 'issuer', organizationOf(token));
    refuseUnless(book.get('token', token) === undefined, 'TOKEN_EXISTS');
    const ceiling = cap === undefined ? undefined : parseAmount(cap);
    book.put('token', [token], { id: token, name, decimals, kind, cap: ceiling, status: 'active', acceptance: 'all-at-par', source, document });
    book.put('supply', [token], { issued: 0n, redeemed: 0n });
    book.put('ledger', [], { ...book.ledger, tokens: [...book.ledger.tokens, token] });
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
  decide: ({ book, signer }, body) => {
    assertOfficer(book, signer, 'issuer', organizationOf(body.token));
    const token = assertTransferable(book, body.token);
    assertCanCredit(accountAt(book, body.account));
    const supply = supplyOf(book, body.token);
    const amount = parseAmount(body.amount);
    const outstanding = supply.issued - supply.redeemed;
    refuseUnless(token.cap === undefined || outstanding + amount <= token.cap, 'TOKEN_CAP', {
      cap: formatAmount(token.cap ?? 0n),
      outstanding: formatAmount(outstanding),
      required: body.amount,
    });
    refuseByFirst(holdingRules(book, body.account, body.token, amount));
    book.put('supply', [body.token], { ...supply, issued: supply.issued + amount });
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
export function assertTransferable(book: Book, id: TokenId): Token {
  const token = tokenAt(book, id);
  refuseUnless(token.status === 'active', 'TOKEN_PAUSED', { token: id });
  return token;
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
    decide: ({ book, signer }, { token: id }) => {
      assertOfficer(book, signer, 'issuer', organizationOf(id));
      const token = tokenAt(book, id);
      refuseUnless(token.status === from, 'TOKEN_STATE', { status: token.status });
      book.put('token', [id], { ...token, status: to });
      return {};
    },
  });
}
