import type { DatabaseSync } from 'node:sqlite';
import { splitObjectId, type ErrorCode, type Figures } from '@tallystick/chaincode/domain';
import type { EntryNumber } from './entry-id.ts';
import { pageOf, type Page, type PageRequest } from './page.ts';
import { isRow } from './touch.ts';

/** An instruction with its outcome, as the chain has it. */
export interface IndexedInstruction {
  readonly id: string;
  readonly signer: string;
  readonly type: string;
  readonly hash: string;
  readonly entry: EntryNumber;
  readonly transactionId: string;
  readonly bookedAt: string;
  readonly rules: number;
  /** Absent: applied. */
  readonly refusal?: { readonly code: ErrorCode; readonly figures?: Figures };
  readonly body: unknown;
}

const REGISTERS = 'account.register/1';

export interface InstructionFilter {
  readonly signer: string;
  readonly type?: string | undefined;
}

interface Row {
  readonly id: string;
  readonly signer: string;
  readonly type: string;
  readonly hash: string;
  readonly entry: EntryNumber;
  readonly transaction_id: string;
  readonly booked_at: string;
  readonly rules: number;
  readonly code: ErrorCode | null;
  readonly figures: string | null;
  readonly body: string;
}

export function instructionQueries(database: DatabaseSync) {
  const byId = database.prepare('SELECT * FROM instructions WHERE id = ? AND signer = ?');
  const bySigner = database.prepare(
    `SELECT * FROM instructions WHERE signer = :signer AND (:type IS NULL OR type = :type) AND entry < :before
     ORDER BY entry DESC LIMIT :limit`,
  );
  const byObject = database.prepare(
    `SELECT instructions.* FROM touches JOIN instructions USING (id, signer) WHERE touches.object = :object AND touches.entry < :before
     UNION ALL SELECT * FROM instructions WHERE id = :id AND signer = :signer AND code IS NULL AND entry < :before
     ORDER BY entry DESC LIMIT :limit`,
  );
  const firstOfObject = database.prepare('SELECT instructions.* FROM touches JOIN instructions USING (id, signer) WHERE touches.object = ? ORDER BY touches.entry LIMIT 1');
  return {
    /** What registered an account: nothing that was applied names it earlier. */
    registrationOf: (account: string): IndexedInstruction | undefined => {
      const row = firstOfObject.get(`a/${account}`) as Row | undefined;
      return row?.type === REGISTERS ? instructionOf(row) : undefined;
    },
    /** Applied instructions that made or named an object, newest first. */
    history: (object: string, { before, limit }: PageRequest): Page<IndexedInstruction> => {
      const [id, signer] = isRow(object) ? ['', ''] : splitObjectId(object);
      return pageOf(byObject.all({ object, id, signer, before, limit: limit + 1 }) as unknown as readonly Row[], limit, instructionOf);
    },
    one: (id: string, signer: string): IndexedInstruction | undefined => {
      const row = byId.get(id, signer) as Row | undefined;
      return row === undefined ? undefined : instructionOf(row);
    },
    list: ({ signer, type }: InstructionFilter, { before, limit }: PageRequest): Page<IndexedInstruction> => {
      const rows = bySigner.all({ signer, type: type ?? null, before, limit: limit + 1 }) as unknown as readonly Row[];
      return pageOf(rows, limit, instructionOf);
    },
  };
}

function instructionOf({ id, signer, type, hash, entry, transaction_id, booked_at, rules, code, figures, body }: Row): IndexedInstruction {
  const common = { id, signer, type, hash, entry, transactionId: transaction_id, bookedAt: booked_at, rules, body: JSON.parse(body) as unknown };
  if (code === null) return common;
  return { ...common, refusal: figures === null ? { code } : { code, figures: JSON.parse(figures) as Figures } };
}
