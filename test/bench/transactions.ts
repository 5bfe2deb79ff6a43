import { peer } from '@hyperledger/fabric-protos';
import { validationName } from '../../gateway-api/src/fabric/block.ts';
import { connectOwn } from './ledger-state.ts';
import type { Ground } from './provision.ts';

/** Blocks of a span and what became of their transactions. */
export interface Committed {
  readonly blocks: number;
  readonly transactions: number;
  /** Invalid ones by Fabric's validation code. */
  readonly invalid: Readonly<Record<string, number>>;
}


/** Counts the transactions of the blocks `from` up to and without `to`, as the first organization's peer has validated them. */
export async function transactionsBetween({ members }: Pick<Ground, 'members'>, from: number, to: number): Promise<Committed> {
  const [member] = members;
  if (member === undefined || to <= from) return { blocks: 0, transactions: 0, invalid: {} };
  const connection = connectOwn(member);
  const invalid: Record<string, number> = {};
  let transactions = 0;
  const events = await connection.network.getFilteredBlockEvents({ startBlock: BigInt(from) });
  try {
    for await (const block of events) {
      if (block.getNumber() >= to) break;
      for (const transaction of block.getFilteredTransactionsList()) {
        transactions++;
        const code = transaction.getTxValidationCode();
        if (code === peer.TxValidationCode.VALID) continue;
        const name = validationName(code);
        invalid[name] = (invalid[name] ?? 0) + 1;
      }
      if (block.getNumber() >= to - 1) break;
    }
  } finally {
    events.close();
    connection.close();
  }
  return { blocks: to - from, transactions, invalid };
}

/** Number of blocks the first member's peer has. */
export async function heightOf({ members }: Pick<Ground, 'members'>): Promise<number> {
  const [member] = members;
  if (member === undefined) throw new Error('no organization');
  const connection = connectOwn(member);
  try {
    return await connection.height();
  } finally {
    connection.close();
  }
}
