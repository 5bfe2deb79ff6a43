import { endOfBlock, type EntryNumber } from './entry-id.ts';

/** Which part of a list is asked for; lists run from the newest to the oldest. */
export interface PageRequest {
  /** Entries below this one. */
  readonly before: EntryNumber;
  readonly limit: number;
}

/** A part of a list, and where the next one begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string;
}

/** What has its place in the chain. */
export interface Placed {
  readonly entry: EntryNumber;
}

/** Rows of a list below a number, newest first. */
export type Rows<R extends Placed = Placed> = (before: EntryNumber, limit: number) => readonly R[];

/** Rows that a page looks at where a filter leaves most of them out: while they are read, nobody else is answered. */
const MOST_LOOKED_AT = 2_000;
const AT_ONCE = 200;

/** The first page is pinned to the height of the index: what comes later is before it, never between. */
export function pageRequest(cursor: string | undefined, limit: number, block: number): PageRequest | undefined {
  const before = cursor === undefined ? endOfBlock(block) : readCursor(cursor);
  return before === undefined ? undefined : { before, limit };
}

/** @param rows up to one more than asked for, which tells that there are more */
export function pageOf<R extends Placed, T>(rows: readonly R[], limit: number, toItem: (row: R) => T): Page<T> {
  const shown = rows.slice(0, limit);
  const items = shown.map(toItem);
  const last = shown.at(-1);
  return rows.length <= limit || last === undefined ? { items } : { items, cursor: cursorAt(last.entry) };
}

/**
 * Reads rows until a page is full; a row's items stay together, so it may be longer by that. Where most rows have none, a page may
 * also end before it is full: its cursor goes on there.
 */
export function readOn<R extends Placed, T>(rows: Rows<R>, { before, limit }: PageRequest, itemsOf: (row: R) => readonly T[]): Page<T> {
  const items: T[] = [];
  let last = before;
  let looked = 0;
  for (let size = limit + 1; ; size = AT_ONCE) {
    const part = rows(last, size);
    for (const row of part) {
      const more = itemsOf(row);
      if (looked++ >= Math.max(MOST_LOOKED_AT, limit) || (more.length > 0 && items.length >= limit)) return { items, cursor: cursorAt(last) };
      items.push(...more);
      last = row.entry;
    }
    if (part.length < size) return { items };
  }
}

function cursorAt(entry: EntryNumber): string {
  return String(entry);
}

function readCursor(text: string): EntryNumber | undefined {
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
