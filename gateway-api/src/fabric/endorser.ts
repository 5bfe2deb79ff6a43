import type { Transaction } from '@hyperledger/fabric-gateway';
import type { Refusal } from '@tallystick/chaincode/domain';
import type { Log } from '../log.ts';
import { addTo } from '../count.ts';
import { pause } from '../wait.ts';
import type { Connection } from './connection.ts';
import { AVOID_MS, REST_MS, SILENCE_MS, type EndorsementPlan, type Endorsers } from './endorsement-plan.ts';
import { failureOf, isDeadlineExceeded, type Failure } from './failure.ts';
import { askEach, oddOnesOut } from './odd-one-out.ts';
import type { PeerHeights } from './peer-heights.ts';

export type Endorsement =
  | { readonly kind: 'endorsed'; readonly transaction: Transaction; readonly milliseconds: number }
  /** The chaincode refused the call as a whole. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The chaincode failed on it everywhere alike. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** No majority of organizations answered alike, or `missing` cannot be asked: for certain nothing was sent to the orderer. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly missing?: readonly string[] };

export interface ChaincodeRequest {
  /** `contract:transaction` */
  readonly name: string;
  readonly argument?: Uint8Array;
  readonly lane: number;
  /** Organizations that have to endorse it, beside a majority of all. */
  readonly endorsers?: readonly string[] | undefined;
  /** The block all endorsers must have: what the call reads was written up to there. */
  readonly after: number;
}

type EndorsingConnection = Pick<Connection, 'contract' | 'gateway' | 'organizationId'>;

const ATTEMPTS = 6;
const CATCH_UP_MS = 2_000;
/**
 * Simulations this gateway lets one other organization run at a time. Each holds its peer's state lock, and a chaincode process
 * has one thread: more of them only make each other, and the commit of the next block, wait.
 */
const AT_ONCE = 1;
const PROBE_MS = 2_000;

/** Gets a majority of organizations to endorse alike, going round whoever fails. */
export class Endorser {
  readonly #connection: EndorsingConnection;
  readonly #plan: EndorsementPlan;
  readonly #heights: PeerHeights;
  readonly #log: Log;
  /** Simulations each organization is running for this gateway. */
  readonly #running = new Map<string, number>();
  #freed = Promise.withResolvers<void>();

  constructor(options: { connection: EndorsingConnection; plan: EndorsementPlan; heights: PeerHeights; log: Log }) {
    this.#connection = options.connection;
    this.#plan = options.plan;
    this.#heights = options.heights;
    this.#log = options.log;
  }

