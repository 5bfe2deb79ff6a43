import { z } from 'zod';
import { amountSchema, formatAmount, parseAmount, type Amount } from './amount.ts';
import type { Book } from './book.ts';
import { dayOf, type Day } from './calendar.ts';
import type { SigningKey } from './certificate.ts';
import { tokenIdSchema, type AccountId, type Digest, type TokenId } from './id.ts';
import { refuseByFirst, type Rule } from './rule.ts';

/** How much one key may spend of a token. */
export interface SpendingCap {
  readonly perPayment?: Amount | undefined;
  /** A day of UTC, by the ledger clock: a refusal depends on no time that a submitter chooses. */
  readonly perDay?: Amount | undefined;
}

/** A key with caps spends the tokens they name, and no other. */
export type SpendingCaps = Readonly<Record<TokenId, SpendingCap>>;

const MAX_CAPPED_TOKENS = 16;

/** Caps on the wire. */
export const capsSchema = z
  .record(tokenIdSchema, z.strictObject({ perPayment: amountSchema.optional(), perDay: amountSchema.optional() }))
  .refine((caps) => Object.keys(caps).length >= 1 && Object.keys(caps).length <= MAX_CAPPED_TOKENS)
  .meta({ description: 'By token: the most in one payment, the most in one day of UTC. Tokens that are not named cannot be spent.' });
export type CapsBody = z.infer<typeof capsSchema>;

/** What a key has spent of a token on the latest day it spent any. Only instructions of its account write it. */
export interface Spending {
  readonly day: Day;
  readonly amount: Amount;
}

/** What an instruction spends by the key that signs it. */
export interface Spent {
  readonly token: TokenId;
  readonly amount: Amount;
}

export function capsFrom(caps: CapsBody): SpendingCaps {
  const from = (text: string | undefined): Amount | undefined => (text === undefined ? undefined : parseAmount(text));
  return Object.fromEntries(Object.entries(caps).map(([token, { perPayment, perDay }]) => [token, { perPayment: from(perPayment), perDay: from(perDay) }]));
}

/** Caps as they are told: decimal strings. */
export function capsText(caps: SpendingCaps): CapsBody {
  const text = (amount: Amount | undefined): string | undefined => (amount === undefined ? undefined : formatAmount(amount));
  return Object.fromEntries(
    Object.entries(caps).map(([token, { perPayment, perDay }]) => [token, { ...(perPayment !== undefined && { perPayment: text(perPayment) }), ...(perDay !== undefined && { perDay: text(perDay) }) }]),
  );
}

type CappedKey = Pick<SigningKey, 'thumbprint' | 'caps'>;

/** What the caps of the key let it spend, if it has any. */
export function* capRules(book: Book, account: AccountId, key: CappedKey, { token, amount }: Spent): Iterable<Rule> {
  if (key.caps === undefined) return;
  const { perPayment, perDay } = key.caps[token] ?? { perPayment: 0n };
  const required = formatAmount(amount);
  if (perPayment !== undefined) yield { code: 'CERTIFICATE_CAP', holds: amount <= perPayment, figures: { token, perPayment: formatAmount(perPayment), required } };
  if (perDay === undefined) return;
  const spent = spentToday(book, account, key, token);
  yield { code: 'CERTIFICATE_CAP', holds: spent + amount <= perDay, figures: { token, perDay: formatAmount(perDay), spent: formatAmount(spent), required } };
}

/** Counts what is spent against the caps of the key, if it has any. @throws LedgerError CERTIFICATE_CAP */
export function chargeKey(book: Book, account: AccountId, key: CappedKey, spent: Spent): void {
  refuseByFirst(capRules(book, account, key, spent));
  const { token, amount } = spent;
  if (key.caps?.[token]?.perDay === undefined) return;
  book.put('spending', [account, key.thumbprint, token], { day: dayOf(book.clock, 0), amount: spentToday(book, account, key, token) + amount });
}

function spentToday(book: Book, account: AccountId, { thumbprint }: CappedKey, token: TokenId): Amount {
  const last = book.get('spending', account, thumbprint, token);
  return last?.day === dayOf(book.clock, 0) ? last.amount : 0n;
}

/** A key that takes the place of another has spent what that one has. */
export function inheritSpending(book: Book, account: AccountId, { thumbprint: from, caps = {} }: SigningKey, to: Digest): void {
  for (const [token, { perDay }] of Object.entries(caps)) {
    const spent = perDay === undefined ? undefined : book.get('spending', account, from, token);
    if (spent !== undefined) book.put('spending', [account, to, token], spent);
  }
}
