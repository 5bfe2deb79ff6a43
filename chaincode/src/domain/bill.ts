import { z } from 'zod';
import { accountAt, assertCanDebit } from './account.ts';
import { formatAmount, amountSchema, parseAmount, type Amount } from './amount.ts';
import type { Book } from './book.ts';
import { dayOf, type Day } from './calendar.ts';
import { followBill, lineAt, outstandingOf, type GrantTerms } from './credit-line.ts';
import { refuseUnless } from './error.ts';
import { accountIdSchema, digestSchema, objectIdSchema, splitObjectId, type AccountId, type ObjectId, type TokenId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { objectAt, putObject } from './made-object.ts';
import { noteCredit } from './posting.ts';
import type { Instant } from './time.ts';

export const BILL_STATES = ['open', 'settling', 'disputed', 'settled', 'refunded', 'written-off'] as const;
export type BillState = (typeof BILL_STATES)[number];

/** What is owed for a payment made on credit. Nothing outstanding ends it; how it ended is its last state. Overdue is derived. */
export interface Bill {
  readonly creditor: AccountId;
  readonly debtor: AccountId;
  readonly token: TokenId;
  readonly amount: Amount;
  readonly refunded: Amount;
  readonly settled: Amount;
  readonly writtenOff: Amount;
  /** Ends at the end of this day, at the offset. */
  readonly dueDay: Day;
  readonly utcOffset: number;
  /** Of the grant it was made under. */
  readonly version: number;
  readonly state: BillState;
  /** The live settlement it is in. */
  readonly settlement?: ObjectId | undefined;
  readonly dispute?: { readonly id: ObjectId; readonly amount: Amount; readonly deadline: Instant } | undefined;
  /** Its dispute went unanswered. */
  readonly contested?: true | undefined;
  /** A settlement by money outside that expired unanswered: the creditor has to say what became of the money. */
  readonly claim?: ObjectId | undefined;
}

export const WRITE_OFF_REASONS = ['UNCOLLECTABLE', 'GOODWILL', 'INSOLVENCY', 'ERROR', 'OTHER'] as const;

const writeOffBody = z.strictObject({
  bill: objectIdSchema,
  debtor: accountIdSchema,
  amount: amountSchema,
  reason: z.enum(WRITE_OFF_REASONS),
  document: digestSchema.optional(),
});

/** The creditor gives up a part or all of what is outstanding; it restores the credit. */
export const writeOff = defineInstruction({
  type: 'bill.write-off/1',
  onCredit: true,
  signedBy: 'account',
  body: writeOffBody,
  lanes: (_, { debtor }) => [debtor],
  reads: (creditor, { bill }) => [['instruction', ...splitObjectId(bill)], ['account', creditor]],
  decide: ({ book, signer: creditor }, { bill: id, debtor, amount }) => {
    const bill = billAt(book, id, debtor);
    refuseUnless(bill.creditor === creditor, 'SIGNER_NOT_ENTITLED');
    assertCanDebit(accountAt(book, creditor));
    assertState(bill, 'open', 'disputed');
    const sum = assertWithin(bill, amount);
    changeBill(book, id, bill, ended({ ...bill, writtenOff: bill.writtenOff + sum }, 'written-off'));
    return { token: bill.token };
  },
  postings: (creditor, { debtor, amount }, { token = '' }) => noteCredit('credit', { debtor, creditor }, token, -parseAmount(amount)),
});

/** A new bill under the terms of the grant in force: its term counts from now. */
export function makeBill(book: Book, debtor: AccountId, creditor: AccountId, token: TokenId, amount: Amount): Bill {
  const { grant, version } = lineAt(book, [debtor, token, creditor]);
  if (grant === undefined) throw new Error('a bill without a grant');
  return billUnder(grant.terms, { debtor, creditor, token, amount, version, now: book.now });
}

export function billUnder(
  { termDays, utcOffset }: Pick<GrantTerms, 'termDays' | 'utcOffset'>,
  { now, ...parties }: Pick<Bill, 'debtor' | 'creditor' | 'token' | 'amount' | 'version'> & { readonly now: Instant },
): Bill {
  return { ...parties, refunded: 0n, settled: 0n, writtenOff: 0n, dueDay: dayOf(now, utcOffset) + termDays, utcOffset, state: 'open' };
}

/** @throws LedgerError BILL_UNKNOWN also when it is another debtor's */
export function billAt(book: Book, id: ObjectId, debtor: AccountId): Bill {
  return objectAt(book, 'bill', id, { debtor });
}

/** Puts the bill's next state; what is drawn and due follows. */
export function changeBill(book: Book, id: ObjectId, before: Bill, after: Bill): void {
  followBill(book, before, after);
  putObject(book, 'bill', id, after);
}

/** With nothing outstanding the bill ends as said; otherwise it is as it was. */
export function ended(bill: Bill, how: 'settled' | 'refunded' | 'written-off'): Bill {
  return outstandingOf(bill) === 0n ? { ...bill, state: how, dispute: undefined, claim: undefined } : bill;
}

export function assertState(bill: Bill, ...states: readonly BillState[]): void {
  refuseUnless(states.includes(bill.state), 'BILL_STATE', { state: bill.state });
}

/** The amount, within what is outstanding. */
export function assertWithin(bill: Bill, text: string): Amount {
  const amount = parseAmount(text);
  const outstanding = outstandingOf(bill);
  refuseUnless(amount <= outstanding, 'BILL_EXCEEDED', { outstanding: formatAmount(outstanding), required: text });
  return amount;
}
