import { z } from 'zod';
import { acceptanceAt, ceilingOf, type Acceptance } from './acceptance.ts';
import { holdingRules } from './account-limit.ts';
import { amountSchema, formatAmount, type Amount } from './amount.ts';
import type { Address, Book } from './book.ts';
import { LedgerError } from './error.ts';
import { holderRules } from './holder-rule.ts';
import { organizationOf, tokenIdSchema, type AccountId, type TokenId } from './id.ts';
import { gatherPool, poolAccount, putPool, type PoolKey } from './pool.ts';
import type { Posting } from './posting.ts';
import type { Rule } from './rule.ts';
import { assertActive } from './standing.ts';
import { formatInstant, isEarly, isPast } from './time.ts';
import { transferRules } from './token.ts';

const repayment = z.literal(true).optional().meta({ description: 'The other way through an acceptance of direction `both`: gives the payer’s token back to the pool that took the other one in' });

/** The payee is to get another token; what it gets is at least this, or nothing happens. */
export const intoSchema = z.strictObject({ token: tokenIdSchema, atLeast: amountSchema, repayment });
/** The signer pays in another token than is asked for; it costs at most this, or nothing happens. */
export const payWithSchema = z.strictObject({ token: tokenIdSchema, atMost: amountSchema, repayment });

/** What somebody wants to give and get; one of the two amounts follows from the other. */
export interface Wish {
  readonly from: TokenId;
  readonly to: TokenId;
  readonly repayment: boolean;
  readonly amount: { readonly paid: Amount; readonly atLeast: Amount } | { readonly received: Amount; readonly atMost: Amount };
}

/** What it comes to at the rate in force. */
export interface Exchange {
  readonly key: PoolKey;
  readonly repayment: boolean;
  readonly paid: Amount;
  readonly received: Amount;
}

/** What a payment that went through a pool keeps of it. */
export interface Converted {
  readonly token: TokenId;
  readonly received: Amount;
  /** Of the acceptance, when it was paid. */
  readonly version: number;
  readonly repayment?: true | undefined;
  /** How much of what was paid is refunded through the pool, and how much past it. */
  readonly back?: Back | undefined;
}

export interface Back {
  readonly pool: Amount;
  readonly past: Amount;
}

/** The acceptance a conversion goes by: of the token paid into the one received, or the other way round when it repays. */
export function poolOf({ from, to, repayment }: Pick<Wish, 'from' | 'to' | 'repayment'>): PoolKey {
  return repayment ? [to, from] : [from, to];
}

export function conversionReads(wish: Pick<Wish, 'from' | 'to' | 'repayment'>): readonly Address[] {
  return [['acceptance', ...poolOf(wish)], ['token', wish.to]];
}

/**
 * Every rule of a conversion for somebody who gets what it comes to, in the order of its refusals. Neither a cap nor a suspension stops repayment; a rate past its
 * validity does, since there is none to go by.
 */
export function* conversionRules(book: Book, wish: Wish, taker: AccountId): Iterable<Rule> {
  const key = poolOf(wish);
  const acceptance = acceptanceAt(book, key);
  if (wish.repayment && acceptance.direction !== 'both') throw new LedgerError('ACCEPTANCE_DIRECTION');
  yield* transferRules(book, wish.to);
  yield* holderRules(book, taker, wish.to);
  if (!wish.repayment) for (const token of key) assertActive(book.ledger, organizationOf(token));
  if (!wish.repayment) yield { code: 'ACCEPTANCE_SUSPENDED', holds: acceptance.status === 'active' };
  yield { code: 'ACCEPTANCE_NOT_YET', holds: !isEarly(book, acceptance.validFrom), figures: { validFrom: formatInstant(acceptance.validFrom) } };
  yield { code: 'ACCEPTANCE_EXPIRED', holds: !isPast(book, acceptance.validUntil), figures: { validUntil: formatInstant(acceptance.validUntil) } };
  const { paid, received } = exchangeAt(acceptance, wish);
  yield rateRule(wish, acceptance, paid, received);
  yield* holdingRules(book, taker, wish.to, received);
  const need = needOf(wish, paid, received);
  const own = gatherPool(book, key, ceilingOf(acceptance), need);
  if (!wish.repayment) yield { code: 'ACCEPTANCE_CAP', holds: own.room >= need.room, figures: { room: formatAmount(own.room), required: formatAmount(need.room), cap: formatAmount(acceptance.cap) } };
  const there = wish.repayment ? own.taken : own.available;
  yield { code: 'POOL_INSUFFICIENT', holds: there >= received, figures: { available: formatAmount(there), required: formatAmount(received) } };
}

/**
 * Exchanges through the pool; the rules have been judged. What is paid is in it and what is received is out of it
 * afterwards, and nothing else has changed: no unit is made or lost.
 */
export function convert(book: Book, wish: Wish): Exchange & { readonly version: number } {
  const key = poolOf(wish);
  const acceptance = acceptanceAt(book, key);
  const { paid, received } = exchangeAt(acceptance, wish);
  const own = gatherPool(book, key, ceilingOf(acceptance), needOf(wish, paid, received));
  putPool(
    book,
    key,
    wish.repayment
      ? { ...own, available: own.available + paid, taken: own.taken - received }
      : { available: own.available - received, taken: own.taken + paid, room: own.room - paid },
  );
  return { key, repayment: wish.repayment, paid, received, version: acceptance.version };
}

/** Rounded for the pool: down what it pays out, up what it asks for. */
export function exchangeAt({ numerator, denominator }: Pick<Acceptance, 'numerator' | 'denominator'>, { amount, repayment }: Pick<Wish, 'amount' | 'repayment'>): { readonly paid: Amount; readonly received: Amount } {
  const [up, down] = repayment ? [denominator, numerator] : [numerator, denominator];
  if ('paid' in amount) return { paid: amount.paid, received: (amount.paid * up) / down };
  return { paid: (amount.received * down + up - 1n) / up, received: amount.received };
}

/** The entry of an exchange between what an account gives and what it, or another, gets. */
export function exchangePostings(giver: AccountId, taker: AccountId, { key, repayment, paid, received }: Exchange): readonly Posting[] {
  const pool = poolAccount(key);
  const [from, to] = repayment ? [key[1], key[0]] : key;
  return [
    { account: giver, token: from, amount: formatAmount(-paid) },
    { account: pool, token: from, amount: formatAmount(paid) },
    { account: pool, token: to, amount: formatAmount(-received) },
    { account: taker, token: to, amount: formatAmount(received) },
  ].filter(({ amount }) => amount !== '0');
}

function rateRule({ amount }: Wish, { version }: Acceptance, paid: Amount, received: Amount): Rule {
  const figures = { paid: formatAmount(paid), received: formatAmount(received), version: String(version) };
  if ('atLeast' in amount) return { code: 'CONVERSION_RATE', holds: received >= amount.atLeast, figures: { ...figures, atLeast: formatAmount(amount.atLeast) } };
  return { code: 'CONVERSION_RATE', holds: paid <= amount.atMost, figures: { ...figures, atMost: formatAmount(amount.atMost) } };
}

function needOf({ repayment }: Wish, paid: Amount, received: Amount) {
  return repayment ? { available: 0n, taken: received, room: 0n } : { available: received, taken: 0n, room: paid };
}
