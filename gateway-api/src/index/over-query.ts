import type { DatabaseSync } from 'node:sqlite';
import type { ObjectTable } from './object-table.ts';

/** Where a list of what is over goes on. */
export interface OverMark {
  readonly deadline: string;
  readonly id: string;
}

export interface OverRequest {
  /** Organization whose account's money it frees. */
  readonly home: string;
  /** RFC 3339; deadlines up to it. */
  readonly until: string;
  readonly after?: OverMark | undefined;
  readonly limit: number;
}

/** A page of what is over, oldest deadline first; `next` while there may be more. */
export interface OverPage<T> {
  readonly items: readonly T[];
  readonly next?: OverMark;
}

export function overQuery<T>(database: DatabaseSync, { name }: Pick<ObjectTable, 'name'>): (request: OverRequest) => OverPage<T> {
  const list = database.prepare(
    `SELECT id, deadline, view FROM ${name} WHERE home = :home AND deadline <= :until AND (deadline, id) > (:deadline, :id) ORDER BY deadline, id LIMIT :limit`,
  );
  return ({ home, until, after = { deadline: '', id: '' }, limit }) => {
    const rows = list.all({ home, until, deadline: after.deadline, id: after.id, limit }) as unknown as readonly (OverMark & { readonly view: string })[];
    const items = rows.map(({ view }) => JSON.parse(view) as T);
    const last = rows.at(-1);
    return last === undefined || rows.length < limit ? { items } : { items, next: { deadline: last.deadline, id: last.id } };
  };
}
