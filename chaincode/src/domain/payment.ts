import { z } from 'zod';
import { accountAt, assertCanCredit, assertCanDebit, creditStatusRule, debitStatusRule } from './account.ts';
import { countPaid, holdingRules, payerLimitRules } from './account-limit.ts';
import { amountSchema, formatAmount, parseAmount, type Amount } from './amount.ts';
import { availableFor, credit, creditBack, debit } from './balance.ts';
import { assertState, BILL_STATES, changeBill, ended, makeBill, type Bill } from './bill.ts';
import type { Address, Book } from './book.ts';
import { conversionReads, conversionRules, intoSchema, type Converted } from './conversion.ts';
import { payConverted, refundConverted, spentByRefund, wishOf } from './converted-payment.ts';
import { drawRules, followBill, outstandingOf } from './credit-line.ts';
import { refuseUnless } from './error.ts';
import { holderRules } from './holder-rule.ts';
import { accountIdSchema, objectIdSchema, referenceSchema, splitObjectId, tokenIdSchema, type AccountId, type InstructionId, type ObjectId, type TokenId } from './id.ts';
import { defineInstruction, type Debit } from './instruction-type.ts';
import { objectAt, putObject } from './made-object.ts';
import { noteCredit, transfer } from './posting.ts';
import { refuseByFirst, type Rule } from './rule.ts';
import { assertTransferable, transferRules } from './token.ts';

/** A payment as the ledger keeps it. */
export interface Payment {
  readonly payer: AccountId;
  readonly payee: AccountId;
  readonly token: TokenId;
  readonly amount: Amount;
  /** The part on credit: its bill stands beside it. */
  readonly credit: Amount;
  readonly refunded: Amount;
  /** It went through a pool: what the payee received instead. */
  readonly converted?: Converted | undefined;
}

export const referencesSchema = z.strictObject({
  endToEndId: referenceSchema.optional(),
  invoice: referenceSchema.optional(),
  order: referenceSchema.optional(),
  purpose: referenceSchema.optional(),
});

/** The part on credit, and the version of the grant the payer relies on. */
export const creditSchema = z.strictObject({ amount: amountSchema, version: z.int().min(1) });

export const payBody = z.strictObject({
  payee: accountIdSchema,
  token: tokenIdSchema,
  amount: amountSchema,
  credit: creditSchema.optional(),
  into: intoSchema.optional(),
  references: referencesSchema.optional(),
  repeat: z.literal(true).optional().meta({ description: 'Pay again under an end-to-end id already paid' }),
}).refine(({ credit: part, into }) => part === undefined || into === undefined, { error: 'CONVERSION_ON_CREDIT' });
export type PayBody = z.infer<typeof payBody>;

export const REFUND_REASONS = ['RETURNED', 'DUPLICATE', 'NOT_DELIVERED', 'PRICE', 'OTHER'] as const;

const refundBody = z.strictObject({
  payment: objectIdSchema,
  payer: accountIdSchema,
  amount: amountSchema,
  reason: z.enum(REFUND_REASONS),
  received: z.literal(true).optional().meta({ description: 'Of a converted payment: give back the token that was received, past the pool' }),
  references: referencesSchema.optional(),
});

const acknowledgeBody = z.strictObject({
  payment: objectIdSchema,
  payee: accountIdSchema,
  amount: amountSchema,
  bank: z.strictObject({ reference: referenceSchema, valueDate: z.iso.date() }),
});

export const pay = defineInstruction({
  type: 'payment.pay/1',
  onCredit: ({ credit: part }) => part !== undefined,
  signedBy: 'account',
  keyRoles: ['payer'],
  spends: (_book, _payer, { token, amount }) => ({ token, amount: parseAmount(amount) }),
  body: payBody,
  lanes: (payer) => [payer],
  reads: (payer, body) => [
    ['account', body.payee],
    ['token', body.token],
    ...(isAllCredit(body) ? [] : [['balance', payer, body.token] as const]),
    ...(body.credit === undefined ? [] : ([['creditLine', payer, body.token, body.payee], ['creditLimit', payer, body.token]] as const)),
    ...(body.into === undefined ? [] : conversionReads(wishOf(body, body.into))),
    ...endToEndReads(payer, body),
  ],
  credits: (_, body) => (isAllCredit(body) ? [] : [[body.payee, body.into?.token ?? body.token]]),
  debits: balanceDebit,
  decide: ({ book, signer: payer, id }, body) => {
    refuseByFirst(paymentRules(book, payer, body));
    const { balance, credit: onCredit } = splitPayment(body);
    const { payee, token } = body;
    claimEndToEndId(book, payer, body, id);
    countPaid(book, payer, token, balance + onCredit);
    if (body.into !== undefined) return payConverted(book, payer, body, body.into);
    if (balance > 0n) debit(book, payer, token, balance);
    // After this point the payment must succeed.
    if (balance > 0n) credit(book, payee, token, balance);
    const bill = onCredit === 0n ? undefined : makeBill(book, payer, payee, token, onCredit);
    if (bill !== undefined) followBill(book, undefined, bill);
    return { payment: { payer, payee, token, amount: parseAmount(body.amount), credit: onCredit, refunded: 0n }, bill };
  },
  postings: (payer, body, { postings }) => {
    if (postings !== undefined) return postings;
    const { balance, credit: onCredit } = splitPayment(body);
    const paid = balance === 0n ? [] : transfer(payer, body.payee, body.token, formatAmount(balance));
    return onCredit === 0n ? paid : [...paid, ...noteCredit('credit', { debtor: payer, creditor: body.payee }, body.token, onCredit)];
  },
});

