import type { Table, Value } from '../domain/book.ts';

/**
 * Records as the world state keeps them: JSON `[schema version, record]`, amounts as decimal strings.
 * A reader of a later version upgrades what an earlier one wrote.
 */
const VERSION = 1;

type Reviver = (record: never) => unknown;

/** Turns the named members back into amounts; absent ones stay absent. */
const amounts = (...members: readonly string[]): Reviver => (record: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, members.includes(name) && typeof value === 'string' ? BigInt(value) : value]));

/** Revives members that are records themselves. */
const within = (revivers: Readonly<Record<string, Reviver>>): Reviver => (record: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, revivers[name]?.(value as never) ?? value]));

const both = (...revivers: readonly Reviver[]): Reviver => (record: never) => revivers.reduce((revived, revive) => revive(revived as never), record as unknown);
const each = (reviver: Reviver): Reviver => (records: readonly never[]) => records.map(reviver);
const values = (record: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, BigInt(value)]));

const BILL = both(amounts('amount', 'refunded', 'settled', 'writtenOff'), within({ dispute: amounts('amount') }));
const SETTLEMENT = both(amounts('net'), within({ bills: each(amounts('amount')) }));

/** Where amounts stand in a record: what JSON cannot tell from strings. */
const REVIVERS: Partial<Record<Table, Reviver>> = {
  parcel: (record: string) => BigInt(record),
  balance: amounts('free', 'held'),
  slot: amounts('sum'),
  supply: amounts('issued', 'redeemed'),
  token: amounts('cap'),
  organization: within({ limitThresholds: values }),
  creditLimit: both(amounts('amount', 'drawn'), within({ request: amounts('amount'), proposal: amounts('amount') })),
  creditLine: both(amounts('drawn'), within({ application: amounts('amount'), grant: within({ terms: amounts('amount', 'perPayment') }) })),
  instruction: within({
    payment: amounts('amount', 'credit', 'refunded'),
    bill: BILL,
    hold: amounts('balance', 'credit'),
    settlement: SETTLEMENT,
    mandate: amounts('cap', 'used'),
  }),
};

export function encodeRecord<T extends Table>(value: Value<T>): Uint8Array {
  return Buffer.from(`[${VERSION},${toJson(value)}]`);
}

export function decodeRecord<T extends Table>(table: T, bytes: Uint8Array): Value<T> {
  const [version, record] = JSON.parse(Buffer.from(bytes).toString('utf8')) as readonly [number, never];
  if (version !== VERSION) throw new Error(`record of ${table} has unknown schema version ${version}`);
  return (REVIVERS[table]?.(record) ?? record) as Value<T>;
}

/** JSON with amounts as decimal strings; instants stay numbers of milliseconds. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? member.toString() : member));
}
