import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import {
  formatInstant, objectId, readFounding, type Change, type InstructionRecord, type Table, type Value,
} from '@tallystick/chaincode/domain';
import { decodeRecord, isBatchEvent, MAX_BATCH, parseStateKey, readOutcomes, stateKey, type BatchEvent } from '@tallystick/chaincode/state';
import type { Log } from '../log.ts';
import type { ChaincodeCall, LedgerBlock, LedgerTransaction, StateWrite } from '../fabric/block.ts';
import { entryNumber } from './entry-id.ts';
import type { IndexedInstruction, InstructionQueries } from './instruction-queries.ts';
import { addSide, type Sides } from './line.ts';
import type { Names } from './names.ts';
import { outcomeWriter, type OutcomeWriter } from './outcome-writer.ts';
import type { LedgerObjects } from './objects.ts';
import type { Recent } from './recent.ts';
import { postingsOf } from './postings.ts';
import { stateWriter } from './state-writer.ts';
import { isRow, objectsNamedBy } from './touch.ts';
import type { Making } from './views.ts';

/** Lines of outcomes that no event tells: after all that a batch may have. */
const FIRST_UNTOLD = MAX_BATCH;

/** The last write of a key in a block: what the world state is after it. */
interface LastWrite {
  readonly write: StateWrite;
  readonly transaction: LedgerTransaction;
  /** Read when it is needed first. */
  record?: Value<Table> | undefined;
}

/** What a block's transactions leave to be written at its end. */
interface Projecting {
  readonly write: OutcomeWriter;
  readonly state: Map<string, LastWrite>;
  /** How what this block's instructions made came to be, by object id; also rows that have no id of their own. */
  readonly makings: Map<string, Making>;
  readonly objects: LedgerObjects;
  /** Bills of settlements initiated in this block. */
  readonly settlements: Map<string, readonly string[]>;
  /** How many outcomes of each transaction its event does not tell. */
  readonly untold: Map<LedgerTransaction, number>;
}

/** What the projector writes to and reads from. */
export interface IndexParts {
  readonly database: DatabaseSync;
  readonly names: Names;
  readonly recent: Recent<IndexedInstruction>;
  readonly instructions: InstructionQueries;
  readonly objects: LedgerObjects;
}

/**
 * Brings the index one block further, rows and checkpoint together: within a SQL transaction. Objects come from the transactions'
 * write sets, so they equal the world state; instructions, postings and histories from what was sent and the outcomes.
 */
export function projector({ database, names, recent, instructions, objects }: IndexParts, log: Log): (block: LedgerBlock) => void {
  const write = outcomeWriter(database, names, recent);
  const writeState = stateWriter(database, { objects, instructions, setMeta: write.setMeta });
  const isTold = (projecting: Projecting, [id = '', signer = '']: readonly string[]): boolean =>
    projecting.makings.has(objectId(id, signer)) || instructions.one(id, signer) !== undefined;
  const writeLast = (projecting: Projecting, key: string, last: LastWrite): void => {
    const parsedKey = parseStateKey(key);
    if (parsedKey === undefined) return;
    const { table, parts } = parsedKey;
    if (table === 'instruction' && !isTold(projecting, parts)) {
      log.error({ key, transactionId: last.transaction.transactionId }, 'an outcome is recorded by a transaction whose event does not tell it');
      projectUntold(projecting, parts, last);
    }
    writeState(table, parts, () => recordOf(table, parts, last), (object) => projecting.makings.get(object));
  };
  return (block) => {
    recent.turn();
    const projecting: Projecting = { write, state: new Map(), makings: new Map(), objects, settlements: new Map(), untold: new Map() };
    for (const transaction of block.transactions) for (const each of transaction.call?.writes ?? []) projecting.state.set(each.key, { write: each, transaction });
    for (const transaction of block.transactions) named(`transaction ${transaction.transactionId}`, () => projectTransaction(projecting, transaction));
    for (const [key, last] of projecting.state) named(`key ${key}`, () => writeLast(projecting, key, last));
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

function recordOf<T extends Table>(table: T, parts: readonly string[], last: LastWrite): Value<T> | undefined {
  if (last.write.value !== undefined) last.record ??= decodeRecord(table, parts, last.write.value);
  return last.record;
}

function projectTransaction(projecting: Projecting, transaction: LedgerTransaction): void {
  const { call } = transaction;
  if (call === undefined) return;
  const { event } = call;
  // The event tells what a transaction was: Fabric has more than one name for the same call.
  if (isBatchEvent(event)) projectBatch(projecting, transaction, call, event);
  if (typeof event === 'object' && event !== null && 'founded' in event) keepDocuments(projecting, call);
}

/** The ledger keeps what counts of a certificate; the certificate itself stands where it was handed in. */
function keepDocuments({ write }: Projecting, { arguments: [document] }: ChaincodeCall): void {
  for (const { officers } of readFounding(Buffer.from(document ?? '').toString()).organizations) {
    for (const { certificate } of officers) write.addDocument(sha256(Buffer.from(certificate, 'base64')), certificate);
  }
}

/** What cannot be read is told by its record, at the end of the block. */
function projectBatch(projecting: Projecting, transaction: LedgerTransaction, { arguments: [batch = new Uint8Array()] }: ChaincodeCall, event: BatchEvent): void {
  const { bookedAt, rules } = event;
  const { transactionId } = transaction;
  projecting.write.addTransaction(entryNumber({ ...transaction, line: 0 }), transactionId, bookedAt);
  for (const { index, ...outcome } of readOutcomes(event, batch, sha256)) {
    projectOutcome(projecting, { ...outcome, entry: entryNumber({ ...transaction, line: index }), transactionId, bookedAt, rules: outcome.rules ?? rules });
  }
}

function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'base64url');
}

