import { z } from 'zod';
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

const cursorSchema = z.tuple([z.int().min(0)]);

/** The first page is pinned to the height of the index: what comes later is before it, never between. */
export function pageRequest(cursor: string | undefined, limit: number, block: number): PageRequest | undefined {
  const before = cursor === undefined ? endOfBlock(block) : readCursor(cursor);
  return before === undefined ? undefined : { before, limit };
}

/** @param rows up to one more than asked for, which tells that there are more */
export function pageOf<R extends { readonly entry: EntryNumber }, T>(rows: readonly R[], limit: number, toItem: (row: R) => T): Page<T> {
  const shown = rows.slice(0, limit);
  const items = shown.map(toItem);
  const last = shown.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, cursor: Buffer.from(JSON.stringify([last.entry])).toString('base64url') };
}

function readCursor(text: string): EntryNumber | undefined {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))[0];
  } catch {
    return undefined;
  }
}
