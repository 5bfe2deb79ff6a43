import type { DatabaseSync } from 'node:sqlite';
import type { AccountRole, AccountStatus } from '@tallystick/chaincode/domain';
import { entryId, type EntryNumber } from './entry-id.ts';
import { pageOf, type Page, type PageRequest } from './page.ts';

export interface IndexedAccount {
  readonly id: string;
  readonly organization: string;
  readonly status: AccountStatus;
  readonly roles: readonly AccountRole[];
  readonly holder: string;
  readonly registeredAt: string;
}

export interface IndexedBalance {
  readonly token: string;
  readonly free: string;
  readonly held: string;
}

/** One line of the account's statement. */
export interface IndexedPosting {
  /** Entry id: block-transaction-line. */
  readonly entry: string;
  readonly token: string;
  /** Signed. */
  readonly amount: string;
  readonly instruction: { readonly id: string; readonly signer: string };
  readonly bookedAt: string;
}

interface AccountRow {
  readonly id: string;
  readonly organization: string;
  readonly status: AccountStatus;
  readonly roles: string;
  readonly holder: string;
  readonly registered_at: string;
  readonly entry: EntryNumber;
}

interface PostingRow {
  readonly entry: EntryNumber;
  readonly token: string;
  readonly amount: string;
  readonly instruction: string;
  readonly signer: string;
  readonly booked_at: string;
}

export function accountQueries(database: DatabaseSync) {
  const byId = database.prepare('SELECT * FROM accounts WHERE id = ?');
  const byOrganization = database.prepare('SELECT * FROM accounts WHERE organization = ? AND entry < ? ORDER BY entry DESC LIMIT ?');
  const balances = database.prepare('SELECT token, amount FROM balances WHERE account = ? ORDER BY token');
  // An instruction posts to an account once (nobody pays himself), so an entry names one row of the account.
  const postings = database.prepare(
    `SELECT * FROM postings WHERE account = :account AND (:token IS NULL OR token = :token) AND entry < :before
     ORDER BY entry DESC LIMIT :limit`,
  );
  return {
    one: (id: string): IndexedAccount | undefined => {
      const row = byId.get(id) as AccountRow | undefined;
      return row === undefined ? undefined : accountOf(row);
    },
    list: (organization: string, { before, limit }: PageRequest): Page<IndexedAccount> =>
      pageOf(byOrganization.all(organization, before, limit + 1) as unknown as readonly AccountRow[], limit, accountOf),
    balances: (account: string): readonly IndexedBalance[] =>
      balances.all(account).map(({ token, amount }) => ({ token: String(token), free: String(amount), held: '0' })),
    postings: (account: string, token: string | undefined, { before, limit }: PageRequest): Page<IndexedPosting> =>
      pageOf(postings.all({ account, token: token ?? null, before, limit: limit + 1 }) as unknown as readonly PostingRow[], limit, postingOf),
  };
}

function accountOf({ id, organization, status, roles, holder, registered_at }: AccountRow): IndexedAccount {
  return { id, organization, status, roles: JSON.parse(roles) as readonly AccountRole[], holder, registeredAt: registered_at };
}

function postingOf({ entry, token, amount, instruction, signer, booked_at }: PostingRow): IndexedPosting {
  return { entry: entryId(entry), token, amount, instruction: { id: instruction, signer }, bookedAt: booked_at };
}
