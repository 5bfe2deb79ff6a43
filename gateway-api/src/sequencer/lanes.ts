import { LANES } from '@tallystick/chaincode/domain';

/**
 * How many instructions travel in one transaction. Endorsement holds the peer's state read lock for the whole run of the
 * chaincode; a hundred signatures and their state take 10 to 20 ms, and eight lanes of them fill a block.
 */
export const BATCH_SIZE = 100;

/** Something that waits for its lanes. */
export interface Laned {
  readonly lanes: readonly number[];
}

/** What may travel now: it occupies its lanes until it is released. */
export interface LaneBatch<T> {
  /** The lane whose incoming slots it writes. */
  readonly lane: number;
  readonly lanes: readonly number[];
  readonly items: readonly T[];
}

/** The lanes of names: the same name is in the same lane, always and in every process of this gateway. */
export function lanesOfNames(names: readonly string[]): readonly number[] {
  return [...new Set(names.map((name) => hash(name) % LANES))];
}

/**
 * Eight queues. An item stands in the queue of each of its lanes and leaves when it is the first in all of them and all
 * are free: so items that share a lane keep their order, and the oldest item of all can always be next.
 */
export class Lanes<T extends Laned> {
  readonly #queues: readonly T[][] = Array.from({ length: LANES }, () => []);
  readonly #busy = new Set<number>();
  #turn = 0;
  #waiting = 0;

  get waiting(): number {
    return this.#waiting;
  }

  push(item: T): void {
    for (const lane of item.lanes) this.#queues[lane]?.push(item);
    this.#waiting++;
  }

  /** The next batch that may travel, from lanes in turn. */
  take(): LaneBatch<T> | undefined {
    for (let tried = 0; tried < LANES; tried++) {
      const lane = (this.#turn + tried) % LANES;
      const batch = this.#busy.has(lane) ? undefined : this.#collect(lane);
      if (batch === undefined) continue;
      this.#turn = (lane + 1) % LANES;
      for (const occupied of batch.lanes) this.#busy.add(occupied);
      return batch;
    }
    return undefined;
  }

  release({ lanes }: Pick<LaneBatch<T>, 'lanes'>): void {
    for (const lane of lanes) this.#busy.delete(lane);
  }

  #collect(lane: number): LaneBatch<T> | undefined {
    const items: T[] = [];
    const occupied = new Set([lane]);
    for (let head = this.#queues[lane]?.[0]; head !== undefined && items.length < BATCH_SIZE; head = this.#queues[lane]?.[0]) {
      if (!this.#isFirst(head)) break;
      for (const each of head.lanes) {
        this.#queues[each]?.shift();
        occupied.add(each);
      }
      items.push(head);
    }
    this.#waiting -= items.length;
    return items.length === 0 ? undefined : { lane, lanes: [...occupied], items };
  }

  #isFirst(item: T): boolean {
    return item.lanes.every((lane) => !this.#busy.has(lane) && this.#queues[lane]?.[0] === item);
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return value;
}
