import { z } from 'zod';
import { accountAt, assertCanCredit, assertCanDebit } from './account.ts';
import { amountSchema, formatAmount, parseAmount, type Amount } from './amount.ts';
import { hold, postHeld, voidHeld } from './balance.ts';
import { assertState, assertWithin, billAt, changeBill, ended, type Bill } from './bill.ts';
import type { Book } from './book.ts';
import { KEY_ROLES } from './certificate.ts';
import { conversionReads, payWithSchema, type Wish } from './conversion.ts';
import { holdConverted } from './converted-settlement.ts';
import { refuseUnless } from './error.ts';
import { accountIdSchema, digestSchema, objectId, objectIdSchema, referenceSchema, splitObjectId, tokenIdSchema, type AccountId, type ObjectId, type TokenId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { objectAt, putObject } from './made-object.ts';
import { asTold, noteCredit, noteHeld, transfer, type Posting } from './posting.ts';
import { assertBefore, assertReached, assertSettable, instantSchema, parseInstant, type Instant } from './time.ts';
import { assertTransferable } from './token.ts';

/** An amount of one bill that a settlement discharges. */
export interface Allocation {
  readonly bill: ObjectId;
  readonly debtor: AccountId;
  readonly amount: Amount;
}

export const SETTLEMENT_STATES = ['initiated', 'confirmed', 'rejected', 'cancelled', 'expired'] as const;
export type SettlementState = (typeof SETTLEMENT_STATES)[number];

/** What the debtor offers to discharge and the creditor confirms; with bills of both directions it settles the difference. */
export interface Settlement {
  readonly debtor: AccountId;
  readonly creditor: AccountId;
  readonly token: TokenId;
  readonly bills: readonly Allocation[];
  /** Σ of the debtor's bills − Σ of the creditor's: what is paid. */
  readonly net: Amount;
  /** By tokens of the ledger, held at initiation; or by money outside, named by the bank's reference. */
  readonly bankReference?: string | undefined;
  /** What was converted into the difference at initiation. */
  readonly paidWith?: { readonly token: TokenId; readonly amount: Amount } | undefined;
  readonly deadline: Instant;
  readonly state: SettlementState;
}

export const MAX_BILLS = 200;
export const REJECT_REASONS = ['NOT_RECEIVED', 'WRONG_AMOUNT', 'WRONG_BILLS', 'OTHER'] as const;

const allocationSchema = z.strictObject({ bill: objectIdSchema, amount: amountSchema });
const bankSchema = z.strictObject({ reference: referenceSchema, valueDate: z.iso.date(), document: digestSchema });
const initiateBody = z.strictObject({
  creditor: accountIdSchema,
  token: tokenIdSchema,
  bills: z.array(allocationSchema).min(1).max(MAX_BILLS),
  /** Bills the creditor owes the signer: netting. */
  counterBills: z.array(allocationSchema).max(MAX_BILLS).optional(),
  bank: bankSchema.optional(),
  payWith: payWithSchema.optional().meta({ description: 'The difference is paid in another token, converted at initiation; what returns of it, returns as the bills’ token' }),
  deadline: instantSchema,
}).refine(({ bank, payWith }) => bank === undefined || payWith === undefined);
const ofDebtor = { settlement: objectIdSchema, debtor: accountIdSchema };
const confirmBody = z.strictObject({ ...ofDebtor, creditor: accountIdSchema, less: z.array(z.strictObject({ bill: objectIdSchema, amount: amountSchema.or(z.literal('0')) })).max(MAX_BILLS).optional() });
const rejectBody = z.strictObject({ ...ofDebtor, reason: z.enum(REJECT_REASONS), document: digestSchema.optional() });
const cancelBody = z.strictObject({ settlement: objectIdSchema });
const expireBody = z.strictObject({ ...ofDebtor, creditor: accountIdSchema });

const readSettlement = (settlement: ObjectId) => ['instruction', ...splitObjectId(settlement)] as const;

export const initiateSettlement = defineInstruction({
  type: 'settlement.initiate/1',
  onCredit: true,
  signedBy: 'account',
  body: initiateBody,
  lanes: (debtor, { creditor, counterBills }) => (counterBills === undefined ? [debtor] : [debtor, creditor]),
  reads: (debtor, { creditor, token, bills, counterBills = [], payWith }) => [
    ['account', creditor],
    ['token', token],
    ['balance', debtor, token],
    ['creditLine', debtor, token, creditor],
    ['creditLimit', debtor, token],
    ...(payWith === undefined ? [] : [['token', payWith.token] as const, ['balance', debtor, payWith.token] as const, ...conversionReads({ from: payWith.token, to: token, repayment: payWith.repayment === true })]),
    ...[...bills, ...counterBills].map(({ bill }) => readSettlement(bill)),
  ],
  decide: ({ book, signer: debtor, id }, { creditor, token, bills: own, counterBills, bank, payWith, deadline }) => {
    assertCanDebit(accountAt(book, debtor));
    assertCanCredit(accountAt(book, creditor));
    const settlement: ObjectId = objectId(id, debtor);
    const expires = parseInstant(deadline);
    assertSettable(book, expires);
    const theirs = counterBills ?? [];
    const bills = [...allocate(book, settlement, own, { debtor, creditor, token }), ...allocate(book, settlement, theirs, { debtor: creditor, creditor: debtor, token })];
    refuseUnless(new Set(bills.map(({ bill }) => bill)).size === bills.length, 'SETTLEMENT_BILL_TWICE');
    const net = bills.reduce((sum, allocation) => (allocation.debtor === debtor ? sum + allocation.amount : sum - allocation.amount), 0n);
    refuseUnless(net >= 0n, 'SETTLEMENT_NET_NEGATIVE', { net: formatAmount(net) });
    const converted = bank === undefined && net > 0n ? reserve(book, debtor, token, net, payWith) : undefined;
    const paidWith = converted === undefined || payWith === undefined ? undefined : { token: payWith.token, amount: converted.paid };
    return { settlement: { debtor, creditor, token, bills, net, bankReference: bank?.reference, paidWith, deadline: expires, state: 'initiated' }, token, postings: converted?.postings };
  },
  postings: (debtor, { token, bank, bills, counterBills = [] }, { postings = [] }) => (bank === undefined ? [...postings, ...noteHeld(debtor, token, sumOf(bills) - sumOf(counterBills))] : []),
});

/** The creditor confirms, also less for a bill: what was held for the rest returns at once, the bill reopens. */
export const confirmSettlement = defineInstruction({
  type: 'settlement.confirm/1',
  onCredit: true,
  signedBy: 'account',
  body: confirmBody,
  lanes: (_, { debtor, creditor }) => [debtor, creditor],
  reads: (creditor, { settlement, debtor }) => [readSettlement(settlement), ['account', debtor], ['account', creditor]],
  decide: ({ book, signer }, { settlement: id, debtor, creditor, less = [] }) => {
    const settlement = objectAt(book, 'settlement', id, { debtor });
    refuseUnless(settlement.creditor === creditor && creditor === signer, 'SIGNER_NOT_ENTITLED');
    assertLive(book, settlement);
    assertCanCredit(accountAt(book, creditor));
    assertCanCredit(accountAt(book, debtor));
    const confirmed = confirmedAllocations(settlement, less);
    const net = confirmed.reduce((sum, { debtor: of, amount }) => (of === debtor ? sum + amount : sum - amount), 0n);
    if (settlement.bankReference !== undefined) claimBankReference(book, creditor, settlement.bankReference, id);
    // After this point the confirmation must succeed.
    for (const { bill: billId, debtor: of, amount } of confirmed) {
      const bill = billAt(book, billId, of);
      changeBill(book, billId, bill, ended({ ...released(bill), claim: undefined, settled: bill.settled + amount }, 'settled'));
    }
    if (settlement.bankReference === undefined) {
      postHeld(book, debtor, creditor, settlement.token, net);
      voidHeld(book, debtor, settlement.token, settlement.net - net);
    }
    putObject(book, 'settlement', id, { ...settlement, bills: confirmed, net, state: 'confirmed' });
    const byTokens = settlement.bankReference === undefined && net > 0n ? transfer(debtor, creditor, settlement.token, formatAmount(net)) : [];
    return { postings: [...byTokens, ...noteReleased(settlement), ...noteCredit('credit', { debtor, creditor }, settlement.token, -net)] };
  },
  postings: asTold,
});

/** The creditor rejects; also a bank claim that expired unanswered, which then leaves its bills. */
export const rejectSettlement = defineInstruction({
  type: 'settlement.reject/1',
  onCredit: true,
  ends: true,
  signedBy: 'account',
  body: rejectBody,
  lanes: (_, { debtor }) => [debtor],
  reads: (_, { settlement }) => [readSettlement(settlement)],
  decide: ({ book, signer }, { settlement: id, debtor }) => {
    const settlement = objectAt(book, 'settlement', id, { debtor });
    refuseUnless(settlement.creditor === signer, 'SIGNER_NOT_ENTITLED');
    const isClaim = settlement.state === 'expired' && settlement.bankReference !== undefined;
    if (isClaim) for (const { bill, debtor: of } of settlement.bills) dropClaim(book, bill, of, id);
    else {
      assertLive(book, settlement);
      undo(book, settlement);
    }
    putObject(book, 'settlement', id, { ...settlement, state: 'rejected' });
    return { postings: isClaim ? [] : noteReleased(settlement) };
  },
  postings: asTold,
});

export const cancelSettlement = defineInstruction({
  type: 'settlement.cancel/1',
  onCredit: true,
  ends: true,
  signedBy: 'account',
  body: cancelBody,
  lanes: (debtor) => [debtor],
  reads: (_, { settlement }) => [readSettlement(settlement)],
  decide: ({ book, signer: debtor }, { settlement: id }) => {
    const settlement = objectAt(book, 'settlement', id, { debtor });
    assertLive(book, settlement);
    undo(book, settlement);
    putObject(book, 'settlement', id, { ...settlement, state: 'cancelled' });
    return { postings: noteReleased(settlement) };
  },
  postings: asTold,
});

/** Anybody ends a settlement past its deadline: what was held returns, a bank claim stays on the bills. */
export const expireSettlement = defineInstruction({
  type: 'settlement.expire/1',
  onCredit: true,
  ends: true,
  signedBy: 'either',
  keyRoles: KEY_ROLES,
  body: expireBody,
  lanes: (_, { debtor, creditor }) => [debtor, creditor],
  reads: (_, { settlement }) => [readSettlement(settlement)],
  decide: ({ book }, { settlement: id, debtor }) => {
    const settlement = objectAt(book, 'settlement', id, { debtor });
    refuseUnless(settlement.state === 'initiated', 'SETTLEMENT_STATE', { state: settlement.state });
    assertReached(book, settlement.deadline);
    undo(book, settlement, settlement.bankReference === undefined ? undefined : id);
    putObject(book, 'settlement', id, { ...settlement, state: 'expired' });
    return { postings: noteReleased(settlement) };
  },
  postings: asTold,
});

/** Holds the difference: of the bills' token, or converted from another one. @returns the conversion */
function reserve(book: Book, debtor: AccountId, token: TokenId, net: Amount, payWith: z.infer<typeof payWithSchema> | undefined): ReturnType<typeof holdConverted> | undefined {
  assertTransferable(book, token);
  if (payWith === undefined) {
    hold(book, debtor, token, net);
    return undefined;
  }
  const wish: Wish = { from: payWith.token, to: token, repayment: payWith.repayment === true, amount: { received: net, atMost: parseAmount(payWith.atMost) } };
  return holdConverted(book, debtor, wish);
}

interface Parties {
  readonly debtor: AccountId;
  readonly creditor: AccountId;
  readonly token: TokenId;
}

/** Takes the bills into the settlement; each must be open and of these parties. */
function allocate(book: Book, settlement: ObjectId, wanted: readonly { readonly bill: ObjectId; readonly amount: string }[], { debtor, creditor, token }: Parties): readonly Allocation[] {
  return wanted.map(({ bill: id, amount }) => {
    const bill = billAt(book, id, debtor);
    refuseUnless(bill.creditor === creditor && bill.token === token, 'BILL_UNKNOWN', { bill: id });
    refuseUnless(bill.settlement === undefined, 'SETTLEMENT_BILL_TWICE', { bill: id });
    assertState(bill, 'open');
    const sum = assertWithin(bill, amount);
    changeBill(book, id, bill, { ...bill, state: 'settling', settlement });
    return { bill: id, debtor, amount: sum };
  });
}

function confirmedAllocations(settlement: Settlement, less: readonly { readonly bill: ObjectId; readonly amount: string }[]): readonly Allocation[] {
  if (less.length === 0) return settlement.bills;
  // Less for one side of a netting would leave the other side paid with what is not there.
  refuseUnless(settlement.bills.every(({ debtor }) => debtor === settlement.debtor), 'SETTLEMENT_NETTING_WHOLE');
  const amounts = new Map(less.map(({ bill, amount }) => [bill, parseAmount(amount)]));
  refuseUnless(amounts.size === less.length, 'SETTLEMENT_BILL_TWICE');
  const confirmed = settlement.bills.map((allocation) => ({ ...allocation, amount: amounts.get(allocation.bill) ?? allocation.amount }));
  refuseUnless(less.every(({ bill }) => settlement.bills.some((allocation) => allocation.bill === bill)), 'BILL_UNKNOWN');
  refuseUnless(confirmed.every(({ amount }, index) => amount <= (settlement.bills[index]?.amount ?? 0n)), 'SETTLEMENT_CONFIRM_EXCEEDED');
  return confirmed;
}

function undo(book: Book, settlement: Settlement, claim?: ObjectId): void {
  for (const { bill: id, debtor } of settlement.bills) {
    const bill = billAt(book, id, debtor);
    changeBill(book, id, bill, claim === undefined ? released(bill) : { ...released(bill), claim });
  }
  if (settlement.bankReference === undefined) voidHeld(book, settlement.debtor, settlement.token, settlement.net);
}

/** What it held is held no more. */
function noteReleased({ debtor, token, net, bankReference }: Settlement): readonly Posting[] {
  return bankReference === undefined ? noteHeld(debtor, token, -net) : [];
}

function sumOf(bills: readonly { readonly amount: string }[]): Amount {
  return bills.reduce((sum, { amount }) => sum + parseAmount(amount), 0n);
}

function released(bill: Bill): Bill {
  return { ...bill, state: 'open', settlement: undefined };
}

function dropClaim(book: Book, id: ObjectId, debtor: AccountId, claim: ObjectId): void {
  const bill = billAt(book, id, debtor);
  if (bill.claim === claim) changeBill(book, id, bill, { ...bill, claim: undefined });
}

/** Money of one bank reference is confirmed once per creditor. */
function claimBankReference(book: Book, creditor: AccountId, reference: string, settlement: ObjectId): void {
  refuseUnless(book.get('bankReference', creditor, reference) === undefined, 'BANK_REFERENCE_USED', { reference });
  book.put('bankReference', [creditor, reference], settlement);
}

function assertLive(book: Book, { state, deadline }: Settlement): void {
  refuseUnless(state === 'initiated', 'SETTLEMENT_STATE', { state });
  assertBefore(book, deadline, 'SETTLEMENT_EXPIRED');
}
