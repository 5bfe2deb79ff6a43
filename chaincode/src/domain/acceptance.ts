import { z } from 'zod';
import { accountAt, addTie, assertCanCredit, assertCanDebit } from './account.ts';
import { amountSchema, formatAmount, parseAmount, type Amount } from './amount.ts';
import { creditBack, debit } from './balance.ts';
import type { Book } from './book.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { accountIdSchema, digestSchema, isAccountId, organizationOf, tokenIdSchema, type AccountId, type SignerId, type TokenId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { emptyPool, gatherPool, poolAccount, putPool, sharePool, type PoolKey } from './pool.ts';
import { asTold, transfer } from './posting.ts';
import { assertOfficer } from './right.ts';
import { assertSettable, instantSchema, parseInstant, type Instant } from './time.ts';
import { assertTransferable, tokenAt } from './token.ts';
import { tieTreasury } from './treasury.ts';

export const DIRECTIONS = ['in', 'both'] as const;
export const ACCEPTANCE_STATES = ['active', 'suspended', 'ended'] as const;

/**
 * An organization takes another's token for its own, at a rate, from a pool it has funded. Between two tokens there is one
 * acceptance each way; its organization is the issuer of the token paid out.
 */
export interface Acceptance {
  readonly token: TokenId;
  readonly into: TokenId;
  /** Account of the accepting organization: the pool is funded from it and empties into it. */
  readonly treasury: AccountId;
  /** In smallest units: `numerator` of `into` for `denominator` of `token`. A conversion rounds down; the remainder stays in the pool. */
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly validFrom: Instant;
  readonly validUntil: Instant;
  /** The most of the token the organization wants to be owed. */
  readonly cap: Amount;
  /** What clearing cycles have taken out of the pool and not settled yet: it still counts against the cap. */
  readonly fixed: Amount;
  /** `both`: whoever pays in `into` may also get the token back out of the pool. */
  readonly direction: (typeof DIRECTIONS)[number];
  /** `ended`: as if there were none, until its terms are set anew. */
  readonly status: (typeof ACCEPTANCE_STATES)[number];
  readonly version: number;
}

const pair = { token: tokenIdSchema, into: tokenIdSchema };
const setBody = z.strictObject({
  ...pair,
  treasury: accountIdSchema.meta({ description: 'Account of the accepting organization' }),
  rate: z.strictObject({ numerator: amountSchema, denominator: amountSchema }).meta({ description: 'Whole units of `into` for whole units of `token`: 1/1 is par, whatever their decimals' }),
  validFrom: instantSchema,
  validUntil: instantSchema,
  cap: amountSchema.meta({ description: 'The most of `token` the organization wants to be owed' }),
  direction: z.enum(DIRECTIONS),
  document: digestSchema.optional(),
});
const stateBody = z.strictObject({ ...pair, document: digestSchema.optional() });
const fundBody = z.strictObject({ ...pair, amount: amountSchema });
const endBody = z.strictObject({ ...pair, treasury: accountIdSchema });
const defundBody = z.strictObject({ ...pair, treasury: accountIdSchema, of: tokenIdSchema.meta({ description: 'Which of the two tokens' }), amount: amountSchema });

type Pair = { readonly token: TokenId; readonly into: TokenId };
const lanes = (_: string, { token, into }: Pair) => [acceptanceName([token, into])];
const readAcceptance = ({ token, into }: Pair) => ['acceptance', token, into] as const;

