import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { LedgerBlock } from '../fabric/block.ts';
import type { BlockReader } from '../fabric/chain.ts';
import type { Log } from '../log.ts';
import { within } from '../wait.ts';
import { certificateQueries, type CertificateQueries } from './certificate-queries.ts';
import { groupCommit } from './group-commit.ts';
import { instructionQueries, type IndexedInstruction, type InstructionQueries } from './instruction-queries.ts';
import { milestone } from './milestone.ts';
import { openNames } from './names.ts';
import { openObjects, type LedgerObjects } from './objects.ts';
import { poolQueries } from './pool-index.ts';
import { postingQuery } from './postings.ts';
import { projector } from './projector.ts';
import { Recent } from './recent.ts';
import { emptyIndexDatabase, openIndexDatabase, TABLES } from './schema.ts';
import { statementQueries } from './statement-queries.ts';
import { supplyQueries } from './supply-queries.ts';

export interface IndexOptions {
  /** Folder for the file, or `:memory:`. */
  readonly folder: string;
  readonly rebuild: boolean;
  readonly log: Log;
}

/** A queryable view of the chain: can be dropped at any time, and is the same when it is built again. */
export interface LedgerIndex extends BlockReader {
  /** Number of the last block in it; −1 before the first. */
  readonly block: () => number;
  /** Resolves when the block is in the file: until then it is read again if the process ends. */
  readonly kept: (block: number) => Promise<void>;
  readonly clock: () => string | undefined;
  /** Why the next block cannot be taken; it is tried again. */
  readonly fault: () => string | undefined;
  /** Whether it has the block, or gets it in time. */
  readonly reaches: (block: number, milliseconds: number) => Promise<boolean>;
  /** Resolves with the next block read, or after the time. */
  readonly nextRead: (milliseconds: number) => Promise<unknown>;
  readonly objects: LedgerObjects;
  readonly certificates: CertificateQueries;
  readonly instructions: InstructionQueries;
  readonly statements: ReturnType<typeof statementQueries>;
  readonly postings: ReturnType<typeof postingQuery>;
  readonly supplyOf: ReturnType<typeof supplyQueries>;
  readonly poolOf: ReturnType<typeof poolQueries>;
  /** SHA-256 over every row, base64url. */
  readonly digest: () => string;
  readonly close: () => void;
}

export function openIndex({ folder, rebuild, log }: IndexOptions): LedgerIndex {
  if (folder !== ':memory:') mkdirSync(folder, { recursive: true });
  const database = openIndexDatabase(folder === ':memory:' ? folder : join(folder, 'index.db'));
  if (rebuild) emptyIndexDatabase(database);
  const getMeta = database.prepare('SELECT value FROM meta WHERE name = ?');
  const meta = (name: string): string | undefined => getMeta.get(name)?.['value'] as string | undefined;
  const readTo = (): number => Number(meta('block') ?? -1);
  const block = milestone(readTo());
  const kept = milestone(readTo());
  let fault: string | undefined;
  const rows = openRows(database);
  const project = projector({ database, ...rows }, log);
  /** The block that could not be taken, or the last of those that could not be committed. */
  let faulty = -1;
  /** Undone with a block are those before it that were not committed yet: they are read again, since a later one does not follow on what is left. */
  const undo = (number: number, error: unknown): void => {
    rows.forget();
    faulty = Math.max(number, faulty);
    fault = `block ${number}: ${error instanceof Error ? error.message : String(error)}`;
    block.set(readTo());
  };
  const group = groupCommit(database, { committed: () => kept.set(readTo()), undone: (error) => undo(block.now(), error), log });

  const forget = (reason: string): void => {
    log.error({ reason }, 'the index is of another chain; building it anew');
    group.commit();
    emptyIndexDatabase(database);
    rows.forget();
    faulty = -1;
    for (const each of [block, kept]) each.set(-1);
  };
  const read = (read: LedgerBlock): void => {
    if (read.number === block.now()) {
      if (read.dataHash === meta('dataHash')) return;
      forget(`block ${read.number} is not the one that was read`);
      throw new Error('reading the chain from its first block');
    }
    if (read.number !== block.now() + 1) throw new Error(`block ${read.number} after block ${block.now()}`);
    try {
      group.run(() => project(read));
      // Up to where it failed, each block by itself: so that the next failure undoes nothing else.
      if (fault !== undefined) group.commit();
    } catch (error) {
      undo(read.number, error);
      throw new Error(fault, { cause: error });
    }
    if (read.number >= faulty) fault = undefined;
    block.set(read.number);
  };

  return {
    // The last block comes again, to see that it is the same chain.
    nextBlock: () => Math.max(0, block.now()),
    read,
    block: block.now,
    kept: kept.reached,
    clock: () => meta('clock'),
    fault: () => fault,
    nextRead: (milliseconds) => within(milliseconds, block.next(), undefined),
    reaches: async (number, milliseconds) => {
      const until = Date.now() + milliseconds;
      while (block.now() < number && Date.now() < until) await within(until - Date.now(), block.next(), undefined);
      return block.now() >= number;
    },
    objects: rows.objects,
    certificates: rows.certificates,
    instructions: rows.instructions,
    ...queriesOf(database, rows),
    digest: () => digestOf(database),
    close: () => {
      group.commit();
      database.close();
    },
  };
}

function openRows(database: DatabaseSync) {
  const names = openNames(database);
  const recent = new Recent<IndexedInstruction>();
  const instructions = instructionQueries(database, names, recent);
  const certificates = certificateQueries(database);
  return {
    names, recent, instructions, certificates,
    objects: openObjects(database, instructions),
    /** What is in memory of rows may not be there any more. */
    forget: (): void => {
      names.forget();
      recent.forget();
      certificates.forget();
    },
  };
}

function queriesOf(database: DatabaseSync, { instructions }: ReturnType<typeof openRows>) {
  return {
    statements: statementQueries(database),
    postings: postingQuery(instructions),
    supplyOf: supplyQueries(database),
    poolOf: poolQueries(database),
  };
}

function digestOf(database: DatabaseSync): string {
  const digest = createHash('sha256');
  for (const { name, order } of TABLES) {
    digest.update(`${name}\n`);
    for (const row of database.prepare(`SELECT * FROM ${name} ORDER BY ${order}`).iterate()) digest.update(`${JSON.stringify(row)}\n`);
  }
  return digest.digest('base64url');
}
