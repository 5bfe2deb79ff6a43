import { readPool, type PoolSlot } from '../../chaincode/src/domain/index.ts';
import { LedgerBook } from '../../chaincode/src/ledger/ledger-book.ts';
import { DAY_MS, iso, make, registerAs } from './credit-world.ts';
import { act, defineToken, foundWorld, issueTo, officer, type Answered, type World } from './world.ts';
import type { Signer } from './signer.ts';

/** A token of each system; they differ in decimals. */
export const USD = 'USD@NorthPay';
export const EUR = 'EUR@EastPay';
export const PTS = 'PTS@WestPay';

/** Tokens of three systems, a treasury for each, and a payer and a payee of different ones. */
export interface InteropWorld extends World {
  readonly payer: Signer;
  readonly payee: Signer;
  readonly treasuries: Readonly<Record<string, Signer>>;
}

/** USD has two decimals, EUR three, PTS none. The payer has 10,000 USD, and every treasury 100,000 of its own token. */
export async function interopWorld(): Promise<InteropWorld> {
  const world = await foundWorld();
  for (const [token, decimals] of [[USD, 2], [EUR, 3], [PTS, 0]] as const) await defineToken(world, token, { decimals });
  const treasuries: Record<string, Signer> = {};
  for (const token of [USD, EUR, PTS]) {
    const organization = token.split('@')[1] ?? '';
    treasuries[organization] = await registerAs(world, organization, ['enterprise']);
    await issueTo(world, treasuries[organization].id, token, 100_000n);
    await act(world, treasuries[organization], 'treasury.offer/1', {});
  }
  const [payer, payee] = [await registerAs(world, 'NorthPay', ['person', 'enterprise']), await registerAs(world, 'EastPay', ['merchant'])];
  await issueTo(world, payer.id, USD, 10_000n);
  return Object.assign(world, { payer, payee, treasuries });
}

export interface Pair {
  readonly token: string;
  readonly into: string;
}

export const PAIR: Pair = { token: USD, into: EUR };

/** The organization of the token paid out accepts the other one; at par, with a cap of 1,000, unless told otherwise. */
export async function accept(world: InteropWorld, pair: Pair = PAIR, changes: object = {}): Promise<Answered> {
  const organization = pair.into.split('@')[1] ?? '';
  return act(world, officer(world, `financial-operator@${organization}`), 'acceptance.set/1', {
    ...pair, treasury: treasury(world, organization).id, rate: { numerator: '1', denominator: '1' }, validFrom: iso(world.now - DAY_MS), validUntil: iso(world.now + 30 * DAY_MS), cap: '1000', direction: 'in', ...changes,
  });
}

export async function fundPool(world: InteropWorld, amount: string, pair: Pair = PAIR): Promise<Answered> {
  return act(world, treasury(world, pair.into.split('@')[1] ?? ''), 'acceptance.fund/1', { ...pair, amount });
}

/** Pays in one token, received in another. */
export async function payInto(world: InteropWorld, amount: string, into: object, changes: { readonly from?: Signer; readonly to?: Signer; readonly token?: string } = {}) {
  const { from = world.payer, to = world.payee, token = USD } = changes;
  return make(world, from, 'payment.pay/1', { payee: to.id, token, amount, into });
}

export async function giveBack(world: InteropWorld, payment: string, amount: string, changes: { readonly by?: Signer; readonly received?: true } = {}): Promise<Answered> {
  const { by = world.payee, ...rest } = changes;
  return act(world, by, 'payment.refund/1', { payment, payer: payment.slice(37), amount, reason: 'RETURNED', ...rest });
}

/** The whole pool, as the ledger itself adds it up. */
export async function poolOf(world: World, { token, into }: Pair = PAIR): Promise<PoolSlot> {
  return new LedgerBook(world.state, { now: world.now }).decide((book) => readPool(book, [token, into]));
}

export function treasury(world: InteropWorld, organization: string): Signer {
  const signer = world.treasuries[organization];
  if (signer === undefined) throw new Error(`no treasury of ${organization}`);
  return signer;
}