  async endorse(request: ChaincodeRequest): Promise<Endorsement> {
    let reason = 'fewer than a majority of organizations can be asked to endorse';
    let mismatches = 0;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const missing = this.#plan.missing(request.endorsers ?? []);
      // Whoever needs them is told at once: others wait in the same lane.
      if (missing.length > 0) return { kind: 'unavailable', reason: `${missing.join(', ')} cannot be asked to endorse`, missing };
      const endorsers = await this.#enter(request);
      if (endorsers === undefined) {
        await pause(100 * attempt);
        continue;
      }
      const began = performance.now();
      try {
        const transaction = await this.#propose(request, endorsers).endorse().finally(() => this.#leave(endorsers));
        return { kind: 'endorsed', transaction, milliseconds: performance.now() - began };
      } catch (error) {
        const failure = failureOf(error, endorsers.length);
        if (failure.kind === 'refused' || failure.kind === 'rejected') return failure;
        if (failure.kind === 'mismatch') {
          reason = 'the endorsers answered differently';
          if (++mismatches > 1) await this.#avoidOddOneOut(request);
          await this.#level();
        } else {
          reason = failure.reason;
          await this.#rest(endorsers, failure);
        }
      }
    }
    this.#log.warn({ transaction: request.name, reason }, 'not endorsed');
    return { kind: 'unavailable', reason };
  }

  /** Whom to ask, as soon as it is their turn; they are counted until `#leave`. Undefined when there is no majority that has the block. */
  async #enter({ lane, after, endorsers: needed }: ChaincodeRequest): Promise<Endorsers | undefined> {
    const load = (organization: string): number => this.#running.get(organization) ?? 0;
    for (;;) {
      const endorsers = this.#plan.choose(lane, load, needed);
      if (endorsers === undefined || !(await this.#areAt(endorsers, after))) return undefined;
      if (endorsers.slice(1).every((organization) => load(organization) < AT_ONCE)) {
        for (const organization of endorsers) addTo(this.#running, organization, 1);
        return endorsers;
      }
      await this.#freed.promise;
    }
  }

  #leave(endorsers: Endorsers): void {
    for (const organization of endorsers) addTo(this.#running, organization, -1);
    this.#freed.resolve();
    this.#freed = Promise.withResolvers();
  }

  #propose({ name, argument }: ChaincodeRequest, endorsingOrganizations: readonly string[]) {
    return this.#connection.contract.newProposal(name, {
      arguments: argument === undefined ? [] : [argument],
      endorsingOrganizations: [...endorsingOrganizations],
    });
  }

  /** All must have the block, or the one behind reads old state and they differ. */
  async #areAt(endorsers: Endorsers, block: number): Promise<boolean> {
    const reached = await Promise.all(endorsers.map((organization) => this.#heights.reaches(organization, block, CATCH_UP_MS)));
    endorsers.forEach((organization, index) => {
      if (reached[index] === true) return;
      this.#log.warn({ endorser: organization, block }, 'endorser is behind; leaving it out for a while');
      this.#plan.leaveOut(organization, REST_MS);
    });
    return reached.every(Boolean);
  }

  async #level(): Promise<void> {
    const usable = this.#plan.usable();
    const highest = Math.max(...usable.map((organization) => this.#heights.of(organization).block));
    await Promise.all(usable.map((organization) => this.#heights.reaches(organization, highest, CATCH_UP_MS)));
  }

  async #rest(endorsers: Endorsers, { organizations, reason }: Extract<Failure, { kind: 'unavailable' }>): Promise<void> {
    // A deadline that passes names nobody.
    const isNamed = organizations.length > 0;
    const failing = isNamed ? organizations : await this.#silent();
    this.#log.warn({ endorsers, leftOut: failing, reason }, 'endorsement failed; planning anew');
    for (const organization of failing) this.#plan.leaveOut(organization, isNamed ? REST_MS : SILENCE_MS);
  }

  /** Whose chaincode does not answer the cheapest of questions in time. An own peer that is away tells nothing of anybody. */
  async #silent(): Promise<readonly string[]> {
    const asked = this.#plan.usable().map(async (organization) => {
      const proposal = this.#connection.contract.newProposal('query:version', { endorsingOrganizations: [organization] });
      return await proposal.evaluate({ deadline: Date.now() + PROBE_MS }).then(() => [], (error: unknown) => (isDeadlineExceeded(error) ? [organization] : []));
    });
    const silent = (await Promise.all(asked)).flat();
    // All are asked through the own peer: when none answers, it is the one that hangs.
    return silent.length > 1 ? silent.filter((organization) => organization === this.#connection.organizationId) : silent;
  }

  /** A peer that is merely behind differs once; who differs twice from all others runs something else. */
  async #avoidOddOneOut(request: ChaincodeRequest): Promise<void> {
    const ask = async (): Promise<readonly string[]> => {
      await this.#level();
      const { organizations } = this.#plan;
      const verdicts = await askEach(this.#connection.gateway, this.#propose(request, organizations), organizations);
      return oddOnesOut(verdicts, organizations.length);
    };
    const first = await ask();
    const again = first.length === 0 ? [] : await ask();
    for (const organization of first.filter((odd) => again.includes(odd))) {
      this.#log.error({ oddOneOut: organization, transaction: request.name, avoidedFor: AVOID_MS }, 'the chaincode of this organization answers differently from all others; avoiding it');
      this.#plan.avoid(organization);
    }
  }
}
