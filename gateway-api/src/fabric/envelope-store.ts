import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../index/schema.ts';

/** A signed envelope that was sent, or was about to be. */
export interface StoredEnvelope {
  readonly transactionId: string;
  /** The prepared transaction, signed. */
  readonly bytes: Uint8Array;
  /** A ledger clock past this makes it invalid for ever; milliseconds. */
  readonly lastValid: number;
}

const SCHEMA = 'CREATE TABLE envelopes (transaction_id TEXT PRIMARY KEY, bytes BLOB NOT NULL, last_valid INTEGER NOT NULL);';

export type EnvelopeStore = ReturnType<typeof openEnvelopeStore>;

/**
 * The envelopes of transactions whose end is not known. They survive the process; a machine that loses power may lose the last ones,
 * which then nobody sends again: their instructions have an outcome or can never apply, as with any that were not acknowledged.
 */
export function openEnvelopeStore(folder: string) {
  if (folder !== ':memory:') mkdirSync(folder, { recursive: true });
  const database = openDatabase(folder === ':memory:' ? folder : join(folder, 'envelopes.db'), SCHEMA, 1);
  const put = database.prepare('INSERT OR REPLACE INTO envelopes (transaction_id, bytes, last_valid) VALUES (?, ?, ?)');
  const drop = database.prepare('DELETE FROM envelopes WHERE transaction_id = ?');
  const all = database.prepare('SELECT * FROM envelopes ORDER BY last_valid');
  return {
    put: ({ transactionId, bytes, lastValid }: StoredEnvelope): void => void put.run(transactionId, bytes, lastValid),
    drop: (transactionId: string): void => void drop.run(transactionId),
    /** Oldest first. */
    all: (): readonly StoredEnvelope[] =>
      all.all().map((row) => ({ transactionId: String(row['transaction_id']), bytes: row['bytes'] as Uint8Array, lastValid: Number(row['last_valid']) })),
    close: (): void => database.close(),
  };
}
