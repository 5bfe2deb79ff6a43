import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountRole } from '@tallystick/chaincode/domain';
import { openDatabase } from '../index/schema.ts';

export const REGISTRATION_STATES = ['submitted', 'certified', 'registered', 'rejected'] as const;
export type RegistrationState = (typeof REGISTRATION_STATES)[number];

/** An applicant's request on its way to becoming an account. It lives off the chain, in the gateway that took it. */
export interface Registration {
  readonly id: string;
  readonly account: string;
  readonly roles: readonly AccountRole[];
  /** Salted hash of who the holder is. */
  readonly holder: string;
  /** Certificate request, PEM. */
  readonly csr: string;
  /** The applicant's proof of its key, compact JWS. */
  readonly application: string;
  readonly state: RegistrationState;
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

export type RegistrationStore = ReturnType<typeof openRegistrationStore>;

export function openRegistrationStore(folder: string) {
  if (folder !== ':memory:') mkdirSync(folder, { recursive: true });
  const database = openDatabase(folder === ':memory:' ? folder : join(folder, 'registrations.db'), SCHEMA, 1);
  database.exec('PRAGMA synchronous = FULL');
  const add = database.prepare('INSERT INTO registrations (id, account, state, value) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const update = database.prepare('UPDATE registrations SET state = ?, value = ? WHERE id = ?');
  const byId = database.prepare('SELECT value FROM registrations WHERE id = ?');
  const byState = database.prepare('SELECT value FROM registrations WHERE (:state IS NULL OR state = :state) AND id > :after ORDER BY id LIMIT :limit');
  const open = database.prepare("SELECT count(*) AS count FROM registrations WHERE state IN ('submitted', 'certified')");
  return {
    /** False when the account is asked for already. */
    add: (it: Registration): boolean => add.run(it.id, it.account, it.state, JSON.stringify(it)).changes === 1,
    put: (it: Registration): void => void update.run(it.state, JSON.stringify(it), it.id),
    one: (id: string): Registration | undefined => {
      const row = byId.get(id);
      return row === undefined ? undefined : (JSON.parse(String(row['value'])) as Registration);
    },
    /** From the oldest on. */
    list: (state: RegistrationState | undefined, after: string, limit: number): readonly Registration[] =>
      byState.all({ state: state ?? null, after, limit }).map((row) => JSON.parse(String(row['value'])) as Registration),
    openCount: (): number => Number(open.get()?.['count']),
    close: (): void => database.close(),
  };
}
