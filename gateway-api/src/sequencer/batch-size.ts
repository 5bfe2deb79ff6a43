/** Most instructions of one transaction. Endorsement holds the peer's state read lock for the whole run of the chaincode. */
export const MOST = 300;
/** A machine that is slower than this is not made faster by less. */
const FEWEST = 50;
const AT_FIRST = 100;
const STEP = 25;
/** Endorsements that take longer hold the peers up, and come near the deadline when the machine has other work as well. */
const SLOW_MS = 4_000;
const QUICK_MS = 500;

/** How many instructions to put into a transaction, as endorsing the last ones has taught: more step by step, half when it was slow. */
export class BatchSize {
  #now = AT_FIRST;

  get now(): number {
    return this.#now;
  }

  /** @param milliseconds what the endorsement took; undefined: there was none */
  learn(instructions: number, milliseconds: number | undefined): void {
    if (milliseconds === undefined || milliseconds > SLOW_MS) this.#now = Math.max(FEWEST, Math.min(this.#now, Math.floor(instructions / 2)));
    else if (milliseconds < QUICK_MS && instructions >= this.#now) this.#now = Math.min(MOST, this.#now + STEP);
  }
}
