import type { Key, Table } from '../domain/book.ts';
import { stateKey } from './keys.ts';

interface Branch {
  name?: string;
  next?: Map<string | number, Branch>;
}

/** Remembers the names of keys by their parts: a decision asks for the same few again and again, and building and hashing a name is most of the work. */
export function keyNames(): <T extends Table>(table: T, key: Key<T>) => string {
  const root: Branch = {};
  return (table, key) => {
    let branch = follow(root, table);
    for (const part of key) branch = follow(branch, part);
    return (branch.name ??= stateKey(table, ...key));
  };
}

function follow(branch: Branch, part: string | number): Branch {
  const next = (branch.next ??= new Map<string | number, Branch>());
  const found = next.get(part);
  if (found !== undefined) return found;
  const made: Branch = {};
  next.set(part, made);
  return made;
}
