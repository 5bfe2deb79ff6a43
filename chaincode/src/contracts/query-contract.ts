import { join } from 'node:path';
import { Contract, type Context } from 'fabric-contract-api';
import { chaincodeDigest } from '../digest.ts';
import { readBalance } from '../domain/balance.ts';
import type { Book } from '../domain/book.ts';
import { parseOrRefuse } from '../domain/instruction.ts';
import { checkRules } from '../domain/check.ts';
import { payBody, type PayBody } from '../domain/payment.ts';
import { readPool } from '../domain/pool.ts';
import { listRules } from '../domain/rule.ts';
import { formatInstant } from '../domain/time.ts';
import { supplyOf } from '../domain/token.ts';
import { LedgerError } from '../domain/error.ts';
import { LedgerBook } from '../ledger/ledger-book.ts';
import { toJson } from '../ledger/records.ts';
import { transact } from './transaction.ts';

/** The code this process runs: read once, when it starts. */
const VERSION = { digest: chaincodeDigest(join(import.meta.dirname, '..', '..')), node: process.version };

/** What the ledger says of itself; unknown objects are null. */
export class QueryContract extends Contract {
  constructor() {
    super('query');
  }

  /** Reads no state, so it waits for no simulation: whoever asks wants to know whether the process lives. */
  version(): Promise<string> {
    return Promise.resolve(toJson(VERSION));
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

  /** A version of the rules; the one in force stands in the ledger record. */
  rules(context: Context, version: string): Promise<string> {
    return query(context, (book) => book.get('rules', Number(version)));
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

  /** Pre-check of a payment (the JSON of a `payment.pay` body), by a key of the payer if one is named: every rule with its figures, by the code that would decide it; changes nothing. */
  check(context: Context, payer: string, body: string, thumbprint: string): Promise<string> {
    return query(context, (book) => ({ rules: listRules(checkRules(book, payer, readPayBody(body), thumbprint)) }));
  }

  /** An acceptance with all that lies in its pool: exact, reads every slot. */
  pool(context: Context, token: string, into: string): Promise<string> {
    return query(context, (book) => {
      const acceptance = book.get('acceptance', token, into);
      return acceptance === undefined ? undefined : { ...acceptance, pool: readPool(book, [token, into]) };
    });
  }

  creditLimit(context: Context, enterprise: string, token: string): Promise<string> {
    return query(context, (book) => book.get('creditLimit', enterprise, token));
  }

  creditLine(context: Context, enterprise: string, token: string, merchant: string): Promise<string> {
    return query(context, (book) => book.get('creditLine', enterprise, token, merchant));
  }

  outcome(context: Context, id: string, signer: string): Promise<string> {
    return query(context, (book) => book.get('instruction', id, signer));
  }
}

function readPayBody(text: string): PayBody {
  try {
    return parseOrRefuse(payBody, JSON.parse(text), 'BODY_MALFORMED');
  } catch (error) {
    if (error instanceof SyntaxError) throw new LedgerError('BODY_MALFORMED');
    throw error;
  }
}

function query(context: Context, read: (book: Book) => unknown): Promise<string> {
  return transact(context, async ({ state, now }) => (await new LedgerBook(state, { now }).decide(read)) ?? null);
}
