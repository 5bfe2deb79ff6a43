import type { Address, Book, Key, Table, Value } from '../domain/book.ts';
import { LedgerError } from '../domain/error.ts';
import type { OrganizationId } from '../domain/id.ts';
import type { LedgerRecord } from '../domain/ledger-record.ts';
import type { IncomingHint, SlotId } from '../domain/slot.ts';
import type { Instant } from '../domain/time.ts';
import { cellsByKey, type Cell } from './cells.ts';
import type { IncomingHints } from './packed-batch.ts';
import { decodeRecord, encodeRecord } from './records.ts';
import type { State } from './state.ts';

/** A decision asked for records that are not loaded yet: load them and decide again. */
class NotLoaded extends Error {
  readonly cells: readonly Cell[];
  constructor(cells: readonly Cell[]) {
    super('records are not loaded');
    this.cells = cells;
  }
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
  readonly #cellAt = cellsByKey();
  readonly #written = new Set<Cell>();
  readonly #pending = new Set<Cell>();
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
    const missing = this.#cellsAt(addresses).filter(({ pending, value }) => pending === undefined && value === undefined);
    if (missing.length > 0) throw new NotLoaded(missing);
  }

  get<T extends Table>(table: T, ...key: Key<T>): Value<T> | undefined {
    const cell = this.#cellAt(table, key);
    if (cell.pending !== undefined) return cell.pending ?? undefined;
    if (cell.value === undefined) throw new NotLoaded([cell]);
    // Loaded values are decoded at their first use: most of what is prefetched does not exist.
    if (cell.value instanceof Uint8Array) cell.value = decodeRecord(table, key, cell.value);
    return cell.value ?? undefined;
  }

  put<T extends Table>(table: T, key: Key<T>, value: Value<T>): void {
    this.#write(this.#cellAt(table, key), value);
  }

  remove<T extends Table>(table: T, ...key: Key<T>): void {
    this.#write(this.#cellAt(table, key), null);
  }

  guard<T extends Table>(table: T, key: Key<T>, guardian: OrganizationId): void {
    this.#guarding.set(this.#cellAt(table, key).name, guardian);
  }

  /** Keeps what the present decision wrote. */
  keep(): void {
    for (const cell of this.#pending) {
      cell.value = cell.pending;
      this.#written.add(cell);
    }
    for (const [name, guardian] of this.#guarding) this.#guarded.set(name, guardian);
    this.discard();
  }

  /** Forgets what the present decision wrote. */
  discard(): void {
    for (const cell of this.#pending) cell.pending = undefined;
    this.#pending.clear();
    this.#guarding = new Map();
  }

  async load(addresses: readonly Address[]): Promise<void> {
    await this.#load(this.#cellsAt(addresses));
  }

  /** Runs a decision; what it misses is loaded, and it is run again from the start. Nothing is kept or discarded at its end. */
  async decide<T>(decision: (book: Book) => T): Promise<T> {
    for (;;) {
      try {
        return decision(this);
      } catch (error) {
        this.discard();
        if (!(error instanceof NotLoaded)) throw error;
        await this.#load(error.cells);
      }
    }
  }

  /** Writes everything kept, sorted by key. */
  async record(): Promise<void> {
    const entries = [...this.#written].map(({ name, table, key, value }) => [name, value === null ? undefined : encodeRecord(table, key, value as Value<Table>)] as const);
    await this.#state.putMany(new Map(entries.sort(byName)));
    if (this.#guarded.size > 0) await this.#state.guardMany(new Map([...this.#guarded].sort(byName)));
  }

  #write<T extends Table>(cell: Cell<T>, value: Value<T> | null): void {
    cell.pending = value;
    this.#pending.add(cell);
  }

  #cellsAt(addresses: readonly Address[]): readonly Cell[] {
    return addresses.map(([table, ...key]) => this.#cellAt(table, key as Key<Table>));
  }

  async #load(cells: readonly Cell[]): Promise<void> {
    const wanted = [...new Set(cells)].filter(({ value }) => value === undefined);
    const values = await this.#state.getMany(wanted.map(({ name }) => name));
    wanted.forEach((cell, index) => {
      cell.value = values[index] ?? null;
    });
  }
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
