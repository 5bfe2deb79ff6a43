import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import {
  formatInstant, INSTRUCTION_TYPES, objectId, readFounding, type CertificateFacts, type Change, type InstructionRecord, type Table, type Value,
} from '@tallystick/chaincode/domain';
import { decodeRecord, isBatchEvent, parseStateKey, readOutcomes, type BatchEvent } from '@tallystick/chaincode/state';
import type { Log } from '../log.ts';
import type { ChaincodeCall, LedgerBlock, LedgerTransaction, StateWrite } from '../fabric/block.ts';
import { entryNumber } from './entry-id.ts';
import { outcomeWriter, type OutcomeWriter, type Recorded } from './outcome-writer.ts';
import type { LedgerObjects } from './objects.ts';
import { stateWriter } from './state-writer.ts';
import { isRow, objectsNamedBy } from './touch.ts';
import type { Making } from './views.ts';

/** What a block's transactions leave to be written at its end. */
interface Projecting {
  readonly write: OutcomeWriter;
  readonly readCertificate: (certificate: string) => CertificateFacts;
  /** The last write of each key: what the world state is after the block. */
  readonly state: Map<string, StateWrite & { readonly transaction: LedgerTransaction }>;
  /** How what this block's instructions made came to be, by object id; also rows that have no id of their own. */
  readonly makings: Map<string, Making>;
  readonly objects: LedgerObjects;
  /** Bills of settlements initiated in this block. */
  readonly settlements: Map<string, readonly string[]>;
}

/**
 * Brings the index one block further, rows and checkpoint together: within a SQL transaction. Objects come from the transactions'
 * write sets, so they equal the world state; instructions, postings and histories from what was sent and the outcomes.
 */
export function projector(database: DatabaseSync, objects: LedgerObjects, { readCertificate, log }: { readonly readCertificate: (certificate: string) => CertificateFacts; readonly log: Log }): (block: LedgerBlock) => void {
  const write = outcomeWriter(database);
  const writeState = stateWriter(database, objects, write.setMeta);
  const isRecorded = database.prepare('SELECT 1 FROM instructions WHERE id = ? AND signer = ?');
  return (block) => {
    const projecting: Projecting = { write, readCertificate, state: new Map(), makings: new Map(), objects, settlements: new Map() };
    for (const transaction of block.transactions) named(`transaction ${transaction.transactionId}`, () => projectTransaction(projecting, transaction));
    let untold = 0;
    for (const { key, value, transaction } of projecting.state.values()) {
      const parsed = parseStateKey(key);
      if (parsed === undefined) continue;
      const { table, parts } = parsed;
      const record = recordOf(table, parts, value);
      const [id = '', signer = ''] = parts;
      if (table === 'instruction' && !projecting.makings.has(objectId(id, signer)) && isRecorded.get(id, signer) === undefined) {
        log.error({ id, signer, transactionId: transaction.transactionId }, 'an outcome is recorded by a transaction whose event does not tell it');
        projectUntold(projecting, { id, signer, record: record as InstructionRecord }, { transaction, line: untold++ });
      }
      named(`key ${key}`, () => writeState(table, parts, record, (object) => projecting.makings.get(object)));
    }
    write.setMeta('block', String(block.number));
    write.setMeta('dataHash', block.dataHash);
  };
}

