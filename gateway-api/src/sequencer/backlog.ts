import { ERRORS, LedgerError, MAX_AHEAD_MS, objectId, refuseUnless, type Instruction, type Refusal } from '@tallystick/chaincode/domain';
import { placeOf } from '../index/entry-id.ts';
import type { LedgerIndex } from '../index/ledger-index.ts';
import type { Log } from '../log.ts';
import { pause } from '../wait.ts';
import type { Intake, IntakeAnswer } from './intake.ts';
import type { Journal } from './journal.ts';
import { inOrder } from './in-order.ts';
import { QueueFullError } from './sequencer.ts';

export interface BacklogOptions {
  readonly index: LedgerIndex;
  readonly intake: Pick<Intake, 'read' | 'verify' | 'submit' | 'toldAgain'>;
  readonly journal: Journal;
  readonly log: Log;
  readonly most?: BacklogBounds;
  /** Told of each outcome: applied, or the code of the refusal. */
  readonly told?: (outcome: string) => void;
}

/** How many instructions may be open at a time: of one signer, and of all. */
export interface BacklogBounds {
  readonly ofSigner: number;
  readonly ofAll: number;
}

const MOST: BacklogBounds = { ofSigner: 2_000, ofAll: 50_000 };
const RETRY_MS = 2_000;
const MAX_RETRY_MS = 30_000;
/** So often an instruction may come back without an outcome, from a chain that moves, before those behind it may pass. */
const ATTEMPTS_IN_ORDER = 5;

interface Entry {
  readonly jws: string;
  readonly instruction: Instruction;
  /** Its place in the order of acceptance. */
  readonly number: number;
  attempts: number;
}

