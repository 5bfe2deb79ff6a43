import { stateKey } from '@tallystick/chaincode/state';
import type { LedgerTransaction, StateRead } from './block.ts';

/** As far back as a transaction that meets a conflict has read. */
const RECENT_BLOCKS = 20;
const CLOCK = stateKey('clock');

/** Tells who waits for a transaction in which block it came. It is told only after the index has the block. */
export class CommitWatch {
  readonly #waiting = new Map<string, (transaction: LedgerTransaction) => void>();

  /** What the transactions of the last blocks wrote, oldest first. */
  readonly #recent: (readonly Written[])[] = [];
  /** Where the ledger clock was written last, of the blocks told so far. */
  #clock: Place | undefined;

  expect(transactionId: string): Promise<LedgerTransaction> {
    const { promise, resolve } = Promise.withResolvers<LedgerTransaction>();
    this.#waiting.set(transactionId, resolve);
    return promise;
  }

  forget(transactionId: string): void {
    this.#waiting.delete(transactionId);
  }

  /** The first appearance counts: the same envelope sent twice comes again as DUPLICATE_TXID. */
  saw(transactions: readonly LedgerTransaction[]): void {
    const written = transactions.map(({ block, position, call }) => ({ block, position, keys: call?.writes.map(({ key }) => key) ?? [] }));
    this.#clock = written.findLast(({ keys }) => keys.includes(CLOCK)) ?? this.#clock;
    this.#recent.push(written);
    if (this.#recent.length > RECENT_BLOCKS) this.#recent.shift();
    for (const transaction of transactions) {
      this.#waiting.get(transaction.transactionId)?.(transaction);
      this.#waiting.delete(transaction.transactionId);
    }
  }

  /** Whether it is in no block told so far. */
  isExpected(transactionId: string): boolean {
    return this.#waiting.has(transactionId);
  }

  /** Whether the ledger clock was written since a transaction has read it: in no later block will that be valid. The version it has read counts, since its endorsers may have had later blocks. */
  hasClockMoved(readsOf: () => readonly StateRead[]): boolean {
    if (this.#clock === undefined) return false;
    const version = readsOf().find(({ key }) => key === CLOCK)?.version;
    return version !== undefined && isBefore(version, this.#clock);
  }

  /** Which of the keys that a transaction has read were written by others between its reading and its place in the chain. */
  overtaken(transaction: Place, readsOf: () => readonly StateRead[]): readonly string[] {
    const written = new Map<string, Place>();
    for (const each of this.#recent.flat()) {
      if (isBefore(each, transaction)) for (const key of each.keys) written.set(key, each);
    }
    return readsOf().filter(({ key, version }) => isWrittenAfter(version, written.get(key))).map(({ key }) => key);
  }
}

type Place = Pick<LedgerTransaction, 'block' | 'position'>;

interface Written extends Place {
  readonly keys: readonly string[];
}

function isBefore(one: Place, other: Place): boolean {
  return one.block < other.block || (one.block === other.block && one.position < other.position);
}

/** @param version undefined: it was absent when it was read */
function isWrittenAfter(version: Place | undefined, written: Place | undefined): boolean {
  return written !== undefined && (version === undefined || isBefore(version, written));
}
