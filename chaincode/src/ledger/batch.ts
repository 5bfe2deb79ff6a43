import { incomingReads } from '../domain/balance.ts';
import type { Address, Book } from '../domain/book.ts';
import { assertInWindow } from '../domain/clock.ts';
import type { Crypto } from '../domain/crypto.ts';
import { LedgerError } from '../domain/error.ts';
import { MAX_SLOTS } from '../domain/gathering.ts';
import { isAccountId, organizationOf, type OrganizationId } from '../domain/id.ts';
import { debitsOf, readInstruction, type Instruction } from '../domain/instruction.ts';
import type { Debit } from '../domain/instruction-type.ts';
import { judge, verifySignature, type SignatureCheck } from '../domain/judge.ts';
import type { InstructionRecord, Outcome, Refusal } from '../domain/outcome.ts';
import { LANES, slotId } from '../domain/slot.ts';
import { assertMaySubmit } from '../domain/standing.ts';
import type { Instant } from '../domain/time.ts';
import { LedgerBook } from './ledger-book.ts';
import { MAX_BATCH, type Batch } from './packed-batch.ts';
import type { State } from './state.ts';
import { z } from 'zod';

/** Parcels and slots that are loaded together. */
const MAX_INCOMING = 4_000;

const batchSchema = z.strictObject({
  instructions: z.array(z.string()).min(1).max(MAX_BATCH),
  lane: z.int().min(0).max(LANES - 1),
  /** Only hints. */
  incoming: z.record(z.string(), z.strictObject({ parcels: z.record(z.string(), z.int().min(0)).optional(), slots: z.array(z.string()).max(MAX_SLOTS).optional() })).optional(),
});

/** Who brings a batch, and when. */
export interface Submission {
  readonly submitter: OrganizationId;
  readonly now: Instant;
}

/** An answer to one instruction that this transaction does not record. */
export type Answer =
  | { readonly index: number; readonly repeat: InstructionRecord }
  | { readonly index: number; readonly refusal: Refusal };

export interface BatchResult {
  /** In force when the batch began. */
  readonly rules: number;
  readonly outcomes: readonly (Outcome & { readonly index: number })[];
  readonly answers: readonly Answer[];
}

/**
 * Decode, load, decide, record: judges every instruction on its own, in the order given, and writes what they changed.
 * @throws LedgerError BATCH_MALFORMED, LEDGER_NOT_FOUNDED, SUBMITTER_UNKNOWN, SUBMITTER_SUSPENDED, SUBMITTER_REMOVED, CLOCK_STALE: then nothing is written
 */
export async function applyBatch(state: State, crypto: Crypto, { submitter, now }: Submission, text: string): Promise<BatchResult> {
  const batch = readBatch(text);
  const book = new LedgerBook(state, { now, slot: slotId(submitter, batch.lane), incoming: batch.incoming });
  const read = batch.instructions.map((instruction) => attempt(() => readInstruction(instruction, crypto)));
  await book.load(prefetch(book, crypto, read));
  await book.decide(({ clock, ledger }) => {
    assertInWindow(clock, now);
    assertMaySubmit(ledger, submitter);
  });
  if (Object.keys(batch.incoming ?? {}).length > 0) await book.load(await book.decide((view) => incomingOf(view, read)));
  const isSigned = remembered(verifySignature(crypto));
  const { version } = book.ledger.rules;
  const outcomes: BatchResult['outcomes'][number][] = [];
  const answers: Answer[] = [];
  for (const [index, instruction] of read.entries()) {
    const judged = await judgeOne(book, crypto, instruction, isSigned);
    if (judged.kind === 'recorded') outcomes.push({ index, ...judged.outcome, rules: judged.record.rules === version ? undefined : judged.record.rules });
    else if (judged.kind === 'repeat') answers.push({ index, repeat: judged.record });
    else answers.push({ index, refusal: judged.refusal });
  }
  await book.record();
  return { rules: version, outcomes, answers };
}

async function judgeOne(book: LedgerBook, crypto: Crypto, instruction: Instruction | LedgerError, isSigned: SignatureCheck) {
  if (instruction instanceof LedgerError) return { kind: 'unrecorded', refusal: { code: instruction.code, figures: instruction.figures } } as const;
  const judgement = await book.decide((view) => judge(view, crypto, instruction, isSigned));
  if (judgement.kind !== 'recorded' || judgement.record.refusal !== undefined) book.discard();
  if (judgement.kind === 'recorded') book.put('instruction', [instruction.id, instruction.signer], judgement.record);
  book.keep();
  return judgement;
}

/** What the usual course of these instructions reads. */
function prefetch(book: LedgerBook, crypto: Crypto, read: readonly (Instruction | LedgerError)[]): readonly Address[] {
  return [['ledger'], ['clock'], ...read.flatMap((instruction) => (instruction instanceof LedgerError ? [] : readsOf(book, crypto, instruction)))];
}

function readsOf(book: LedgerBook, crypto: Crypto, { type, id, signer, body }: Instruction): readonly Address[] {
  const slots = (type.credits?.(signer, body) ?? []).map(([account, token]) => ['slot', account, token, book.slot] as const);
  const holder: Address = isAccountId(signer) ? ['account', signer] : ['organization', organizationOf(signer)];
  return [holder, ['instruction', id, signer], ...slots, ...type.reads(signer, body, crypto)];
}

/** What is taken in by those whose free money does not suffice for all that the batch debits of them; beyond the bound, each on demand. */
function incomingOf(book: Book, read: readonly (Instruction | LedgerError)[]): readonly Address[] {
  const debits = new Map<string, Debit>();
  for (const debit of read.flatMap((instruction) => (instruction instanceof LedgerError ? [] : (debitsOf(instruction) ?? [])))) {
    const name = `${debit.account}/${debit.token}`;
    debits.set(name, { ...debit, amount: debit.amount + (debits.get(name)?.amount ?? 0n) });
  }
  return [...debits.values()].flatMap(({ account, token, amount }) => incomingReads(book, account, token, amount)).slice(0, MAX_INCOMING);
}

function readBatch(text: string): Batch {
  try {
    return batchSchema.parse(JSON.parse(text));
  } catch {
    throw new LedgerError('BATCH_MALFORMED');
  }
}

/** A signature is verified once, however often the decision is run. */
function remembered(isSigned: SignatureCheck): SignatureCheck {
  const verdicts = new Map<Instruction, { readonly publicKey: string; readonly isGood: boolean }>();
  return (instruction, key) => {
    const earlier = verdicts.get(instruction);
    if (earlier?.publicKey === key.publicKey) return earlier.isGood;
    const isGood = isSigned(instruction, key);
    verdicts.set(instruction, { publicKey: key.publicKey, isGood });
    return isGood;
  };
}

function attempt<T>(action: () => T): T | LedgerError {
  try {
    return action();
  } catch (error) {
    if (error instanceof LedgerError) return error;
    throw error;
  }
}
