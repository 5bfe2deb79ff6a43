import { z } from 'zod';
import { LedgerError, refuseUnless, type ErrorCode } from './error.ts';
import type { Book } from './book.ts';

/** Milliseconds since 1970-01-01T00:00:00Z; RFC 3339 UTC with milliseconds on every wire. */
export type Instant = number;

/** The longest a transaction may lie ahead of the ledger clock. */
export const CLOCK_WINDOW_MS = 120_000;
/** How far ahead a deadline may be set. */
export const LONGEST_DEADLINE_MS = 366 * 24 * 3600_000;
/** The least time between two ticks. */
export const TICK_INTERVAL_MS = 30_000;

export const instantSchema = z
  .string()
  .refine(isInstant)
  .meta({ format: 'date-time', description: 'RFC 3339, UTC, milliseconds' });

export function parseInstant(text: string): Instant {
  return Date.parse(text);
}

export function formatInstant(instant: Instant): string {
  return new Date(instant).toISOString();
}

/**
 * Whether a deadline leaves room. What is accepted is before the deadline by the transaction's time; what is refused for
 * ever is past it by the ledger clock; between the two nobody can tell, and nothing is recorded (DESIGN §6).
 */
export function isPast(book: Pick<Book, 'now' | 'clock'>, deadline: Instant): boolean {
  if (book.now < deadline) return false;
  if (book.clock > deadline) return true;
  throw new LedgerError('AGAIN');
}

/** The same for a beginning: refused only when no transaction under the present clock could lie after it. */
export function isEarly(book: Pick<Book, 'now' | 'clock'>, beginning: Instant): boolean {
  if (book.now >= beginning) return false;
  if (book.clock + CLOCK_WINDOW_MS < beginning) return true;
  throw new LedgerError('AGAIN');
}

/** What may still be done before a deadline; past it the refusal is for ever. @throws LedgerError the code, AGAIN */
export function assertBefore(book: Pick<Book, 'now' | 'clock'>, deadline: Instant, code: ErrorCode): void {
  refuseUnless(!isPast(book, deadline), code, { deadline: formatInstant(deadline) });
}

/** A deadline that somebody sets: ahead, and not so far that what it ends would last for ever. @throws LedgerError DEADLINE_PAST, DEADLINE_TOO_FAR, AGAIN */
export function assertSettable(book: Pick<Book, 'now' | 'clock'>, deadline: Instant): void {
  assertBefore(book, deadline, 'DEADLINE_PAST');
  refuseUnless(deadline <= book.clock + LONGEST_DEADLINE_MS, 'DEADLINE_TOO_FAR', { deadline: formatInstant(deadline) });
}

/** What may be done only past a deadline: anybody may end what is over. @throws LedgerError DEADLINE_NOT_REACHED, AGAIN */
export function assertReached(book: Pick<Book, 'now' | 'clock'>, deadline: Instant): void {
  refuseUnless(isPast(book, deadline), 'DEADLINE_NOT_REACHED', { deadline: formatInstant(deadline) });
}

/** Years have four digits, so that instants sort as text. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What there is not, like 30 February or 24 o'clock, would lie on another day. */
function isInstant(text: string): boolean {
  return INSTANT.test(text) && new Date(text).getUTCDate() === Number(text.slice(8, 10));
}
