import type { Envelope } from '../domain/instruction.ts';
import type { Outcome } from '../domain/outcome.ts';
import { formatInstant, type Instant } from '../domain/time.ts';
import { unpackText } from './packed-batch.ts';

/** What the instruction itself does not say of its outcome. */
type Told = Omit<Outcome, 'id' | 'signer' | 'type' | 'hash'>;

/** The event of a transaction that has recorded outcomes. The transaction carries the instructions, so the event repeats nothing of them: a byte of it is stored and signed at every peer. */
export interface BatchEvent {
  readonly v: 2;
  readonly bookedAt: string;
  /** In force when the batch began. */
  readonly rules: number;
  /** Each by its place in the batch; a bare place is an instruction that was applied, with nothing more to be said of it. */
  readonly outcomes: readonly (number | (Told & { readonly index: number }))[];
}

/** An outcome with the body of its instruction, as a reader of blocks finds them. */
export interface ReadOutcome extends Outcome {
  readonly index: number;
  readonly body: unknown;
}

export function batchEvent({ now, rules, outcomes }: { readonly now: Instant; readonly rules: number; readonly outcomes: readonly (Outcome & { readonly index: number })[] }): BatchEvent {
  return { v: 2, bookedAt: formatInstant(now), rules, outcomes: outcomes.map(told) };
}

function told({ index, id: _, signer: _signer, type: _type, hash: _hash, ...more }: Outcome & { readonly index: number }): BatchEvent['outcomes'][number] {
  return Object.values(more).every((value) => value === undefined) ? index : { index, ...more };
}

/** Whether an event tells outcomes; a chaincode of another making may have written anything. */
export function isBatchEvent(event: unknown): event is BatchEvent {
  if (typeof event !== 'object' || event === null) return false;
  const { v, outcomes } = event as Partial<BatchEvent>;
  return v === 2 && Array.isArray(outcomes) && outcomes.every((outcome: unknown) => typeof outcome === 'number' || (typeof outcome === 'object' && outcome !== null));
}

/**
 * The outcomes an event tells of the batch, as it was sent. Those whose instruction cannot be read are left out.
 * The instructions are not read strictly: the chaincode has done so before it recorded an outcome.
 */
export function readOutcomes({ outcomes }: BatchEvent, batch: Uint8Array, sha256: (text: string) => string): readonly ReadOutcome[] {
  const instructions = instructionsIn(batch);
  return outcomes.flatMap((outcome) => {
    const { index, ...more } = typeof outcome === 'number' ? { index: outcome } : outcome;
    const payload = payloadOf(instructions[index]);
    const envelope = parsed<Envelope>(() => payload);
    if (envelope === undefined) return [];
    const { id, signer, type, body } = envelope;
    return [{ index, id, signer, type, hash: sha256(payload), ...more, body }];
  });
}

function payloadOf(jws: unknown): string {
  return typeof jws === 'string' ? Buffer.from(jws.split('.', 2)[1] ?? '', 'base64url').toString() : '';
}

function instructionsIn(batch: Uint8Array): readonly unknown[] {
  const { instructions } = parsed<{ readonly instructions?: unknown }>(() => unpackText(batch)) ?? {};
  return Array.isArray(instructions) ? instructions : [];
}

/** Undefined: no JSON of an object. */
function parsed<T extends object>(text: () => string): T | undefined {
  try {
    const value: unknown = JSON.parse(text());
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}