/** Sets the terms, first or anew: they hold for conversions from then on. */
export const setAcceptance = defineInstruction({
  type: 'acceptance.set/1',
  signedBy: 'officer',
  body: setBody,
  lanes,
  reads: (_, body) => [readAcceptance(body), ['token', body.token], ['token', body.into], ['account', body.treasury]],
  decide: ({ book, signer }, body) => {
    const { token, into, treasury } = body;
    assertOfficer(book, signer, ['financial-operator', 'issuer'], organizationOf(into));
    refuseUnless(organizationOf(token) !== organizationOf(into), 'ACCEPTANCE_OWN');
    const [validFrom, validUntil, cap] = [parseInstant(body.validFrom), parseInstant(body.validUntil), parseAmount(body.cap)];
    refuseUnless(validFrom < validUntil, 'ACCEPTANCE_TERMS');
    assertSettable(book, validUntil);
    const { numerator, denominator } = smallestUnits(tokenAt(book, into).decimals, tokenAt(book, token).decimals, body.rate);
    const before = book.get('acceptance', token, into);
    const { fixed, version } = before ?? { fixed: 0n, version: 0 };
    const status = before?.status === 'suspended' ? 'suspended' : 'active';
    const tied = before?.status === 'ended' ? undefined : before?.treasury;
    if (tied !== treasury) {
      tieTreasury(book, organizationOf(into), treasury);
      if (tied !== undefined) addTie(book, tied, -1);
    }
    book.put('acceptance', [token, into], {
      token, into, treasury, numerator, denominator, validFrom, validUntil, cap, fixed, direction: body.direction, status, version: version + 1,
    });
    // Room that was handed out under a higher cap is called in.
    if (before !== undefined && cap < before.cap) sharePool(book, [token, into], ceilingOf({ cap, fixed }));
    return {};
  },
});

export const suspendAcceptance = changeStatus('acceptance.suspend/1', 'active', 'suspended');
export const resumeAcceptance = changeStatus('acceptance.resume/1', 'suspended', 'active');

/** The treasury puts its organization's token into the pool. */
export const fundAcceptance = defineInstruction({
  type: 'acceptance.fund/1',
  signedBy: 'account',
  body: fundBody,
  lanes: (treasury) => [treasury],
  reads: (treasury, body) => [readAcceptance(body), ['token', body.into], ['balance', treasury, body.into]],
  decide: ({ book, signer }, { token, into, amount: text }) => {
    const key: PoolKey = [token, into];
    const acceptance = acceptanceAt(book, key);
    refuseUnless(acceptance.treasury === signer, 'SIGNER_NOT_ENTITLED');
    assertCanDebit(accountAt(book, signer));
    assertTransferable(book, into);
    const amount = parseAmount(text);
    debit(book, signer, into, amount);
    const own = gatherPool(book, key, ceilingOf(acceptance), {});
    putPool(book, key, { ...own, available: own.available + amount });
    return {};
  },
  postings: (treasury, { token, into, amount }) => transfer(treasury, poolAccount([token, into]), into, amount),
});

/**
 * Takes either token out of the pool into the treasury: what was not needed, or what was taken in, which the organization
 * then has like any other holder.
 */
export const defundAcceptance = defineInstruction({
  type: 'acceptance.defund/1',
  signedBy: 'either',
  body: defundBody,
  lanes,
  reads: (_, body) => [readAcceptance(body), ['account', body.treasury]],
  credits: (_, { treasury, of }) => [[treasury, of]],
  decide: ({ book, signer }, { token, into, treasury, of, amount: text }) => {
    const key: PoolKey = [token, into];
    const acceptance = acceptanceAt(book, key);
    assertTreasurer(book, signer, acceptance);
    refuseUnless(treasury === acceptance.treasury && (of === token || of === into), 'ACCEPTANCE_TERMS');
    assertCanCredit(accountAt(book, treasury));
    const amount = parseAmount(text);
    const member = of === into ? 'available' : 'taken';
    const own = gatherPool(book, key, ceilingOf(acceptance), { [member]: amount });
    refuseUnless(own[member] >= amount, 'POOL_INSUFFICIENT', { available: formatAmount(own[member]), required: text });
    putPool(book, key, { ...own, [member]: own[member] - amount });
    creditBack(book, treasury, of, amount);
    return {};
  },
  postings: (_, { token, into, treasury, of, amount }) => transfer(poolAccount([token, into]), treasury, of, amount),
});

