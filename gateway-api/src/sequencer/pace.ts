const WINDOW_MS = 2_000;

/** How many instructions were decided in a second, of late. */
export class Pace {
  readonly #now: () => number;
  #perSecond = 0;
  #count = 0;
  #since: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#since = now();
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  add(instructions: number): void {
    this.#count += instructions;
    const elapsed = this.#now() - this.#since;
    if (elapsed < WINDOW_MS) return;
    this.#perSecond = (this.#count * 1_000) / elapsed;
    this.#count = 0;
    this.#since = this.#now();
  }
}