/** By the payee: reduces what is outstanding first, the rest is paid in tokens. */
export const refund = defineInstruction({
  type: 'payment.refund/1',
  onCredit: true,
  signedBy: 'account',
  keyRoles: ['payer'],
  spends: (book, _payee, { payment, amount, received }) => spentByRefund(objectAt(book, 'payment', payment), parseAmount(amount), received === true),
  body: refundBody,
  lanes: (payee, { payer }) => [payee, payer],
  reads: (_, { payment, payer }) => [['instruction', ...splitObjectId(payment)], ['account', payer]],
  decide: ({ book, signer: payee }, body) => {
    const payment = objectAt(book, 'payment', body.payment);
    refuseUnless(payment.payee === payee && payment.payer === body.payer, 'SIGNER_NOT_ENTITLED');
    assertCanDebit(accountAt(book, payee));
    assertCanCredit(accountAt(book, body.payer));
    const amount = assertRefundable(payment, body.amount);
    const { converted } = payment;
    if (converted !== undefined) return refundConverted(book, body.payment, { ...payment, converted }, amount, body.received === true);
    const fromBill = reduceBill(book, body.payment, amount);
    const rest = amount - fromBill;
    if (rest > 0n) {
      assertTransferable(book, payment.token);
      debit(book, payee, payment.token, rest);
      creditBack(book, body.payer, payment.token, rest);
    }
    putObject(book, 'payment', body.payment, { ...payment, refunded: payment.refunded + amount });
    return { token: payment.token, moved: formatAmount(rest) };
  },
  postings: (payee, { payer, amount }, { token = '', moved = '0', postings }) => {
    if (postings !== undefined) return postings;
    const back = moved === '0' ? [] : transfer(payee, payer, token, moved);
    return [...back, ...noteCredit('credit', { debtor: payer, creditor: payee }, token, parseAmount(moved) - parseAmount(amount))];
  },
});

/**
 * By the payer: it has got money back outside, under a bank reference. It binds only the payer, so no other signature is
 * asked for. What is outstanding on a bill is not paid yet, so there is nothing to get back of it.
 */
export const acknowledgeRefund = defineInstruction({
  type: 'refund.acknowledge/1',
  signedBy: 'account',
  body: acknowledgeBody,
  lanes: (payer, { payee }) => [payee, payer],
  reads: (_, { payment }) => [['instruction', ...splitObjectId(payment)]],
  decide: ({ book, signer: payer }, body) => {
    const payment = objectAt(book, 'payment', body.payment);
    refuseUnless(payment.payer === payer && payment.payee === body.payee, 'SIGNER_NOT_ENTITLED');
    const amount = assertRefundable(payment, body.amount);
    const bill = billOf(book, body.payment);
    const unpaid = bill === undefined ? 0n : outstandingOf(bill);
    refuseUnless(payment.refunded + amount + unpaid <= payment.amount, 'REFUND_UNPAID', { unpaid: formatAmount(unpaid) });
    refuseUnless(book.get('bankReference', payer, body.bank.reference) === undefined, 'BANK_REFERENCE_USED', { reference: body.bank.reference });
    book.put('bankReference', [payer, body.bank.reference], body.payment);
    putObject(book, 'payment', body.payment, { ...payment, refunded: payment.refunded + amount });
    return {};
  },
});

/** A payment from balance is settled when it is made; what is on credit follows its bill. */
export const PAYMENT_STATES = [...BILL_STATES, 'partly-refunded'] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

export function paymentState(payment: Payment, bill?: Bill): PaymentState {
  if (payment.refunded === payment.amount) return 'refunded';
  if (bill !== undefined && outstandingOf(bill) > 0n) return bill.state;
  if (bill?.state === 'written-off') return bill.state;
  return payment.refunded === 0n ? 'settled' : 'partly-refunded';
}

