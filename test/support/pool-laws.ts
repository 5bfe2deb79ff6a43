import { expect } from 'chai';
import { ceilingOf, legsOf, multilateralNets, organizationOf, type Acceptance, type Clearing, type PoolSlot } from '../../chaincode/src/domain/index.ts';
import { decodeRecord } from '../../chaincode/src/ledger/records.ts';
import type { World } from './world.ts';

type State = Pick<World, 'state'>;

/** A pool as all its slots together make it. */
export interface Pool extends PoolSlot {
  readonly acceptance: Acceptance;
}

/** Pools have no less than nothing, none without an acceptance, and never more room than the cap leaves. */
export function assertPools(world: State, clearings: readonly Clearing[]): void {
  const pools = poolsOf(world);
  for (const [key, bytes] of world.state.entries) {
    const [kind, token = '', into = ''] = key.split('/');
    if (kind !== 'y') continue;
    expect(pools.has(`${token}/${into}`), `stray ${key}`).to.equal(true);
    const { available, taken, room } = decodeRecord('pool', [token, into], bytes);
    expect(available >= 0n && taken >= 0n && room >= 0n, `${key} is below zero`).to.equal(true);
  }
  for (const [name, { acceptance, available, taken, room }] of pools) {
    if (acceptance.status === 'ended') expect([available, taken, room, acceptance.fixed], `what is in ${name}, which has ended`).to.deep.equal([0n, 0n, 0n, 0n]);
    const ceiling = ceilingOf(acceptance);
    expect(room <= (ceiling > taken ? ceiling - taken : 0n), `room of ${name}: ${room}, with ${taken} taken in under ${ceiling}`).to.equal(true);
  }
  for (const [name, { acceptance: { token, into, fixed } }] of pools) {
    const inCycles = clearings.filter(isLive).flatMap(({ positions }) => positions.filter((position) => position.token === token && position.into === into));
    expect(fixed, `fixed of ${name}`).to.equal(inCycles.reduce((sum, { amount }) => sum + amount, 0n));
  }
  for (const clearing of clearings) assertClearing(clearing);
  for (const [token, positions] of positionsOf(world)) {
    expect([...positions.values()].reduce((sum, position) => sum + position, 0n), `positions in ${token}`).to.equal(0n);
  }
}

/** Legs pay off exactly what netting comes to, fewer than there are parties; a cycle that goes on has a leg to pay, one that ended has none. */
function assertClearing({ legs, parties, state }: Clearing): void {
  expect(legsOf(multilateralNets(legs)).length <= Math.max(0, parties.length - 1), 'legs').to.equal(true);
  expect(legs.every(({ amount }) => amount > 0n)).to.equal(true);
  const open = legs.filter((leg) => leg.state === 'due' || leg.state === 'claimed');
  expect(open.length > 0, `a cycle that is ${state} has ${open.length} open legs`).to.equal(state === 'settling');
  if (state === 'settling' || state === 'closed') expect(parties.every(({ treasury }) => treasury !== undefined)).to.equal(true);
}

export function isLive({ state }: Clearing): boolean {
  return state === 'open' || state === 'settling';
}

/** What lies in clearing cycles of a token. */
export function fixedOf(clearings: readonly Clearing[], token: string): bigint {
  return clearings.filter(isLive).reduce((sum, { positions }) => positions.reduce((all, position) => all + (position.token === token ? position.amount : 0n), sum), 0n);
}

export function poolsOf({ state }: State): ReadonlyMap<string, Pool> {
  const pools = new Map<string, Pool>();
  for (const [key, bytes] of state.entries) {
    if (key.startsWith('x/')) pools.set(key.slice(2), { acceptance: decodeRecord('acceptance', key.split('/').slice(1), bytes), available: 0n, taken: 0n, room: 0n });
  }
  for (const [key, bytes] of state.entries) {
    const [kind, token = '', into = ''] = key.split('/');
    const pool = kind === 'y' ? pools.get(`${token}/${into}`) : undefined;
    if (pool === undefined) continue;
    const { available, taken, room } = decodeRecord('pool', [token, into], bytes);
    pools.set(`${token}/${into}`, { ...pool, available: pool.available + available, taken: pool.taken + taken, room: pool.room + room });
  }
  return pools;
}

/** What every organization is owed (positive) and owes (negative) of each token, by what others have taken in of it and what of that clearing has fixed. */
export function positionsOf(world: State): ReadonlyMap<string, ReadonlyMap<string, bigint>> {
  const positions = new Map<string, Map<string, bigint>>();
  for (const { acceptance: { token, into, fixed }, taken } of poolsOf(world).values()) {
    const ofToken = positions.get(token) ?? new Map<string, bigint>();
    positions.set(token, ofToken);
    for (const [organization, change] of [[organizationOf(into), taken + fixed], [organizationOf(token), -taken - fixed]] as const) ofToken.set(organization, (ofToken.get(organization) ?? 0n) + change);
  }
  return positions;
}

/** What lies in pools of a token. */
export function pooledOf(world: State, token: string): bigint {
  return [...poolsOf(world).values()].reduce((sum, { acceptance, available, taken }) => sum + (acceptance.into === token ? available : 0n) + (acceptance.token === token ? taken : 0n), 0n);
}

/** Once for each acceptance that has not ended. */
export function treasuriesOf(world: State): readonly string[] {
  return [...poolsOf(world).values()].flatMap(({ acceptance: { treasury, status } }) => (status === 'ended' ? [] : [treasury]));
}
