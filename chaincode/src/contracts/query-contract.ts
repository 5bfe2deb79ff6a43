import { join } from 'node:path';
import { Contract, type Context } from 'fabric-contract-api';
import { chaincodeDigest } from '../digest.ts';
import { readBalance } from '../domain/balance.ts';
import type { Book } from '../domain/book.ts';
import { formatInstant } from '../domain/time.ts';
import { supplyOf } from '../domain/token.ts';
import { LedgerBook } from '../ledger/ledger-book.ts';
import { transact } from './transaction.ts';

/** The code this process runs: read once, when it starts. */
const VERSION = { digest: chaincodeDigest(join(import.meta.dirname, '..', '..')), node: process.version };

/** What the ledger says of itself; unknown objects are null. */
export class QueryContract extends Contract {
  constructor() {
    super('query');
  }

  version(context: Context): Promise<string> {
    return transact(context, () => Promise.resolve(VERSION));
  }

  founding(context: Context): Promise<string> {
    return query(context, (book) => {
      const organizations = book.get('ledger')?.organizations;
      return { founded: organizations !== undefined, votes: organizations ?? [] };
    });
  }

  ledger(context: Context): Promise<string> {
    return query(context, (book) => ({ ...book.ledger, clock: formatInstant(book.clock) }));
  }

  organization(context: Context, id: string): Promise<string> {
    return query(context, (book) => book.get('organization', id));
  }

  account(context: Context, id: string): Promise<string> {
    return query(context, (book) => book.get('account', id));
  }

  certificate(context: Context, thumbprint: string): Promise<string> {
    return query(context, (book) => book.get('certificate', thumbprint));
  }

  token(context: Context, id: string): Promise<string> {
    return query(context, (book) => {
      const token = book.get('token', id);
      return token === undefined ? undefined : { ...token, supply: supplyOf(book, id) };
    });
  }

  /** Exact: reads every slot and parcel. */
  balance(context: Context, account: string, token: string): Promise<string> {
    return query(context, (book) => readBalance(book, account, token));
  }

  outcome(context: Context, id: string, signer: string): Promise<string> {
    return query(context, (book) => book.get('instruction', id, signer));
  }
}

function query(context: Context, read: (book: Book) => unknown): Promise<string> {
  return transact(context, async ({ state, now }) => (await new LedgerBook(state, { now }).decide(read)) ?? null);
}
