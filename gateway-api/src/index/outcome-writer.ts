import type { DatabaseSync } from 'node:sqlite';
import { objectId } from '@tallystick/chaincode/domain';
import { transactionOf, type EntryNumber } from './entry-id.ts';
import type { IndexedInstruction } from './instruction-queries.ts';
import { lineWriter } from './line.ts';
import type { Names } from './names.ts';
import type { Recent } from './recent.ts';

export type OutcomeWriter = ReturnType<typeof outcomeWriter>;

/** Writes what the chain says beside its state: instructions, who has to do with them, histories, certificates as documents. */
export function outcomeWriter(database: DatabaseSync, names: Names, recent: Recent<IndexedInstruction>) {
  const setMeta = database.prepare('INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  const addTransaction = database.prepare('INSERT INTO transactions (number, id, booked_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const addInstruction = database.prepare('INSERT INTO instructions (entry, id, signer_number, type, hash, rules, refusal, told, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const addTouch = database.prepare('INSERT INTO touches (object, entry) VALUES (?, ?)');
  const addDocument = database.prepare('INSERT INTO certificate_documents (thumbprint, certificate) VALUES (?, ?) ON CONFLICT DO NOTHING');
  return {
    setMeta: (name: string, value: string): void => void setMeta.run(name, value),
    /** Before its first instruction. */
    addTransaction: (entry: EntryNumber, id: string, bookedAt: string): void => void addTransaction.run(transactionOf(entry), id, bookedAt),
    addInstruction: (instruction: IndexedInstruction): void => {
      const { id, signer, type, hash, entry, rules, refusal, body } = instruction;
      addInstruction.run(entry, id, names.of(signer), type, hash, rules, refusal === undefined ? null : JSON.stringify(refusal), toldBy(instruction), JSON.stringify(body));
      recent.add(objectId(id, signer), instruction);
    },
    addLines: lineWriter(database, names),
    addTouch: (object: string, entry: EntryNumber): void => void addTouch.run(object, entry),
    addDocument: (thumbprint: string, certificate: string): void => void addDocument.run(thumbprint, certificate),
  };
}

/** What the body does not say of the entry it made. */
function toldBy({ token, moved, postings }: IndexedInstruction): string | null {
  return token === undefined && moved === undefined && postings === undefined ? null : JSON.stringify({ token, moved, postings });
}
