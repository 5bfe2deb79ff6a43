import type { DatabaseSync } from 'node:sqlite';
import { objectId, splitObjectId, type Outcome } from '@tallystick/chaincode/domain';
import { LINES, type EntryNumber } from './entry-id.ts';
import { lineQueries, type Side } from './line.ts';
import type { Names } from './names.ts';
import { pageOf, readOn, type Page, type PageRequest, type Rows } from './page.ts';
import type { Recent } from './recent.ts';
import { isRow } from './touch.ts';

/** An instruction with its outcome and where it is recorded, as the chain has it. */
export interface IndexedInstruction extends Outcome {
  readonly entry: EntryNumber;
  readonly transactionId: string;
  readonly bookedAt: string;
  readonly rules: number;
  readonly body: unknown;
}

const REGISTERS = 'account.register/1';

export interface InstructionFilter {
  readonly signer: string;
  readonly type?: string | undefined;
}

/** What only some outcomes say. */
export type Told = Pick<Outcome, 'token' | 'moved' | 'postings'>;

interface Row {
  readonly id: string;
  readonly signer: string;
  readonly type: string;
  readonly hash: string;
  readonly entry: EntryNumber;
  readonly transaction_id: string;
  readonly booked_at: string;
  readonly rules: number;
  readonly refusal: string | null;
  readonly told: string | null;
  readonly body: string;
}

export type InstructionQueries = ReturnType<typeof instructionQueries>;

export function instructionQueries(database: DatabaseSync, names: Names, recent: Recent<IndexedInstruction>) {
  const joined = `SELECT instructions.*, names.name AS signer, transactions.id AS transaction_id, booked_at
    FROM instructions JOIN names ON names.number = signer_number JOIN transactions ON transactions.number = entry / ${LINES}`;
  const byId = database.prepare(`${joined} WHERE instructions.id = ? AND signer_number = ?`);
  const byEntry = database.prepare(`${joined} WHERE instructions.entry = ?`);
  const typeAt = database.prepare('SELECT type FROM instructions WHERE entry = ?');
  const touching = database.prepare('SELECT entry FROM touches WHERE object = ? AND entry < ? ORDER BY entry DESC LIMIT ?');
  const firstTouching = database.prepare('SELECT entry FROM touches WHERE object = ? ORDER BY entry LIMIT 1');
  const entriesOf = lineQueries(database, names);
  const at = (entry: EntryNumber): IndexedInstruction | undefined => readRow(byEntry.get(entry));
  const one = (id: string, signer: string): IndexedInstruction | undefined => {
    const found = recent.get(objectId(id, signer));
    if (found !== undefined) return found;
    const number = names.find(signer);
    return number === undefined ? undefined : readRow(byId.get(id, number));
  };
  return {
    one,
    at,
    /** Entries of instructions with which a name has to do on this side. */
    entriesOf: (name: string, side: Side): Rows => entriesOf(name, side),
    /** What registered an account: nothing that was applied names it earlier. */
    registrationOf: (account: string): IndexedInstruction | undefined => {
      const first = firstTouching.get(`a/${account}`)?.['entry'] as EntryNumber | undefined;
      const instruction = first === undefined ? undefined : at(first);
      return instruction?.type === REGISTERS ? instruction : undefined;
    },
    /** Applied instructions that made or named an object, newest first. */
    history: (object: string, { before, limit }: PageRequest): Page<IndexedInstruction> => {
      const maker = isRow(object) ? undefined : one(...splitObjectId(object));
      const isListed = maker !== undefined && maker.refusal === undefined && maker.entry < before;
      const named = touching.all(object, before, limit + 1).map(({ entry }) => entry as EntryNumber);
      const entries = isListed ? [...named, maker.entry].toSorted((one, other) => other - one) : named;
      return pageOf(entries.map((entry) => ({ entry })), limit, ({ entry }) => at(entry) as IndexedInstruction);
    },
    list: ({ signer, type }: InstructionFilter, page: PageRequest): Page<IndexedInstruction> =>
      readOn(entriesOf(signer, 'signed'), page, ({ entry }) => {
        if (type !== undefined && typeAt.get(entry)?.['type'] !== type) return [];
        const instruction = at(entry);
        return instruction === undefined ? [] : [instruction];
      }),
  };
}

function readRow(row: Readonly<Record<string, unknown>> | undefined): IndexedInstruction | undefined {
  if (row === undefined) return undefined;
  const { id, signer, type, hash, entry, transaction_id, booked_at, rules, refusal, told, body } = row as unknown as Row;
  return {
    id, signer, type, hash, entry, transactionId: transaction_id, bookedAt: booked_at, rules, body: JSON.parse(body) as unknown,
    ...(refusal !== null && { refusal: JSON.parse(refusal) as NonNullable<Outcome['refusal']> }), ...(told !== null && (JSON.parse(told) as Told)),
  };
}
