import { z } from 'zod';
import { accountAt, assertCanDebit } from './account.ts';
import { amountSchema, formatAmount, parseAmount, type Amount } from './amount.ts';
import { burnHeld, hold, voidHeld } from './balance.ts';
import type { Book } from './book.ts';
import { KEY_ROLES } from './certificate.ts';
import { refuseUnless } from './error.ts';
import { accountIdSchema, digestSchema, objectIdSchema, organizationOf, referenceSchema, splitObjectId, tokenIdSchema, type AccountId, type Digest, type ObjectId, type TokenId } from './id.ts';
import { defineInstruction, type Made } from './instruction-type.ts';
import { objectAt, putObject } from './made-object.ts';
import { asTold, ISSUANCE, noteHeld, transfer } from './posting.ts';
import { assertOfficer } from './right.ts';
import { assertActive } from './standing.ts';
import { assertBefore, assertReached, assertSettable, instantSchema, parseInstant, type Instant } from './time.ts';
import { assertUnpaused, byIssuer, supplyOf } from './token.ts';

export const REDEMPTION_STATES = ['requested', 'confirmed', 'declined', 'expired'] as const;

/** A holder hands tokens back against what was promised for them: held until the issuer says that it has given it. */
export interface Redemption {
  readonly holder: AccountId;
  readonly token: TokenId;
  readonly amount: Amount;
  /** Salted hash of where the money is to go, which both know. */
  readonly payout?: Digest | undefined;
  readonly deadline: Instant;
  readonly state: (typeof REDEMPTION_STATES)[number];
  /** Of the money that was paid out. */
  readonly bankReference?: string | undefined;
}

export const DECLINE_REASONS = ['PAYOUT_UNKNOWN', 'PAYOUT_FAILED', 'HOLDER_NOT_ENTITLED', 'AMOUNT', 'OTHER'] as const;

const requestBody = z.strictObject({
  token: tokenIdSchema,
  amount: amountSchema,
  payout: digestSchema.optional().meta({ description: 'Salted hash of where the money is to go' }),
  references: z.strictObject({ endToEndId: referenceSchema.optional() }).optional(),
  deadline: instantSchema,
});
const ofHolder = { redemption: objectIdSchema, holder: accountIdSchema, token: tokenIdSchema };
const confirmBody = z.strictObject({ ...ofHolder, bank: z.strictObject({ reference: referenceSchema, valueDate: z.iso.date() }), document: digestSchema.optional() });
const declineBody = z.strictObject({ ...ofHolder, reason: z.enum(DECLINE_REASONS), document: digestSchema.optional() });
const expireBody = z.strictObject({ redemption: objectIdSchema, holder: accountIdSchema });

type OfHolder = { readonly redemption: ObjectId; readonly holder: AccountId };
const reads = (_: string, { redemption, holder }: OfHolder) => [['instruction', ...splitObjectId(redemption)], ['account', holder]] as const;

/** The holder cannot take it back before the deadline: the money may be on its way. */
export const requestRedemption = defineInstruction({
  type: 'redemption.request/1',
  signedBy: 'account',
  body: requestBody,
  lanes: (holder) => [holder],
  reads: (holder, { token }) => [['token', token], ['balance', holder, token]],
  debits: (account, { token, amount }) => [{ account, token, amount: parseAmount(amount) }],
  decide: ({ book, signer: holder }, { token, amount: text, payout, deadline }) => {
    assertCanDebit(accountAt(book, holder));
    assertUnpaused(book, token);
    // Nobody could answer: the tokens would be held for nothing.
    assertActive(book.ledger, organizationOf(token));
    assertSettable(book, parseInstant(deadline));
    const amount = parseAmount(text);
    hold(book, holder, token, amount);
    return { redemption: { holder, token, amount, payout, deadline: parseInstant(deadline), state: 'requested' } };
  },
  postings: (holder, { token, amount }) => noteHeld(holder, token, parseAmount(amount)),
});

/** The issuer has paid: the tokens leave the ledger, whatever has become of the account since. A bank reference counts once per organization. */
export const confirmRedemption = defineInstruction({
  type: 'redemption.confirm/1',
  signedBy: 'officer',
  body: confirmBody,
  lanes: (_, { holder, token }) => [holder, token],
  reads: (issuer, body) => [...reads(issuer, body), ['token', body.token], ['supply', body.token], ['bankReference', organizationOf(body.token), body.bank.reference]],
  endorsedBy: byIssuer,
  decide: ({ book, signer }, { redemption: id, holder, token, bank }) => {
    const issuer = organizationOf(token);
    assertOfficer(book, signer, 'issuer', issuer);
    const redemption = requestedAt(book, id, { holder, token });
    assertBefore(book, redemption.deadline, 'REDEMPTION_EXPIRED');
    refuseUnless(book.get('bankReference', issuer, bank.reference) === undefined, 'BANK_REFERENCE_USED', { reference: bank.reference });
    book.put('bankReference', [issuer, bank.reference], id);
    const { amount } = redemption;
    burnHeld(book, holder, token, amount);
    const supply = supplyOf(book, token);
    book.put('supply', [token], { ...supply, redeemed: supply.redeemed + amount });
    putObject(book, 'redemption', id, { ...redemption, state: 'confirmed', bankReference: bank.reference });
    return { moved: formatAmount(amount) };
  },
  postings: (_, { holder, token }, { moved = '0' }) => [...transfer(holder, ISSUANCE, token, moved), ...noteHeld(holder, token, -parseAmount(moved))],
});

/** The tokens return to the holder at once. */
export const declineRedemption = defineInstruction({
  type: 'redemption.decline/1',
  ends: true,
  signedBy: 'officer',
  body: declineBody,
  lanes: (_, { holder }) => [holder],
  reads,
  decide: ({ book, signer }, { redemption: id, holder, token }) => {
    assertOfficer(book, signer, 'issuer', organizationOf(token));
    return end(book, id, requestedAt(book, id, { holder, token }), 'declined');
  },
  postings: asTold,
});

/** Past the deadline anybody ends it. */
export const expireRedemption = defineInstruction({
  type: 'redemption.expire/1',
  ends: true,
  keyRoles: KEY_ROLES,
  signedBy: 'either',
  body: expireBody,
  lanes: (_, { holder }) => [holder],
  reads,
  decide: ({ book }, { redemption: id, holder }) => {
    const redemption = requestedAt(book, id, { holder });
    assertReached(book, redemption.deadline);
    return end(book, id, redemption, 'expired');
  },
  postings: asTold,
});

function requestedAt(book: Book, id: ObjectId, parties: Partial<Pick<Redemption, 'holder' | 'token'>>): Redemption {
  const redemption = objectAt(book, 'redemption', id, parties);
  refuseUnless(redemption.state === 'requested', 'REDEMPTION_STATE', { state: redemption.state });
  return redemption;
}

function end(book: Book, id: ObjectId, redemption: Redemption, state: 'declined' | 'expired'): Made {
  voidHeld(book, redemption.holder, redemption.token, redemption.amount);
  putObject(book, 'redemption', id, { ...redemption, state });
  return { postings: noteHeld(redemption.holder, redemption.token, -redemption.amount) };
}
