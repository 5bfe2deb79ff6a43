import {
  decodeBase64Url, LedgerError, MAX_LIFETIME_MS, objectId, parseInstant, readInstruction, refuseUnless, uuidTime, type Crypto, type Instruction, type Refusal,
} from '@tallystick/chaincode/domain';
import type { LedgerIndex } from '../index/ledger-index.ts';
import type { IndexedInstruction } from '../index/instruction-queries.ts';
import type { Journal } from './journal.ts';
import { inOrder } from './in-order.ts';
import { KnownBytes } from './known-bytes.ts';
import { creditHomeOf } from './home.ts';
import { Turnstile } from './turnstile.ts';
import { addTo } from '../count.ts';
import { QueueFullError } from '../turned-away.ts';
import type { Decision, Sequencer } from './sequencer.ts';

/** The answer to an instruction. */
export type IntakeAnswer =
  /** Its one outcome, applied or refused; `repeat`: it was there, or on its way, before. */
  | { readonly kind: 'recorded'; readonly repeat: boolean; readonly instruction: IndexedInstruction }
  | { readonly kind: 'unrecorded'; readonly refusal: Refusal }
  /** Nobody knows whether it is applied; the same bytes can be sent again. */
  | { readonly kind: 'unknown' };

/** Where an instruction is, for who asks later. */
export type InstructionStatus =
  | { readonly status: 'applied' | 'refused'; readonly instruction: IndexedInstruction }
  /** `lastAnswer` was not recorded: another gateway may still bring the same bytes in, so it is no reason to sign anew. */
  | { readonly status: 'unknown'; readonly lastAnswer: Refusal }
  /** `can-never-apply`: the ledger clock is past its deadline and nothing is recorded, so it is safe to sign anew. */
  | { readonly status: 'pending' | 'unknown' | 'can-never-apply' };

export interface IntakeOptions {
  readonly ledger: string;
  readonly index: LedgerIndex;
  readonly sequencer: Sequencer;
  readonly journal: Journal;
  readonly crypto: Crypto;
  /** Hands an instruction to another organization's gateway; answers the block in which that says it is recorded. Never rejects. */
  readonly forward?: (to: string, jws: string) => Promise<number | undefined>;
  /** Whose gateway this is. */
  readonly organizationId?: string;
}

/** How an instruction came. */
export interface Arrival {
  /** By another gateway: it is not forwarded again, and waits for no gateway's answer. */
  readonly isForwarded?: boolean;
  /** With others: signers of whom one before it was turned away. */
  readonly turnedAway?: Set<string>;
}

/** How long a submission is tried again while its client waits; less than the client's patience. */
const PATIENCE_MS = 25_000;
/**
 * Instructions by keys this gateway does not know: it may be behind, or they are invented. The ledger decides, but few at a time,
 * so that inventions do not take the place of what is known to be signed.
 */
const UNKNOWN_KEYS = { atOnce: 20, maxWaiting: 500 };
/** The own index may be so much behind the gateway that has answered. */
const CATCH_UP_MS = 3_000;
/** A gateway whose word did not come true is not asked for so long. */
const DISTRUST_MS = 30_000;
/** One signer may have this many in flight. */
const MAX_PER_SIGNER = 2_000;

/** What another gateway was asked to bring in. */
interface Away {
  readonly home: string;
  /** Ends when this one and all before it are recorded there, or are in the queue here. */
  readonly passed: Promise<void>;
}

