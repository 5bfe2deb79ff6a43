import type { DatabaseSync } from 'node:sqlite';
import {
  INSTRUCTION_TYPES, objectId, readFounding, type CertificateFacts, type Envelope, type Refusal, type Table, type Value,
} from '@tallystick/chaincode/domain';
import { decodeRecord, parseStateKey } from '@tallystick/chaincode/state';
import type { ChaincodeCall, LedgerBlock, LedgerTransaction, StateWrite } from '../fabric/block.ts';
import { entryNumber } from './entry-id.ts';
import { outcomeWriter, type OutcomeWriter, type Recorded } from './outcome-writer.ts';
import type { LedgerObjects } from './objects.ts';
import { inTransaction } from './schema.ts';
import { stateWriter } from './state-writer.ts';
import { objectsNamedBy } from './touch.ts';
import type { Making } from './views.ts';

/** The chaincode's event on `instruction:apply`. */
interface BatchEvent {
  readonly bookedAt: string;
  readonly rules: number;
  readonly outcomes: readonly {
    readonly index: number;
    readonly id: string;
    readonly signer: string;
    readonly type: string;
    readonly hash: string;
    readonly refusal?: Refusal;
    readonly token?: string;
    readonly moved?: string;
  }[];
}

/** What a block's transactions leave to be written at its end. */
interface Projecting {
  readonly write: OutcomeWriter;
  readonly readCertificate: (certificate: string) => CertificateFacts;
  /** The last write of each key: what the world state is after the block. */
  readonly state: Map<string, StateWrite>;
  readonly makings: Map<string, Making>;
  readonly objects: LedgerObjects;
  /** Bills of settlements initiated in this block. */
  readonly settlements: Map<string, readonly string[]>;
}

/**
 * Brings the index one block further, rows and checkpoint in one SQL transaction. Objects come from the transactions' write
 * sets, so they equal the world state; instructions, postings and histories from what was sent and the outcomes.
 */
export function projector(database: DatabaseSync, objects: LedgerObjects, readCertificate: (certificate: string) => CertificateFacts): (block: LedgerBlock) => void {
  const write = outcomeWriter(database);
  const writeState = stateWriter(database, objects, write.setMeta);
  return (block) =>
    inTransaction(database, () => {
      const projecting: Projecting = { write, readCertificate, state: new Map(), makings: new Map(), objects, settlements: new Map() };
      for (const transaction of block.transactions) named(`transaction ${transaction.transactionId}`, () => projectTransaction(projecting, transaction));
      for (const { key, value } of projecting.state.values()) {
        const parsed = parseStateKey(key);
        if (parsed === undefined) continue;
        named(`key ${key}`, () => writeState(parsed.table, parsed.parts, recordOf(parsed.table, value), (object) => projecting.makings.get(object)));
      }
      write.setMeta('block', String(block.number));
      write.setMeta('dataHash', block.dataHash);
    });
}

/** Whatever fails says where. */
function named<T>(where: string, project: () => T): T {
  try {
    return project();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function recordOf(table: Table, value: Uint8Array | undefined): Value<Table> | undefined {
  return value === undefined ? undefined : decodeRecord(table, value);
}

function projectTransaction(projecting: Projecting, transaction: LedgerTransaction): void {
  const { call } = transaction;
  if (call === undefined) return;
  for (const write of call.writes) projecting.state.set(write.key, write);
  if (call.event === undefined) return;
  if (call.name === 'instruction:apply') projectBatch(projecting, transaction, call);
  if (call.name === 'consortium:found') keepDocuments(projecting, call);
}

/** The ledger keeps what counts of a certificate; the certificate itself stands where it was handed in. */
function keepDocuments({ write, readCertificate }: Projecting, { arguments: [text = ''] }: ChaincodeCall): void {
  for (const { officers } of readFounding(text).organizations) {
    for (const { certificate } of officers) write.addDocument(readCertificate(certificate).thumbprint, certificate);
  }
}

function projectBatch(projecting: Projecting, transaction: LedgerTransaction, { arguments: [batch = ''], event }: ChaincodeCall): void {
  const { instructions } = JSON.parse(batch) as { readonly instructions: readonly string[] };
  const { outcomes, bookedAt, rules } = event as BatchEvent;
  for (const outcome of outcomes) {
    const entry = entryNumber({ ...transaction, line: outcome.index });
    const { body } = envelopeOf(instructions[outcome.index] ?? '');
    const { index: _, ...said } = outcome;
    const recorded: Recorded = { ...said, transactionId: transaction.transactionId, entry, bookedAt, rules, body };
    projecting.write.addInstruction(recorded);
    if (outcome.refusal === undefined) projectApplied(projecting, recorded);
  }
}

function projectApplied(projecting: Projecting, recorded: Recorded): void {
  const { write, readCertificate, makings } = projecting;
  const { id, signer, type, body, entry, bookedAt } = recorded;
  const members = body as { readonly references?: Readonly<Record<string, string>>; readonly certificate?: unknown };
  const making: Making = { entry, bookedAt, references: members.references ?? {} };
  for (const object of new Set([objectId(id, signer), ...objectsNamedBy(recorded), ...billsSettledBy(projecting, recorded)])) {
    if (!makings.has(object)) makings.set(object, making);
    write.addTouch(object, recorded);
  }
  if (typeof members.certificate === 'string') write.addDocument(readCertificate(members.certificate).thumbprint, members.certificate);
  const postings = INSTRUCTION_TYPES.get(type)?.postings?.(signer, body, recorded) ?? [];
  postings.forEach((posting, leg) => write.addPosting(posting, leg, recorded));
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

/** Without the domain's strict reading, which costs a fifth of all projecting: the chaincode has read it so before it recorded an outcome. */
function envelopeOf(jws: string): Envelope {
  return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Envelope;
}
