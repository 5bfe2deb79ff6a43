import {
  decodeBase64Url, ERRORS, LedgerError, MAX_LIFETIME_MS, objectId, parseInstant, readInstruction, refuseUnless, uuidTime, type Crypto, type Instruction, type Refusal,
} from '@tallystick/chaincode/domain';
import type { LedgerIndex } from '../index/ledger-index.ts';
import type { IndexedInstruction } from '../index/instruction-queries.ts';
import type { Log } from '../log.ts';
import { pause } from '../wait.ts';
import type { Journal } from './journal.ts';
import { Forgeries } from './forgeries.ts';
import { Turnstile } from './turnstile.ts';
import { QueueFullError, type Decision, type Sequencer } from './sequencer.ts';

/** The answer to an instruction. */
export type IntakeAnswer =
  /** Its one outcome, applied or refused; `repeat`: it was there before. */
  | { readonly kind: 'recorded'; readonly repeat: boolean; readonly instruction: IndexedInstruction }
  | { readonly kind: 'unrecorded'; readonly refusal: Refusal };

/** Where an instruction is, for who asks later. */
export type InstructionStatus =
  | { readonly status: 'applied' | 'refused'; readonly instruction: IndexedInstruction }
  | { readonly status: 'refused'; readonly refusal: Refusal }
  /** `can-never-apply`: the ledger clock is past its deadline and nothing is recorded, so it is safe to sign anew. */
  | { readonly status: 'pending' | 'unknown' | 'can-never-apply' };

export interface IntakeOptions {
  readonly ledger: string;
  readonly index: LedgerIndex;
  readonly sequencer: Sequencer;
  readonly journal: Journal;
  readonly crypto: Crypto;
  readonly log: Log;
}

/** How long a submission is tried again while its client waits; less than the client's patience. */
const PATIENCE_MS = 25_000;
/**
 * Instructions by keys this gateway does not know: it may be behind, or they are invented. The ledger decides, but few at a time,
 * so that inventions do not take the place of what is known to be signed.
 */
const UNKNOWN_KEYS = { atOnce: 20, maxWaiting: 500 };
/** One signer may have this many in flight. */
const MAX_PER_SIGNER = 2_000;
const JOURNAL_RETRY_MS = 2_000;

