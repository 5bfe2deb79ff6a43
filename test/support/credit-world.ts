import { uuidAt, type Signer } from './signer.ts';
import { act, defineToken, foundWorld, issueTo, officer, applicant, pass, type Answered, type World } from './world.ts';

export const TOKEN = 'USD@NorthPay';
export const DAY_MS = 24 * 3600_000;

/** An enterprise and a merchant of different systems, and what they do to each other; every step answers its code. */
export interface CreditWorld extends World {
  readonly enterprise: Signer;
  readonly merchant: Signer;
}

export interface Terms {
  readonly amount?: string;
  readonly perPayment?: string;
  readonly termDays?: number;
  readonly validFrom?: number;
  readonly validTo?: number;
  readonly utcOffset?: number;
  readonly stopAfterDaysOverdue?: number;
}

/** A founded ledger with one token. */
export async function creditWorld(): Promise<World> {
  const world = await foundWorld();
  await defineToken(world, TOKEN);
  return world;
}

/** A new pair on the ledger; both can owe each other. */
export async function pair(world: World): Promise<CreditWorld> {
  const enterprise = await registerAs(world, 'NorthPay', ['enterprise', 'merchant']);
  const merchant = await registerAs(world, 'EastPay', ['merchant', 'enterprise']);
  return between(world, enterprise, merchant);
}

/** The ledger seen by these two; time passes for all of its views alike. */
export function between(world: World, enterprise: Signer, merchant: Signer): CreditWorld {
  return Object.defineProperty({ ...world, enterprise, merchant }, 'now', {
    get: () => world.now,
    set: (now: number) => {
      world.now = now;
    },
  });
}

export async function registerAs(world: World, organization: string, roles: string[]): Promise<Signer> {
  const { signer, body } = await applicant(world, organization, { roles, notAfter: new Date(world.now + 3650 * DAY_MS) });
  const { code } = await act(world, officer(world, `registrar@${organization}`), 'account.register/1', body);
  if (code !== 'applied') throw new Error(`registration: ${code}`);
  return signer;
}

/** Signs and sends; answers the code and the id of what it made. */
export async function make(world: World, signer: Signer, type: string, body: object): Promise<Answered & { readonly id: string }> {
  const id = uuidAt(world.now);
  return { ...(await act(world, signer, type, body, { id })), id: `${id}.${signer.id}` };
}

export async function setLimit(world: CreditWorld, amount: string, changes: object = {}): Promise<Answered> {
  return act(world, officer(world, 'credit-officer@NorthPay'), 'limit.set/1', { account: world.enterprise.id, token: TOKEN, amount, reason: 'GRANTED', ...changes });
}

export function termsOf(world: World, terms: Terms = {}): object {
  const { amount = '500', perPayment = '300', termDays = 30, validFrom = world.now - DAY_MS, validTo = world.now + 365 * DAY_MS, utcOffset = 0, stopAfterDaysOverdue } = terms;
  return { amount, perPayment, termDays, validFrom: iso(validFrom), validTo: iso(validTo), utcOffset, ...(stopAfterDaysOverdue === undefined ? {} : { stopAfterDaysOverdue }) };
}

export async function grant(world: CreditWorld, terms: Terms = {}): Promise<Answered> {
  const { id } = await applyForGrant(world, '1000');
  return act(world, world.merchant, 'grant.approve/1', { enterprise: world.enterprise.id, token: TOKEN, application: id, terms: termsOf(world, terms) });
}

export async function applyForGrant(world: CreditWorld, amount: string) {
  return make(world, world.enterprise, 'grant.apply/1', { merchant: world.merchant.id, token: TOKEN, amount, validTo: iso(world.now + 365 * DAY_MS) });
}

/** Limit 1000, grant 500 with a cap of 300 per payment, due in 30 days. */
export async function withCredit(world: CreditWorld, terms: Terms = {}): Promise<void> {
  await setLimit(world, '1000');
  await grant(world, terms);
}

export async function buy(world: CreditWorld, amount: string, changes: { readonly version?: number; readonly credit?: string } = {}) {
  const { version = 1, credit = amount } = changes;
  return make(world, world.enterprise, 'payment.pay/1', { payee: world.merchant.id, token: TOKEN, amount, credit: { amount: credit, version } });
}

export async function fund(world: CreditWorld, signer: Signer, amount: bigint): Promise<void> {
  await issueTo(world, signer.id, TOKEN, amount);
}

export async function settle(world: CreditWorld, bills: readonly { readonly bill: string; readonly amount: string }[], changes: object = {}) {
  return make(world, world.enterprise, 'settlement.initiate/1', { creditor: world.merchant.id, token: TOKEN, bills, deadline: iso(world.now + DAY_MS), ...changes });
}

export function bank(reference: string): object {
  return { bank: { reference, valueDate: '2026-11-21', document: 'B'.repeat(43) } };
}

export async function confirm(world: CreditWorld, settlement: string, less?: readonly object[], signer = world.merchant): Promise<Answered> {
  return act(world, signer, 'settlement.confirm/1', { settlement, debtor: world.enterprise.id, creditor: world.merchant.id, ...(less === undefined ? {} : { less }) });
}

/** Time passes in steps the clock follows, so that nothing lies between clock and deadline. */
export async function passDays(world: World, days: number): Promise<void> {
  world.now += days * DAY_MS;

  await pass(world, 1);
}

export function iso(instant: number): string {
  return new Date(instant).toISOString();
}