/** Where instructions come in: reads them, refuses what is certainly wrong, and lets nothing be sent twice at a time. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #inFlight = new Map<string, Promise<IntakeAnswer>>();
  readonly #bySigner = new Map<string, number>();
  /** How many submissions of each (id, signer) are in flight. */
  readonly #byId = new Map<string, number>();
  /** How many of each signer are in the queue here, or will be. */
  readonly #here = new Map<string, number>();
  /** The last of each signer that is on its way to another gateway. */
  readonly #away = new Map<string, Away>();
  /** Until when which gateways are not asked. */
  readonly #distrusted = new Map<string, number>();
  readonly #unknownKeys = new Turnstile(UNKNOWN_KEYS);
  readonly #known = new KnownBytes();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** @throws LedgerError what can be refused without the ledger; ToldTooOftenError when the same bytes were told their outcome too often */
  read(jws: string): Instruction {
    this.#known.assertWorthReading(jws);
    return this.parse(jws);
  }

  /** The same of what was taken on before. @throws LedgerError */
  parse(jws: string): Instruction {
    const instruction = readInstruction(jws, this.#options.crypto);
    refuseUnless(instruction.ledger === this.#options.ledger, 'INSTRUCTION_LEDGER_DIFFERS');
    return instruction;
  }

  /**
   * Brings one instruction to its outcome. The promise may take longer than the client waits; what is in flight goes on.
   * @throws LedgerError, QueueFullError at once
   */
  submit(jws: string, instruction = this.read(jws), { isForwarded = false, turnedAway = new Set() }: Arrival = {}): Promise<IntakeAnswer> {
    return inOrder(instruction.signer, turnedAway, () => this.#submit(jws, instruction, isForwarded));
  }

  #submit(jws: string, instruction: Instruction, isForwarded: boolean): Promise<IntakeAnswer> {
    // Before its signature: turning away must cost less than taking.
    this.#assertRoom(instruction.signer);
    const verified = this.verify(jws, instruction);
    if (verified) {
      const earlier = this.#options.index.instructions.one(instruction.id, instruction.signer);
      if (earlier !== undefined) {
        this.#known.addTold(jws);
        return Promise.resolve(repeated(instruction, earlier));
      }
    }
    // Unless its signature is known to be good, only the very same bytes may share an answer.
    const name = verified ? `${objectId(instruction.id, instruction.signer)}.${instruction.hash}` : jws;
    const same = this.#inFlight.get(name);
    if (same !== undefined) return same.then(asRepeat);
    const answer = this.#start({ jws, instruction, verified, isForwarded });
    this.#inFlight.set(name, answer);
    const done = (): void => void this.#inFlight.delete(name);
    answer.then(done, done);
    return answer;
  }

  /** Counts bytes whose outcome is known, or on its way, and that were taken nevertheless. */
  toldAgain(jws: string): void {
    this.#known.addTold(jws);
  }

  status(id: string, signer: string, expiresAt: string | undefined): InstructionStatus {
    const { index, journal } = this.#options;
    const instruction = index.instructions.one(id, signer);
    if (instruction !== undefined) return { status: instruction.refusal === undefined ? 'applied' : 'refused', instruction };
    const accepted = journal.one(id, signer);
    const clock = index.clock();
    const deadline = expiresAt === undefined ? uuidTime(id) + MAX_LIFETIME_MS + 1_000 : parseInstant(expiresAt);
    if (clock !== undefined && parseInstant(clock) > deadline) return { status: 'can-never-apply' };
    if (accepted?.refusal !== undefined) return { status: 'unknown', lastAnswer: accepted.refusal };
    if (accepted !== undefined || this.#byId.has(objectId(id, signer))) return { status: 'pending' };
    return { status: 'unknown' };
  }

  /** Whether the signature is known to be good; unknown keys are left to the ledger. @throws LedgerError SIGNATURE_INVALID */
  verify(jws: string, { signer, kid, signed, signature }: Instruction): boolean {
    const key = this.#options.index.certificates.key(signer, kid);
    if (key === undefined) return false;
    if (this.#options.crypto.verify(key, signed, decodeBase64Url(signature))) return true;
    this.#known.addForgery(jws);
    throw new LedgerError('SIGNATURE_INVALID');
  }

  #start({ jws, instruction, verified, isForwarded }: { jws: string; instruction: Instruction; verified: boolean; isForwarded: boolean }): Promise<IntakeAnswer> {
    const until = Date.now() + PATIENCE_MS;
    const submit = (): Promise<Decision> => this.#options.sequencer.submit({ jws, instruction, until });
    const send = verified ? submit : () => this.#unknownKeys.pass(async () => submit());
    const home = verified && !isForwarded ? this.#homeElsewhere(instruction) : undefined;
    const decision = home === undefined ? this.#sendHere(instruction, send, isForwarded) : this.#sendHome(home, { jws, instruction, send });
    this.#count(instruction, 1);
    return decision.then((decided) => this.#answer(instruction, decided)).finally(() => this.#count(instruction, -1));
  }

  /** After whatever its signer has on its way to another gateway; what comes from one waits for none, which may be waiting for this one. */
  #sendHere({ signer }: Instruction, send: () => Promise<Decision>, isForwarded = false): Promise<Decision> {
    const ahead = isForwarded ? undefined : this.#away.get(signer);
    return this.#counted(signer, ahead === undefined ? send() : ahead.passed.then(send));
  }

  #counted(signer: string, decision: Promise<Decision>): Promise<Decision> {
    addTo(this.#here, signer, 1);
    return decision.finally(() => addTo(this.#here, signer, -1));
  }

  /**
   * What another gateway says is believed when the own index has it too; else it is submitted here: its one outcome is safe by its
   * id. Nothing goes there past what its signer has here or at a third one: that would change their order.
   */
  #sendHome(home: string, { jws, instruction, send }: { readonly jws: string; readonly instruction: Instruction; readonly send: () => Promise<Decision> }): Promise<Decision> {
    const { forward } = this.#options;
    const { signer } = instruction;
    const ahead = this.#away.get(signer);
    if (forward === undefined || (this.#distrusted.get(home) ?? 0) > Date.now() || this.#here.has(signer) || (ahead !== undefined && ahead.home !== home)) return this.#sendHere(instruction, send);
    const passed = Promise.withResolvers<void>();
    const away: Away = { home, passed: passed.promise };
    this.#away.set(signer, away);
    const pass = (): void => {
      if (this.#away.get(signer) === away) this.#away.delete(signer);
      passed.resolve();
    };
    const settle = async (): Promise<Decision> => {
      const block = await forward(home, jws);
      const isThere = await this.#isIn(block, instruction);
      if (block !== undefined && !isThere) this.#distrusted.set(home, Date.now() + DISTRUST_MS);
      await ahead?.passed;
      if (isThere) return { kind: 'recorded' };
      const decision = this.#counted(signer, send());
      pass();
      const decided = await decision;
      // If the ledger knows it by now, it was this submission that brought it there, by way of the other gateway.
      return decided.kind === 'repeat' ? { kind: 'recorded' } : decided;
    };
    return settle().finally(pass);
  }

  /** Whether the own index has it too. @param block in which another gateway says that it is; it may be there without its word */
  async #isIn(block: number | undefined, { id, signer, hash }: Instruction): Promise<boolean> {
    const { index } = this.#options;
    if (block !== undefined) await index.reaches(block, CATCH_UP_MS);
    return index.instructions.one(id, signer)?.hash === hash;
  }

  /** Another organization whose gateway has the lane of the credit that the instruction is on. */
  #homeElsewhere(instruction: Instruction): string | undefined {
    const { forward, index, organizationId } = this.#options;
    if (forward === undefined) return undefined;
    const home = creditHomeOf(instruction, (account) => index.objects.accounts.one(account)?.roles.includes('enterprise') === true);
    return home === organizationId ? undefined : home;
  }

  async #answer({ id, signer }: Instruction, decision: Decision): Promise<IntakeAnswer> {
    if (decision.kind === 'unknown') return decision;
    if (decision.kind === 'refused') return { kind: 'unrecorded', refusal: decision.refusal };
    const { index } = this.#options;
    // A repeat may have been decided by an endorser that is ahead of the own peer.
    for (let instruction = index.instructions.one(id, signer); ; instruction = index.instructions.one(id, signer)) {
      if (instruction !== undefined) return { kind: 'recorded', repeat: decision.kind === 'repeat', instruction };
      await index.nextRead(1_000);
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

/** To all but the first who asks. */
function asRepeat(answer: IntakeAnswer): IntakeAnswer {
  return answer.kind === 'recorded' ? { ...answer, repeat: true } : answer;
}

/** @throws LedgerError ID_REUSED */
function repeated({ hash }: Instruction, earlier: IndexedInstruction): IntakeAnswer {
  refuseUnless(earlier.hash === hash, 'ID_REUSED');
  return { kind: 'recorded', repeat: true, instruction: earlier };
}
