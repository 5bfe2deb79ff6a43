import { z } from 'zod';
import { amountSchema, formatAmount, parseAmount } from './amount.ts';
import { assertState, assertWithin, billAt, changeBill, ended, type Bill } from './bill.ts';
import type { Book } from './book.ts';
import { KEY_ROLES } from './certificate.ts';
import { outstandingOf } from './credit-line.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { accountIdSchema, digestSchema, objectId, objectIdSchema, splitObjectId, type AccountId, type ObjectId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { objectAt, putObject } from './made-object.ts';
import { noteCredit } from './posting.ts';
import { assertBefore, assertReached, assertSettable, instantSchema, parseInstant } from './time.ts';

export const DISPUTE_CODES = ['NOT_DELIVERED', 'NOT_AS_DESCRIBED', 'WRONG_AMOUNT', 'DUPLICATE', 'NOT_ORDERED', 'OTHER'] as const;

const openBody = z.strictObject({ bill: objectIdSchema, amount: amountSchema, code: z.enum(DISPUTE_CODES), document: digestSchema.optional(), deadline: instantSchema });
const withdrawBody = z.strictObject({ bill: objectIdSchema });
const acceptBody = z.strictObject({ bill: objectIdSchema, debtor: accountIdSchema, amount: amountSchema, document: digestSchema.optional() });
const answerBody = z.strictObject({ bill: objectIdSchema, debtor: accountIdSchema, document: digestSchema.optional() });

type OfDebtor = { readonly bill: ObjectId; readonly debtor: AccountId };
const lanes = (_: string, { debtor }: OfDebtor) => [debtor];
const reads = (_: string, { bill }: { readonly bill: ObjectId }) => [['instruction', ...splitObjectId(bill)]] as const;

/** The debtor disputes an open bill for an amount; it enters no settlement until the dispute ends. Its due date stays. */
export const openDispute = defineInstruction({
  type: 'dispute.open/1',
  onCredit: true,
  signedBy: 'account',
  body: openBody,
  lanes: (debtor) => [debtor],
  reads,
  decide: ({ book, signer: debtor, id }, { bill: billId, amount, deadline }) => {
    const bill = billAt(book, billId, debtor);
    assertState(bill, 'open');
    const disputed = assertWithin(bill, amount);
    assertSettable(book, parseInstant(deadline));
    const dispute = { id: objectId(id, debtor), amount: disputed, deadline: parseInstant(deadline) };
    changeBill(book, billId, bill, { ...bill, state: 'disputed', dispute, contested: undefined });
    return {};
  },
});

export const withdrawDispute = defineInstruction({
  type: 'dispute.withdraw/1',
  onCredit: true,
  ends: true,
  signedBy: 'account',
  body: withdrawBody,
  lanes: (debtor) => [debtor],
  reads,
  decide: ({ book, signer: debtor }, { bill: id }) => {
    const bill = billAt(book, id, debtor);
    disputeOf(bill);
    changeBill(book, id, bill, reopened(bill));
    return {};
  },
});

/** The creditor accepts, for the disputed amount or less: the bill is reduced. */
export const acceptDispute = defineInstruction({
  type: 'dispute.accept/1',
  onCredit: true,
  signedBy: 'account',
  body: acceptBody,
  lanes,
  reads,
  decide: ({ book, signer: creditor }, { bill: id, debtor, amount }) => {
    const bill = answerable(book, id, debtor, creditor);
    const { amount: disputed } = disputeOf(bill);
    const most = disputed < outstandingOf(bill) ? disputed : outstandingOf(bill);
    const reduction = parseAmount(amount);
    refuseUnless(reduction <= most, 'BILL_EXCEEDED', { outstanding: formatAmount(most), required: amount });
    changeBill(book, id, bill, ended({ ...reopened(bill), refunded: bill.refunded + reduction }, 'refunded'));
    // What need not be paid any more counts against what the payment can still give back.
    const payment = objectAt(book, 'payment', id);
    putObject(book, 'payment', id, { ...payment, refunded: payment.refunded + reduction });
    return { token: bill.token };
  },
  postings: (creditor, { debtor, amount }, { token = '' }) => noteCredit('credit', { debtor, creditor }, token, -parseAmount(amount)),
});

export const denyDispute = defineInstruction({
  type: 'dispute.deny/1',
  onCredit: true,
  signedBy: 'account',
  body: answerBody,
  lanes,
  reads,
  decide: ({ book, signer: creditor }, { bill: id, debtor }) => {
    const bill = answerable(book, id, debtor, creditor);
    changeBill(book, id, bill, reopened(bill));
    return {};
  },
});

/** Anybody ends a dispute unanswered by its deadline: the bill reopens, contested. */
export const expireDispute = defineInstruction({
  type: 'dispute.expire/1',
  onCredit: true,
  ends: true,
  signedBy: 'either',
  keyRoles: KEY_ROLES,
  body: z.strictObject({ bill: objectIdSchema, debtor: accountIdSchema }),
  lanes,
  reads,
  decide: ({ book }, { bill: id, debtor }) => {
    const bill = billAt(book, id, debtor);
    assertReached(book, disputeOf(bill).deadline);
    changeBill(book, id, bill, { ...reopened(bill), contested: true });
    return {};
  },
});

function reopened(bill: Bill): Bill {
  return { ...bill, state: 'open', dispute: undefined };
}

function answerable(book: Book, id: ObjectId, debtor: AccountId, creditor: AccountId): Bill {
  const bill = billAt(book, id, debtor);
  refuseUnless(bill.creditor === creditor, 'SIGNER_NOT_ENTITLED');
  assertBefore(book, disputeOf(bill).deadline, 'DEADLINE_PAST');
  return bill;
}

function disputeOf(bill: Bill): NonNullable<Bill['dispute']> {
  if (bill.state !== 'disputed' || bill.dispute === undefined) throw new LedgerError('BILL_STATE', { state: bill.state });
  return bill.dispute;
}
