import type { DatabaseSync } from 'node:sqlite';
import type { Balance, IncomingSlot } from '@tallystick/chaincode/domain';

/**
 * Keeps the three places where an account's money lies: the balance, the slots it comes in by, the sealed parcels. What lies in
 * slots and parcels is added up as it changes, so that an exact balance is one row.
 */
export function moneyWriter(database: DatabaseSync) {
  const putBalance = database.prepare(
    `INSERT INTO balances (account, token, free, held, incoming, parcels) VALUES (?, ?, ?, ?, '0', 0) ON CONFLICT DO UPDATE SET free = excluded.free, held = excluded.held`,
  );
  const getIncoming = database.prepare('SELECT incoming FROM balances WHERE account = ? AND token = ?');
  const putIncoming = database.prepare(
    `INSERT INTO balances (account, token, free, held, incoming, parcels) VALUES (?, ?, '0', '0', ?, ?)
     ON CONFLICT DO UPDATE SET incoming = excluded.incoming, parcels = parcels + excluded.parcels`,
  );
  const getSlot = database.prepare('SELECT sum FROM slots WHERE account = ? AND token = ? AND slot = ?');
  const putSlot = database.prepare('INSERT INTO slots (account, token, slot, sum) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET sum = excluded.sum');
  const getParcel = database.prepare('SELECT amount FROM parcels WHERE account = ? AND token = ? AND slot = ? AND number = ?');
  const putParcel = database.prepare('INSERT INTO parcels (account, token, slot, number, amount) VALUES (?, ?, ?, ?, ?)');
  const dropParcel = database.prepare('DELETE FROM parcels WHERE account = ? AND token = ? AND slot = ? AND number = ?');

  const add = (account: string, token: string, change: bigint, parcels: number): void => {
    if (change !== 0n) putIncoming.run(account, token, String(amountOf(getIncoming.get(account, token)?.['incoming']) + change), parcels);
  };
  return {
    balance: (account: string, token: string, { free, held }: Balance): void => void putBalance.run(account, token, String(free), String(held)),
    slot: (account: string, token: string, slot: string, { sum }: IncomingSlot): void => {
      add(account, token, sum - amountOf(getSlot.get(account, token, slot)?.['sum']), 0);
      putSlot.run(account, token, slot, String(sum));
    },
    /** Undefined: folded into the balance. */
    parcel: (account: string, token: string, slot: string, number: number, amount: bigint | undefined): void => {
      const before = getParcel.get(account, token, slot, number)?.['amount'];
      add(account, token, (amount ?? 0n) - amountOf(before), Number(amount !== undefined) - Number(before !== undefined));
      if (before !== undefined) dropParcel.run(account, token, slot, number);
      if (amount !== undefined) putParcel.run(account, token, slot, number, String(amount));
    },
  };
}

function amountOf(value: unknown): bigint {
  return typeof value === 'string' ? BigInt(value) : 0n;
}
