import type { DatabaseSync } from 'node:sqlite';
import type { Outcome, Posting } from '@tallystick/chaincode/domain';
import type { EntryNumber } from './entry-id.ts';

/** An instruction with its outcome and where it is recorded. */
export interface Recorded extends Outcome {
  readonly transactionId: string;
  readonly entry: EntryNumber;
  readonly bookedAt: string;
  readonly rules: number;
  readonly body: unknown;
}

export type OutcomeWriter = ReturnType<typeof outcomeWriter>;

/** Writes what the chain says beside its state: instructions, postings, histories, certificates as documents. */
export function outcomeWriter(database: DatabaseSync) {
  const setMeta = database.prepare('INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  const addInstruction = database.prepare(
    `INSERT INTO instructions (id, signer, type, hash, entry, transaction_id, booked_at, rules, code, figures, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addPosting = database.prepare(
    'INSERT INTO postings (account, entry, leg, token, amount, instruction, signer, booked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const addTouch = database.prepare('INSERT INTO touches (object, entry, id, signer) VALUES (?, ?, ?, ?)');
  const addDocument = database.prepare('INSERT INTO certificate_documents (thumbprint, certificate) VALUES (?, ?) ON CONFLICT DO NOTHING');
  return {
    setMeta: (name: string, value: string): void => void setMeta.run(name, value),
    addInstruction: ({ id, signer, type, hash, entry, transactionId, bookedAt, rules, refusal, body }: Recorded): void => {
      const figures = refusal?.figures === undefined ? null : JSON.stringify(refusal.figures);
      addInstruction.run(id, signer, type, hash, entry, transactionId, bookedAt, rules, refusal?.code ?? null, figures, JSON.stringify(body));
    },
    addPosting: ({ account, token, amount }: Posting, leg: number, { entry, id, signer, bookedAt }: Recorded): void =>
      void addPosting.run(account, entry, leg, token, amount, id, signer, bookedAt),
    addTouch: (object: string, { entry, id, signer }: Recorded): void => void addTouch.run(object, entry, id, signer),
    addDocument: (thumbprint: string, certificate: string): void => void addDocument.run(thumbprint, certificate),
  };
}
