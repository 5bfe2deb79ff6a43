import { ERRORS, LedgerError, objectId, refuseUnless, type Instruction, type Refusal } from '@tallystick/chaincode/domain';
import type { LedgerIndex } from '../index/ledger-index.ts';
import type { Log } from '../log.ts';
import { pause } from '../wait.ts';
import { addTo } from '../count.ts';
import type { Intake, IntakeAnswer } from './intake.ts';
import type { Journal } from './journal.ts';
import { QueueFullError } from './sequencer.ts';

export interface BacklogOptions {
  readonly index: LedgerIndex;
  readonly intake: Pick<Intake, 'read' | 'verify' | 'submit'>;
  readonly journal: Journal;
  readonly log: Log;
  readonly most?: BacklogBounds;
}

/** How many instructions may be open at a time: of one signer, and of all. */
export interface BacklogBounds {
  readonly ofSigner: number;
  readonly ofAll: number;
}

const MOST: BacklogBounds = { ofSigner: 2_000, ofAll: 50_000 };
/** As far as clocks may differ: what is issued later than that would only wait. */
const MAX_AHEAD_MS = 30_000;
const RETRY_MS = 2_000;
const MAX_RETRY_MS = 30_000;

/** What was accepted for good: it is on disk, and tried until it has an outcome, by this process or the next. */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #most: BacklogBounds;
  /** Ids of what is being tried: one loop for each. */
  readonly #open = new Set<string>();
  readonly #bySigner = new Map<string, number>();

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#most = options.most ?? MOST;
  }

  /** It is on disk when this returns. @throws LedgerError, QueueFullError */
  accept(jws: string, instruction = this.#options.intake.read(jws)): void {
    const { index, intake, journal } = this.#options;
    const { id, signer, hash, issuedAt } = instruction;
    if (!intake.verify(jws, instruction)) throw new LedgerError(index.certificates.ofHolder(signer).length === 0 ? 'SIGNER_UNKNOWN' : 'CERTIFICATE_UNKNOWN');
    const earlier = index.instructions.one(id, signer) ?? journal.one(id, signer);
    if (earlier !== undefined) refuseUnless(earlier.hash === hash, 'ID_REUSED');
    if (index.instructions.one(id, signer) !== undefined || this.#open.has(objectId(id, signer))) return;
    refuseUnless(issuedAt <= Date.now() + MAX_AHEAD_MS, 'INSTRUCTION_NOT_YET');
    if (this.#open.size >= this.#most.ofAll || (this.#bySigner.get(signer) ?? 0) >= this.#most.ofSigner) throw new QueueFullError();
    journal.add({ id, signer, hash, jws });
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
    const { intake, journal, log } = this.#options;
    const open = journal.open();
    if (open.length > 0) log.info({ instructions: open.length }, 'going on with accepted instructions');
    for (const { id, signer, jws } of open) {
      try {
        this.#bringHome(jws, intake.read(jws));
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        journal.refuse(id, signer, { code: error.code, figures: error.figures });
      }
    }
  }

  #bringHome(jws: string, instruction: Instruction): void {
    const { id, signer } = instruction;
    const name = objectId(id, signer);
    this.#open.add(name);
    addTo(this.#bySigner, signer, 1);
    const done = (): void => {
      this.#open.delete(name);
      addTo(this.#bySigner, signer, -1);
    };
    this.#untilDecided(jws, instruction).then(done, (error: unknown) => {
      done();
      this.#options.log.error({ error, id, signer }, 'an accepted instruction is left for the next start');
    });
  }

  async #untilDecided(jws: string, instruction: Instruction): Promise<void> {
    const { id, signer } = instruction;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(jws, instruction);
      if (answer.kind === 'recorded') return this.#options.journal.remove(id, signer);
      if (answer.kind === 'unrecorded' && !mayPass(answer.refusal)) return this.#options.journal.refuse(id, signer, answer.refusal);
      await pause(Math.min(attempt * RETRY_MS, MAX_RETRY_MS) * (0.75 + Math.random() / 2));
    }
  }

  async #attempt(jws: string, instruction: Instruction): Promise<IntakeAnswer> {
    try {
      return await this.#options.intake.submit(jws, instruction);
    } catch (error) {
      if (error instanceof LedgerError) return { kind: 'unrecorded', refusal: { code: error.code, figures: error.figures } };
      if (error instanceof QueueFullError) return { kind: 'unknown' };
      throw error;
    }
  }
}

/** Told and not recorded because it may be otherwise in a moment; it ends with the instruction's deadline, which is recorded. */
function mayPass({ code }: Refusal): boolean {
  return ERRORS[code].status === 503 || code === 'INSTRUCTION_NOT_YET';
}
