import type { DatabaseSync } from 'node:sqlite';
import type { EntryNumber } from './entry-id.ts';
import type { Names } from './names.ts';
import type { Placed, Rows } from './page.ts';

/** What somebody may have to do with an entry; a number says which of them together. */
export const SIDES = { signed: 1, posted: 2, pays: 4, paid: 8 } as const;
export type Side = keyof typeof SIDES;

const ALL_SIDES = SIDES.signed | SIDES.posted | SIDES.pays | SIDES.paid;

/** Entries with which an account, an officer or another name of postings has to do on this side. */
export function lineQueries(database: DatabaseSync, names: Names): (name: string, side: Side) => Rows {
  const statements = new Map(Object.entries(SIDES).map(([side, bit]) => [side, database.prepare(listOf(bit))]));
  return (name, side) => {
    const number = names.find(name);
    if (number === undefined) return () => [];
    return (before, limit) => (statements.get(side)?.all({ number, before, limit }) ?? []) as unknown as readonly Placed[];
  };
}

/** A range for each combination that the side is in. They are merged as they are read: a page costs no more than what is in it. */
function listOf(bit: number): string {
  const combinations = Array.from({ length: ALL_SIDES + 1 }, (_, sides) => sides).filter((sides) => (sides & bit) !== 0);
  const ranges = combinations.map((sides) => `SELECT entry FROM lines WHERE name = :number AND sides = ${sides} AND entry < :before`);
  return `${ranges.join(' UNION ALL ')} ORDER BY entry DESC LIMIT :limit`;
}

/** Who has to do with an entry: each with all his sides. */
export type Sides = Map<string, number>;

export function addSide(sides: Sides, name: string, side: Side): void {
  sides.set(name, (sides.get(name) ?? 0) | SIDES[side]);
}

export function lineWriter(database: DatabaseSync, names: Names): (entry: EntryNumber, sides: Sides) => void {
  const add = database.prepare('INSERT INTO lines (name, sides, entry) VALUES (?, ?, ?)');
  return (entry, sides) => {
    for (const [name, of] of sides) add.run(names.of(name), of, entry);
  };
}
