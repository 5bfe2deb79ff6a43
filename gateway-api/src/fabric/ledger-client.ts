import type { Transaction } from '@hyperledger/fabric-gateway';
import { CLOCK_WINDOW_MS, LedgerError, parseInstant, type Figures, type Refusal } from '@tallystick/chaincode/domain';
import { packBatch, type IncomingHints } from '@tallystick/chaincode/state';
import type { Log } from '../log.ts';
import { pause, within } from '../wait.ts';
import { readsOf, VALID, type LedgerTransaction, type StateRead } from './block.ts';
import type { EnvelopeStore, StoredEnvelope } from './envelope-store.ts';
import type { CommitWatch } from './commit-watch.ts';
import type { Connection } from './connection.ts';
import type { ChaincodeRequest, Endorser } from './endorser.ts';
import { isNeverOrdered, reasonOf, refusalIn } from './failure.ts';

/** An answer to one instruction of a batch that its transaction does not record. */
export type Answer =
  /** Decided by an earlier transaction. */
  | { readonly index: number; readonly repeat: true }
  | { readonly index: number; readonly refusal: Refusal };

export interface Batch {
  readonly instructions: readonly string[];
  readonly lane: number;
  /** Organizations whose endorsement its instructions take, beside a majority's. */
  readonly endorsers?: readonly string[];
  readonly incoming?: IncomingHints;
  /** Last block that may have changed what the batch reads, as far as its lane knows. */
  readonly after: number;
}

