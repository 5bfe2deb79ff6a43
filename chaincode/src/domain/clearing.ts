import { z } from 'zod';
import { acceptanceAt, acceptanceName, smallestUnits } from './acceptance.ts';
import { amountSchema } from './amount.ts';
import type { Book } from './book.ts';
import { KEY_ROLES } from './certificate.ts';
import { endCycle, fixOwn, leaveOut, netCycle, sidesOf, type Clearing, type Step, type UnitRate } from './clearing-cycle.ts';
import { LedgerError, refuseUnless } from './error.ts';
import {
  accountIdSchema, objectId, objectIdSchema, organizationOf, splitObjectId, tokenIdSchema, type AccountId, type ObjectId, type OfficerId,
  type OrganizationId, type TokenId,
} from './id.ts';
import { defineInstruction, type Made } from './instruction-type.ts';
import { objectAt, putObject } from './made-object.ts';
import { asTold } from './posting.ts';
import { assertOfficer } from './right.ts';
import { assertBefore, assertReached, assertSettable, instantSchema, parseInstant } from './time.ts';
import { tokenAt } from './token.ts';
import { tieTreasury } from './treasury.ts';

/** Bounds what one decision reads: every slot of every pool. */
export const MAX_POOLS = 32;

const rateSchema = z.strictObject({ token: tokenIdSchema, numerator: amountSchema, denominator: amountSchema });
const openBody = z.strictObject({
  pools: z.array(z.strictObject({ token: tokenIdSchema, into: tokenIdSchema })).min(1).max(MAX_POOLS).meta({ description: 'Whose positions are cleared: of acceptances, by their two tokens. What each has taken in is fixed once the issuer of one of the two has spoken, by opening or by confirming' }),
  unit: tokenIdSchema.meta({ description: 'What positions are netted and legs are paid in' }),
  rates: z.array(rateSchema).max(MAX_POOLS).meta({ description: 'Whole units of the unit for whole units of each token accepted; of the unit itself 1/1' }),
  treasury: accountIdSchema.meta({ description: 'Of the signer’s organization, which confirms by opening' }),
  confirmBy: instantSchema,
  settleBy: instantSchema,
});
const ofClearing = { clearing: objectIdSchema };
const confirmBody = z.strictObject({ ...ofClearing, treasury: accountIdSchema });
const plainBody = z.strictObject(ofClearing);

type OfClearing = { readonly clearing: ObjectId };
const lanes = (_: string, { clearing }: OfClearing) => [clearing];
const reads = (_: string, { clearing }: OfClearing) => [['instruction', ...splitObjectId(clearing)]] as const;

/** Names the pools, and fixes what those have taken in of which the signer's organization is a side; the tokens lie in the cycle until it ends. */
export const openClearing = defineInstruction({
  type: 'clearing.open/1',
  signedBy: 'officer',
  body: openBody,
  lanes: (_, { pools }) => pools.map(({ token, into }) => acceptanceName([token, into])),
  reads: (_, { pools, unit, rates, treasury }) => [
    ['account', treasury], ['token', unit], ...rates.map(({ token }) => ['token', token] as const), ...pools.map(({ token, into }) => ['acceptance', token, into] as const),
  ],
  decide: ({ book, signer, id }, body) => {
    const organization = organizationOf(signer);
    assertOfficer(book, signer, 'financial-operator', organization);
    const [confirmBy, settleBy] = [parseInstant(body.confirmBy), parseInstant(body.settleBy)];
    refuseUnless(confirmBy < settleBy, 'CLEARING_TERMS');
    assertSettable(book, confirmBy);
    assertSettable(book, settleBy);
    refuseUnless(new Set(body.pools.map(({ token, into }) => acceptanceName([token, into]))).size === body.pools.length, 'CLEARING_TERMS');
    const rates = unitRates(book, body);
    for (const { token, into } of body.pools) acceptanceAt(book, [token, into]);
    const names = [...new Set(body.pools.flatMap(sidesOf))].sort();
    refuseUnless(names.includes(organization), 'SIGNER_NOT_ENTITLED');
    const named: Clearing = { unit: body.unit, rates, parties: names.map((name) => ({ organization: name })), unfixed: body.pools, positions: [], legs: [], confirmBy, settleBy, state: 'open' };
    const { clearing, postings } = fixOwn(book, objectId(id, signer), named, organization);
    refuseUnless(clearing.positions.length > 0, 'CLEARING_EMPTY');
    return { clearing: withTreasury(book, clearing, organization, body.treasury), postings };
  },
  postings: asTold,
});

/** A party agrees to the cycle as it stands, with what its own pools have taken in; so it knows its own net. With the last one it is netted. */
export const confirmClearing = defineInstruction({
  type: 'clearing.confirm/1',
  signedBy: 'officer',
  body: confirmBody,
  lanes,
  reads: (_, body) => [...reads(_, body), ['account', body.treasury]],
  decide: ({ book, signer }, { clearing: id, treasury }) => {
    const { clearing, organization } = awaited(book, signer, id);
    return putClearing(book, id, nettedIfLast(book, id, fixOwn(book, id, withTreasury(book, clearing, organization, treasury), organization)));
  },
  postings: asTold,
});

