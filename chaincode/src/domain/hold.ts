import { z } from 'zod';
import { accountAt, assertCanCredit } from './account.ts';
import { countPaid, holdingRules } from './account-limit.ts';
import { amountSchema, formatAmount, parseAmount, type Amount } from './amount.ts';
import { hold as holdBalance, postHeld, voidHeld } from './balance.ts';
import { billUnder } from './bill.ts';
import type { Book } from './book.ts';
import { draw, followBill, lineAt, type LineKey } from './credit-line.ts';
import { KEY_ROLES } from './certificate.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { accountIdSchema, objectIdSchema, splitObjectId, tokenIdSchema, type AccountId, type ObjectId, type TokenId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { objectAt, putObject } from './made-object.ts';
import { balanceDebit, claimEndToEndId, creditSchema, endToEndReads, paymentRules, referencesSchema, splitPayment } from './payment.ts';
import { asTold, noteCredit, noteHeld, transfer, type Posting } from './posting.ts';
import { refuseByFirst } from './rule.ts';
import type { Spent } from './spending.ts';
import { assertBefore, assertReached, assertSettable, instantSchema, parseInstant, type Instant } from './time.ts';

export const HOLD_STATES = ['held', 'captured', 'released', 'expired'] as const;

/** Balance and credit the payer has reserved for the payee: it captures, also in parts, or releases; past its end anybody ends it. */
export interface Hold {
  readonly payer: AccountId;
  readonly payee: AccountId;
  readonly token: TokenId;
  /** Not captured yet. */
  readonly balance: Amount;
  readonly credit: Amount;
  /** Terms its bills keep: what was promised when it was placed. */
  readonly terms?: { readonly termDays: number; readonly utcOffset: number; readonly version: number } | undefined;
  readonly expiresAt: Instant;
  readonly state: (typeof HOLD_STATES)[number];
}

const placeBody = z.strictObject({ payee: accountIdSchema, token: tokenIdSchema, amount: amountSchema, credit: creditSchema.optional(), expiresAt: instantSchema, references: referencesSchema.optional(), repeat: z.literal(true).optional() });
const captureBody = z.strictObject({ hold: objectIdSchema, payer: accountIdSchema, amount: amountSchema, final: z.literal(true).optional(), references: referencesSchema.optional() });
const endBody = z.strictObject({ hold: objectIdSchema, payer: accountIdSchema });

type OfPayer = { readonly hold: ObjectId; readonly payer: AccountId };
const lanes = (_: string, { payer }: OfPayer) => [payer];
const reads = (_: string, { hold, payer }: OfPayer) => [['instruction', ...splitObjectId(hold)], ['account', payer]] as const;

/** Tested as the payment would be; later lowering, suspension or revocation does not stop its capture; what the payee may have does. */
export const placeHold = defineInstruction({
  type: 'hold.place/1',
  onCredit: true,
  signedBy: 'account',
  keyRoles: ['payer'],
  spends: (_book, _payer, { token, amount }) => ({ token, amount: parseAmount(amount) }),
  body: placeBody,
  lanes: (payer) => [payer],
  reads: (payer, body) => [['account', body.payee], ['token', body.token], ['balance', payer, body.token], ['creditLine', payer, body.token, body.payee], ['creditLimit', payer, body.token], ...endToEndReads(payer, body)],
  debits: balanceDebit,
  decide: ({ book, signer: payer, id }, body) => {
    refuseByFirst(paymentRules(book, payer, body));
    const expiresAt = parseInstant(body.expiresAt);
    const { balance, credit } = splitPayment(body);
    const key: LineKey = [payer, body.token, body.payee];
    const terms = credit === 0n ? undefined : termsWithin(book, key, expiresAt);
    assertSettable(book, expiresAt);
    claimEndToEndId(book, payer, body, id);
    countPaid(book, payer, body.token, balance + credit);
    if (balance > 0n) holdBalance(book, payer, body.token, balance);
    if (credit > 0n) draw(book, key, credit);
    return { hold: { payer, payee: body.payee, token: body.token, balance, credit, terms, expiresAt, state: 'held' } };
  },
  postings: (payer, body) => {
    const { balance, credit } = splitPayment(body);
    return noteReserved({ payer, payee: body.payee, token: body.token }, balance, credit);
  },
});

