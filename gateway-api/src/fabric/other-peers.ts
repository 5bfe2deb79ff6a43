import type { PeerAddress } from './connection.ts';
import type { Follower } from './follow.ts';

/** The peers of the other organizations, which come and go. */
export class OtherPeers {
  readonly #open: (peer: PeerAddress) => Follower;
  readonly #followed = new Map<string, { readonly peer: PeerAddress; readonly follower: Follower }>();

  constructor(open: (peer: PeerAddress) => Follower) {
    this.#open = open;
  }

  /** Follows these and no others from now on. */
  follow(peers: readonly PeerAddress[]): void {
    for (const [id, { peer, follower }] of this.#followed) {
      if (peers.some((wanted) => isSame(wanted, peer))) continue;
      follower.close();
      this.#followed.delete(id);
    }
    for (const peer of peers) {
      if (!this.#followed.has(peer.organizationId)) this.#followed.set(peer.organizationId, { peer, follower: this.#open(peer) });
    }
  }
}

function isSame(one: PeerAddress, other: PeerAddress): boolean {
  return one.organizationId === other.organizationId && one.endpoint === other.endpoint && one.tlsRoots.toString().trim() === other.tlsRoots.toString().trim();
}
