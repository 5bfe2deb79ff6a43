import { acceptanceAt } from './acceptance.ts';
import { addTie } from './account.ts';
import { formatAmount, type Amount } from './amount.ts';
import { creditBack } from './balance.ts';
import type { Book } from './book.ts';
import { organizationOf, type AccountId, type ObjectId, type OrganizationId, type TokenId } from './id.ts';
import { legsOf, multilateralNets, type Obligation } from './netting.ts';
import { emptyTaken, gatherPool, poolAccount, putPool, type PoolKey } from './pool.ts';
import { transfer, type Posting } from './posting.ts';
import type { Instant } from './time.ts';

/** The pool of an acceptance. Its sides are the issuers of both tokens. */
export interface Pool {
  readonly token: TokenId;
  readonly into: TokenId;
}

/** What a pool had taken in when one of its sides spoke. The tokens lie in the cycle until it ends, and count against the cap as before. */
export interface Position extends Pool {
  readonly amount: Amount;
}

export const LEG_STATES = ['due', 'claimed', 'settled', 'delivered'] as const;

/** A payment between two organizations that the netting comes to, in the unit. */
export interface Leg extends Obligation {
  /** `delivered`: not paid in time; the creditor got the debtor's own tokens instead. */
  readonly state: (typeof LEG_STATES)[number];
  /** Of money outside: as the debtor claims it, or as the creditor has acknowledged it. */
  readonly bankReference?: string | undefined;
}

export interface Party {
  readonly organization: OrganizationId;
  /** Where it receives and what it pays from; it is named by confirming. */
  readonly treasury?: AccountId | undefined;
}

