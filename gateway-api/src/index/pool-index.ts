import type { DatabaseSync } from 'node:sqlite';
import type { PoolSlot } from '@tallystick/chaincode/domain';

/** What lies in a pool, in all its slots together. */
export interface IndexedPool {
  readonly available: bigint;
  readonly taken: bigint;
}

/** Keeps every slot of every pool. */
export function poolWriter(database: DatabaseSync): (token: string, into: string, slot: string, pool: PoolSlot) => void {
  const put = database.prepare(
    `INSERT INTO pools (token, into_token, slot, available, taken) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET available = excluded.available, taken = excluded.taken`,
  );
  return (token, into, slot, { available, taken }) => void put.run(token, into, slot, String(available), String(taken));
}

/** Adds the slots of a pool up; there are eight for each organization. */
export function poolQueries(database: DatabaseSync): (token: string, into: string) => IndexedPool {
  const slots = database.prepare('SELECT available, taken FROM pools WHERE token = ? AND into_token = ?');
  return (token, into) =>
    slots.all(token, into).reduce<IndexedPool>(
      (sum, { available, taken }) => ({ available: sum.available + BigInt(String(available)), taken: sum.taken + BigInt(String(taken)) }),
      { available: 0n, taken: 0n },
    );
}