/** Balance and credit part of a payment. @throws LedgerError CREDIT_EXCEEDS_AMOUNT */
export function splitPayment({ amount, credit: part }: Pick<PayBody, 'amount' | 'credit'>): { readonly balance: Amount; readonly credit: Amount } {
  const total = parseAmount(amount);
  const onCredit = part === undefined ? 0n : parseAmount(part.amount);
  refuseUnless(onCredit <= total, 'CREDIT_EXCEEDS_AMOUNT');
  return { balance: total - onCredit, credit: onCredit };
}

/** Every rule of a payment in the order of its refusals: what a payment is refused by and a pre-check lists. */
export function* paymentRules(book: Book, payer: AccountId, body: Omit<PayBody, 'repeat'> & { readonly repeat?: true | undefined }): Iterable<Rule> {
  const { payee, token, references } = body;
  const { balance, credit: onCredit } = splitPayment(body);
  yield { code: 'PAYMENT_SELF', holds: payee !== payer };
  yield* debitStatusRule(book, payer);
  yield* creditStatusRule(book, payee);
  yield* transferRules(book, token);
  if (body.into === undefined) yield* holderRules(book, payee, token);
  if (references?.endToEndId !== undefined) yield doublePaymentRule(book, payer, payee, references.endToEndId, body.repeat === true);
  yield* payerLimitRules(book, payer, token, balance + onCredit);
  if (balance > 0n && body.into === undefined) yield* holdingRules(book, payee, token, balance);
  if (onCredit > 0n && body.credit !== undefined) yield* drawRules(book, { key: [payer, token, payee], amount: onCredit, version: body.credit.version });
  if (body.into !== undefined) yield* conversionRules(book, wishOf(body, body.into), payee);
  if (balance > 0n) {
    const available = availableFor(book, payer, token, balance);
    yield { code: 'FUNDS_INSUFFICIENT', holds: available >= balance, figures: { available: formatAmount(available), required: formatAmount(balance) } };
  }
}

type Referred = Pick<PayBody, 'payee' | 'references'>;

export function endToEndReads(payer: AccountId, { payee, references }: Referred): readonly Address[] {
  return references?.endToEndId === undefined ? [] : [['endToEnd', payer, payee, references.endToEndId]];
}

/** The payment, or the hold for it, now stands under its end-to-end id. */
export function claimEndToEndId(book: Book, payer: AccountId, { payee, references }: Referred, id: InstructionId): void {
  if (references?.endToEndId !== undefined) book.put('endToEnd', [payer, payee, references.endToEndId], id);
}

/** The double payment of real life: the same order paid again under another instruction id. */
function doublePaymentRule(book: Book, payer: AccountId, payee: AccountId, endToEndId: string, isRepeat: boolean): Rule {
  const earlier = book.get('endToEnd', payer, payee, endToEndId);
  return { code: 'PAYMENT_DUPLICATE', holds: earlier === undefined || isRepeat, figures: { endToEndId, earlier: earlier ?? '' } };
}

/** What a payment takes from the payer's balance. */
export function balanceDebit(payer: AccountId, { token, amount, credit: part }: Pick<PayBody, 'token' | 'amount' | 'credit'>): readonly Debit[] {
  return [{ account: payer, token, amount: parseAmount(amount) - (part === undefined ? 0n : parseAmount(part.amount)) }];
}

function isAllCredit({ amount, credit: part }: PayBody): boolean {
  return part?.amount === amount;
}

function assertRefundable({ amount, refunded }: Payment, text: string): Amount {
  const refundable = amount - refunded;
  refuseUnless(parseAmount(text) <= refundable, 'REFUND_EXCEEDS_PAYMENT', { refundable: formatAmount(refundable), required: text });
  return parseAmount(text);
}

/** How much of a refund the bill takes. @throws LedgerError BILL_STATE while it is settling */
function reduceBill(book: Book, id: ObjectId, amount: Amount): Amount {
  const bill = billOf(book, id);
  if (bill === undefined || outstandingOf(bill) === 0n) return 0n;
  assertState(bill, 'open', 'disputed');
  const outstanding = outstandingOf(bill);
  const reduction = amount < outstanding ? amount : outstanding;
  changeBill(book, id, bill, ended({ ...bill, refunded: bill.refunded + reduction }, 'refunded'));
  return reduction;
}

/** The bill of a payment on credit stands beside it. */
function billOf(book: Book, payment: ObjectId): Bill | undefined {
  return book.get('instruction', ...splitObjectId(payment))?.bill;
}