/** What of a signer has no outcome yet. */
interface SignerQueue {
  /** Not with intake, in the order they were accepted. */
  readonly waiting: Entry[];
  open: number;
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
  readonly #most: BacklogBounds;
  /** What has no outcome yet, by id: each once. */
  readonly #open = new Map<string, Entry>();
  readonly #queues = new Map<string, SignerQueue>();
  #accepted = 0;
  /** In the index, and perhaps not in its file yet. */
  readonly #recorded: Recorded[] = [];
  #isRemoving = false;

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#most = options.most ?? MOST;
  }

  /** It is on disk when this returns. Answers whether it was taken before. @throws LedgerError, QueueFullError */
  accept(jws: string, instruction = this.#options.intake.read(jws)): { readonly repeat: boolean } {
    const entry = this.#enter(jws, instruction);
    if (entry !== undefined) this.#keep([entry]);
    return { repeat: entry === undefined };
  }

  /** Its place among what is open; undefined: it was taken before. @throws LedgerError, QueueFullError */
  #enter(jws: string, instruction: Instruction): Entry | undefined {
    const { index, intake, journal } = this.#options;
    const { id, signer, hash, issuedAt } = instruction;
    const open = this.#open.get(objectId(id, signer));
    // Before its signature: turning away must cost less than taking.
    if (open === undefined && !this.#hasRoom(signer)) throw new QueueFullError();
    if (!intake.verify(jws, instruction)) throw new LedgerError(index.certificates.ofHolder(signer).length === 0 ? 'SIGNER_UNKNOWN' : 'CERTIFICATE_UNKNOWN');
    const recorded = index.instructions.one(id, signer);
    const earlier = recorded ?? open?.instruction ?? journal.one(id, signer);
    if (earlier !== undefined) refuseUnless(earlier.hash === hash, 'ID_REUSED');
    if (recorded !== undefined || open !== undefined) {
      intake.toldAgain(jws);
      return undefined;
    }
    refuseUnless(issuedAt <= Date.now() + MAX_AHEAD_MS, 'INSTRUCTION_NOT_YET');
    return this.#placeFor(jws, instruction);
  }

  /** How many have no outcome yet. */
  get open(): number {
    return this.#open.size;
  }

  #hasRoom(signer: string): boolean {
    return this.#open.size < this.#most.ofAll && (this.#queues.get(signer)?.open ?? 0) < this.#most.ofSigner;
  }

  /**
   * Takes on many, in one write; each result is what `accept` has answered or thrown.
   * @param turnedAway signers of whom something before was: what follows it would overtake it
   */
  acceptAll(instructions: readonly string[], turnedAway = new Set<string>()): readonly (Error | { readonly repeat: boolean })[] {
    const entries: Entry[] = [];
    const results = instructions.map((jws) => {
      try {
        const instruction = this.#options.intake.read(jws);
        const entry = inOrder(instruction.signer, turnedAway, () => this.#enter(jws, instruction));
        if (entry !== undefined) entries.push(entry);
        return { repeat: entry === undefined };
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error));
      }
    });
    this.#keep(entries);
    return results;
  }

  /** On their way once they are on disk; what cannot be written is not taken. */
  #keep(entries: readonly Entry[]): void {
    const { journal } = this.#options;
    try {
      journal.together(() => entries.forEach(({ jws, instruction: { id, signer, hash } }) => journal.add({ id, signer, hash, jws })));
    } catch (error) {
      for (const entry of entries) this.#done(entry);
      throw error;
    }
    for (const entry of entries) this.#bringHome(entry);
  }

  /** Goes on with what an earlier process had accepted. */
  resume(): void {
    const { intake, journal, log } = this.#options;
    const open = journal.open();
    if (open.length > 0) log.info({ instructions: open.length }, 'going on with accepted instructions');
    for (const { id, signer, jws } of open) {
      try {
        this.#bringHome(this.#placeFor(jws, intake.read(jws)));
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        journal.refuse(id, signer, { code: error.code, figures: error.figures });
      }
    }
  }

  #placeFor(jws: string, instruction: Instruction): Entry {
    const { id, signer } = instruction;
    const entry = { jws, instruction, number: this.#accepted++, attempts: 0 };
    this.#open.set(objectId(id, signer), entry);
    this.#queueOf(signer).open++;
    return entry;
  }

  #queueOf(signer: string): SignerQueue {
    const queue = this.#queues.get(signer) ?? { waiting: [], open: 0, isHeld: false, holds: 0 };
    this.#queues.set(signer, queue);
    return queue;
  }

  #bringHome(entry: Entry): void {
    const queue = this.#queueOf(entry.instruction.signer);
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
  #submit({ jws, instruction }: Entry): Promise<IntakeAnswer> | undefined {
    try {
      return this.#options.intake.submit(jws, instruction).catch(answerOf);
    } catch (error) {
      if (error instanceof QueueFullError) return undefined;
      return Promise.reject(error instanceof Error ? error : new Error(String(error))).catch(answerOf);
    }
  }

  /** @param block of the index when it was submitted */
  #take(queue: SignerQueue, entry: Entry, { answered, block }: { readonly answered: IntakeAnswer; readonly block: number }): void {
    const { id, signer } = entry.instruction;
    if (answered.kind === 'recorded') this.#remove({ id, signer, block: placeOf(answered.instruction.entry).block });
    else if (answered.kind === 'unrecorded' && !mayPass(answered.refusal)) this.#options.journal.refuse(id, signer, answered.refusal);
    else return this.#again(queue, entry, this.#options.index.block() > block);
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
    const { id, signer } = entry.instruction;
    this.#done(entry);
    this.#options.log.error({ error, id, signer }, 'an accepted instruction is left for the next start');
  }

  #done({ instruction: { id, signer } }: Entry): void {
    const queue = this.#queueOf(signer);
    this.#open.delete(objectId(id, signer));
    queue.open--;
    if (queue.open === 0) this.#queues.delete(signer);
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

/** Told and not recorded because it may be otherwise in a moment; it ends with the instruction's deadline, which is recorded. */
function mayPass({ code }: Refusal): boolean {
  return ERRORS[code].status === 503 || code === 'INSTRUCTION_NOT_YET';
}
