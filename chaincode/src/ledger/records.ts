import type { Table, Value } from '../domain/book.ts';

/**
 * Records as the world state keeps them: JSON `[schema version, record]`, amounts as decimal strings.
 * A reader of a later version upgrades what an earlier one wrote.
 */
const VERSION = 1;

type Reviver = (record: never) => unknown;

/** Where amounts stand in a record: what JSON cannot tell from strings. */
const REVIVERS: Partial<Record<Table, Reviver>> = {
  parcel: (record: string) => BigInt(record),
  balance: (record: Wire<Value<'balance'>>) => ({ ...record, free: BigInt(record.free), held: BigInt(record.held) }),
  slot: (record: Wire<Value<'slot'>>) => ({ ...record, sum: BigInt(record.sum) }),
  supply: (record: Wire<Value<'supply'>>) => ({ issued: BigInt(record.issued), redeemed: BigInt(record.redeemed) }),
  token: (record: Wire<Value<'token'>>) => (record.cap === undefined ? record : { ...record, cap: BigInt(record.cap) }),
  instruction: ({ payment, ...record }: Wire<Value<'instruction'>>) =>
    payment === undefined ? record : { ...record, payment: { ...payment, amount: BigInt(payment.amount), refunded: BigInt(payment.refunded) } },
};

/** A record as JSON: amounts are decimal strings. */
export type Wire<T> = T extends bigint ? string : T extends readonly (infer E)[] ? readonly Wire<E>[] : T extends object ? { readonly [K in keyof T]: Wire<T[K]> } : T;

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
