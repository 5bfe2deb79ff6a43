import { DatabaseSync } from 'node:sqlite';
import { createObjectTable } from './object-table.ts';
import { OBJECT_TABLES } from './objects.ts';

/** A file of another version is dropped and built anew from the chain. */
export const SCHEMA_VERSION = 20;

/** Above so many parcels of a token an account's debits become dear: they are gathered. */
export const CROWDED = 64;

/**
 * Every table is a function of the chain alone. `entry` names an instruction's place in it, as one number that sorts
 * (see entry-id.ts). Amounts are decimal text: they have up to 30 digits.
 */
const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- Accounts, officers and whatever else postings name: rows by the million name them by number.
CREATE TABLE names (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE transactions (number INTEGER PRIMARY KEY, id TEXT NOT NULL, booked_at TEXT NOT NULL);
CREATE TABLE instructions (
  entry INTEGER PRIMARY KEY, id TEXT NOT NULL, signer_number INTEGER NOT NULL, type TEXT NOT NULL, hash TEXT NOT NULL, rules INTEGER NOT NULL,
  refusal TEXT, told TEXT, body TEXT NOT NULL
);
CREATE UNIQUE INDEX instructions_by_id ON instructions (id, signer_number);
-- Who has to do with an instruction, and how (see line.ts): lists of an account's instructions, postings and payments.
CREATE TABLE lines (name INTEGER NOT NULL, sides INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (name, sides, entry)) WITHOUT ROWID;
-- Which instructions name an object, beside the one that made it: its history.
CREATE TABLE touches (object TEXT NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (object, entry)) WITHOUT ROWID;
CREATE TABLE certificates (
  thumbprint TEXT PRIMARY KEY, holder TEXT NOT NULL, public_key TEXT NOT NULL, not_before TEXT NOT NULL, not_after TEXT NOT NULL, status TEXT NOT NULL,
  rank INTEGER NOT NULL, home TEXT NOT NULL, kind TEXT NOT NULL, role TEXT NOT NULL, caps TEXT, issued INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX certificates_by_holder ON certificates (holder, rank);
CREATE INDEX certificates_by_end ON certificates (home, kind, not_after, thumbprint) WHERE status = 'active';
CREATE TABLE certificate_records (thumbprint TEXT PRIMARY KEY, serial_number TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE certificate_documents (thumbprint TEXT PRIMARY KEY, certificate TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE supplies (token TEXT PRIMARY KEY, issued TEXT NOT NULL, redeemed TEXT NOT NULL) WITHOUT ROWID;
-- free and held as the balance record says; incoming is the sum of slots and parcels that it has not taken in, parcels their number.
CREATE TABLE balances (
  account TEXT NOT NULL, token TEXT NOT NULL, free TEXT NOT NULL, held TEXT NOT NULL, incoming TEXT NOT NULL, parcels INTEGER NOT NULL,
  PRIMARY KEY (account, token)
) WITHOUT ROWID;
-- Whose parcels are to be gathered: few at any time.
CREATE INDEX crowded_balances ON balances (parcels) WHERE parcels > ${CROWDED};
CREATE TABLE slots (account TEXT NOT NULL, token TEXT NOT NULL, slot TEXT NOT NULL, sum TEXT NOT NULL, PRIMARY KEY (account, token, slot)) WITHOUT ROWID;
CREATE TABLE parcels (
  account TEXT NOT NULL, token TEXT NOT NULL, slot TEXT NOT NULL, number INTEGER NOT NULL, amount TEXT NOT NULL, PRIMARY KEY (account, token, slot, number)
) WITHOUT ROWID;
CREATE TABLE pools (
  token TEXT NOT NULL, into_token TEXT NOT NULL, slot TEXT NOT NULL, available TEXT NOT NULL, taken TEXT NOT NULL, PRIMARY KEY (token, into_token, slot)
) WITHOUT ROWID;
${Object.values(OBJECT_TABLES).map(createObjectTable).join('')}`;

/** Tables and the order that makes their rows comparable. */
export const TABLES: readonly { readonly name: string; readonly order: string }[] = [
  { name: 'meta', order: 'name' },
  { name: 'names', order: 'number' },
  { name: 'transactions', order: 'number' },
  { name: 'instructions', order: 'entry' },
  { name: 'lines', order: 'name, sides, entry' },
  { name: 'touches', order: 'object, entry' },
  { name: 'certificates', order: 'thumbprint' },
  { name: 'certificate_records', order: 'thumbprint' },
  { name: 'certificate_documents', order: 'thumbprint' },
  { name: 'supplies', order: 'token' },
  { name: 'balances', order: 'account, token' },
  { name: 'slots', order: 'account, token, slot' },
  { name: 'parcels', order: 'account, token, slot, number' },
  { name: 'pools', order: 'token, into_token, slot' },
  ...Object.keys(OBJECT_TABLES).map((name) => ({ name, order: 'id' })),
];

/** A file of another program's version, which holds what is nowhere else. */
export class DataVersionError extends Error {
  constructor(path: string, found: number, version: number) {
    super(`${path} is of version ${found}, this program reads version ${version}: let the program that wrote it finish what is in it (docs/operations.md), then move the file away`);
    this.name = 'DataVersionError';
  }
}

/**
 * Opens a file whose schema is this one, or lays it out in an empty file. What is in it is nowhere else, so nothing is dropped.
 * @throws DataVersionError
 */
export function openDatabase(path: string, schema: string, version: number): DatabaseSync {
  const database = openFile(path);
  const found = versionOf(database);
  if (found === version) return database;
  if (found !== 0 || tablesOf(database).length > 0) {
    database.close();
    throw new DataVersionError(path, found, version);
  }
  recreate(database, schema, version);
  return database;
}

/** An index of another version is dropped: it is built anew from the chain. */
export function openIndexDatabase(path: string): DatabaseSync {
  const database = openFile(path);
  if (versionOf(database) !== SCHEMA_VERSION) emptyIndexDatabase(database);
  // Room for what is changed between two commits, in KiB. Pages go from the log to the file some megabytes at a time: of sixty, whoever asks meanwhile waits for a third of a second.
  database.exec('PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 1024');
  return database;
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
    // SQLite has rolled back by itself when it could not write.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function openFile(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;');
  return database;
}

/** 0 when nothing was laid out in it yet. */
function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

function tablesOf(database: DatabaseSync): readonly string[] {
  return database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all().map(({ name }) => String(name));
}

function recreate(database: DatabaseSync, schema: string, version: number): void {
  const names = tablesOf(database);
  inTransaction(database, () => {
    for (const name of names) database.exec(`DROP TABLE "${name}"`);
    database.exec(schema);
    database.exec(`PRAGMA user_version = ${version}`);
  });
}
