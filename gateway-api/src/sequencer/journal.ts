import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Refusal } from '@tallystick/chaincode/domain';
import { inTransaction, openDatabase } from '../index/schema.ts';

/** An instruction that was accepted and has no outcome in the chain yet. */
export interface Accepted {
  readonly id: string;
  readonly signer: string;
  readonly hash: string;
  readonly jws: string;
}

/** The same, told without itself. */
export interface Opened extends Omit<Accepted, 'jws'> {
  /** Of the JWS. */
  readonly characters: number;
}

/** What was accepted, and what was answered where nothing is recorded. */
export interface JournalEntry extends Accepted {
  readonly refusal?: Refusal;
}

const SCHEMA = `
CREATE TABLE accepted (
  id TEXT NOT NULL, signer TEXT NOT NULL, hash TEXT NOT NULL, jws TEXT NOT NULL, refusal TEXT, at INTEGER NOT NULL,
  PRIMARY KEY (id, signer)
) WITHOUT ROWID;
`;

/** Unrecorded answers are kept for whoever asks until no instruction of their time can apply any more, and no more of them than these. */
const KEEP_MS = 25 * 3600_000;
const MOST_REFUSED = 50_000;
const PURGE_EVERY_MS = 600_000;

/** What the gateway has answered 202 to: on disk before the answer, so that it survives the process. */
export type Journal = ReturnType<typeof openJournal>;

export function openJournal(folder: string) {
  if (folder !== ':memory:') mkdirSync(folder, { recursive: true });
  const database = openDatabase(folder === ':memory:' ? folder : join(folder, 'journal.db'), SCHEMA, 1);
  // The answer 202 is a promise: it must outlive the machine.
  database.exec('PRAGMA synchronous = FULL');
  const add = database.prepare('INSERT INTO accepted (id, signer, hash, jws, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET jws = excluded.jws, refusal = NULL, at = excluded.at');
  const one = database.prepare('SELECT * FROM accepted WHERE id = ? AND signer = ?');
  const remove = database.prepare('DELETE FROM accepted WHERE id = ? AND signer = ?');
  const refuse = database.prepare("UPDATE accepted SET refusal = ?, jws = '' WHERE id = ? AND signer = ?");
  const open = database.prepare('SELECT id, signer, hash, length(jws) AS characters FROM accepted WHERE refusal IS NULL ORDER BY at');
  /** Times of acceptance are distinct, so that they tell the order also of what came within a millisecond. */
  let last = Number(database.prepare('SELECT coalesce(max(at), 0) AS at FROM accepted').get()?.['at']);
  const now = (): number => (last = Math.max(Date.now(), last + 1));
  const forgetOld = database.prepare('DELETE FROM accepted WHERE refusal IS NOT NULL AND at < ?');
  const forgetMany = database.prepare(
    'DELETE FROM accepted WHERE (id, signer) IN (SELECT id, signer FROM accepted WHERE refusal IS NOT NULL ORDER BY at DESC LIMIT -1 OFFSET ?)',
  );
  const purge = (now = Date.now(), most = MOST_REFUSED): void => {
    forgetOld.run(now - KEEP_MS);
    forgetMany.run(most);
  };
  const timer = setInterval(() => purge(), PURGE_EVERY_MS);
  timer.unref();
  return {
    /** What is changed within is on disk at once, for the price of one write. */
    together: <T>(change: () => T): T => inTransaction(database, change),
    add: ({ id, signer, hash, jws }: Accepted): void => void add.run(id, signer, hash, jws, now()),
    one: (id: string, signer: string): JournalEntry | undefined => {
      const row = one.get(id, signer);
      return row === undefined ? undefined : entryOf(row);
    },
    /** It is in the chain. */
    remove: (id: string, signer: string): void => void remove.run(id, signer),
    /** Its answer is kept, and itself no longer. */
    refuse: (id: string, signer: string, refusal: Refusal): void => void refuse.run(JSON.stringify(refusal), id, signer),
    /** Without an outcome, in the order they came. */
    open: (): readonly Opened[] => {
      purge();
      return open.all().map((row) => ({ ...nameOf(row), characters: Number(row['characters']) }));
    },
    /** Forgets refused ones that are too old or too many; also by itself, every ten minutes. */
    purge,
    close: (): void => {
      clearInterval(timer);
      database.close();
    },
  };
}

function nameOf(row: Readonly<Record<string, unknown>>): Omit<Accepted, 'jws'> {
  return { id: String(row['id']), signer: String(row['signer']), hash: String(row['hash']) };
}

function entryOf(row: Readonly<Record<string, unknown>>): JournalEntry {
  const entry = { ...nameOf(row), jws: String(row['jws']) };
  const { refusal } = row;
  return typeof refusal === 'string' ? { ...entry, refusal: JSON.parse(refusal) as Refusal } : entry;
}
