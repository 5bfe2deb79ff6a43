/** What one address may waste at once, and how much of it comes back in a second. */
const ALLOWANCE = 1_000;
const BACK_PER_SECOND = 100;
/** Addresses that are remembered; the oldest is forgotten. */
const MOST = 10_000;

interface Spent {
  amount: number;
  at: number;
}

/**
 * How much work each remote address has wasted: instructions that are forged, ill-formed, or sent again and again. What is good
 * costs nothing, so whoever sends only that is never turned away for it.
 */
export class Waste {
  readonly #spent = new Map<string, Spent>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  add(address: string, amount: number): void {
    const spent = this.#at(address);
    this.#spent.delete(address);
    this.#spent.set(address, { amount: spent + amount, at: this.#now() });
    const [oldest] = this.#spent.keys();
    if (this.#spent.size > MOST && oldest !== undefined) this.#spent.delete(oldest);
  }

  /** Nothing more is taken of it for now. */
  isOver(address: string): boolean {
    return this.#spent.size > 0 && this.#at(address) >= ALLOWANCE;
  }

  #at(address: string): number {
    const spent = this.#spent.get(address);
    return spent === undefined ? 0 : Math.max(0, spent.amount - ((this.#now() - spent.at) * BACK_PER_SECOND) / 1_000);
  }
}
