import { DatabaseSync } from 'node:sqlite';

/** A file of another version is dropped and built anew from the chain. */
export const SCHEMA_VERSION = 1;

/**
 * Every table is a function of the chain alone. `entry` names an instruction's place in it, as one number that sorts
 * (see entry-id.ts). Amounts are decimal text: they have up to 30 digits.
 */
const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE instructions (
  id TEXT NOT NULL, signer TEXT NOT NULL, type TEXT NOT NULL, hash TEXT NOT NULL, entry INTEGER NOT NULL,
  transaction_id TEXT NOT NULL, booked_at TEXT NOT NULL, rules INTEGER NOT NULL, code TEXT, figures TEXT, body TEXT NOT NULL,
  PRIMARY KEY (id, signer)
) WITHOUT ROWID;
CREATE INDEX instructions_by_signer ON instructions (signer, entry);
CREATE TABLE organizations (id TEXT PRIMARY KEY, name TEXT NOT NULL, user_authority TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE officers (id TEXT PRIMARY KEY, organization TEXT NOT NULL, name TEXT NOT NULL, roles TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE accounts (
  id TEXT PRIMARY KEY, organization TEXT NOT NULL, status TEXT NOT NULL, roles TEXT NOT NULL, holder TEXT NOT NULL,
  registered_at TEXT NOT NULL, entry INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX accounts_by_organization ON accounts (organization, entry);
CREATE TABLE certificates (
  thumbprint TEXT PRIMARY KEY, holder TEXT NOT NULL, public_key TEXT NOT NULL, serial_number TEXT NOT NULL,
  not_before TEXT NOT NULL, not_after TEXT NOT NULL, status TEXT NOT NULL, certificate TEXT NOT NULL, entry INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX certificates_by_holder ON certificates (holder, entry);
CREATE TABLE tokens (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, decimals INTEGER NOT NULL, kind TEXT NOT NULL, cap TEXT, status TEXT NOT NULL,
  source TEXT NOT NULL, document TEXT, issued TEXT NOT NULL, redeemed TEXT NOT NULL, entry INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE payments (
  id TEXT PRIMARY KEY, payer TEXT NOT NULL, payee TEXT NOT NULL, token TEXT NOT NULL, amount TEXT NOT NULL,
  refunded TEXT NOT NULL, end_to_end_id TEXT, refs TEXT, booked_at TEXT NOT NULL, entry INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX payments_by_payer ON payments (payer, entry);
CREATE INDEX payments_by_payee ON payments (payee, entry);
CREATE TABLE postings (
  account TEXT NOT NULL, entry INTEGER NOT NULL, leg INTEGER NOT NULL, token TEXT NOT NULL, amount TEXT NOT NULL,
  instruction TEXT NOT NULL, signer TEXT NOT NULL, booked_at TEXT NOT NULL,
  PRIMARY KEY (account, entry, leg)
) WITHOUT ROWID;
CREATE TABLE balances (account TEXT NOT NULL, token TEXT NOT NULL, amount TEXT NOT NULL, PRIMARY KEY (account, token)) WITHOUT ROWID;
`;

/** Tables and the order that makes their rows comparable. */
export const TABLES: readonly { readonly name: string; readonly order: string }[] = [
  { name: 'meta', order: 'name' },
  { name: 'instructions', order: 'id, signer' },
  { name: 'organizations', order: 'id' },
  { name: 'officers', order: 'id' },
  { name: 'accounts', order: 'id' },
  { name: 'certificates', order: 'thumbprint' },
  { name: 'tokens', order: 'id' },
  { name: 'payments', order: 'id' },
  { name: 'postings', order: 'account, entry, leg' },
  { name: 'balances', order: 'account, token' },
];

/** Opens a file whose schema is this one; a file of another version, or of none, is emptied first. */
export function openDatabase(path: string, schema: string, version: number): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;');
  const found = database.prepare('PRAGMA user_version').get()?.['user_version'];
  if (found !== version) recreate(database, schema, version);
  return database;
}

export function openIndexDatabase(path: string): DatabaseSync {
  return openDatabase(path, SCHEMA, SCHEMA_VERSION);
}

/** Drops everything and lays out the index's tables again. */
export function emptyIndexDatabase(database: DatabaseSync): void {
  recreate(database, SCHEMA, SCHEMA_VERSION);
}

/** Runs the changes in one SQL transaction. */
export function inTransaction<T>(database: DatabaseSync, change: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = change();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function recreate(database: DatabaseSync, schema: string, version: number): void {
  const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();
  inTransaction(database, () => {
    for (const { name } of names) database.exec(`DROP TABLE "${String(name)}"`);
    database.exec(schema);
    database.exec(`PRAGMA user_version = ${version}`);
  });
}