/** In smallest units: `numerator` of the unit for `denominator` of the token. */
export interface UnitRate {
  readonly token: TokenId;
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const CLEARING_STATES = ['open', 'settling', 'closed', 'void'] as const;

/**
 * A clearing cycle fixes what organizations owe each other from conversions, nets it, and ends with nothing owed: paid, or
 * discharged with the very tokens that were fixed.
 */
export interface Clearing {
  readonly unit: TokenId;
  readonly rates: readonly UnitRate[];
  readonly parties: readonly Party[];
  /** Pools that were named and neither of whose two sides has spoken yet: nothing of them is fixed. */
  readonly unfixed: readonly Pool[];
  readonly positions: readonly Position[];
  readonly legs: readonly Leg[];
  readonly confirmBy: Instant;
  readonly settleBy: Instant;
  readonly state: (typeof CLEARING_STATES)[number];
}

/** The cycle after a step, and the entry the step makes. */
export interface Step {
  readonly clearing: Clearing;
  readonly postings: readonly Posting[];
}

/** Debtor and creditor of what a pool has taken in. */
export function sidesOf({ token, into }: Pool): readonly [debtor: OrganizationId, creditor: OrganizationId] {
  return [organizationOf(token), organizationOf(into)];
}

/** Fixes what the named pools have taken in of which the organization is a side: by its word, and never by a third's. */
export function fixOwn(book: Book, id: ObjectId, clearing: Clearing, organization: OrganizationId): Step {
  const isOwn = (pool: Pool) => sidesOf(pool).includes(organization);
  const fixed = clearing.unfixed.filter(isOwn).flatMap((pool) => fixPosition(book, pool) ?? []);
  const postings = fixed.flatMap(({ token, into, amount }) => transfer(poolAccount([token, into]), clearingAccount(id), token, formatAmount(amount)));
  return { clearing: withoutIdle({ ...clearing, unfixed: clearing.unfixed.filter((pool) => !isOwn(pool)), positions: [...clearing.positions, ...fixed] }), postings };
}

/** Moves what the pool has taken in into the cycle. Undefined: it has taken nothing in. */
function fixPosition(book: Book, { token, into }: Pool): Position | undefined {
  const amount = emptyTaken(book, [token, into]);
  if (amount === 0n) return undefined;
  changeFixed(book, [token, into], amount);
  return { token, into, amount };
}

/** Carries the positions of these organizations on: the tokens go back to the pools they came from. */
export function leaveOut(book: Book, id: ObjectId, clearing: Clearing, isOut: (organization: OrganizationId) => boolean): Step {
  const goes = (pool: Pool) => sidesOf(pool).some(isOut);
  const postings = clearing.positions.filter(goes).flatMap(({ token, into, amount }) => {
    const key: PoolKey = [token, into];
    changeFixed(book, key, -amount);
    const own = gatherPool(book, key, 0n, {});
    putPool(book, key, { ...own, taken: own.taken + amount });
    return transfer(clearingAccount(id), poolAccount(key), token, formatAmount(amount));
  });
  const stays = (pool: Pool) => !goes(pool);
  return { clearing: withoutIdle({ ...clearing, unfixed: clearing.unfixed.filter(stays), positions: clearing.positions.filter(stays) }), postings };
}

/** Nobody is waited for who has nothing in it. */
function withoutIdle(clearing: Clearing): Clearing {
  const { parties, positions, unfixed } = clearing;
  const busy = new Set([...positions, ...unfixed].flatMap(sidesOf));
  return { ...clearing, parties: parties.filter(({ organization, treasury }) => treasury !== undefined || busy.has(organization)) };
}

/** Everybody who is left has confirmed: nets what is fixed. Where nobody owes anything the cycle ends at once. */
export function netCycle(book: Book, id: ObjectId, clearing: Clearing): Step {
  if (clearing.positions.length === 0) return { clearing: ended(book, { ...clearing, state: 'void' }), postings: [] };
  const obligations = clearing.positions.map((position) => {
    const [debtor, creditor] = sidesOf(position);
    return { debtor, creditor, amount: worth(clearing, position) };
  });
  const legs = legsOf(multilateralNets(obligations)).map((leg): Leg => ({ ...leg, state: 'due' }));
  return closedIfSettled(book, id, { ...clearing, legs, state: 'settling' });
}

/** With the last leg settled the fixed tokens go back to their issuers, who owe nothing for them any more. */
export function closedIfSettled(book: Book, id: ObjectId, clearing: Clearing): Step {
  return clearing.legs.every(({ state }) => state === 'settled') ? endCycle(book, id, clearing) : { clearing, postings: [] };
}

/**
 * Ends the cycle. What was not paid is discharged in kind: the creditor gets the debtor's own fixed tokens, worth the leg at
 * the cycle's rates; they suffice, for nobody owes more than was fixed of its tokens. The rest goes back to the issuer.
 */
export function endCycle(book: Book, id: ObjectId, clearing: Clearing): Step {
  const left = new Map<TokenId, Amount>();
  for (const { token, into, amount } of clearing.positions) {
    changeFixed(book, [token, into], -amount);
    left.set(token, (left.get(token) ?? 0n) + amount);
  }
  const unpaid = clearing.legs.filter(({ state }) => state !== 'settled');
  const gifts = [...unpaid.flatMap((leg) => inKind(clearing, leg, left)), ...[...left].map(([token, amount]) => ({ to: organizationOf(token), token, amount }))];
  const postings = gifts.flatMap(({ to, token, amount }) => {
    if (amount === 0n) return [];
    const treasury = treasuryOf(clearing, to);
    creditBack(book, treasury, token, amount);
    return transfer(clearingAccount(id), treasury, token, formatAmount(amount));
  });
  const legs = clearing.legs.map((leg): Leg => (leg.state === 'settled' ? leg : { ...leg, state: 'delivered' }));
  return { clearing: ended(book, { ...clearing, legs, state: 'closed' }), postings };
}

/** Where postings say that fixed tokens are. */
export function clearingAccount(id: ObjectId): `clearing/${string}` {
  return `clearing/${id}`;
}

export function treasuryOf({ parties }: Clearing, organization: OrganizationId): AccountId {
  const treasury = parties.find((party) => party.organization === organization)?.treasury;
  if (treasury === undefined) throw new Error('a party without a treasury');
  return treasury;
}

/** What is fixed of a token, in the unit, rounded down. */
function worth({ rates }: Clearing, { token, amount }: Pick<Position, 'token' | 'amount'>): Amount {
  const { numerator, denominator } = rateOf(rates, token);
  return (amount * numerator) / denominator;
}

/** Takes tokens of the debtor worth the leg out of what is left, one token after the other; each is rounded up, so the last creditor bears what rounding leaves short. */
function inKind(clearing: Clearing, { debtor, creditor, amount }: Leg, left: Map<TokenId, Amount>) {
  let due = amount;
  return [...left].filter(([token]) => organizationOf(token) === debtor).flatMap(([token, there]) => {
    const { numerator, denominator } = rateOf(clearing.rates, token);
    const wanted = (due * denominator + numerator - 1n) / numerator;
    const given = wanted < there ? wanted : there;
    left.set(token, there - given);
    const value = worth(clearing, { token, amount: given });
    due = value < due ? due - value : 0n;
    return given === 0n ? [] : [{ to: creditor, token, amount: given }];
  });
}

function rateOf(rates: readonly UnitRate[], token: TokenId): UnitRate {
  const rate = rates.find((each) => each.token === token);
  if (rate === undefined) throw new Error(`a position without a rate: ${token}`);
  return rate;
}

function changeFixed(book: Book, key: PoolKey, change: bigint): void {
  const acceptance = acceptanceAt(book, key);
  book.put('acceptance', [...key], { ...acceptance, fixed: acceptance.fixed + change });
}

/** The treasuries are free to close again. */
function ended(book: Book, clearing: Clearing): Clearing {
  for (const { treasury } of clearing.parties) if (treasury !== undefined) addTie(book, treasury, -1);
  return clearing;
}
