import { ERRORS, formatInstant, LedgerError, MAX_AHEAD_MS, objectId, refuseUnless, type Instruction, type Refusal } from '@tallystick/chaincode/domain';
import { placeOf } from '../index/entry-id.ts';
import type { IndexedInstruction } from '../index/instruction-queries.ts';
import type { LedgerIndex } from '../index/ledger-index.ts';
import type { Log } from '../log.ts';
import { QueueFullError } from '../turned-away.ts';
import { pause } from '../wait.ts';
import type { Intake, IntakeAnswer } from './intake.ts';
import type { Journal, Opened } from './journal.ts';
import { BacklogRoom, type BacklogBounds } from './backlog-room.ts';
import { inOrder } from './in-order.ts';

export interface BacklogOptions {
  readonly index: LedgerIndex;
  readonly intake: Pick<Intake, 'read' | 'parse' | 'verify' | 'submit' | 'status' | 'toldAgain'>;
  readonly journal: Journal;
  readonly log: Log;
  readonly most?: BacklogBounds;
  /** Told of each outcome: applied, or the code of the refusal. */
  readonly told?: (outcome: string) => void;
}

/** Characters of what is with intake: the bound on memory. */
const MOST_SUBMITTED = 32 * 1024 * 1024;
const RETRY_MS = 2_000;
const MAX_RETRY_MS = 30_000;
/** So often an instruction may come back without an outcome, from a chain that moves, before those behind it may pass. */
const ATTEMPTS_IN_ORDER = 5;

/** What is kept in memory of an instruction: the journal has it. */
interface Entry extends Opened {
  /** Its place in the order of acceptance. */
  readonly number: number;
  attempts: number;
}

/** That an instruction is on disk. */
export interface Promised {
  /** It was there before. */
  readonly repeat: boolean;
  /** It has its outcome. */
  readonly recorded?: IndexedInstruction;
}

/** About to be written. */
interface Taken {
  readonly entry: Entry;
  readonly jws: string;
}

/** What of a signer has no outcome yet. */
interface SignerQueue {
  /** Not with intake, in the order they were accepted. */
  readonly waiting: Entry[];
  isHeld: boolean;
  /** Since something was decided. */
  holds: number;
}

interface Recorded {
  readonly id: string;
  readonly signer: string;
  readonly block: number;
}

