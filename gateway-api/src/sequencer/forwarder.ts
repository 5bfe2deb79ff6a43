import { z } from 'zod';
import type { Log } from '../log.ts';
import { askNeighbour, type Neighbour } from '../neighbour.ts';

/** Header of a request that another gateway forwards: it is not forwarded again. Says who does. */
export const FORWARDED = 'tallystick-forwarded';

/** What arrives within this time is forwarded together. */
const GATHER_MS = 5;
const MOST_TOGETHER = 500;
/** Characters of them; a request has at most 10 MiB. */
const MOST_LENGTH = 8 * 1024 * 1024;
/** Beyond this, somebody who does not answer would hold up too much. */
const MOST_WAITING = 1_000;
/** Less than a client waits, so that there is time to submit oneself. */
const ANSWER_WITHIN_MS = 8_000;
/** What is not known by then is answered as unknown: what is slow holds up nothing that came with it. */
export const FORWARDED_WITHIN_MS = 6_000;
/** Bytes that are read of an answer, for each instruction: a receipt has about one KiB. */
const MOST_ANSWERED = 8_192;
/** After a failure. */
const REST_MS = 10_000;
/** Answers in a row of which none says of anything that it is recorded: who gives so many is of no use. */
const MOST_USELESS = 3;

const record = z.object({ record: z.object({ block: z.int() }) });
const outcome = z.union([z.object({ receipt: record }), z.object({ problem: z.object({ receipt: record.optional() }) })]);
const answerSchema = z.object({ outcomes: z.array(z.unknown()).max(MOST_TOGETHER).pipe(z.array(outcome)) });

interface Waiting {
  readonly jws: string;
  /** With the block in which the neighbour says it is recorded. */
  readonly settle: (block: number | undefined) => void;
}

interface Line {
  readonly url: string;
  queue: Waiting[];
  waiting: number;
  /** One request at a time: what goes there keeps its order. */
  isBusy: boolean;
  useless: number;
  restsUntil: number;
}

/** Hands instructions to the gateways of other organizations: a help and never a need. */
export class Forwarder {
  readonly #lines: ReadonlyMap<string, Line>;
  readonly #organizationId: string;
  readonly #log: Log;

  constructor({ neighbours, organizationId, log }: { readonly neighbours: readonly Neighbour[]; readonly organizationId: string; readonly log: Log }) {
    const others = neighbours.filter((neighbour) => neighbour.organizationId !== organizationId);
    this.#lines = new Map(others.map(({ organizationId: id, url }) => [id, { url, queue: [], waiting: 0, isBusy: false, useless: 0, restsUntil: 0 }]));
    this.#organizationId = organizationId;
    this.#log = log;
  }

  /** The block in which the other gateway says it is recorded; undefined: it says nothing of use, or is not asked. Never rejects. */
  forward(to: string, jws: string): Promise<number | undefined> {
    const line = this.#lines.get(to);
    if (line === undefined || line.waiting >= MOST_WAITING || Date.now() < line.restsUntil) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    line.queue.push({ jws, settle: resolve });
    line.waiting++;
    if (!line.isBusy) {
      line.isBusy = true;
      setTimeout(() => void this.#empty(to, line), GATHER_MS);
    }
    return promise;
  }

  async #empty(to: string, line: Line): Promise<void> {
    while (line.queue.length > 0) {
      const part = takePart(line);
      const blocks = await this.#ask(line, part).catch((error: unknown) => this.#rest(to, line, error));
      settle(line, part, blocks);
      // Nobody waits behind what has just failed.
      if (blocks.length === 0) settle(line, line.queue.splice(0), []);
    }
    line.isBusy = false;
  }

  #rest(to: string, line: Line, error: unknown): readonly undefined[] {
    line.restsUntil = Date.now() + REST_MS;
    line.useless = 0;
    this.#log.warn({ gateway: to, instructions: line.waiting, reason: String(error) }, 'not forwarded; submitting them here');
    return [];
  }

  async #ask(line: Line, part: readonly Waiting[]): Promise<readonly (number | undefined)[]> {
    const answer = await askNeighbour(`${line.url}/instructions/bulk`, {
      json: { instructions: part.map(({ jws }) => jws) },
      headers: { [FORWARDED]: this.#organizationId },
      withinMs: ANSWER_WITHIN_MS,
      atMost: part.length * MOST_ANSWERED,
    });
    const { outcomes } = answerSchema.parse(answer);
    if (outcomes.length !== part.length) throw new Error(`${outcomes.length} outcomes of ${part.length}`);
    const blocks = outcomes.map((told) => ('receipt' in told ? told.receipt : told.problem.receipt)?.record.block);
    line.useless = blocks.some((block) => block !== undefined) ? 0 : line.useless + 1;
    if (line.useless >= MOST_USELESS) throw new Error(`${line.useless} answers without one record`);
    return blocks;
  }
}

function settle(line: Line, part: readonly Waiting[], blocks: readonly (number | undefined)[]): void {
  line.waiting -= part.length;
  part.forEach((each, place) => each.settle(blocks[place]));
}

/** As many of the first as one request may carry. */
function takePart(line: Line): readonly Waiting[] {
  let length = 0;
  const end = line.queue.findIndex(({ jws }, place) => place === MOST_TOGETHER || (length += jws.length + 3) > MOST_LENGTH);
  const count = end === -1 ? line.queue.length : Math.max(1, end);
  const part = line.queue.slice(0, count);
  line.queue = line.queue.slice(count);
  return part;
}
