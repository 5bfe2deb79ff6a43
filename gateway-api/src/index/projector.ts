import type { DatabaseSync } from 'node:sqlite';
import { decodeBase64Url, decodeUtf8, readFounding, type CertificateFacts, type Envelope, type Refusal } from '@tallystick/chaincode/domain';
import type { ChaincodeCall, LedgerBlock, LedgerTransaction } from '../fabric/block.ts';
import { entryNumber, type EntryNumber } from './entry-id.ts';
import { changesOf, postingsOf } from './projection.ts';
import { inTransaction } from './schema.ts';
import { indexWriter, type Writer } from './writer.ts';

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
  }[];
}

type BatchOutcome = BatchEvent['outcomes'][number];

/** Block, and the totals of its postings that are still to be added to the balances. */
interface Projecting {
  readonly write: Writer;
  readonly readCertificate: (certificate: string) => CertificateFacts;
  readonly sums: Map<string, bigint>;
}

/** Brings the index one block further: rows and checkpoint in one SQL transaction. */
export function projector(database: DatabaseSync, readCertificate: (certificate: string) => CertificateFacts): (block: LedgerBlock) => void {
  const write = indexWriter(database);
  return (block) =>
    inTransaction(database, () => {
      const projecting: Projecting = { write, readCertificate, sums: new Map() };
      for (const transaction of block.transactions) projectTransaction(projecting, transaction);
      for (const [name, sum] of projecting.sums) {
        const [account = '', token = ''] = name.split('/');
        write.addToBalance(account, token, sum);
      }
      write.setMeta('block', String(block.number));
      write.setMeta('dataHash', block.dataHash);
    });
}

function projectTransaction(projecting: Projecting, transaction: LedgerTransaction): void {
  const { call } = transaction;
  if (call?.event === undefined) return;
  switch (call.name) {
    case 'instruction:apply':
      projectBatch(projecting, transaction, call);
      return;
    case 'consortium:tick':
      projecting.write.setMeta('clock', (call.event as { readonly clock: string }).clock);
      return;
    case 'consortium:found':
      projectFounding(projecting, transaction, call);
      return;
  }
}

function projectFounding({ write, readCertificate }: Projecting, transaction: LedgerTransaction, { arguments: [text = ''], event, time }: ChaincodeCall): void {
  if (!(event as { readonly founded: boolean }).founded) return;
  const document = readFounding(text);
  write.found(document, readCertificate, entryNumber({ ...transaction, line: 0 }));
  write.setMeta('ledger', document.ledger);
  write.setMeta('clock', time);
}

function projectBatch(projecting: Projecting, transaction: LedgerTransaction, { arguments: [batch = ''], event }: ChaincodeCall): void {
  const { instructions } = JSON.parse(batch) as { readonly instructions: readonly string[] };
  const { outcomes, bookedAt, rules } = event as BatchEvent;
  for (const outcome of outcomes) {
    const entry = entryNumber({ ...transaction, line: outcome.index });
    const { body } = envelopeOf(instructions[outcome.index] ?? '');
    addOutcome(projecting, { transactionId: transaction.transactionId, entry, bookedAt, rules, body }, outcome);
  }
}

interface Recorded {
  readonly transactionId: string;
  readonly entry: EntryNumber;
  readonly bookedAt: string;
  readonly rules: number;
  readonly body: unknown;
}

function addOutcome({ write, readCertificate, sums }: Projecting, recorded: Recorded, outcome: BatchOutcome): void {
  const { id, signer, type, hash, refusal, token } = outcome;
  const { body, ...booking } = recorded;
  const figures = refusal?.figures === undefined ? null : JSON.stringify(refusal.figures);
  write.addInstruction({ id, signer, type, hash, ...booking, code: refusal?.code ?? null, figures, body: JSON.stringify(body) });
  if (refusal !== undefined) return;
  const applied = { id, signer, type, body, outcome: { token } };
  for (const change of changesOf(applied, readCertificate)) write.applyChange(change, booking);
  postingsOf(applied).forEach((posting, leg) => {
    write.addPosting(posting, leg, { id, signer }, booking);
    const name = `${posting.account}/${posting.token}`;
    sums.set(name, (sums.get(name) ?? 0n) + BigInt(posting.amount));
  });
}

/** The chaincode has read it strictly before it recorded an outcome. */
function envelopeOf(jws: string): Envelope {
  return JSON.parse(decodeUtf8(decodeBase64Url(jws.split('.')[1] ?? ''))) as Envelope;
}