/**
 * What was accepted for good: it is on disk, and tried until it has an outcome, by this process or the next. A signer's instructions
 * are submitted in the order they were accepted: what has to be tried again holds up those behind it that are not submitted yet.
 */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #room: BacklogRoom;
  /** What has no outcome yet, by id: each once. */
  readonly #open = new Map<string, Entry>();
  readonly #queues = new Map<string, SignerQueue>();
  /** Characters with intake. */
  #submitted = 0;
  #accepted = 0;
  /** In the index, and perhaps not in its file yet. */
  readonly #recorded: Recorded[] = [];
  #isRemoving = false;

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#room = new BacklogRoom(options.most);
  }

  /** It is on disk when this returns. @throws LedgerError, QueueFullError */
  accept(jws: string, instruction = this.#options.intake.read(jws)): Promised {
    const { taken, ...promised } = this.#enter(jws, instruction);
    if (taken !== undefined) this.#keep([taken]);
    return promised;
  }

  /** Gives it a place among what is open, unless it was taken before. @throws LedgerError, QueueFullError */
  #enter(jws: string, instruction: Instruction): Promised & { readonly taken?: Taken } {
    const { index, intake, journal } = this.#options;
    const { id, signer, hash, issuedAt } = instruction;
    const open = this.#open.get(objectId(id, signer));
    // Before its signature: turning away must cost less than taking.
    if (open === undefined && !this.#room.isFor(signer)) throw new QueueFullError();
    if (!intake.verify(jws, instruction)) throw new LedgerError(index.certificates.ofHolder(signer).length === 0 ? 'SIGNER_UNKNOWN' : 'CERTIFICATE_UNKNOWN');
    const recorded = index.instructions.one(id, signer);
    const earlier = recorded ?? open ?? journal.one(id, signer);
    if (earlier !== undefined) refuseUnless(earlier.hash === hash, 'ID_REUSED');
    if (recorded !== undefined || open !== undefined) {
      intake.toldAgain(jws);
      return recorded === undefined ? { repeat: true } : { repeat: true, recorded };
    }
    refuseUnless(issuedAt <= Date.now() + MAX_AHEAD_MS, 'INSTRUCTION_NOT_YET');
    return { repeat: false, taken: { entry: this.#placeFor({ id, signer, hash, characters: jws.length }), jws } };
  }

  /** How many have no outcome yet. */
  get open(): number {
    return this.#open.size;
  }

  /**
   * Takes on many, in one write; each result is what `accept` has answered or thrown.
   * @param turnedAway signers of whom something before was: what follows it would overtake it
   */
  acceptAll(instructions: readonly string[], turnedAway = new Set<string>()): readonly (Error | Promised)[] {
    const entered: Taken[] = [];
    const results = instructions.map((jws) => {
      try {
        const instruction = this.#options.intake.read(jws);
        const { taken, ...promised } = inOrder(instruction.signer, turnedAway, () => this.#enter(jws, instruction));
        if (taken !== undefined) entered.push(taken);
        return promised;
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error));
      }
    });
    this.#keep(entered);
    return results;
  }

  /** On their way once they are on disk; what cannot be written is not taken. */
  #keep(taken: readonly Taken[]): void {
    const { journal } = this.#options;
    try {
      journal.together(() => taken.forEach(({ entry, jws }) => journal.add({ ...entry, jws })));
    } catch (error) {
      for (const { entry } of taken) this.#done(entry);
      throw error;
    }
    for (const { entry } of taken) this.#bringHome(entry);
  }

  /** Goes on with what an earlier process had accepted. */
  resume(): void {
    const open = this.#options.journal.open();
    if (open.length > 0) this.#options.log.info({ instructions: open.length }, 'going on with accepted instructions');
    for (const each of open) this.#bringHome(this.#placeFor(each));
  }

  #placeFor(opened: Opened): Entry {
    const entry = { ...opened, number: this.#accepted++, attempts: 0 };
    this.#open.set(objectId(entry.id, entry.signer), entry);
    this.#room.add(entry.signer, entry.characters, 1);
    return entry;
  }

  #queueOf(signer: string): SignerQueue {
    const queue = this.#queues.get(signer) ?? { waiting: [], isHeld: false, holds: 0 };
    this.#queues.set(signer, queue);
    return queue;
  }

  #bringHome(entry: Entry): void {
    const queue = this.#queueOf(entry.signer);
    queue.waiting.push(entry);
    this.#submitWaiting(queue);
  }

  /** One after the other without waiting for answers: intake keeps the order of what it takes. */
  #submitWaiting(queue: SignerQueue): void {
    while (!queue.isHeld) {
      const [first] = queue.waiting;
      if (first === undefined) return;
      const block = this.#options.index.block();
      const answer = this.#submit(first);
      if (answer === undefined) return this.#hold(queue);
      queue.waiting.shift();
      answer.then((answered) => this.#take(queue, first, { answered, block })).catch((error: unknown) => this.#leave(first, error));
    }
  }

  /** Undefined when there is no room. */
  #submit({ id, signer, characters }: Entry): Promise<IntakeAnswer> | undefined {
    const { intake, journal } = this.#options;
    if (this.#submitted >= MOST_SUBMITTED) return undefined;
    try {
      const { jws = '' } = journal.one(id, signer) ?? {};
      const instruction = intake.parse(jws);
      const answer = intake.submit(jws, instruction).catch(answerOf);
      this.#submitted += characters;
      return answer.then((answered) => this.#unlessOver(answered, instruction)).finally(() => void (this.#submitted -= characters));
    } catch (error) {
      if (error instanceof QueueFullError) return undefined;
      return Promise.reject(error instanceof Error ? error : new Error(String(error))).catch(answerOf);
    }
  }

  /** What can never apply is not tried again. */
  #unlessOver(answered: IntakeAnswer, { id, signer, expiresAt }: Instruction): IntakeAnswer {
    if (isFinal(answered) || this.#options.intake.status(id, signer, formatInstant(expiresAt)).status !== 'can-never-apply') return answered;
    return { kind: 'unrecorded', refusal: { code: 'INSTRUCTION_EXPIRED' } };
  }

  /** @param block of the index when it was submitted */
  #take(queue: SignerQueue, entry: Entry, { answered, block }: { readonly answered: IntakeAnswer; readonly block: number }): void {
    const { id, signer } = entry;
    if (!isFinal(answered)) return this.#again(queue, entry, this.#options.index.block() > block);
    if (answered.kind === 'recorded') this.#remove({ id, signer, block: placeOf(answered.instruction.entry).block });
    else this.#options.journal.refuse(id, signer, answered.refusal);
    queue.holds = 0;
    this.#options.told?.((answered.kind === 'recorded' ? answered.instruction.refusal : answered.refusal)?.code ?? 'applied');
    this.#done(entry);
  }

  /** While the chain stands still it is for nobody to pass; what comes back again and again from one that moves lets the others pass. */
  #again(queue: SignerQueue, entry: Entry, hasChainMoved: boolean): void {
    if (hasChainMoved) entry.attempts++;
    const putBack = (): void => {
      const place = queue.waiting.findIndex(({ number }) => number > entry.number);
      queue.waiting.splice(place < 0 ? queue.waiting.length : place, 0, entry);
    };
    if (entry.attempts < ATTEMPTS_IN_ORDER) {
      putBack();
      return this.#hold(queue);
    }
    void pause(delay(entry.attempts)).then(() => {
      putBack();
      this.#submitWaiting(queue);
    });
  }

  #hold(queue: SignerQueue): void {
    if (queue.isHeld) return;
    queue.isHeld = true;
    void pause(delay(++queue.holds)).then(() => {
      queue.isHeld = false;
      this.#submitWaiting(queue);
    });
  }

  #leave(entry: Entry, error: unknown): void {
    const { id, signer } = entry;
    this.#done(entry);
    this.#options.log.error({ error, id, signer }, 'an accepted instruction is left for the next start');
  }

  #done(entry: Entry): void {
    this.#open.delete(objectId(entry.id, entry.signer));
    this.#room.add(entry.signer, entry.characters, -1);
    if (this.#room.of(entry.signer).instructions === 0) this.#queues.delete(entry.signer);
  }

  /** From the journal, when the index has it for good: a process that ends before loses the index's last blocks. */
  #remove(recorded: Recorded): void {
    this.#recorded.push(recorded);
    if (this.#isRemoving) return;
    this.#removeKept().catch((error: unknown) => this.#options.log.error({ error }, 'recorded instructions stay in the journal until the next start'));
  }

  async #removeKept(): Promise<void> {
    const { index, journal } = this.#options;
    this.#isRemoving = true;
    try {
      for (let all = this.#recorded.splice(0); all.length > 0; all = this.#recorded.splice(0)) {
        await index.kept(Math.max(...all.map(({ block }) => block)));
        journal.together(() => all.forEach(({ id, signer }) => journal.remove(id, signer)));
      }
    } finally {
      this.#isRemoving = false;
    }
  }
}

/** @throws what is a fault of the program */
function answerOf(error: unknown): IntakeAnswer {
  if (error instanceof LedgerError) return { kind: 'unrecorded', refusal: { code: error.code, figures: error.figures } };
  if (error instanceof QueueFullError) return { kind: 'unknown' };
  throw error;
}

function delay(attempt: number): number {
  return Math.min(attempt * RETRY_MS, MAX_RETRY_MS) * (0.75 + Math.random() / 2);
}

function isFinal(answered: IntakeAnswer): answered is Exclude<IntakeAnswer, { kind: 'unknown' }> {
  return answered.kind === 'recorded' || (answered.kind === 'unrecorded' && !mayPass(answered.refusal));
}

/** Told and not recorded because it may be otherwise in a moment; it ends with the instruction's deadline, which is recorded. */
function mayPass({ code }: Refusal): boolean {
  return ERRORS[code].status === 503 || code === 'INSTRUCTION_NOT_YET';
}
