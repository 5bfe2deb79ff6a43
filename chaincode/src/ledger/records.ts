import { NO_BALANCE } from '../domain/balance.ts';
import type { Bill } from '../domain/bill.ts';
import type { Table, Value } from '../domain/book.ts';
import type { SigningKey } from '../domain/certificate.ts';
import { LedgerError } from '../domain/error.ts';
import type { AccountId } from '../domain/id.ts';
import type { LedgerRecord } from '../domain/ledger-record.ts';
import type { Payment } from '../domain/payment.ts';
import { DEFAULT_RULES, type Rules } from '../domain/rules.ts';

/**
 * Records as the world state keeps them: JSON `[schema version, record]`, amounts as decimal strings.
 * Ledgers of another version are refused: versions 1 and 2 kept instructions and aliases under other keys, where nobody would find
 * them now, and knew no clearing cycle that is fixed in part.
 */
export const RECORD_VERSION = 3;

/** Never, where no amount stands anywhere within; what JSON cannot tell from a string. */
type AmountIn<T> = T extends bigint ? T : T extends readonly (infer Item)[] ? AmountIn<Item> : T extends object ? { [K in keyof T]-?: AmountIn<T[K]> }[keyof T] : never;
type HoldsAmount<T> = [AmountIn<T>] extends [never] ? false : true;

/** Where amounts stand in a record: `amount`, members by name, `each` for a list or for a record by key. */
type Amounts<T> =
  T extends bigint ? 'amount'
  : T extends readonly (infer Item)[] ? { readonly each: Amounts<Item> }
  : string extends keyof T ? { readonly each: Amounts<T[keyof T]> }
  : { readonly [K in keyof T as HoldsAmount<T[K]> extends true ? K : never]-?: Amounts<NonNullable<T[K]>> };
type AmountsByTable = { readonly [T in Table as HoldsAmount<Value<T>> extends true ? T : never]: Amounts<Value<T>> };
type Place = 'amount' | { readonly [member: string]: Place };

const BILL: Amounts<Bill> = { amount: 'amount', refunded: 'amount', settled: 'amount', writtenOff: 'amount', dispute: { amount: 'amount' } };
const KEY: Amounts<SigningKey> = { caps: { each: { perPayment: 'amount', perDay: 'amount' } } };

/** Complete by its type: an amount that is forgotten here does not compile. */
const AMOUNTS: AmountsByTable = {
  parcel: 'amount',
  balance: { free: 'amount', held: 'amount', paid: { each: { amount: 'amount' } } },
  slot: { sum: 'amount' },
  supply: { issued: 'amount', redeemed: 'amount', period: { issued: 'amount' } },
  account: { keys: { each: KEY } },
  certificate: { ended: KEY },
  spending: { amount: 'amount' },
  token: { cap: 'amount', quota: { amount: 'amount' } },
  acceptance: { numerator: 'amount', denominator: 'amount', cap: 'amount', fixed: 'amount' },
  pool: { available: 'amount', taken: 'amount', room: 'amount' },
  organization: { limitThresholds: { each: 'amount' }, officers: { each: { keys: { each: KEY } } } },
  creditLimit: { amount: 'amount', drawn: 'amount', request: { amount: 'amount' }, proposal: { amount: 'amount' } },
  creditLine: { drawn: 'amount', application: { amount: 'amount' }, grant: { terms: { amount: 'amount', perPayment: 'amount' } } },
  instruction: {
    payment: { amount: 'amount', credit: 'amount', refunded: 'amount', converted: { received: 'amount', back: { pool: 'amount', past: 'amount' } } },
    bill: BILL,
    hold: { balance: 'amount', credit: 'amount' },
    settlement: { net: 'amount', paidWith: { amount: 'amount' }, bills: { each: { amount: 'amount' } } },
    mandate: { cap: 'amount', used: 'amount' },
    clearing: { rates: { each: { numerator: 'amount', denominator: 'amount' } }, positions: { each: { amount: 'amount' } }, legs: { each: { amount: 'amount' } } },
    redemption: { amount: 'amount' },
  },
};

