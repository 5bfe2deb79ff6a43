import { z } from 'zod';
import { LedgerError } from './error.ts';
import type { Book } from './book.ts';

/** Milliseconds since 1970-01-01T00:00:00Z; RFC 3339 UTC with milliseconds on every wire. */
export type Instant = number;

/** The longest a transaction may lie ahead of the ledger clock. */
export const CLOCK_WINDOW_MS = 120_000;
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
export function isPast(book: Book, deadline: Instant): boolean {
  if (book.now < deadline) return false;
  if (book.clock > deadline) return true;
  throw new LedgerError('AGAIN');
}

/** The same for a beginning: refused only when no transaction under the present clock could lie after it. */
export function isEarly(book: Book, beginning: Instant): boolean {
  if (book.now >= beginning) return false;
  if (book.clock + CLOCK_WINDOW_MS < beginning) return true;
  throw new LedgerError('AGAIN');
}

function isInstant(text: string): boolean {
  const instant = Date.parse(text);
  return !Number.isNaN(instant) && new Date(instant).toISOString() === text;
}
