/** How often somebody may do something. */
export interface AllowanceLimits {
  readonly perMinute: number;
  readonly perDay: number;
}

interface Counts {
  minute: number;
  inMinute: number;
  day: number;
  inDay: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3600_000;
/** Of names that did nothing today there is nothing to remember. */
const MOST_NAMES = 100_000;

/** Counts by name in minutes and days. In memory: after a restart everybody begins anew. */
export class Allowance {
  readonly #limits: AllowanceLimits;
  readonly #now: () => number;
  readonly #counts = new Map<string, Counts>();

  constructor(limits: AllowanceLimits, now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Whether it is one of those allowed; if so it counts. */
  take(name: string): boolean {
    const [minute, day] = [Math.floor(this.#now() / MINUTE_MS), Math.floor(this.#now() / DAY_MS)];
    const counts = this.#counts.get(name) ?? { minute, inMinute: 0, day, inDay: 0 };
    if (counts.minute !== minute) Object.assign(counts, { minute, inMinute: 0 });
    if (counts.day !== day) Object.assign(counts, { day, inDay: 0 });
    if (counts.inMinute >= this.#limits.perMinute || counts.inDay >= this.#limits.perDay) return false;
    counts.inMinute++;
    counts.inDay++;
    if (this.#counts.size >= MOST_NAMES) for (const [each, { day: last }] of this.#counts) if (last !== day) this.#counts.delete(each);
    this.#counts.set(name, counts);
    return true;
  }
}
