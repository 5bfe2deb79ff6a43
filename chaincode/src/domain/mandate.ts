import { z } from 'zod';
import { accountAt, addTie, assertCanCredit, assertCanDebit, assertRole } from './account.ts';
import { amountSchema, formatAmount, parseAmount, type Amount } from './amount.ts';
import { availableFor, credit, debit } from './balance.ts';
import { billAt, changeBill, ended, type Bill } from './bill.ts';
import type { Book } from './book.ts';
import { startOfDay } from './calendar.ts';
import { countsAsDue, lineAt, outstandingOf } from './credit-line.ts';
import { refuseUnless } from './error.ts';
import { accountIdSchema, objectIdSchema, splitObjectId, tokenIdSchema, type AccountId, type ObjectId, type TokenId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { objectAt, putObject } from './made-object.ts';
import { noteCredit, transfer } from './posting.ts';
import { MAX_BILLS } from './settlement.ts';
import { assertBefore, instantSchema, isEarly, parseInstant, type Instant } from './time.ts';
import { assertTransferable } from './token.ts';

export const MANDATE_STATES = ['offered', 'active', 'revoked'] as const;

/** A debtor's standing order to settle its due bills with one creditor from balance; the creditor's countersignature confirms in advance. */
export interface Mandate {
  readonly debtor: AccountId;
  readonly creditor: AccountId;
  readonly token: TokenId;
  /** The most it may settle in all. */
  readonly cap: Amount;
  readonly used: Amount;
  readonly validTo: Instant;
  readonly state: (typeof MANDATE_STATES)[number];
}

const grantBody = z.strictObject({ creditor: accountIdSchema, token: tokenIdSchema, cap: amountSchema, validTo: instantSchema });
const ofMandate = { mandate: objectIdSchema, debtor: accountIdSchema };
const answerBody = z.strictObject(ofMandate);
const executeBody = z.strictObject({ ...ofMandate, creditor: accountIdSchema, bills: z.array(objectIdSchema).min(1).max(MAX_BILLS) });

type OfMandate = { readonly mandate: ObjectId; readonly debtor: AccountId };
const lanes = (_: string, { debtor }: OfMandate) => [debtor];
const reads = (_: string, { mandate, debtor }: OfMandate) => [['instruction', ...splitObjectId(mandate)], ['account', debtor]] as const;

export const grantMandate = defineInstruction({
  type: 'mandate.grant/1',
  onCredit: true,
  signedBy: 'account',
  body: grantBody,
  lanes: (debtor) => [debtor],
  reads: (_, { creditor, token }) => [['account', creditor], ['token', token]],
  decide: ({ book, signer: debtor }, { creditor, token, cap, validTo }) => {
    assertCanDebit(accountAt(book, debtor));
    assertCanCredit(accountAt(book, creditor));
    assertRole(accountAt(book, creditor), 'merchant');
    assertTransferable(book, token);
    assertBefore(book, parseInstant(validTo), 'DEADLINE_PAST');
    return { mandate: { debtor, creditor, token, cap: parseAmount(cap), used: 0n, validTo: parseInstant(validTo), state: 'offered' } };
  },
});

export const acceptMandate = defineInstruction({
  type: 'mandate.accept/1',
  onCredit: true,
  signedBy: 'account',
  body: answerBody,
  lanes,
  reads,
  decide: ({ book, signer }, { mandate: id, debtor }) => {
    const mandate = objectAt(book, 'mandate', id, { debtor });
    refuseUnless(mandate.creditor === signer, 'SIGNER_NOT_ENTITLED');
    refuseUnless(mandate.state === 'offered', 'MANDATE_STATE', { state: mandate.state });
    assertBefore(book, mandate.validTo, 'MANDATE_EXPIRED');
    tie(book, mandate, 1);
    putObject(book, 'mandate', id, { ...mandate, state: 'active' });
    return {};
  },
});

/** Either party ends it. */
export const revokeMandate = defineInstruction({
  type: 'mandate.revoke/1',
  onCredit: true,
  ends: true,
  signedBy: 'account',
  body: answerBody,
  lanes,
  reads,
  decide: ({ book, signer }, { mandate: id, debtor }) => {
    const mandate = objectAt(book, 'mandate', id, { debtor });
    refuseUnless([mandate.debtor, mandate.creditor].includes(signer), 'SIGNER_NOT_ENTITLED');
    refuseUnless(mandate.state !== 'revoked', 'MANDATE_STATE', { state: mandate.state });
    if (mandate.state === 'active') tie(book, mandate, -1);
    putObject(book, 'mandate', id, { ...mandate, state: 'revoked' });
    return {};
  },
});

/** Anybody executes it once bills are due: undisputed due bills, oldest first and none left out, within free balance and cap. */
export const executeMandate = defineInstruction({
  type: 'mandate.execute/1',
  onCredit: true,
  signedBy: 'either',
  body: executeBody,
  lanes: (_, { debtor, creditor }) => [debtor, creditor],
  reads: (_, { mandate, debtor, creditor, bills }) => [
    ['instruction', ...splitObjectId(mandate)],
    ['account', debtor],
    ['account', creditor],
    ...bills.map((bill) => ['instruction', ...splitObjectId(bill)] as const),
  ],
  decide: ({ book }, { mandate: id, debtor, creditor, bills }) => {
    const mandate = objectAt(book, 'mandate', id, { debtor, creditor });
    refuseUnless(mandate.state === 'active', 'MANDATE_STATE', { state: mandate.state });
    assertBefore(book, mandate.validTo, 'MANDATE_EXPIRED');
    assertCanDebit(accountAt(book, debtor));
    assertCanCredit(accountAt(book, creditor));
    assertTransferable(book, mandate.token);
    const due = dueBills(book, mandate, bills);
    const wanted = due.reduce((sum, { bill }) => sum + outstandingOf(bill), 0n);
    const paid = least(wanted, mandate.cap - mandate.used, availableFor(book, debtor, mandate.token, wanted));
    refuseUnless(paid > 0n, 'MANDATE_NOTHING_TO_PAY');
    debit(book, debtor, mandate.token, paid);
    // After this point the execution must succeed.
    credit(book, creditor, mandate.token, paid);
    settleInOrder(book, due, paid);
    putObject(book, 'mandate', id, { ...mandate, used: mandate.used + paid });
    return { token: mandate.token, moved: formatAmount(paid) };
  },
  postings: (_, { debtor, creditor }, { token = '', moved = '0' }) => [...transfer(debtor, creditor, token, moved), ...noteCredit('credit', { debtor, creditor }, token, -parseAmount(moved))],
});

interface DueBill {
  readonly id: ObjectId;
  readonly bill: Bill;
}

/** The bills named, if they are the oldest due ones without a gap: the line knows how many there are of each day. */
function dueBills(book: Book, { debtor, creditor, token }: Mandate, ids: readonly ObjectId[]): readonly DueBill[] {
  const due = ids.map((id) => ({ id, bill: billAt(book, id, debtor) }));
  refuseUnless(new Set(ids).size === ids.length, 'MANDATE_BILLS');
  for (const { bill } of due) {
    refuseUnless(bill.creditor === creditor && bill.token === token && countsAsDue(bill), 'MANDATE_BILLS');
    refuseUnless(!isEarly(book, startOfDay(bill.dueDay, bill.utcOffset)), 'MANDATE_NOT_DUE');
  }
  const days = due.map(({ bill }) => bill.dueDay);
  refuseUnless(days.every((day, index) => index === 0 || day >= (days[index - 1] ?? day)), 'MANDATE_BILLS');
  const last = days.at(-1) ?? 0;
  const line = lineAt(book, [debtor, token, creditor]);
  const isWhole = Object.entries(line.due).every(([day, number]) => Number(day) >= last || days.filter((one) => one === Number(day)).length === number);
  refuseUnless(isWhole, 'MANDATE_BILLS');
  return due;
}

function settleInOrder(book: Book, due: readonly DueBill[], paid: Amount): void {
  let left = paid;
  for (const { id, bill } of due) {
    const part = least(left, outstandingOf(bill));
    if (part > 0n) changeBill(book, id, bill, ended({ ...bill, settled: bill.settled + part }, 'settled'));
    left -= part;
  }
}

function least(...amounts: readonly Amount[]): Amount {
  return amounts.reduce((smallest, amount) => (amount < smallest ? amount : smallest));
}

/** A live mandate keeps both accounts from closing. */
function tie(book: Book, { debtor, creditor }: Mandate, change: 1 | -1): void {
  for (const account of [debtor, creditor]) addTie(book, account, change);
}
