import { acceptanceAt, ceilingOf } from './acceptance.ts';
import { formatAmount, parseAmount, type Amount } from './amount.ts';
import { credit, creditBack, debit } from './balance.ts';
import type { Book } from './book.ts';
import { convert, exchangePostings, poolOf, type Back, type Converted, type Exchange, type Wish } from './conversion.ts';
import { refuseUnless } from './error.ts';
import { assertMayHold } from './holder-rule.ts';
import { organizationOf, type AccountId, type ObjectId, type TokenId } from './id.ts';
import type { Made } from './instruction-type.ts';
import { putObject } from './made-object.ts';
import type { PayBody, Payment } from './payment.ts';
import { gatherPool, putPool } from './pool.ts';
import { transfer } from './posting.ts';
import { assertActive } from './standing.ts';
import { formatInstant, isPast } from './time.ts';
import { assertTransferable } from './token.ts';

type Into = NonNullable<PayBody['into']>;
type ConvertedPayment = Payment & { readonly converted: Converted };

/** What a payment into another token wants of the pool. */
export function wishOf({ token, amount }: Pick<PayBody, 'token' | 'amount'>, { token: to, atLeast, repayment }: Into): Wish {
  return { from: token, to, repayment: repayment === true, amount: { paid: parseAmount(amount), atLeast: parseAmount(atLeast) } };
}

/** Debits the payer in its token and credits the payee in the other; the rules have been judged. */
export function payConverted(book: Book, payer: AccountId, body: PayBody, into: Into): Made {
  const { payee, token } = body;
  const wish = wishOf(body, into);
  const amount = parseAmount(body.amount);
  debit(book, payer, token, amount);
  // After this point the payment must succeed.
  const exchange = convert(book, wish);
  const { received, version } = exchange;
  credit(book, payee, wish.to, received);
  const converted: Converted = { token: wish.to, received, version, repayment: into.repayment };
  return { payment: { payer, payee, token, amount, credit: 0n, refunded: 0n, converted }, postings: exchangePostings(payer, payee, exchange) };
}

/**
 * The payee gives back what it received, the payer gets what it paid: at the payment's own rate, as long as the acceptance
 * stands as it did; afterwards that would be an option on a rate that is gone. Parts are cut by the sum given back the same way so far, rounded up: together they
 * are exact, and at no moment has the pool given more than it got back.
 * `received`: the payer gets the payee's token instead, and the pool is left alone.
 */
export function refundConverted(book: Book, id: ObjectId, payment: ConvertedPayment, amount: Amount, received: boolean): Made {
  const { payer, payee, converted } = payment;
  const way = received ? 'past' : 'pool';
  const due = dueOf(converted, payment.amount, way, amount);
  const back = converted.back ?? NOTHING_BACK;
  assertTransferable(book, converted.token);
  if (due > 0n) debit(book, payee, converted.token, due);
  putObject(book, 'payment', id, { ...payment, refunded: payment.refunded + amount, converted: { ...converted, back: { ...back, [way]: back[way] + amount } } });
  if (received) {
    assertMayHold(book, payer, converted.token);
    if (due > 0n) credit(book, payer, converted.token, due);
    return { postings: due === 0n ? [] : transfer(payee, payer, converted.token, formatAmount(due)) };
  }
  assertTransferable(book, payment.token);
  const exchange = undo(book, payment, due, amount);
  creditBack(book, payer, payment.token, amount);
  return { postings: exchangePostings(payee, payer, exchange) };
}

/** What a refund takes from the payee. */
export function spentByRefund({ converted, token, amount: paid }: Payment, amount: Amount, received: boolean): { readonly token: TokenId; readonly amount: Amount } {
  return converted === undefined ? { token, amount } : { token: converted.token, amount: dueOf(converted, paid, received ? 'past' : 'pool', amount) };
}

const NOTHING_BACK: Back = { pool: 0n, past: 0n };

function dueOf({ received, back = NOTHING_BACK }: Converted, paid: Amount, way: keyof Back, amount: Amount): Amount {
  const dueFor = (refunded: Amount) => (received * refunded + paid - 1n) / paid;
  return dueFor(back[way] + amount) - dueFor(back[way]);
}

/**
 * Puts the payment's tokens back into its pool and takes the others out. To refund a repayment is to take the token in anew:
 * the cap and the standing of both organizations apply.
 * @throws LedgerError ACCEPTANCE_STATE, ACCEPTANCE_SUSPENDED, ACCEPTANCE_EXPIRED, ACCEPTANCE_CAP, POOL_INSUFFICIENT
 */
function undo(book: Book, { token, converted }: ConvertedPayment, paid: Amount, received: Amount): Exchange {
  const repaid = converted.repayment === true;
  const key = poolOf({ from: token, to: converted.token, repayment: repaid });
  const acceptance = acceptanceAt(book, key);
  refuseUnless(acceptance.version === converted.version, 'ACCEPTANCE_STATE', { version: String(acceptance.version), paidAt: String(converted.version) });
  refuseUnless(acceptance.status === 'active', 'ACCEPTANCE_SUSPENDED');
  refuseUnless(!isPast(book, acceptance.validUntil), 'ACCEPTANCE_EXPIRED', { validUntil: formatInstant(acceptance.validUntil) });
  if (repaid) for (const each of key) assertActive(book.ledger, organizationOf(each));
  const own = gatherPool(book, key, ceilingOf(acceptance), repaid ? { available: received, room: paid } : { taken: received });
  const there = repaid ? own.available : own.taken;
  refuseUnless(there >= received, 'POOL_INSUFFICIENT', { available: formatAmount(there), required: formatAmount(received) });
  if (repaid) refuseUnless(own.room >= paid, 'ACCEPTANCE_CAP', { room: formatAmount(own.room), required: formatAmount(paid), cap: formatAmount(acceptance.cap) });
  putPool(book, key, repaid ? { available: own.available - received, taken: own.taken + paid, room: own.room - paid } : { ...own, available: own.available + paid, taken: own.taken - received });
  return { key, repayment: !repaid, paid, received };
}
