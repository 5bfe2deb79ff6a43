import { MAX_BATCH } from '@tallystick/chaincode/state';

/** Most instructions of one transaction. Endorsement holds the peer's state read lock for the whole run of the chaincode. */
export const MOST = MAX_BATCH;
/** A machine that is slower than this is not made faster by less. */
const FEWEST = 50;
const AT_FIRST = 100;
/** By how much of itself it grows. */
const STEP = 1 / 4;
/** Endorsements that take longer hold the peers up, and come near the deadline when the machine has other work as well. */
const SLOW_MS = 4_000;
/** Twice as much would not be slow. */
const QUICK_MS = SLOW_MS / 2;

/** How many instructions to put into a transaction, as endorsing full ones has taught: more step by step, half when it was slow. */
export class BatchSize {
  #now = AT_FIRST;

  get now(): number {
    return this.#now;
  }

  /**
   * From one that was not full nothing is learnt of how full they should be.
   * @param milliseconds what the endorsement took; undefined: there was none
   */
  learn(instructions: number, milliseconds: number | undefined): void {
    if (instructions < this.#now) return;
    if (milliseconds === undefined || milliseconds > SLOW_MS) this.#now = Math.max(FEWEST, Math.floor(this.#now / 2));
    else if (milliseconds < QUICK_MS) this.#now = Math.min(MOST, Math.ceil(this.#now * (1 + STEP)));
  }
}
