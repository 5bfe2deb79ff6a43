import type { OrganizationId } from '../domain/id.ts';

/** The world state as the ledger uses it: many keys at a time, since every message to the peer is a round trip. */
export interface State {
  /** Values in the order of the keys; undefined where there is none. */
  readonly getMany: (keys: readonly string[]) => Promise<readonly (Uint8Array | undefined)[]>;
  /** Undefined removes the key. */
  readonly putMany: (entries: ReadonlyMap<string, Uint8Array | undefined>) => Promise<void>;
  /** Has a key, from the next transaction on, change only with the endorsement of the organization's peer. */
  readonly guardMany: (guardians: ReadonlyMap<string, OrganizationId>) => Promise<void>;
}
