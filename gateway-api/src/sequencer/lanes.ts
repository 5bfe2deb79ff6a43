import { LANES } from '@tallystick/chaincode/domain';

/** Characters of instructions in one transaction: what is long (a registration with its certificates) takes long to judge. */
const BATCH_LENGTH = 384 * 1024;

/** What waits in one lane, at most: so much that its next transactions are full. */
const LANE_ROOM = 600;

/** When more than this could travel, they leave half of the lanes to the next transaction: it need not wait for their end. */
const FEW = 64;

/** Something that waits for its lanes. */
export interface Laned {
  readonly lanes: readonly number[];
  readonly jws: string;
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

  /**
   * Takes in what there is room for, offered in the order in which it should go. What finds none keeps all its lanes for itself
   * against whatever is offered after it: else those of one lane would fill each gap before who needs two.
   */
  admission(): (item: T) => boolean {
    const kept = new Set<number>();
    return (item) => {
      const fits = item.lanes.every((lane) => !kept.has(lane) && (this.#queues[lane]?.length ?? 0) < LANE_ROOM);
      if (fits) this.push(item);
      else for (const lane of item.lanes) kept.add(lane);
      return fits;
    };
  }

  push(item: T): void {
    for (const lane of item.lanes) this.#queues[lane]?.push(item);
    this.#waiting++;
  }

  /** The next batch that may travel: from free lanes in turn, up to `atMost`. Undefined when fewer than `atLeast` could. */
  take({ atLeast = 1, atMost = Number.MAX_SAFE_INTEGER }: { readonly atLeast?: number; readonly atMost?: number } = {}): LaneBatch<T> | undefined {
    const free = this.#freeLanes();
    const [lane] = free;
    const ready = this.#countIn(free);
    if (lane === undefined || ready < atLeast) return undefined;
    const mostLanes = ready > FEW ? LANES / 2 : LANES;
    const items: T[] = [];
    const occupied = new Set<number>();
    let room = BATCH_LENGTH;
    for (const each of free) if (occupied.size < mostLanes) room = this.#collect(each, { items, occupied, room, atMost });
    const [first] = occupied;
    if (first === undefined) return undefined;
    this.#turn = (first + 1) % LANES;
    this.#waiting -= items.length;
    for (const each of occupied) this.#busy.add(each);
    return { lane: first, lanes: [...occupied], items };
  }

  release({ lanes }: Pick<LaneBatch<T>, 'lanes'>): void {
    for (const lane of lanes) this.#busy.delete(lane);
  }

  /** Lanes in which something may travel, beginning with the one whose turn it is. */
  #freeLanes(): readonly number[] {
    const lanes = Array.from({ length: LANES }, (_, offset) => (this.#turn + offset) % LANES);
    return lanes.filter((lane) => !this.#busy.has(lane) && (this.#queues[lane]?.length ?? 0) > 0);
  }

  /** An item that needs several lanes counts more than once; it matters little. */
  #countIn(lanes: readonly number[]): number {
    return lanes.reduce((sum, lane) => sum + (this.#queues[lane]?.length ?? 0), 0);
  }

  /** Puts what can travel of one lane into the batch; answers how much room is left in it. */
  #collect(lane: number, { items, occupied, room, atMost }: { readonly items: T[]; readonly occupied: Set<number>; readonly room: number; readonly atMost: number }): number {
    let left = room;
    for (let head = this.#queues[lane]?.[0]; head !== undefined && items.length < atMost && left > 0; head = this.#queues[lane]?.[0]) {
      if (!this.#isFirst(head)) break;
      for (const each of head.lanes) {
        this.#queues[each]?.shift();
        occupied.add(each);
      }
      items.push(head);
      left -= head.jws.length;
    }
    return left;
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