/** A party does not take part: its positions go back to their pools at once. */
export const declineClearing = defineInstruction({
  type: 'clearing.decline/1',
  signedBy: 'officer',
  body: plainBody,
  lanes,
  reads,
  decide: ({ book, signer }, { clearing: id }) => {
    const { clearing, organization } = awaited(book, signer, id);
    return putClearing(book, id, without(book, id, clearing, (name) => name === organization));
  },
  postings: asTold,
});

/** Anybody moves on what is past a deadline: without those who have not confirmed; or to the end, unpaid legs in kind. */
export const proceedClearing = defineInstruction({
  type: 'clearing.proceed/1',
  ends: true,
  keyRoles: KEY_ROLES,
  signedBy: 'either',
  body: plainBody,
  lanes,
  reads,
  decide: ({ book }, { clearing: id }) => {
    const clearing = objectAt(book, 'clearing', id);
    assertClearingState(clearing, 'open', 'settling');
    assertReached(book, clearing.state === 'open' ? clearing.confirmBy : clearing.settleBy);
    if (clearing.state === 'settling') return putClearing(book, id, endCycle(book, id, clearing));
    const silent = clearing.parties.filter(({ treasury }) => treasury === undefined).map(({ organization }) => organization);
    return putClearing(book, id, without(book, id, clearing, (name) => silent.includes(name)));
  },
  postings: asTold,
});

/** Rates for exactly the tokens that are cleared. @throws LedgerError CLEARING_TERMS, TOKEN_UNKNOWN */
function unitRates(book: Book, { pools, unit, rates }: z.infer<typeof openBody>): readonly UnitRate[] {
  const { decimals } = tokenAt(book, unit);
  const given = new Map(rates.map((rate) => [rate.token, rate]));
  refuseUnless(given.size === rates.length && !given.has(unit), 'CLEARING_TERMS');
  const tokens = [...new Set(pools.map(({ token }) => token))];
  refuseUnless(rates.every(({ token }) => tokens.includes(token)), 'CLEARING_TERMS');
  return tokens.map((token) => ({ token, ...(token === unit ? { numerator: 1n, denominator: 1n } : smallestUnits(decimals, tokenAt(book, token).decimals, rateFor(given.get(token), token))) }));
}

function rateFor<T>(rate: T | undefined, token: TokenId): T {
  if (rate === undefined) throw new LedgerError('CLEARING_TERMS', { token });
  return rate;
}

/** The cycle that waits for the word of the signer's organization. */
function awaited(book: Book, signer: OfficerId, id: ObjectId): { readonly clearing: Clearing; readonly organization: OrganizationId } {
  const organization = organizationOf(signer);
  assertOfficer(book, signer, 'financial-operator', organization);
  const clearing = objectAt(book, 'clearing', id);
  const party = clearing.parties.find((one) => one.organization === organization);
  if (party === undefined) throw new LedgerError('SIGNER_NOT_ENTITLED');
  assertClearingState(clearing, 'open');
  assertBefore(book, clearing.confirmBy, 'DEADLINE_PAST');
  refuseUnless(party.treasury === undefined, 'CLEARING_STATE', { state: 'confirmed' });
  return { clearing, organization };
}

/** @throws LedgerError TREASURY_ORGANIZATION_DIFFERS */
function withTreasury(book: Book, clearing: Clearing, organization: OrganizationId, treasury: AccountId): Clearing {
  tieTreasury(book, organization, treasury);
  return { ...clearing, parties: clearing.parties.map((party) => (party.organization === organization ? { ...party, treasury } : party)) };
}

/** Leaves some out, and goes on when nobody else is waited for. */
function without(book: Book, id: ObjectId, clearing: Clearing, isOut: (organization: OrganizationId) => boolean): Step {
  return nettedIfLast(book, id, leaveOut(book, id, clearing, isOut));
}

function nettedIfLast(book: Book, id: ObjectId, { clearing, postings }: Step): Step {
  if (clearing.parties.some(({ treasury }) => treasury === undefined)) return { clearing, postings };
  const step = netCycle(book, id, clearing);
  return { ...step, postings: [...postings, ...step.postings] };
}

/** @throws LedgerError CLEARING_STATE */
export function assertClearingState({ state }: Clearing, ...states: readonly Clearing['state'][]): void {
  refuseUnless(states.includes(state), 'CLEARING_STATE', { state });
}

/** Puts the cycle after a step. */
export function putClearing(book: Book, id: ObjectId, { clearing, postings }: Step): Made {
  putObject(book, 'clearing', id, clearing);
  return { postings };
}
