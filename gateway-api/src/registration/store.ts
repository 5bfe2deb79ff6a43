import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OPEN_REGISTRATION_STATES, type AccountRole, type AskReason, type RegistrationState } from '@tallystick/chaincode/domain';
import { inTransaction, openDatabase } from '../index/schema.ts';
import type { DocumentFacts } from './document.ts';

/** What the registrar wants to see besides. */
export interface Ask {
  readonly reasons: readonly AskReason[];
  readonly askedAt: string;
  readonly deadline: string;
  readonly answeredAt?: string;
}

/** An applicant's request on its way to becoming an account. It lives off the chain, in the gateway that took it. */
export interface Registration {
  readonly id: string;
  readonly account: string;
  readonly roles: readonly AccountRole[];
  /** Salted hash of who the holder is. */
  readonly holder: string;
  /** The organization makes the key and hands it over once; absent: the applicant has made it. */
  readonly keys?: 'issued';
  /** Certificate request, PEM. */
  readonly csr?: string;
  /** The proof of the key, compact JWS. */
  readonly application?: string;
  readonly state: RegistrationState;
  /** When it lapses unless somebody acts; RFC 3339. */
  readonly deadline?: string;
  readonly documents?: readonly DocumentFacts[];
  readonly asks?: readonly Ask[];
  /** The address it came from, while it is open. */
  readonly from?: string;
  /** SHA-256 of the applicant's secret. */
  readonly secretHash: string;
  /** DER, base64. */
  readonly certificate?: string;
  readonly reason?: string;
  readonly submittedAt: string;
}

const SCHEMA = `
CREATE TABLE registrations (id TEXT PRIMARY KEY, account TEXT NOT NULL UNIQUE, state TEXT NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX registrations_by_state ON registrations (state, id);
`;

/** Beside what earlier versions laid out: applications are no view that could be built again. */
const ADDITIONS = `
CREATE TABLE IF NOT EXISTS documents (registration TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (registration, number));
CREATE INDEX IF NOT EXISTS registrations_by_address ON registrations (value ->> 'from');
`;

const OPEN = `(${OPEN_REGISTRATION_STATES.map((state) => `'${state}'`).join(', ')})`;

export type RegistrationStore = ReturnType<typeof openRegistrationStore>;

export function openRegistrationStore(folder: string) {
  if (folder !== ':memory:') mkdirSync(folder, { recursive: true });
  const database = openDatabase(folder === ':memory:' ? folder : join(folder, 'registrations.db'), SCHEMA, 1);
  database.exec('PRAGMA synchronous = FULL');
  database.exec(ADDITIONS);
  const add = database.prepare('INSERT INTO registrations (id, account, state, value) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const update = database.prepare('UPDATE registrations SET state = ?, value = ? WHERE id = ?');
  const byId = database.prepare('SELECT value FROM registrations WHERE id = ?');
  const byAccount = database.prepare('SELECT value FROM registrations WHERE account = ?');
  const byState = database.prepare('SELECT value FROM registrations WHERE (:state IS NULL OR state = :state) AND id > :after ORDER BY id LIMIT :limit');
  const over = database.prepare(`SELECT value FROM registrations WHERE state IN ${OPEN} AND value ->> 'deadline' < :now LIMIT 1000`);
  const open = database.prepare(`SELECT count(*) AS count FROM registrations WHERE state IN ${OPEN}`);
  const from = database.prepare(`SELECT count(DISTINCT id) AS count, coalesce(sum(size), 0) AS size FROM registrations LEFT JOIN documents ON registration = id WHERE value ->> 'from' = ?`);
  const addDocument = database.prepare('INSERT INTO documents (registration, number, size, content) VALUES (?, ?, ?, ?)');
  const document = database.prepare('SELECT content FROM documents WHERE registration = ? AND number = ?');
  const dropDocuments = database.prepare('DELETE FROM documents WHERE registration = ?');
  const size = database.prepare('SELECT coalesce(sum(size), 0) AS size FROM documents');
  const read = (rows: readonly Readonly<Record<string, unknown>>[]) => rows.map((row) => JSON.parse(String(row['value'])) as Registration);
  return {
    /** What is changed within is on disk at once, or not at all. */
    together: <T>(change: () => T): T => inTransaction(database, change),
    /** False when the account is asked for already. */
    add: (it: Registration): boolean => add.run(it.id, it.account, it.state, JSON.stringify(it)).changes === 1,
    put: (it: Registration): void => void update.run(it.state, JSON.stringify(it), it.id),
    one: (id: string): Registration | undefined => read(byId.all(id))[0],
    ofAccount: (account: string): Registration | undefined => read(byAccount.all(account))[0],
    /** From the oldest on. */
    list: (state: RegistrationState | undefined, after: string, limit: number): readonly Registration[] => read(byState.all({ state: state ?? null, after, limit })),
    /** Open ones past their deadline. */
    over: (now: string): readonly Registration[] => read(over.all({ now })),
    openCount: (): number => Number(open.get()?.['count']),
    /** How many open ones came from an address, and the bytes of their documents. */
    openFrom: (address: string): { readonly count: number; readonly bytes: number } => {
      const row = from.get(address);
      return { count: Number(row?.['count']), bytes: Number(row?.['size']) };
    },
    addDocument: (registration: string, number: number, content: Uint8Array): void => void addDocument.run(registration, number, content.length, content),
    document: (registration: string, number: number): Uint8Array | undefined => document.get(registration, number)?.['content'] as Uint8Array | undefined,
    dropDocuments: (registration: string): void => void dropDocuments.run(registration),
    /** Bytes of all documents. */
    documentSize: (): number => Number(size.get()?.['size']),
    close: (): void => database.close(),
  };
}