/** Where instructions come in: reads them, refuses what is certainly wrong, and lets nothing be sent twice at a time. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #inFlight = new Map<string, Promise<IntakeAnswer>>();
  readonly #bySigner = new Map<string, number>();
  /** How many submissions of each (id, signer) are in flight. */
  readonly #byId = new Map<string, number>();
  readonly #unknownKeys = new Turnstile(UNKNOWN_KEYS);
  readonly #forgeries = new Forgeries();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** @throws LedgerError what can be refused without the ledger; QueueFullError */
  read(jws: string): Instruction {
    this.#forgeries.assertNew(jws);
    const instruction = readInstruction(jws, this.#options.crypto);
    refuseUnless(instruction.ledger === this.#options.ledger, 'INSTRUCTION_LEDGER_DIFFERS');
    return instruction;
  }

  /**
   * Brings one instruction to its outcome. The promise may take longer than the client waits; what is in flight goes on.
   * @throws LedgerError, QueueFullError at once
   */
  submit(jws: string, instruction = this.read(jws)): Promise<IntakeAnswer> {
    const verified = this.#verify(jws, instruction);
    if (verified) {
      const earlier = this.#options.index.instructions.one(instruction.id, instruction.signer);
      if (earlier !== undefined) return Promise.resolve(repeated(instruction, earlier));
    }
    // Unless its signature is known to be good, only the very same bytes may share an answer.
    const name = verified ? `${objectId(instruction.id, instruction.signer)}.${instruction.hash}` : jws;
    const same = this.#inFlight.get(name);
    if (same !== undefined) return same;
    const answer = this.#start({ jws, instruction, verified });
    this.#inFlight.set(name, answer);
    const done = (): void => void this.#inFlight.delete(name);
    answer.then(done, done);
    return answer;
  }

  /** Takes it on for good: it is on disk when this returns, and is tried until it has an outcome or can have none. */
  accept(jws: string, instruction = this.read(jws)): void {
    const { id, signer, hash } = instruction;
    if (this.#verify(jws, instruction) && this.#options.index.instructions.one(id, signer) !== undefined) return;
    const earlier = this.#options.journal.one(id, signer);
    if (earlier !== undefined) refuseUnless(earlier.hash === hash, 'ID_REUSED');
    this.#assertRoom(signer);
    this.#options.journal.add({ id, signer, hash, jws });
    this.#bringHome(jws, instruction);
  }

  /** Takes on many; each result is what `accept` would have thrown, if anything. */
  acceptAll(instructions: readonly string[]): readonly (Error | undefined)[] {
    return this.#options.journal.together(() =>
      instructions.map((jws) => {
        try {
          this.accept(jws);
          return undefined;
        } catch (error) {
          return error instanceof Error ? error : new Error(String(error));
        }
      }),
    );
  }

  /** Goes on with what an earlier process had accepted. */
  resume(): void {
    const open = this.#options.journal.open();
    if (open.length > 0) this.#options.log.info({ instructions: open.length }, 'going on with accepted instructions');
    for (const { jws } of open) this.#bringHome(jws, this.read(jws));
  }

  status(id: string, signer: string, expiresAt: string | undefined): InstructionStatus {
    const { index, journal } = this.#options;
    const instruction = index.instructions.one(id, signer);
    if (instruction !== undefined) return { status: instruction.refusal === undefined ? 'applied' : 'refused', instruction };
    const accepted = journal.one(id, signer);
    if (accepted?.refusal !== undefined) return { status: 'refused', refusal: accepted.refusal };
    const clock = index.clock();
    const deadline = expiresAt === undefined ? uuidTime(id) + MAX_LIFETIME_MS + 1_000 : parseInstant(expiresAt);
    if (clock !== undefined && parseInstant(clock) > deadline) return { status: 'can-never-apply' };
    if (accepted !== undefined || this.#byId.has(objectId(id, signer))) return { status: 'pending' };
    return { status: 'unknown' };
  }

  /** Whether the signature is known to be good; unknown keys are left to the ledger. */
  #verify(jws: string, { signer, kid, signed, signature }: Instruction): boolean {
    const key = this.#options.index.certificates.key(signer, kid);
    if (key === undefined) return false;
    if (this.#options.crypto.verify(key, signed, decodeBase64Url(signature))) return true;
    this.#forgeries.add(jws);
    throw new LedgerError('SIGNATURE_INVALID');
  }

  #start({ jws, instruction, verified }: { jws: string; instruction: Instruction; verified: boolean }): Promise<IntakeAnswer> {
    this.#assertRoom(instruction.signer);
    const send = (): Promise<Decision> => this.#options.sequencer.submit({ jws, instruction, until: Date.now() + PATIENCE_MS });
    const decision = verified ? send() : this.#unknownKeys.pass(async () => send());
    this.#count(instruction, 1);
    return decision.then((decided) => this.#answer(instruction, decided)).finally(() => this.#count(instruction, -1));
  }

  async #answer({ id, signer }: Instruction, decision: Decision): Promise<IntakeAnswer> {
    if (decision.kind === 'refused') return { kind: 'unrecorded', refusal: decision.refusal };
    const { index } = this.#options;
    // A repeat may have been decided by an endorser that is ahead of the own peer.
    for (let instruction = index.instructions.one(id, signer); ; instruction = index.instructions.one(id, signer)) {
      if (instruction !== undefined) return { kind: 'recorded', repeat: decision.kind === 'repeat', instruction };
      await index.nextRead(1_000);
    }
  }

  #bringHome(jws: string, instruction: Instruction): void {
    this.#untilDecided(jws, instruction).catch((error: unknown) => this.#options.log.error({ error, id: instruction.id }, 'an accepted instruction is left for the next start'));
  }

  async #untilDecided(jws: string, instruction: Instruction): Promise<void> {
    const { id, signer } = instruction;
    for (;;) {
      const answer = await this.#attempt(jws, instruction);
      if (answer?.kind === 'recorded') return this.#options.journal.remove(id, signer);
      if (answer !== undefined && !mayPass(answer.refusal)) return this.#options.journal.refuse(id, signer, answer.refusal);
      await pause(JOURNAL_RETRY_MS);
    }
  }

  /** Undefined: there is no room just now. */
  async #attempt(jws: string, instruction: Instruction): Promise<Extract<IntakeAnswer, { kind: 'recorded' }> | { kind: 'unrecorded'; refusal: Refusal } | undefined> {
    try {
      return await this.submit(jws, instruction);
    } catch (error) {
      if (error instanceof LedgerError) return { kind: 'unrecorded', refusal: { code: error.code, figures: error.figures } };
      if (error instanceof QueueFullError) return undefined;
      throw error;
    }
  }

  #assertRoom(signer: string): void {
    if ((this.#bySigner.get(signer) ?? 0) >= MAX_PER_SIGNER) throw new QueueFullError();
  }

  #count({ id, signer }: Instruction, change: 1 | -1): void {
    addTo(this.#bySigner, signer, change);
    addTo(this.#byId, objectId(id, signer), change);
  }
}

function addTo(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}

/** @throws LedgerError ID_REUSED */
function repeated({ hash }: Instruction, earlier: IndexedInstruction): IntakeAnswer {
  refuseUnless(earlier.hash === hash, 'ID_REUSED');
  return { kind: 'recorded', repeat: true, instruction: earlier };
}

/** Told and not recorded because it may be otherwise in a moment; it ends with the instruction's deadline, which is recorded. */
function mayPass({ code }: Refusal): boolean {
  return ERRORS[code].status === 503 || code === 'INSTRUCTION_NOT_YET';
}
