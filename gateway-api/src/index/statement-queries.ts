import type { DatabaseSync } from 'node:sqlite';
import type { IncomingHint } from '@tallystick/chaincode/domain';
import type { IncomingHints } from '@tallystick/chaincode/state';
import { CROWDED } from './schema.ts';

/** How much is needed of an account's tokens; undefined: nobody knows. */
export type Needs = ReadonlyMap<string, ReadonlyMap<string, bigint> | undefined>;

export interface IndexedBalance {
  readonly token: string;
  readonly free: string;
  readonly held: string;
}

interface ReceivedRow {
  readonly account: string;
  readonly token: string;
  readonly free: string;
  readonly incoming: string;
  readonly parcels: number;
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
  const received = database.prepare("SELECT account, token, free, incoming, parcels FROM json_each(?) CROSS JOIN balances ON account = value WHERE incoming <> '0'");
  const unsealedIn = database.prepare("SELECT slot, sum FROM slots WHERE account = ? AND token = ? AND sum <> '0'");
  const sealedIn = database.prepare('SELECT slot, MAX(number) + 1 AS sealed FROM parcels WHERE account = ? AND token = ? GROUP BY slot');
  const crowded = database.prepare(`SELECT account, token FROM balances WHERE parcels > ${CROWDED} AND parcels > ? AND account LIKE '%@' || ? ORDER BY parcels DESC LIMIT ?`);
  const sealedOf = (account: string, token: string): Readonly<Record<string, number>> => Object.fromEntries(sealedIn.all(account, token).map(({ slot, sealed }) => [String(slot), Number(sealed)]));
  return {
    balances: (account: string): readonly IndexedBalance[] =>
      balances.all(account).map(({ token, free, held, incoming }) => ({
        token: String(token),
        free: String(BigInt(String(free)) + BigInt(String(incoming))),
        held: String(held),
      })),
    /** Where money has come in for those whose balance does not suffice: lets a debit take it in without a look at every slot. */
    incoming: (needs: Needs): IncomingHints => {
      const hints: Record<string, IncomingHint> = {};
      for (const row of received.all(JSON.stringify([...needs.keys()]))) {
        const { account, token, free, incoming, parcels } = row as unknown as ReceivedRow;
        const tokens = needs.get(account);
        const missing = tokens === undefined ? undefined : (tokens.get(token) ?? 0n) - BigInt(free);
        if (missing !== undefined && missing <= 0n) continue;
        const unsealed = unsealedIn.all(account, token).map(({ slot, sum }) => ({ slot: String(slot), sum: BigInt(String(sum)) }));
        const sealed = BigInt(incoming) - unsealed.reduce((total, { sum }) => total + sum, 0n);
        hints[`${account}/${token}`] = { parcels: parcels === 0 ? undefined : sealedOf(account, token), slots: fewest(unsealed, missing === undefined ? undefined : missing - sealed) };
      }
      return hints;
    },
    /** Accounts of an organization with so many parcels of a token that they should be gathered, more than given; most first. */
    crowded: (home: string, limit: number, moreThan = CROWDED): readonly CrowdedBalance[] =>
      (crowded.all(moreThan, home, limit) as unknown as readonly { readonly account: string; readonly token: string }[]).map(({ account, token }) => ({
        account,
        token,
        parcels: sealedOf(account, token),
      })),
  };
}

/** The slots with most in them that come to the amount, or to as much as there is; undefined asks for all there is. */
function fewest(slots: readonly { readonly slot: string; readonly sum: bigint }[], amount: bigint | undefined): readonly string[] {
  let left = amount;
  return slots.toSorted((one, other) => (one.sum > other.sum ? -1 : 1)).flatMap(({ slot, sum }) => {
    if (left !== undefined && left <= 0n) return [];
    if (left !== undefined) left -= sum;
    return [slot];
  });
}
