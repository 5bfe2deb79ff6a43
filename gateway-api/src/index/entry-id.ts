/**
 * Where an instruction stands in the chain: block, transaction in the block, line in the batch. As a number it sorts as
 * the chain does and stays below 2^53 for two thousand million blocks of 4,096 transactions of 1,024 lines.
 */
export type EntryNumber = number;

/** Of objects whose place in the chain is not kept. */
export const NO_ENTRY: EntryNumber = 0;

export const LINES = 2 ** 10;
const TRANSACTIONS = 2 ** 12;

export interface Place {
  readonly block: number;
  readonly position: number;
  readonly line: number;
}

export function entryNumber({ block, position, line }: Place): EntryNumber {
  return (block * TRANSACTIONS + position) * LINES + line;
}

/** Number of the transaction that an entry is in. */
export function transactionOf(entry: EntryNumber): number {
  return Math.floor(entry / LINES);
}

export function placeOf(entry: EntryNumber): Place {
  const transaction = transactionOf(entry);
  return { block: Math.floor(transaction / TRANSACTIONS), position: transaction % TRANSACTIONS, line: entry % LINES };
}

/** Entry id as it is told: block-transaction-line. */
export function entryId(entry: EntryNumber): string {
  const { block, position, line } = placeOf(entry);
  return `${block}-${position}-${line}`;
}

/** The first number after all of this block. */
export function endOfBlock(block: number): EntryNumber {
  return entryNumber({ block: block + 1, position: 0, line: 0 });
}
