import type { DatabaseSync } from 'node:sqlite';

export interface IndexedSupply {
  readonly issued: string;
  readonly redeemed: string;
}

/** What was issued and redeemed of a token. */
export function supplyQueries(database: DatabaseSync): (token: string) => IndexedSupply {
  const byToken = database.prepare('SELECT issued, redeemed FROM supplies WHERE token = ?');
  return (token) => (byToken.get(token) as IndexedSupply | undefined) ?? { issued: '0', redeemed: '0' };
}
