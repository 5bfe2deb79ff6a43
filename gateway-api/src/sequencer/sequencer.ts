import { endorsersOf, lanesOf, type Instruction, type Refusal } from '@tallystick/chaincode/domain';
import type { IncomingHints } from '@tallystick/chaincode/state';
import type { Applied, Answer, BatchLedger } from '../fabric/ledger-client.ts';
import { isPassing } from '../fabric/failure.ts';
import { Contested, touchingAny } from './touching.ts';
import { addTo } from '../count.ts';
import type { Needs } from '../index/statement-queries.ts';
import type { Log } from '../log.ts';
import { QueueFullError } from '../turned-away.ts';
import { pause } from '../wait.ts';
import { BatchSize } from './batch-size.ts';
import { FairQueue } from './fair-queue.ts';
import { needsOf } from './needs.ts';
import { Pace } from './pace.ts';
import { Lanes, lanesOfNames, type LaneBatch } from './lanes.ts';

/** What the ledger answered to one instruction. */
export type Decision =
  /** In the chain and in the index, by this submission or by an earlier one. */
  | { readonly kind: 'recorded' | 'repeat' }
  /** Not recorded: for certain this submission has not applied it. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The gateway itself has failed: it may be in the chain, or come there yet. */
  | { readonly kind: 'unknown' };

export interface Submission {
  readonly jws: string;
  readonly instruction: Instruction;
  /** Until when it is tried again before the answer is AGAIN, milliseconds. */
  readonly until: number;
}

interface Item extends Submission {
  /** What it debits or changes. */
  readonly names: readonly string[];
  readonly lanes: readonly number[];
  /** Organizations that have to endorse it. */
  readonly endorsers: readonly string[];
  readonly settle: (decision: Decision) => void;
}

interface Running extends LaneBatch<Item> {
  readonly endorsed: () => void;
}

export interface SequencerOptions {
  readonly ledger: BatchLedger;
  readonly log: Log;
  /** Called when the ledger says that its clock is stale. */
  readonly clockIsStale: () => Promise<void>;
  /** Whose peer will never answer again: what needed its endorsement, the ledger refuses. */
  readonly isRemoved?: (organization: string) => boolean;
  /** What has come in for accounts whose balances do not suffice: a debit takes it in from where it is said to lie, and conflicts only with who pays in just there. */
  readonly incomingFor?: (needs: Needs) => IncomingHints;
  readonly maxWaiting?: number;
  readonly maxWaitingLength?: number;
}

/** Beyond this, the queue is longer than a client would wait: so many seconds of what was decided of late, within bounds. */
const LONGEST_QUEUE_S = 4;
const MAX_WAITING = 8_000;
const MAX_WAITING_AT_LEAST = 2_000;
/** A signer may have this times as much waiting as is still free: so a few cannot fill the queue against everybody else. */
const SHARE_OF_FREE = 2;
/** Characters of all that wait: the bound on memory, since an instruction may have 48 Ki of them. */
const MAX_WAITING_LENGTH = 32 * 1024 * 1024;
/** What arrives within this time travels together even when nothing is in flight; while more comes at each look, so much longer. */
const GATHER_MS = 2;
const GATHER_AT_MOST_MS = 30;
/**
 * How many must be waiting for another transaction, by the number of those in flight: at low load each leaves at once, at high
 * load transactions are full, since each costs every peer some milliseconds whatever is in it.
 */
const WORTH_A_TRANSACTION = [1, 1, 8, 64, 250];
/** Transactions that are being endorsed at a time: what comes meanwhile is gathered for the next, and goes before only when it fills one. */
const ENDORSED_AT_ONCE = 2;
/** A conflict is tried again whole so often before the batch is halved: most come from a tick or a new token, and pass. */
const WHOLE_ATTEMPTS = 3;
/**
 * What is debited at several gateways at once travels about so often, in a transaction of its own: one that loses then costs nobody else's work,
 * and each costs every peer some milliseconds.
 */
const CONTESTED_EVERY_MS = 1_000;
const AGAIN: Decision = { kind: 'refused', refusal: { code: 'AGAIN' } };

/**
 * Puts instructions into transactions: those that share a debited object, or a signer, share a lane and keep their order;
 * a lane has one transaction in flight, so this gateway's debits do not conflict with each other. A debit that empties an incoming
 * slot does conflict with a payment that comes in just there: the slots it may empty are those that the index names as filled.
 */
export class Sequencer {
  readonly #options: SequencerOptions;
  /** Before the lanes, where each signer has its turn. */
  readonly #queue = new FairQueue<Item>();
  #waitingLength = 0;
  /** How many of each signer wait. */
  readonly #bySigner = new Map<string, number>();
  readonly #lanes = new Lanes<Item>();
  /** The block of each lane's last transaction: what its next one may have to read. */
  readonly #blocks = new Map<number, number>();
  #gathering: NodeJS.Timeout | undefined;
  #inFlight = 0;
  /** Of those in flight, how many have no endorsements yet. */
  #endorsing = 0;
  readonly #size = new BatchSize();
  readonly #pace = new Pace();
  readonly #contested = new Contested();
  /** When what is contested may travel next, and what wakes it. */
  #contestedFrom = 0;
  #waking: NodeJS.Timeout | undefined;

