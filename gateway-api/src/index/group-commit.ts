import type { DatabaseSync } from 'node:sqlite';
import type { Log } from '../log.ts';

/** What happens within this time is committed together: pages that many blocks change are written once. */
const OPEN_MS = 1_000;

export interface GroupOptions {
  readonly committed: () => void;
  /** Everything since the last commit is gone: SQLite rolls back when it cannot write, since the disk is full or broken. */
  readonly undone: (error: unknown) => void;
  readonly log: Log;
}

/**
 * One SQL transaction for many changes. The connection itself sees them at once; whoever opens the file sees them when they are
 * committed, and a process that ends before loses only what it reads again.
 */
export function groupCommit(database: DatabaseSync, { committed, undone, log }: GroupOptions) {
  let timer: NodeJS.Timeout | undefined;
  const end = (statement: 'COMMIT' | 'ROLLBACK'): void => {
    clearTimeout(timer);
    timer = undefined;
    if (!database.isTransaction) return;
    database.exec(statement);
    if (statement === 'COMMIT') committed();
  };
  const endInTime = (): void => {
    try {
      end('COMMIT');
    } catch (error) {
      log.error({ error }, 'the index could not be committed');
      if (database.isTransaction) timer = setTimeout(endInTime, OPEN_MS).unref();
      else undone(error);
    }
  };
  return {
    /** When it throws, everything since the last commit is undone. */
    run: (change: () => void): void => {
      if (!database.isTransaction) database.exec('BEGIN IMMEDIATE');
      timer ??= setTimeout(endInTime, OPEN_MS).unref();
      try {
        change();
      } catch (error) {
        end('ROLLBACK');
        throw error;
      }
    },
    /** When it throws and the database is in no transaction any more, everything since the last commit is undone. */
    commit: (): void => end('COMMIT'),
  };
}
