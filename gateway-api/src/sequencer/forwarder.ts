import { z } from 'zod';
import type { Log } from '../log.ts';

/** Header of a request that another gateway forwards: it is not forwarded again. Says who does. */
export const FORWARDED = 'tallystick-forwarded';

/** Where another organization's gateway is. */
export interface Neighbour {
  readonly organizationId: string;
  readonly url: string;
}

/** What arrives within this time is forwarded together. */
const GATHER_MS = 5;
const MOST_TOGETHER = 250;
/** Beyond this, somebody who does not answer would hold up too much. */
const MOST_WAITING = 1_000;
/** Less than a client waits, so that there is time to submit oneself. */
const ANSWER_WITHIN_MS = 8_000;
/** After a failure. */
const REST_MS = 10_000;

const record = z.object({ record: z.object({ block: z.int() }) });
const outcome = z.object({ receipt: record.optional(), problem: z.object({ receipt: record.optional() }).optional() });
const answerSchema = z.object({ outcomes: z.array(outcome) });

interface Waiting {
  readonly jws: string;
  /** With the block in which the neighbour says it is recorded. */
  readonly settle: (block: number | undefined) => void;
}

interface Line {
  readonly url: string;
  queue: Waiting[];
  waiting: number;
  restsUntil: number;
}

/** Hands instructions to the gateways of other organizations: a help and never a need. */
export class Forwarder {
  readonly #lines: ReadonlyMap<string, Line>;
  readonly #organizationId: string;
  readonly #log: Log;

  constructor({ neighbours, organizationId, log }: { readonly neighbours: readonly Neighbour[]; readonly organizationId: string; readonly log: Log }) {
    const others = neighbours.filter((neighbour) => neighbour.organizationId !== organizationId);
    this.#lines = new Map(others.map(({ organizationId: id, url }) => [id, { url, queue: [], waiting: 0, restsUntil: 0 }]));
    this.#organizationId = organizationId;
    this.#log = log;
  }

  /** The block in which the other gateway says it is recorded; undefined: it says nothing of use, or is not asked. Never rejects. */
  forward(to: string, jws: string): Promise<number | undefined> {
    const line = this.#lines.get(to);
    if (line === undefined || line.waiting >= MOST_WAITING || Date.now() < line.restsUntil) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    if (line.queue.length === 0) setTimeout(() => void this.#send(to, line), GATHER_MS);
    line.queue.push({ jws, settle: resolve });
    line.waiting++;
    return promise;
  }

  async #send(to: string, line: Line): Promise<void> {
    const part = line.queue.slice(0, MOST_TOGETHER);
    line.queue = line.queue.slice(MOST_TOGETHER);
    if (line.queue.length > 0) setTimeout(() => void this.#send(to, line), 0);
    const blocks = await this.#ask(line, part).catch((error: unknown) => {
      line.restsUntil = Date.now() + REST_MS;
      this.#log.warn({ gateway: to, instructions: part.length, reason: String(error) }, 'not forwarded; submitting them here');
      return [];
    });
    line.waiting -= part.length;
    part.forEach(({ settle }, place) => settle(blocks[place]));
  }

  async #ask({ url }: Line, part: readonly Waiting[]): Promise<readonly (number | undefined)[]> {
    const response = await fetch(`${url}/instructions/bulk`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [FORWARDED]: this.#organizationId },
      body: JSON.stringify({ instructions: part.map(({ jws }) => jws) }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    const { outcomes } = answerSchema.parse(await response.json());
    return outcomes.map(({ receipt, problem }) => (receipt ?? problem?.receipt)?.record.block);
  }
}