/** An outcome known from its record alone: type and body are not in the world state, so it has neither postings nor history. */
function projectUntold(projecting: Projecting, [id = '', signer = '']: readonly string[], last: LastWrite): void {
  const { transaction } = last;
  const before = projecting.untold.get(transaction) ?? 0;
  projecting.untold.set(transaction, before + 1);
  const { hash, rules, refusal, bookedAt: at } = recordOf('instruction', [id, signer], last) as InstructionRecord;
  const { transactionId } = transaction;
  const [entry, bookedAt] = [entryNumber({ ...transaction, line: FIRST_UNTOLD + before }), formatInstant(at)];
  projecting.write.addTransaction(entry, transactionId, bookedAt);
  projectOutcome(projecting, { id, signer, type: 'unknown', hash, rules, ...(refusal !== undefined && { refusal }), entry, transactionId, bookedAt, body: {} });
}

function projectOutcome(projecting: Projecting, instruction: IndexedInstruction): void {
  const { write, makings } = projecting;
  const { id, signer, entry, refusal } = instruction;
  const sides: Sides = new Map();
  addSide(sides, signer, 'signed');
  write.addInstruction(instruction);
  const making = makingOf(instruction);
  makings.set(objectId(id, signer), making);
  if (refusal === undefined) projectApplied(projecting, instruction, { making, sides });
  write.addLines(entry, sides);
}

function makingOf({ type, body, entry, bookedAt }: IndexedInstruction): Making {
  const { references = {} } = body as { readonly references?: Making['references'] };
  return { entry, bookedAt, references, type, body };
}

function projectApplied(projecting: Projecting, instruction: IndexedInstruction, { making, sides }: { readonly making: Making; readonly sides: Sides }): void {
  const { write, makings, state } = projecting;
  const { id, signer, entry, body } = instruction;
  for (const object of new Set([...objectsNamedBy(instruction), ...billsSettledBy(projecting, instruction)])) {
    // Naming a row may be what makes it; an object with an id was made by the instruction of that id.
    if (isRow(object) && !makings.has(object)) makings.set(object, making);
    write.addTouch(object, entry);
  }
  for (const certificate of certificatesIn(body)) write.addDocument(sha256(Buffer.from(certificate, 'base64')), certificate);
  for (const { account } of postingsOf(instruction)) addSide(sides, account, 'posted');
  const last = state.get(stateKey('instruction', id, signer));
  const payment = last === undefined ? undefined : recordOf('instruction', [id, signer], last)?.payment;
  if (payment === undefined) return;
  addSide(sides, payment.payer, 'pays');
  addSide(sides, payment.payee, 'paid');
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
function billsSettledBy({ objects, settlements }: Projecting, { id, signer, type, body }: IndexedInstruction): readonly string[] {
  if (!type.startsWith('settlement.')) return [];
  const { settlement, bills = [], counterBills = [] } = body as SettlementBody;
  if (settlement !== undefined) return settlements.get(settlement) ?? objects.settlements.one(settlement)?.bills.map(({ bill }) => bill) ?? [];
  settlements.set(objectId(id, signer), [...bills, ...counterBills].map(({ bill }) => bill));
  return [];
}
