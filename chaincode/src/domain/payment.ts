import { z } from 'zod';
import { assertCanCredit, assertCanDebit, accountAt } from './account.ts';
import { amountSchema, formatAmount, parseAmount, type Amount } from './amount.ts';
import { credit, debit } from './balance.ts';
import type { Book } from './book.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { accountIdSchema, objectIdSchema, referenceSchema, splitObjectId, tokenIdSchema, type AccountId, type TokenId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { transfer } from './posting.ts';
import { assertTransferable } from './token.ts';

/** A payment as the ledger keeps it; its payer is the signer of the instruction that made it. */
export interface Payment {
  readonly payee: AccountId;
  readonly token: TokenId;
  readonly amount: Amount;
  readonly refunded: Amount;
}

/** What a payment from balance is, as a matter of settlement: it is settled when it is made. */
export type PaymentState = 'settled' | 'partly-refunded' | 'refunded';

export const referencesSchema = z.strictObject({
  endToEndId: referenceSchema.optional(),
  invoice: referenceSchema.optional(),
  order: referenceSchema.optional(),
  purpose: referenceSchema.optional(),
});

const payBody = z.strictObject({
  payee: accountIdSchema,
  token: tokenIdSchema,
  amount: amountSchema,
  references: referencesSchema.optional(),
  repeat: z.literal(true).optional().meta({ description: 'Pay again under an end-to-end id already paid' }),
});
export type PayBody = z.infer<typeof payBody>;

export const REFUND_REASONS = ['RETURNED', 'DUPLICATE', 'NOT_DELIVERED', 'PRICE', 'OTHER'] as const;

const refundBody = z.strictObject({
  payment: objectIdSchema,
  amount: amountSchema,
  reason: z.enum(REFUND_REASONS),
  references: referencesSchema.optional(),
});

export const pay = defineInstruction({
  type: 'payment.pay/1',
  signedBy: 'account',
  body: payBody,
  lanes: (payer) => [payer],
  reads: (payer, { payee, token, references }) => [
    ['account', payee],
    ['token', token],
    ['balance', payer, token],
    ...(references?.endToEndId === undefined ? [] : [['endToEnd', payer, payee, references.endToEndId] as const]),
  ],
  credits: (_, { payee, token }) => [[payee, token]],
  decide: ({ book, signer: payer, id }, body) => {
    const amount = parseAmount(body.amount);
    refuseUnless(body.payee !== payer, 'PAYMENT_SELF');
    assertCanDebit(accountAt(book, payer));
    assertCanCredit(accountAt(book, body.payee));
    assertTransferable(book, body.token);
    if (body.references?.endToEndId !== undefined) claimEndToEndId(book, payer, body, body.references.endToEndId, id);
    debit(book, payer, body.token, amount);
    // After this point the payment must succeed.
    credit(book, body.payee, body.token, amount);
    return { payment: { payee: body.payee, token: body.token, amount, refunded: 0n } };
  },
  postings: (payer, { payee, token, amount }) => transfer(payer, payee, token, amount),
});

export const refund = defineInstruction({
  type: 'payment.refund/1',
  signedBy: 'account',
  body: refundBody,
  lanes: (payee) => [payee],
  reads: (_, { payment }) => [['instruction', ...splitObjectId(payment)], ['account', splitObjectId(payment)[1]]],
  decide: ({ book, signer: payee }, body) => {
    const [id, payer] = splitObjectId(body.payment);
    const record = book.get('instruction', id, payer);
    const payment = record?.payment;
    if (record === undefined || payment === undefined) throw new LedgerError('PAYMENT_UNKNOWN');
    const amount = parseAmount(body.amount);
    refuseUnless(payment.payee === payee, 'SIGNER_NOT_ENTITLED');
    assertCanDebit(accountAt(book, payee));
    assertCanCredit(accountAt(book, payer));
    assertTransferable(book, payment.token);
    const refundable = payment.amount - payment.refunded;
    refuseUnless(amount <= refundable, 'REFUND_EXCEEDS_PAYMENT', { refundable: formatAmount(refundable), required: body.amount });
    debit(book, payee, payment.token, amount);
    // After this point the refund must succeed.
    credit(book, payer, payment.token, amount);
    book.put('instruction', [id, payer], { ...record, payment: { ...payment, refunded: payment.refunded + amount } });
    return { token: payment.token };
  },
  postings: (payee, { payment, amount }, { token }) => transfer(payee, splitObjectId(payment)[1], token ?? '', amount),
});

export function paymentState(payment: Payment): PaymentState {
  if (payment.refunded === 0n) return 'settled';
  return payment.refunded === payment.amount ? 'refunded' : 'partly-refunded';
}

/** The double payment of real life: the same order paid again under another instruction id. */
function claimEndToEndId(book: Book, payer: AccountId, body: PayBody, endToEndId: string, id: string): void {
  const earlier = book.get('endToEnd', payer, body.payee, endToEndId);
  refuseUnless(earlier === undefined || body.repeat === true, 'PAYMENT_DUPLICATE', { endToEndId, earlier: earlier ?? '' });
  book.put('endToEnd', [payer, body.payee, endToEndId], id);
}
