import type { DatabaseSync } from 'node:sqlite';
import { CROWDED } from './schema.ts';

export interface IndexedBalance {
  readonly token: string;
  readonly free: string;
  readonly held: string;
}

/** Parcels that wait to be gathered, by slot how many it has sealed: the body of `balance.gather`. */
export interface CrowdedBalance {
  readonly account: string;
  readonly token: string;
  readonly parcels: Readonly<Record<string, number>>;
}

/** An account's money: what it has, how it came, and what a batch that debits it may be told. */
export function statementQueries(database: DatabaseSync) {
  const balances = database.prepare('SELECT token, free, held, incoming FROM balances WHERE account = ? ORDER BY token');
  const sealed = database.prepare(
    'SELECT account, token, slot, MAX(number) + 1 AS sealed FROM json_each(?) CROSS JOIN parcels ON account = value GROUP BY account, token, slot',
  );
  const sealedIn = database.prepare('SELECT slot, MAX(number) + 1 AS sealed FROM parcels WHERE account = ? AND token = ? GROUP BY slot');
  const crowded = database.prepare(`SELECT account, token FROM balances WHERE parcels > ${CROWDED} AND account LIKE '%@' || ? ORDER BY parcels DESC LIMIT ?`);
  return {
    balances: (account: string): readonly IndexedBalance[] =>
      balances.all(account).map(({ token, free, held, incoming }) => ({
        token: String(token),
        free: String(BigInt(String(free)) + BigInt(String(incoming))),
        held: String(held),
      })),
    /** Parcels sealed and not taken in, by `{account}/{token}` and slot, where there are any: lets a debit take them in without touching the slots. */
    parcels: (accounts: readonly string[]): Readonly<Record<string, Readonly<Record<string, number>>>> => {
      const hints: Record<string, Record<string, number>> = {};
      for (const row of sealed.all(JSON.stringify(accounts))) (hints[`${String(row['account'])}/${String(row['token'])}`] ??= {})[String(row['slot'])] = Number(row['sealed']);
      return hints;
    },
    /** Accounts of an organization with so many parcels of a token that they should be gathered; most first. */
    crowded: (home: string, limit: number): readonly CrowdedBalance[] =>
      (crowded.all(home, limit) as unknown as readonly { readonly account: string; readonly token: string }[]).map(({ account, token }) => ({
        account,
        token,
        parcels: Object.fromEntries(sealedIn.all(account, token).map(({ slot, sealed: number }) => [String(slot), Number(number)])),
      })),
  };
}