/** What became of a batch, for certain. `endorsedIn`: milliseconds that its endorsement took. */
export type Applied =
  /** In the chain, and in the index: every instruction without an answer is recorded. */
  | { readonly kind: 'committed'; readonly block: number; readonly answers: readonly Answer[]; readonly endorsedIn?: number }
  /** There was nothing to record. */
  | { readonly kind: 'answered'; readonly answers: readonly Answer[]; readonly endorsedIn?: number }
  /** In the chain as invalid: nothing was applied. `keys`: what it has read and others have written since, as far as known. */
  | { readonly kind: 'conflict'; readonly block: number; readonly validation: string; readonly keys: readonly string[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** As it is, this batch will never be endorsed or ordered; it may be because of one instruction of it, or its size. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Nothing was sent, or what was sent came too late to be valid. `missing`: organizations that have to endorse and cannot be asked. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly missing?: readonly string[] };

/** How the sequencer sees the ledger. */
export interface BatchLedger {
  /** @param endorsed called when it has its endorsements, or will have none: the endorsers have room for another one */
  readonly apply: (batch: Batch, endorsed?: () => void) => Promise<Applied>;
  readonly tick: () => Promise<Applied>;
}

/** One rule of a pre-check. */
export interface CheckedRule {
  readonly code: string;
  readonly holds: boolean;
  readonly figures?: Figures;
}

/** An envelope that has not shown up in a block by then is sent again. */
const RESUBMIT_MS = 5_000;
/** When the orderer did not take it. */
const RESUBMIT_AFTER_FAILURE_MS = 500;

const ASK_AGAIN_MS = 1_000;

/** Where a transaction stands in the chain, or why it never will. */
type Committed = LedgerTransaction | Extract<Applied, { kind: 'rejected' | 'unavailable' }>;

interface ApplyResult {
  readonly answers: readonly ({ readonly index: number } & ({ readonly repeat: unknown } | { readonly refusal: Refusal }))[];
}

interface LedgerClientOptions {
  readonly connection: Pick<Connection, 'contract' | 'organizationId' | 'chaincode' | 'signed' | 'stored' | 'isInChain'>;
  /** Where envelopes are kept until it is known what became of them; undefined: nowhere. */
  readonly envelopes?: EnvelopeStore;
  readonly endorser: Pick<Endorser, 'endorse'>;
  readonly commits: CommitWatch;
  /** The ledger clock as of the last block whose transactions the watch has seen. */
  readonly clock: () => string | undefined;
  readonly log: Log;
}

/** Brings transactions into the chain and tells what became of them; never returns before that is certain. */
export class LedgerClient implements BatchLedger {
  readonly #connection: LedgerClientOptions['connection'];
  readonly #endorser: Pick<Endorser, 'endorse'>;
  readonly #commits: CommitWatch;
  readonly #clock: () => string | undefined;
  readonly #log: Log;
  readonly #envelopes: EnvelopeStore | undefined;

  constructor(options: LedgerClientOptions) {
    this.#envelopes = options.envelopes;
    this.#connection = options.connection;
    this.#endorser = options.endorser;
    this.#commits = options.commits;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  apply({ instructions, lane, endorsers, incoming, after }: Batch, endorsed?: () => void): Promise<Applied> {
    const argument = packBatch({ instructions, lane, incoming });
    return this.#run({ name: 'instruction:apply', argument, lane, endorsers, after }, instructions.length, endorsed);
  }

  tick(): Promise<Applied> {
    return this.#run({ name: 'consortium:tick', lane: 0, after: -1 }, 1);
  }

  /** What the ledger says of itself, by the own peer. @throws when peer or chaincode do not answer */
  async ledger(): Promise<unknown> {
    const bytes = await this.#connection.contract.evaluate('query:ledger', { endorsingOrganizations: [this.#connection.organizationId] });
    return JSON.parse(Buffer.from(bytes).toString());
  }

  /** Every rule of a payment (JSON of its body), signed by this key if one is named, as the ledger would judge it now, by the own peer. @throws LedgerError, or when they do not answer */
  async check(payer: string, body: string, thumbprint = ''): Promise<readonly CheckedRule[]> {
    try {
      const bytes = await this.#connection.contract.evaluate('query:check', { arguments: [payer, body, thumbprint], endorsingOrganizations: [this.#connection.organizationId] });
      return (JSON.parse(Buffer.from(bytes).toString()) as { readonly rules: readonly CheckedRule[] }).rules;
    } catch (error) {
      const refusal = refusalIn(reasonOf(error));
      throw refusal === undefined ? error : new LedgerError(refusal.code, refusal.figures);
    }
  }

  async #run(request: ChaincodeRequest, size: number, endorsed?: () => void): Promise<Applied> {
    const endorsement = await this.#endorser.endorse(request).finally(endorsed);
    if (endorsement.kind !== 'endorsed') return endorsement;
    const { transaction, milliseconds: endorsedIn } = endorsement;
    const answers = request.name === 'consortium:tick' ? [] : answersOf(transaction);
    if (answers.length === size) return { kind: 'answered', answers, endorsedIn };
    const committed = await this.#stored(transaction);
    if ('kind' in committed) return committed;
    const { block, validation } = committed;
    if (validation === VALID) return { kind: 'committed', block, answers, endorsedIn };
    this.#log.info({ transactionId: committed.transactionId, block, validation, transaction: request.name }, 'transaction is in the chain as invalid');
    return { kind: 'conflict', block, validation, keys: this.#commits.overtaken(committed, () => this.#readsOf(transaction)) };
  }

  /** What an earlier process has sent, or was about to send: brought to its end, as it would have been. */
  async recover(): Promise<void> {
    const open = this.#envelopes?.all() ?? [];
    if (open.length > 0) this.#log.info({ transactions: open.length }, 'finding out what became of transactions of an earlier process');
    await Promise.all(open.map((envelope) => this.#recover(envelope)));
  }

  async #recover({ transactionId, bytes, lastValid }: StoredEnvelope): Promise<void> {
    let known = await this.#connection.isInChain(transactionId);
    for (; known === undefined; known = await this.#connection.isInChain(transactionId)) await pause(ASK_AGAIN_MS);
    // Sent again, one that is in the chain after all comes once more as DUPLICATE_TXID and changes nothing.
    const transaction = known ? undefined : this.#readStored(transactionId, bytes);
    const ended = transaction === undefined ? undefined : await this.#commit(transaction, lastValid);
    this.#log.info({ transactionId, became: known ? 'in the chain' : ended === undefined ? 'unreadable' : 'kind' in ended ? ended.kind : ended.validation }, 'a transaction of an earlier process has its end');
    this.#envelopes?.drop(transactionId);
  }

  /** Undefined: a machine that lost power has left less than was written; nobody was told of it. */
  #readStored(transactionId: string, bytes: Uint8Array): Transaction | undefined {
    try {
      return this.#connection.stored(bytes);
    } catch (error) {
      this.#log.error({ transactionId, error }, 'an envelope of an earlier process cannot be read');
      return undefined;
    }
  }

  /** On disk before it is sent, so that the next process can find out what became of it. */
  async #stored(transaction: Transaction): Promise<Committed> {
    const lastValid = Date.now() + CLOCK_WINDOW_MS;
    if (this.#envelopes === undefined) return this.#commit(transaction, lastValid);
    const signed = await this.#connection.signed(transaction);
    const transactionId = signed.getTransactionId();
    try {
      this.#envelopes.put({ transactionId, bytes: signed.getBytes(), lastValid });
    } catch (error) {
      this.#log.error({ transactionId, error }, 'an envelope cannot be kept, so it is not sent');
      return { kind: 'unavailable', reason: 'the envelope cannot be kept' };
    }
    const committed = await this.#commit(signed, lastValid);
    this.#envelopes.drop(transactionId);
    return committed;
  }

  /**
   * Sends the same bytes until the transaction shows up in a block, as valid or not, or it is certain that it never will as
   * valid: the orderers refuse it for good, or the ledger clock was moved since it has read it.
   */
  async #commit(transaction: Transaction, lastValid: number): Promise<Committed> {
    const transactionId = transaction.getTransactionId();
    const seen = this.#commits.expect(transactionId);
    for (let attempt = 1; ; attempt++) {
      const failure = await transaction.submit().then(() => undefined, (error: unknown) => ({ reason: reasonOf(error), isFinal: isNeverOrdered(error) }));
      const committed = await within(failure === undefined ? RESUBMIT_MS : RESUBMIT_AFTER_FAILURE_MS, seen, undefined);
      if (committed !== undefined) return committed;
      const reason = failure?.reason ?? 'not in a block yet';
      // Only the first sending: of a later one nobody knows what became of those before.
      const end = attempt === 1 && failure?.isFinal === true ? 'rejected' : this.#isTooLate(transaction, lastValid) ? 'unavailable' : undefined;
      this.#log.warn({ transactionId, attempt, reason, end }, end === undefined ? 'commit unknown; sending the same envelope again' : 'the transaction will not be committed');
      if (end !== undefined) {
        this.#commits.forget(transactionId);
        return { kind: end, reason };
      }
      await pause(Math.min(attempt * 100, 1_000));
    }
  }

  /** Of what is in no block: by the clock it has read, or by the time, where that was moved before this process has seen it. */
  #isTooLate(transaction: Transaction, lastValid: number): boolean {
    if (!this.#commits.isExpected(transaction.getTransactionId())) return false;
    const clock = this.#clock();
    return this.#commits.hasClockMoved(() => this.#readsOf(transaction)) || (clock !== undefined && parseInstant(clock) > lastValid);
  }

  #readsOf(transaction: Transaction): readonly StateRead[] {
    return readsOf(transaction.getBytes(), this.#connection.chaincode);
  }
}

function answersOf(transaction: Transaction): readonly Answer[] {
  const { answers } = JSON.parse(Buffer.from(transaction.getResult()).toString()) as ApplyResult;
  return answers.map((answer) => ('repeat' in answer ? { index: answer.index, repeat: true } : { index: answer.index, refusal: answer.refusal }));
}