/** Takes the balance first, then the credit, which makes a bill whose term counts from now. A final capture releases the rest. */
export const captureHold = defineInstruction({
  type: 'hold.capture/1',
  onCredit: true,
  signedBy: 'account',
  keyRoles: ['payer'],
  spends: (book, _payee, { hold, amount, final }) => givenBack(book, hold, final === true ? parseAmount(amount) : undefined),
  body: captureBody,
  lanes: (payee, { payer }) => [payer, payee],
  reads,
  decide: ({ book, signer: payee }, { hold: id, payer, amount: text, final }) => {
    const hold = heldAt(book, id, payer);
    refuseUnless(hold.payee === payee, 'SIGNER_NOT_ENTITLED');
    assertBefore(book, hold.expiresAt, 'HOLD_EXPIRED');
    assertCanCredit(accountAt(book, payer));
    assertCanCredit(accountAt(book, payee));
    const amount = parseAmount(text);
    refuseUnless(amount <= hold.balance + hold.credit, 'HOLD_EXCEEDED', { held: formatAmount(hold.balance + hold.credit), required: text });
    const balance = amount < hold.balance ? amount : hold.balance;
    const credit = amount - balance;
    const { token, terms } = hold;
    if (balance > 0n) refuseByFirst(holdingRules(book, payee, token, balance));
    if (balance > 0n) postHeld(book, payer, payee, token, balance);
    const left = { ...hold, balance: hold.balance - balance, credit: hold.credit - credit };
    const bill = credit === 0n || terms === undefined ? undefined : billUnder(terms, { debtor: payer, creditor: payee, token, amount: credit, version: terms.version, now: book.now });
    if (bill !== undefined) {
      draw(book, [payer, token, payee], -credit);
      followBill(book, undefined, bill);
    }
    const isLast = final === true || left.balance + left.credit === 0n;
    const next: Hold = isLast ? { ...emptied(book, left), state: 'captured' } : left;
    putObject(book, 'hold', id, next);
    const postings = [
      ...(balance === 0n ? [] : transfer(payer, payee, token, formatAmount(balance))),
      ...noteReserved(hold, next.balance - hold.balance, next.credit - hold.credit),
      ...noteCredit('credit', { debtor: payer, creditor: payee }, token, credit),
    ];
    return { payment: { payer, payee, token, amount, credit, refunded: 0n }, bill, postings };
  },
  postings: asTold,
});

/** The payee gives back all that is not captured. */
export const releaseHold = defineInstruction({
  type: 'hold.release/1',
  onCredit: true,
  ends: true,
  signedBy: 'account',
  keyRoles: ['payer'],
  spends: (book, _payee, { hold }) => givenBack(book, hold, 0n),
  body: endBody,
  lanes,
  reads,
  decide: ({ book, signer: payee }, { hold: id, payer }) => {
    const hold = heldAt(book, id, payer);
    refuseUnless(hold.payee === payee, 'SIGNER_NOT_ENTITLED');
    putObject(book, 'hold', id, { ...emptied(book, hold), state: 'released' });
    return { postings: noteReserved(hold, -hold.balance, -hold.credit) };
  },
  postings: asTold,
});

export const expireHold = defineInstruction({
  type: 'hold.expire/1',
  onCredit: true,
  ends: true,
  signedBy: 'either',
  keyRoles: KEY_ROLES,
  body: endBody,
  lanes,
  reads,
  decide: ({ book }, { hold: id, payer }) => {
    const hold = heldAt(book, id, payer);
    assertReached(book, hold.expiresAt);
    putObject(book, 'hold', id, { ...emptied(book, hold), state: 'expired' });
    return { postings: noteReserved(hold, -hold.balance, -hold.credit) };
  },
  postings: asTold,
});

/** What the payee gives away by ending the hold once it has taken so much of it; nothing while it goes on. */
function givenBack(book: Book, id: ObjectId, taken: Amount | undefined): Spent {
  const { token, balance, credit } = objectAt(book, 'hold', id);
  const left = taken === undefined ? 0n : balance + credit - taken;
  return { token, amount: left < 0n ? 0n : left };
}

/** Returns what is left of the hold. */
function emptied(book: Book, hold: Hold): Hold {
  if (hold.balance > 0n) voidHeld(book, hold.payer, hold.token, hold.balance);
  if (hold.credit > 0n) draw(book, [hold.payer, hold.token, hold.payee], -hold.credit);
  return { ...hold, balance: 0n, credit: 0n };
}

/** Notes that more of balance and credit is reserved, or (negative) less. */
function noteReserved({ payer, payee, token }: Pick<Hold, 'payer' | 'payee' | 'token'>, balance: bigint, credit: bigint): readonly Posting[] {
  return [...noteHeld(payer, token, balance), ...noteCredit('credit-held', { debtor: payer, creditor: payee }, token, credit)];
}

/** A credit hold ends within the validity of grant and limit. */
function termsWithin(book: Book, key: LineKey, expiresAt: Instant): Hold['terms'] {
  const { grant, version } = lineAt(book, key);
  const limit = book.get('creditLimit', key[0], key[1]);
  if (grant === undefined) throw new LedgerError('GRANT_NONE');
  refuseUnless(expiresAt <= grant.terms.validTo && expiresAt <= (limit?.validTo ?? expiresAt), 'HOLD_TOO_LONG');
  const { termDays, utcOffset } = grant.terms;
  return { termDays, utcOffset, version };
}

function heldAt(book: Book, id: ObjectId, payer: AccountId): Hold {
  const hold = objectAt(book, 'hold', id, { payer });
  refuseUnless(hold.state === 'held', 'HOLD_STATE', { state: hold.state });
  return hold;
}
