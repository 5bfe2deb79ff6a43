import type { LedgerTransaction } from './block.ts';

/** Tells who waits for a transaction in which block it came. It is told only after the index has the block. */
export class CommitWatch {
  readonly #waiting = new Map<string, (transaction: LedgerTransaction) => void>();

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
    for (const transaction of transactions) {
      this.#waiting.get(transaction.transactionId)?.(transaction);
      this.#waiting.delete(transaction.transactionId);
    }
  }
}