/** @param key the parts of its key, without the prefix */
export function encodeRecord<T extends Table>(table: T, key: RecordKey, value: Value<T>): Uint8Array {
  const { shorten } = SHORT[table] ?? {};
  return Buffer.from(`[${RECORD_VERSION},${toJson(shorten?.(value, key) ?? value)}]`);
}

/** @param key the parts of its key, without the prefix */
export function decodeRecord<T extends Table>(table: T, key: RecordKey, bytes: Uint8Array): Value<T> {
  const [version, record] = JSON.parse(Buffer.from(bytes).toString('utf8')) as readonly [number, never];
  if (version !== RECORD_VERSION) throw new LedgerError('LEDGER_SCHEMA', { table, version: String(version), known: String(RECORD_VERSION) });
  const places: Partial<Record<Table, Place>> = AMOUNTS;
  const value = revived((UPGRADES[table] as Upgrade | undefined)?.(record) ?? record, places[table]) as Value<T>;
  return SHORT[table]?.restore(value, key) ?? value;
}

type RecordKey = readonly (string | number)[];

type Upgrade = (record: never) => unknown;

/** Leaves out of a record what is nearly always the same or stands in its key, and puts it back. */
interface Short<T extends Table> {
  readonly shorten: (value: Value<T>, key: RecordKey) => unknown;
  readonly restore: (value: Value<T>, key: RecordKey) => Value<T>;
}

/** What every payment writes: its bytes are copied some dozens of times at each peer. */
const SHORT: { readonly [T in Table]?: Short<T> } = {
  balance: {
    shorten: ({ held, next, ...more }) => ({ ...more, ...(held !== 0n && { held }), ...(Object.keys(next).length > 0 && { next }) }),
    restore: (value) => ({ ...NO_BALANCE, ...value }),
  },
  instruction: {
    shorten: ({ payment, ...more }, [, signer]) => {
      if (payment === undefined) return more;
      const { payer, credit, refunded, ...rest } = payment;
      return { ...more, payment: { ...rest, ...(payer !== signer && { payer }), ...(credit !== 0n && { credit }), ...(refunded !== 0n && { refunded }) } };
    },
    restore: (value, [, signer]) => (value.payment === undefined ? value : { ...value, payment: restoredPayment(String(signer), value.payment) }),
  },
};

function restoredPayment(payer: AccountId, payment: Partial<Payment>): Payment {
  return { payer, credit: 0n, refunded: 0n, ...payment } as Payment;
}

/** Rules grow: what was decided before a number was known has its default. */
const UPGRADES: { readonly [T in Table]?: (record: never) => Value<T> } = {
  ledger: (record: LedgerRecord) => ({ ...record, rules: grown(record.rules) }),
  rules: grown,
};

function grown(rules: Rules): Rules {
  return { ...DEFAULT_RULES, ...rules };
}

/** Turns what was just parsed, and nobody else has, into the record, in place. */
function revived(value: unknown, place: Place | undefined): unknown {
  if (place === undefined || value === undefined) return value;
  if (place === 'amount') return BigInt(value as string);
  const record = value as Record<string, unknown>;
  const { each } = place;
  if (each !== undefined) for (const name of Object.keys(record)) record[name] = revived(record[name], each);
  else for (const name of Object.keys(place)) if (record[name] !== undefined) record[name] = revived(record[name], place[name]);
  return record;
}

/** JSON with amounts as decimal strings; instants stay numbers of milliseconds. */
export function toJson(value: unknown): string {
  return JSON.stringify(withoutAmounts(value));
}

/** A replacer would take JSON.stringify off its quick path. */
function withoutAmounts(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutAmounts);
  const plain: Record<string, unknown> = {};
  for (const name of Object.keys(value)) plain[name] = withoutAmounts((value as Readonly<Record<string, unknown>>)[name]);
  return plain;
}