/**
 * Ends it: everything in the pool goes to the treasury, which is free to close again. What the issuer owes for the tokens taken in it
 * owes the treasury from then on, as it does any other holder. Not while a clearing cycle has some of them.
 */
export const endAcceptance = defineInstruction({
  type: 'acceptance.end/1',
  signedBy: 'either',
  body: endBody,
  lanes,
  reads: (_, body) => [readAcceptance(body), ['account', body.treasury]],
  credits: (_, { treasury, token, into }) => [[treasury, token], [treasury, into]],
  decide: ({ book, signer }, { token, into, treasury }) => {
    const key: PoolKey = [token, into];
    const acceptance = acceptanceAt(book, key);
    assertTreasurer(book, signer, acceptance);
    refuseUnless(treasury === acceptance.treasury, 'ACCEPTANCE_TERMS');
    refuseUnless(acceptance.fixed === 0n, 'ACCEPTANCE_STATE', { fixed: formatAmount(acceptance.fixed) });
    assertCanCredit(accountAt(book, treasury));
    const { available, taken } = emptyPool(book, key);
    const postings = [{ of: into, amount: available }, { of: token, amount: taken }].filter(({ amount }) => amount > 0n).flatMap(({ of, amount }) => {
      creditBack(book, treasury, of, amount);
      return transfer(poolAccount(key), treasury, of, formatAmount(amount));
    });
    addTie(book, treasury, -1);
    book.put('acceptance', [token, into], { ...acceptance, status: 'ended' });
    return { postings };
  },
  postings: asTold,
});

/** @throws LedgerError ACCEPTANCE_NONE */
export function acceptanceAt(book: Book, [token, into]: PoolKey): Acceptance {
  const acceptance = book.get('acceptance', token, into);
  if (acceptance === undefined || acceptance.status === 'ended') throw new LedgerError('ACCEPTANCE_NONE', { token, into });
  return acceptance;
}

/** What may lie in the pool of the token. */
export function ceilingOf({ cap, fixed }: Pick<Acceptance, 'cap' | 'fixed'>): Amount {
  return cap > fixed ? cap - fixed : 0n;
}

/** What is to share a lane because it changes an acceptance. */
export function acceptanceName([token, into]: PoolKey): string {
  return `${token}/${into}`;
}

/** A rate of whole units as one of smallest units, in lowest terms. */
export function smallestUnits(toDecimals: number, fromDecimals: number, rate: { readonly numerator: string; readonly denominator: string }): { readonly numerator: bigint; readonly denominator: bigint } {
  const numerator = BigInt(rate.numerator) * 10n ** BigInt(toDecimals);
  const denominator = BigInt(rate.denominator) * 10n ** BigInt(fromDecimals);
  const divisor = greatestDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

function greatestDivisor(one: bigint, other: bigint): bigint {
  return other === 0n ? one : greatestDivisor(other, one % other);
}

function assertTreasurer(book: Book, signer: SignerId, { treasury, into }: Acceptance): void {
  if (isAccountId(signer)) refuseUnless(signer === treasury, 'SIGNER_NOT_ENTITLED');
  else assertOfficer(book, signer, ['financial-operator', 'issuer'], organizationOf(into));
}

function changeStatus(type: string, from: 'active' | 'suspended', to: 'active' | 'suspended') {
  return defineInstruction({
    type,
    signedBy: 'officer',
    body: stateBody,
    lanes,
    reads: (_, body) => [readAcceptance(body)],
    decide: ({ book, signer }, { token, into }) => {
      assertOfficer(book, signer, ['financial-operator', 'issuer'], organizationOf(into));
      const acceptance = acceptanceAt(book, [token, into]);
      refuseUnless(acceptance.status === from, 'ACCEPTANCE_STATE', { status: acceptance.status });
      book.put('acceptance', [token, into], { ...acceptance, status: to });
      return {};
    },
  });
}
