/** How much somebody may spend at once, and how much of it comes back in a second. */
export interface WasteBounds {
  readonly atOnce: number;
  readonly backPerSecond: number;
}

/** What one address may waste, in instructions that are forged or ill-formed. */
const OF_ADDRESS: WasteBounds = { atOnce: 1_000, backPerSecond: 100 };
/** Names that are remembered; the oldest is forgotten. */
const MOST = 10_000;

/**
 * A repeat is read and looked up, as an honest client asks for that has had no answer: it counts a quarter. It is its sender's waste and not
 * its signer's: whoever has seen the bytes can send them again, and would shut the signer out.
 */
export const REPEAT = 1 / 4;

/** Work on what is refused was for nothing, unless it is for a moment only. */
export function isWasteful({ status }: { readonly status: number }): boolean {
  return status < 500 && status !== 429;
}

/** Reading so many bytes costs what a forged signature does. */
const BYTES_OF_ONE = 32 * 1024;

/** A body that is refused as a whole. The longest there is, 10 MiB, is a third of what is forgiven at once: one mistake shuts nobody out. */
export function wasteOfBody(bytes: number): number {
  return Math.max(1, bytes / BYTES_OF_ONE);
}

interface Spent {
  amount: number;
  at: number;
}

/**
 * What each name has wasted of late. For addresses: work, by instructions that are forged, ill-formed, or
 * sent again and again. What is good costs nothing, so whoever sends only that is never turned away for it.
 */
export class Waste {
  readonly #spent = new Map<string, Spent>();
  readonly #now: () => number;
  readonly #bounds: WasteBounds;

  constructor(bounds = OF_ADDRESS, now: () => number = Date.now) {
    this.#bounds = bounds;
    this.#now = now;
  }

  /** Names that have spent anything of late. */
  get size(): number {
    return this.#spent.size;
  }

  add(name: string, amount: number): void {
    const spent = this.#at(name);
    this.#spent.delete(name);
    this.#spent.set(name, { amount: spent + amount, at: this.#now() });
    const [oldest] = this.#spent.keys();
    if (this.#spent.size > MOST && oldest !== undefined) this.#spent.delete(oldest);
  }

  /** Nothing more is taken of it for now. */
  isOver(name: string): boolean {
    return this.#spent.size > 0 && this.#at(name) >= this.#bounds.atOnce;
  }

  #at(name: string): number {
    const spent = this.#spent.get(name);
    return spent === undefined ? 0 : Math.max(0, spent.amount - ((this.#now() - spent.at) * this.#bounds.backPerSecond) / 1_000);
  }
}
