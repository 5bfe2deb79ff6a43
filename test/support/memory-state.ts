import type { State } from '../../chaincode/src/ledger/state.ts';

/** The world state in memory: what Fabric's database is to the ledger. */
export interface MemoryState extends State {
  readonly entries: ReadonlyMap<string, Uint8Array>;
  /** Keys asked for, in messages: what a decision cost. */
  readonly reads: readonly (readonly string[])[];
}

export function memoryState(from: Iterable<readonly [string, Uint8Array]> = []): MemoryState {
  const entries = new Map<string, Uint8Array>(from);
  const reads: (readonly string[])[] = [];
  return {
    entries,
    reads,
    getMany: (keys) => {
      reads.push(keys);
      return Promise.resolve(keys.map((key) => entries.get(key)));
    },
    putMany: (changes) => {
      for (const [key, value] of changes) {
        if (value === undefined) entries.delete(key);
        else entries.set(key, value);
      }
      return Promise.resolve();
    },
  };
}