/** Whatever fails says where. */
function named<T>(where: string, project: () => T): T {
  try {
    return project();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function recordOf(table: Table, parts: readonly string[], value: Uint8Array | undefined): Value<Table> | undefined {
  return value === undefined ? undefined : decodeRecord(table, parts, value);
}

function projectTransaction(projecting: Projecting, transaction: LedgerTransaction): void {
  const { call } = transaction;
  if (call === undefined) return;
  for (const write of call.writes) projecting.state.set(write.key, { ...write, transaction });
  const { event } = call;
  // The event tells what a transaction was: Fabric has more than one name for the same call.
  if (isBatchEvent(event)) projectBatch(projecting, transaction, call, event);
  if (typeof event === 'object' && event !== null && 'founded' in event) keepDocuments(projecting, call);
}

/** The ledger keeps what counts of a certificate; the certificate itself stands where it was handed in. */
function keepDocuments({ write, readCertificate }: Projecting, { arguments: [document] }: ChaincodeCall): void {
  for (const { officers } of readFounding(Buffer.from(document ?? '').toString()).organizations) {
    for (const { certificate } of officers) write.addDocument(readCertificate(certificate).thumbprint, certificate);
  }
}

/** What cannot be read is told by its record, at the end of the block. */
function projectBatch(projecting: Projecting, transaction: LedgerTransaction, { arguments: [batch = new Uint8Array()] }: ChaincodeCall, event: BatchEvent): void {
  const { bookedAt, rules } = event;
  for (const { index, ...outcome } of readOutcomes(event, batch, sha256)) {
    const entry = entryNumber({ ...transaction, line: index });
    const recorded: Recorded = { ...outcome, transactionId: transaction.transactionId, entry, bookedAt, rules: outcome.rules ?? rules };
    projecting.write.addInstruction(recorded);
    projecting.makings.set(objectId(outcome.id, outcome.signer), makingOf(recorded));
    if (outcome.refusal === undefined) projectApplied(projecting, recorded);
  }
}

function sha256(text: string): string {
  return hash('sha256', text, 'base64url');
}

interface Untold {
  readonly id: string;
  readonly signer: string;
  readonly record: InstructionRecord;
}

/** An outcome known from its record alone: type and body are not in the world state, so it has neither postings nor history. */
function projectUntold({ write, makings }: Projecting, { id, signer, record }: Untold, { transaction, line }: { readonly transaction: LedgerTransaction; readonly line: number }): void {
  const { hash, rules, refusal } = record;
  const said = { id, signer, type: 'unknown', hash, rules, refusal, body: {} };
  const recorded: Recorded = { ...said, transactionId: transaction.transactionId, entry: entryNumber({ ...transaction, line }), bookedAt: formatInstant(record.bookedAt) };
  write.addInstruction(recorded);
  makings.set(objectId(id, signer), makingOf(recorded));
}

function makingOf({ body, entry, bookedAt }: Recorded): Making {
  const { references = {} } = body as { readonly references?: Making['references'] };
  return { entry, bookedAt, references };
}

function projectApplied(projecting: Projecting, recorded: Recorded): void {
  const { write, readCertificate, makings } = projecting;
  const { signer, type, body } = recorded;
  for (const object of new Set([...objectsNamedBy(recorded), ...billsSettledBy(projecting, recorded)])) {
    // Naming a row may be what makes it; an object with an id was made by the instruction of that id.
    if (isRow(object) && !makings.has(object)) makings.set(object, makingOf(recorded));
    write.addTouch(object, recorded);
  }
  for (const certificate of certificatesIn(body)) write.addDocument(readCertificate(certificate).thumbprint, certificate);
  const postings = INSTRUCTION_TYPES.get(type)?.postings?.(signer, body, recorded) ?? [];
  postings.forEach((posting, leg) => write.addPosting(posting, leg, recorded));
}

function certificatesIn(body: unknown): readonly string[] {
  const { certificate, change } = body as { readonly certificate?: string; readonly change?: Change };
  const officers = change?.kind === 'admit' ? change.entry.officers : change?.kind === 'appoint' ? [change.officer] : [];
  return [...(certificate === undefined ? [] : [certificate]), ...officers.map((officer) => officer.certificate)];
}

interface SettlementBody {
  readonly settlement?: string;
  readonly bills?: readonly { readonly bill: string }[];
  readonly counterBills?: readonly { readonly bill: string }[];
}

/** What ends a settlement changes its bills, which only the initiation names. */
function billsSettledBy({ objects, settlements }: Projecting, { id, signer, type, body }: Recorded): readonly string[] {
  if (!type.startsWith('settlement.')) return [];
  const { settlement, bills = [], counterBills = [] } = body as SettlementBody;
  if (settlement !== undefined) return settlements.get(settlement) ?? objects.settlements.one(settlement)?.bills.map(({ bill }) => bill) ?? [];
  settlements.set(objectId(id, signer), [...bills, ...counterBills].map(({ bill }) => bill));
  return [];
}
