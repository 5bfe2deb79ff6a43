import type { State } from '../../chaincode/src/ledger/state.ts';

/** The world state in memory: what Fabric's database is to the ledger. */
export interface MemoryState extends State {
  readonly entries: ReadonlyMap<string, Uint8Array>;
  /** Whose endorsement a key takes. */
  readonly guardians: ReadonlyMap<string, string>;
  /** Keys asked for, in messages: what a decision cost. */
  readonly reads: readonly (readonly string[])[];
}

export function memoryState(from: Iterable<readonly [string, Uint8Array]> = [], guardians: Iterable<readonly [string, string]> = []): MemoryState {
  const entries = new Map<string, Uint8Array>(from);
  const reads: (readonly string[])[] = [];
  const guarded = new Map<string, string>(guardians);
  return {
    entries,
    guardians: guarded,
    reads,
    getMany: (keys) => {
      reads.push(keys);
      return Promise.resolve(keys.map((key) => entries.get(key)));
    },
    guardMany: (guardians) => {
      for (const [key, guardian] of guardians) guarded.set(key, guardian);
      return Promise.resolve();
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
