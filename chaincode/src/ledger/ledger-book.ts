import type { Address, Book, Key, Table, Value } from '../domain/book.ts';
import { LedgerError } from '../domain/error.ts';
import type { OrganizationId } from '../domain/id.ts';
import type { LedgerRecord } from '../domain/ledger-record.ts';
import type { IncomingHint, SlotId } from '../domain/slot.ts';
import type { Instant } from '../domain/time.ts';
import { keyNames } from './key-names.ts';
import { stateKeyOf } from './keys.ts';
import type { IncomingHints } from './packed-batch.ts';
import { decodeRecord, encodeRecord } from './records.ts';
import type { State } from './state.ts';

/** A decision asked for records that are not loaded yet: load them and decide again. */
class NotLoaded extends Error {
  readonly keys: readonly string[];
  constructor(keys: readonly string[]) {
    super('records are not loaded');
    this.keys = keys;
  }
}

interface Entry {
  readonly value: unknown;
}

interface Written extends Entry {
  readonly table: Table;
  readonly key: Key<Table>;
}

/**
 * The book over the world state: loaded records, overlaid with what earlier instructions of the batch wrote, overlaid
 * with what the present one writes. Fabric shows a transaction only committed state, so the overlay is what lets a
 * batch read its own writes.
 */
export class LedgerBook implements Book {
  readonly now: Instant;
  readonly slot: SlotId;
  readonly #incoming: IncomingHints;
  readonly #state: State;
  readonly #name = keyNames();
  readonly #loaded = new Map<string, Entry>();
  readonly #written = new Map<string, Written>();
  #pending = new Map<string, Written>();
  readonly #guarded = new Map<string, OrganizationId>();
  #guarding = new Map<string, OrganizationId>();

  constructor(state: State, { now, slot = '', incoming = {} }: { readonly now: Instant; readonly slot?: SlotId; readonly incoming?: IncomingHints | undefined }) {
    this.#state = state;
    this.now = now;
    this.slot = slot;
    this.#incoming = incoming;
  }

  get ledger(): LedgerRecord {
    const ledger = this.get('ledger');
    if (ledger === undefined) throw new LedgerError('LEDGER_NOT_FOUNDED');
    return ledger;
  }

  get clock(): Instant {
    const clock = this.get('clock');
    if (clock === undefined) throw new LedgerError('LEDGER_NOT_FOUNDED');
    return clock;
  }

  incomingHint(account: string, token: string): IncomingHint {
    return this.#incoming[`${account}/${token}`] ?? {};
  }

  expect(addresses: readonly Address[]): void {
    const missing = addresses.map(stateKeyOf).filter((key) => !this.#has(key));
    if (missing.length > 0) throw new NotLoaded(missing);
  }

  get<T extends Table>(table: T, ...key: Key<T>): Value<T> | undefined {
    const name = this.#name(table, key);
    const entry = this.#pending.get(name) ?? this.#written.get(name) ?? this.#loaded.get(name);
    if (entry === undefined) throw new NotLoaded([name]);
    // Loaded values are decoded at their first use: most of what is prefetched does not exist.
    if (entry.value instanceof Uint8Array) {
      const value = decodeRecord(table, key, entry.value);
      this.#loaded.set(name, { value });
      return value;
    }
    return entry.value as Value<T> | undefined;
  }

  put<T extends Table>(table: T, key: Key<T>, value: Value<T>): void {
    this.#pending.set(this.#name(table, key), { table, key, value });
  }

  remove<T extends Table>(table: T, ...key: Key<T>): void {
    this.#pending.set(this.#name(table, key), { table, key, value: undefined });
  }

  guard<T extends Table>(table: T, key: Key<T>, guardian: OrganizationId): void {
    this.#guarding.set(this.#name(table, key), guardian);
  }

  /** Keeps what the present decision wrote. */
  keep(): void {
    for (const [name, entry] of this.#pending) this.#written.set(name, entry);
    for (const [name, guardian] of this.#guarding) this.#guarded.set(name, guardian);
    this.discard();
  }

  /** Forgets what the present decision wrote. */
  discard(): void {
    this.#pending = new Map();
    this.#guarding = new Map();
  }

  async load(addresses: readonly Address[]): Promise<void> {
    await this.#loadKeys(addresses.map(stateKeyOf));
  }

  /** Runs a decision; what it misses is loaded, and it is run again from the start. Nothing is kept or discarded at its end. */
  async decide<T>(decision: (book: Book) => T): Promise<T> {
    for (;;) {
      try {
        return decision(this);
      } catch (error) {
        this.discard();
        if (!(error instanceof NotLoaded)) throw error;
        await this.#loadKeys(error.keys);
      }
    }
  }

  /** Writes everything kept, sorted by key. */
  async record(): Promise<void> {
    const entries = [...this.#written].sort(byName);
    await this.#state.putMany(new Map(entries.map(([name, { table, key, value }]) => [name, value === undefined ? undefined : encodeRecord(table, key, value as Value<Table>)])));
    if (this.#guarded.size > 0) await this.#state.guardMany(new Map([...this.#guarded].sort(byName)));
  }

  #has(name: string): boolean {
    return this.#pending.has(name) || this.#written.has(name) || this.#loaded.has(name);
  }

  async #loadKeys(names: readonly string[]): Promise<void> {
    const wanted = [...new Set(names)].filter((name) => !this.#loaded.has(name));
    const values = await this.#state.getMany(wanted);
    wanted.forEach((name, index) => this.#loaded.set(name, { value: values[index] }));
  }
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
