import type { Key, Table, Value } from '../domain/book.ts';
import { stateKey } from './keys.ts';

/** A record as a batch sees it. Undefined: nothing is known; null: there is none. */
export interface Cell<T extends Table = Table> {
  readonly table: T;
  readonly key: Key<T>;
  /** In the world state. */
  readonly name: string;
  /** As loaded (bytes until its first use), or as earlier instructions of the batch wrote it. */
  value: Value<T> | Uint8Array | null | undefined;
  /** As the present instruction writes it. */
  pending: Value<T> | null | undefined;
}

interface Branch {
  cell: Cell | undefined;
  next: Map<string | number, Branch> | undefined;
}

/** The cells of a batch by the parts of their keys: a decision asks for the same few again and again, and building and hashing a name is most of the work. */
export function cellsByKey(): <T extends Table>(table: T, key: Key<T>) => Cell<T> {
  const root = newBranch();
  return <T extends Table>(table: T, key: Key<T>) => {
    let branch = follow(root, table);
    // The last part is what many keys share: a token, a slot, a signer.
    for (let index = key.length - 1; index >= 0; index--) branch = follow(branch, key[index] as string | number);
    branch.cell ??= { table, key, name: stateKey(table, ...key), value: undefined, pending: undefined };
    return branch.cell as unknown as Cell<T>;
  };
}

function follow(branch: Branch, part: string | number): Branch {
  const next = (branch.next ??= new Map<string | number, Branch>());
  const found = next.get(part);
  if (found !== undefined) return found;
  const made = newBranch();
  next.set(part, made);
  return made;
}

function newBranch(): Branch {
  return { cell: undefined, next: undefined };
}
