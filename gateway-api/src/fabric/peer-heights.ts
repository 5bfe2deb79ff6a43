import { within } from '../wait.ts';

/** How far one peer is. */
export interface PeerHeight {
  readonly alive: boolean;
  /** Number of its last block; −1 when nothing is known. */
  readonly block: number;
  /** When `block` last grew, milliseconds. */
  readonly grewAt: number;
}

const UNKNOWN: PeerHeight = { alive: false, block: -1, grewAt: 0 };

interface Waiting {
  readonly block: number;
  readonly resolve: (reached: true) => void;
}

/** Which block each organization's peer has, as its block stream tells. */
export class PeerHeights {
  readonly #heights = new Map<string, PeerHeight>();
  readonly #waiting = new Map<string, Set<Waiting>>();

  of(organizationId: string): PeerHeight {
    return this.#heights.get(organizationId) ?? UNKNOWN;
  }

  isAlive(organizationId: string): boolean {
    return this.of(organizationId).alive;
  }

  /** Whether most of the peers that are alive have more blocks: the word of one, who may lie or follow another chain, is not enough. */
  isBehind(organizationId: string): boolean {
    const { block } = this.of(organizationId);
    const living = [...this.#heights.values()].filter(({ alive }) => alive);
    return living.filter((peer) => peer.block > block).length > living.length / 2;
  }

  saw(organizationId: string, block: number): void {
    const before = this.of(organizationId);
    this.#heights.set(organizationId, { alive: true, block, grewAt: block > before.block ? Date.now() : before.grewAt });
    for (const waiting of this.#waiting.get(organizationId) ?? []) if (waiting.block <= block) waiting.resolve(true);
  }

  lost(organizationId: string): void {
    this.#heights.set(organizationId, { ...this.of(organizationId), alive: false });
  }

  /** It is followed no longer. */
  forget(organizationId: string): void {
    this.#heights.delete(organizationId);
  }

  /** Whether the peer has the block, or gets it in time. */
  async reaches(organizationId: string, block: number, milliseconds: number): Promise<boolean> {
    if (this.of(organizationId).block >= block) return true;
    const all = this.#waiting.get(organizationId) ?? new Set<Waiting>();
    this.#waiting.set(organizationId, all);
    const { promise, resolve } = Promise.withResolvers<true>();
    const waiting = { block, resolve };
    all.add(waiting);
    try {
      return await within(milliseconds, promise, false);
    } finally {
      all.delete(waiting);
    }
  }
}
