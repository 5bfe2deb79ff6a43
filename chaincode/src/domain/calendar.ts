import type { Instant } from './time.ts';

/** A calendar day as days since 1970-01-01. There is no time-zone database: a day begins and ends at a fixed UTC offset. */
export type Day = number;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The day an instant lies in, at an offset in minutes east of UTC. */
export function dayOf(instant: Instant, utcOffset: number): Day {
  return Math.floor((instant + utcOffset * MINUTE_MS) / DAY_MS);
}

/** A due date ends when its day ends. */
export function endOfDay(day: Day, utcOffset: number): Instant {
  return startOfDay(day + 1, utcOffset);
}

export function startOfDay(day: Day, utcOffset: number): Instant {
  return day * DAY_MS - utcOffset * MINUTE_MS;
}

export function daysToMs(days: number): number {
  return days * DAY_MS;
}

/** `YYYY-MM-DD` */
export function formatDay(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
