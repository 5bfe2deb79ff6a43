import type { DatabaseSync } from 'node:sqlite';

/** Names in memory; when there are more, all are looked up anew. */
const MOST_KNOWN = 50_000;

export type Names = ReturnType<typeof openNames>;

/** Numbers for what many rows name, accounts and officers above all: in the order in which the chain names them first. */
export function openNames(database: DatabaseSync, mostKnown = MOST_KNOWN) {
  const get = database.prepare('SELECT number FROM names WHERE name = ?');
  const add = database.prepare('INSERT INTO names (name) VALUES (?)');
  const known = new Map<string, number>();
  const know = (name: string, number: number): number => {
    if (known.size >= mostKnown) known.clear();
    known.set(name, number);
    return number;
  };
  const find = (name: string): number | undefined => {
    const number = known.get(name);
    if (number !== undefined) return number;
    const row = get.get(name);
    return row === undefined ? undefined : know(name, Number(row['number']));
  };
  return {
    /** Undefined: the chain has not named it. */
    find,
    /** Gives it a number when it has none. */
    of: (name: string): number => find(name) ?? know(name, Number(add.run(name).lastInsertRowid)),
    /** What was written is undone: numbers may be given anew. */
    forget: (): void => known.clear(),
  };
}
