import { Contract, type Context } from 'fabric-contract-api';
import { contracts as ours } from '../../../../chaincode/src/index.ts';

/**
 * The token contract of the usual kind, to compare with: one transfer per transaction, identified by the Fabric
 * transaction, read-modify-write of two balances. No signature of the payer is checked: its rights are the submitter's.
 */
export class BaselineContract extends Contract {
  constructor() {
    super('baseline');
  }

  async mint({ stub }: Context, account: string, amount: string): Promise<void> {
    await stub.putState(`baseline/${account}`, Buffer.from(amount));
  }

  async transfer({ stub }: Context, from: string, to: string, amount: string): Promise<void> {
    const balanceOf = async (account: string) => BigInt((await stub.getState(`baseline/${account}`)).toString() || '0');
    const moved = BigInt(amount);
    const available = await balanceOf(from);
    if (moved <= 0n || available < moved) throw new Error('insufficient funds');
    const received = (await balanceOf(to)) + moved;
    await stub.putState(`baseline/${from}`, Buffer.from(String(available - moved)));
    await stub.putState(`baseline/${to}`, Buffer.from(String(received)));
  }
}

/** Beside ours in the same processes, so that both run on the same network with the same block settings. */
export const contracts = [...ours, BaselineContract];