  constructor(options: SequencerOptions) {
    this.#options = options;
  }

  /** Resolves when it is certain; that may take as long as the network is away. @throws QueueFullError */
  submit(submission: Submission): Promise<Decision> {
    const { maxWaiting = this.#room(), maxWaitingLength = MAX_WAITING_LENGTH } = this.#options;
    const { signer } = submission.instruction;
    const free = maxWaiting - this.waiting;
    if ((this.#bySigner.get(signer) ?? 0) >= SHARE_OF_FREE * free || this.#waitingLength >= maxWaitingLength) throw new QueueFullError();
    const { promise, resolve } = Promise.withResolvers<Decision>();
    addTo(this.#bySigner, signer, 1);
    const names = [...new Set([...lanesOf(submission.instruction), signer])];
    this.#queue.push(signer, { ...submission, names, lanes: lanesOfNames(names), endorsers: endorsersOf(submission.instruction).filter((organization) => this.#options.isRemoved?.(organization) !== true), settle: resolve });
    this.#waitingLength += submission.jws.length;
    this.#gathering ??= setTimeout(() => this.#gather(GATHER_AT_MOST_MS, this.waiting), GATHER_MS);
    return promise;
  }

  /** @param before how many were waiting at the last look */
  #gather(left: number, before: number): void {
    const { waiting } = this;
    if (waiting > before && waiting < this.#size.now && left > 0) this.#gathering = setTimeout(() => this.#gather(left - GATHER_MS, waiting), GATHER_MS);
    else this.#flush();
  }

  #room(): number {
    return Math.min(MAX_WAITING, Math.max(MAX_WAITING_AT_LEAST, this.#pace.perSecond * LONGEST_QUEUE_S));
  }

  get waiting(): number {
    return this.#queue.size + this.#lanes.waiting;
  }

  #flush(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    for (let batch = this.#next(); batch !== undefined; batch = this.#next()) void this.#run(batch);
  }

  #next(): LaneBatch<Item> | undefined {
    this.#queue.drain(this.#admission());
    if (this.#endorsing >= ENDORSED_AT_ONCE) return undefined;
    const atMost = this.#size.now;
    const worth = this.#endorsing > 0 ? atMost : (WORTH_A_TRANSACTION[this.#inFlight] ?? atMost);
    const batch = this.#lanes.take({ atLeast: Math.min(atMost, worth), atMost });
    for (const { jws, instruction } of batch?.items ?? []) {
      this.#waitingLength -= jws.length;
      addTo(this.#bySigner, instruction.signer, -1);
    }
    return batch;
  }

  /** To the lanes; what is contested waits outside of them, where it holds nobody up. */
  #admission(): (item: Item) => boolean {
    const admit = this.#lanes.admission();
    const now = Date.now();
    const wait = this.#contestedFrom - now;
    return (item) => {
      if (!this.#contested.isOf(item)) return admit(item);
      if (wait > 0) {
        this.#waking ??= setTimeout(() => this.#wake(), wait);
        return false;
      }
      // Gateways that contest it should not meet again and again.
      this.#contestedFrom = now + CONTESTED_EVERY_MS * (0.5 + Math.random());
      return admit(item);
    };
  }

  #wake(): void {
    this.#waking = undefined;
    this.#flush();
  }

  async #run(batch: LaneBatch<Item>): Promise<void> {
    this.#inFlight++;
    const endorsed = this.#endorsed();
    let held = batch;
    try {
      const apart = this.#contested.among(batch.items);
      const others = batch.items.filter((item) => !apart.has(item));
      if (others.length > 0) await this.#settle({ ...batch, endorsed }, others, 1);
      if (others.length > 0 && apart.size > 0) held = this.#narrowed(batch, [...apart]);
      if (apart.size > 0) await this.#settle({ ...held, endorsed }, [...apart], 1);
    } catch (error) {
      // A fault of the program: the batch's fate is not known, so nobody is told that it failed.
      this.#options.log.error({ error, instructions: batch.items.length }, 'a batch was lost by a fault');
      for (const { settle } of batch.items) settle({ kind: 'unknown' });
    } finally {
      endorsed();
      this.#inFlight--;
      this.#lanes.release(held);
      this.#flush();
    }
  }

  /** Goes on with these alone, in no more lanes than they need. */
  #narrowed(batch: LaneBatch<Item>, items: readonly Item[]): LaneBatch<Item> {
    const lanes = [...new Set(items.flatMap((item) => item.lanes))];
    this.#lanes.release({ lanes: batch.lanes.filter((lane) => !lanes.includes(lane)) });
    this.#flush();
    return { lane: lanes[0] ?? batch.lane, lanes, items };
  }

  /** Counts a transaction as being endorsed until what it answers is called for the first time. */
  #endorsed(): () => void {
    let isEndorsed = false;
    this.#endorsing++;
    return () => {
      if (isEndorsed) return;
      isEndorsed = true;
      this.#endorsing--;
      this.#flush();
    };
  }

  async #settle(batch: Running, items: readonly Item[], attempt: number): Promise<void> {
    const after = Math.max(-1, ...batch.lanes.map((lane) => this.#blocks.get(lane) ?? -1));
    const instructions = items.map(({ jws }) => jws);
    const endorsers = [...new Set(items.flatMap((item) => item.endorsers))];
    const applied = await this.#options.ledger.apply({ instructions, lane: batch.lane, endorsers, incoming: this.#incomingFor(items), after }, batch.endorsed);
    this.#learn(items.length, applied);
    if ('block' in applied) for (const lane of batch.lanes) this.#blocks.set(lane, applied.block);
    switch (applied.kind) {
      case 'committed':
      case 'answered':
        this.#pace.add(items.length);
        settleAll(items, applied.answers);
        return;
      case 'refused':
        if (!isPassing(applied.refusal)) {
          for (const { settle } of items) settle({ kind: 'refused', refusal: applied.refusal });
          return;
        }
        if (applied.refusal.code === 'CLOCK_STALE') await this.#options.clockIsStale();
        break;
      case 'rejected':
        return this.#part(batch, items, applied.reason);
      case 'unavailable':
        if (applied.missing !== undefined) return this.#without(applied.missing, batch, items, attempt);
        break;
      case 'conflict':
    }
    await this.#again(batch, items, { applied, attempt });
  }

  #learn(instructions: number, applied: Applied): void {
    if ('endorsedIn' in applied) this.#size.learn(instructions, applied.endorsedIn);
    else if (applied.kind === 'unavailable' && applied.missing === undefined) this.#size.learn(instructions, undefined);
  }

  #incomingFor(items: readonly Item[]): IncomingHints {
    return this.#options.incomingFor?.(needsOf(items)) ?? {};
  }

