import { refuseUnless } from './error.ts';
import { CLOCK_WINDOW_MS, formatInstant, TICK_INTERVAL_MS, type Instant } from './time.ts';

/** A transaction lies in the window the ledger clock opens. @throws LedgerError CLOCK_STALE */
export function assertInWindow(clock: Instant, now: Instant): void {
  refuseUnless(clock <= now && now <= clock + CLOCK_WINDOW_MS, 'CLOCK_STALE', { clock: formatInstant(clock), time: formatInstant(now) });
}

/** The clock after a tick. @throws LedgerError CLOCK_TOO_EARLY */
export function ticked(clock: Instant, now: Instant): Instant {
  refuseUnless(now >= clock + TICK_INTERVAL_MS, 'CLOCK_TOO_EARLY', { clock: formatInstant(clock), time: formatInstant(now) });
  return now;
}