  /**
   * Nothing was applied: those who can wait are tried once more. What a conflict was about travels apart from the rest; when the
   * whole fails again and again, it is halved.
   */
  async #again(batch: Running, items: readonly Item[], { applied, attempt }: { readonly applied: Applied; readonly attempt: number }): Promise<void> {
    const now = Date.now();
    const patient = items.filter(({ until }) => until > now);
    for (const item of items) if (!patient.includes(item)) item.settle(AGAIN);
    if (patient.length === 0) return;
    await pause(applied.kind === 'conflict' ? Math.random() * 20 * attempt : Math.min(100 * attempt, 1_000));
    const touching = applied.kind === 'conflict' ? touchingAny(patient, applied.keys) : new Set<Item>();
    // Where it harms nobody else, it need not wait.
    if (applied.kind === 'conflict' && (touching.size < patient.length || this.#contested.among(patient).size > 0)) this.#contested.learn([...touching], applied.keys);
    if (touching.size > 0 && touching.size < patient.length) {
      await this.#settle(batch, patient.filter((item) => !touching.has(item)), attempt + 1);
      return this.#settle(batch, [...touching], attempt + 1);
    }
    if (attempt < WHOLE_ATTEMPTS || patient.length === 1) return this.#settle(batch, patient, attempt + 1);
    return this.#halve(batch, patient, attempt);
  }

  /** Those that need an organization that is away may be sent again; the others do not wait for it. */
  async #without(missing: readonly string[], batch: Running, items: readonly Item[], attempt: number): Promise<void> {
    const [away, others] = [true, false].map((isAway) => items.filter(({ endorsers }) => endorsers.some((organization) => missing.includes(organization)) === isAway));
    for (const { settle } of away ?? []) settle(AGAIN);
    if (others !== undefined && others.length > 0) await this.#settle(batch, others, attempt);
  }

  /** It will never go as it is: smaller, or without the instruction that is at fault, it may. */
  async #part(batch: Running, items: readonly Item[], reason: string): Promise<void> {
    const [item] = items;
    if (items.length > 1 || item === undefined) return this.#halve(batch, items, 1);
    const { id, signer, type } = item.instruction;
    this.#options.log.error({ id, signer, type: type.type, reason }, 'the network takes no transaction with this instruction');
    item.settle(AGAIN);
  }

  async #halve(batch: Running, items: readonly Item[], attempt: number): Promise<void> {
    const middle = Math.ceil(items.length / 2);
    await this.#settle(batch, items.slice(0, middle), attempt);
    await this.#settle(batch, items.slice(middle), attempt);
  }
}

function settleAll(items: readonly Item[], answers: readonly Answer[]): void {
  const byIndex = new Map(answers.map((answer) => [answer.index, answer]));
  items.forEach(({ settle }, index) => {
    const answer = byIndex.get(index);
    if (answer === undefined) settle({ kind: 'recorded' });
    else settle('repeat' in answer ? { kind: 'repeat' } : { kind: 'refused', refusal: answer.refusal });
  });
}
