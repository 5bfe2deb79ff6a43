import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EntryNumber } from './entry-id.ts';
import { readOn, type Page, type PageRequest, type Placed } from './page.ts';

/** A table of objects of one kind: their id, the columns lists filter by, and the object as it is told. */
export interface ObjectTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns by which an owner's objects are listed, newest first, all of them or those in a state (or status); or the columns of another order. */
  readonly owners: readonly string[];
}

export interface ObjectRow<T> {
  readonly id: string;
  readonly columns: Readonly<Record<string, string | number | null>>;
  /** Where it was made: the order of lists. */
  readonly entry: EntryNumber;
  readonly view: T;
}

export function createObjectTable({ name, columns, owners }: ObjectTable): string {
  const members = columns.map((column) => `${column} ANY`).join(', ');
  const indices = ordersOf({ columns, owners }).map((order, number) => `CREATE INDEX ${name}_${number} ON ${name} (${order.join(', ')});`).join('\n');
  return `CREATE TABLE ${name} (id TEXT PRIMARY KEY, ${members}${members === '' ? '' : ', '}entry INTEGER NOT NULL, view TEXT NOT NULL) WITHOUT ROWID;\n${indices}\n`;
}

/** The columns of each index, by which rows come in that order. */
function ordersOf({ columns, owners }: Omit<ObjectTable, 'name'>): readonly (readonly string[])[] {
  // What waits for somebody is little of all there is: of an owner's bills the disputed ones.
  const states = columns.filter((column) => ['state', 'status'].includes(column));
  return owners.flatMap((owner) => (owner.includes(',') ? [owner.split(', ')] : [[owner, 'entry'], ...states.filter((state) => state !== owner).map((state) => [owner, state, 'entry'])]));
}

/** A value, or several of which any will do. */
export type Filter = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Objects<T> {
  readonly one: (id: string) => T | undefined;
  /** All, by id. For the few objects a consortium has of a kind. */
  readonly all: () => readonly T[];
  /** Newest first; members of the filter that are undefined do not filter. A member `column<=` asks for values up to it. A page may be short, or empty, while there is more: see `readOn`. */
  readonly list: (filter: Filter, page: PageRequest) => Page<T>;
  /** Writes the object as it is now; where it was made stays. */
  readonly put: (row: ObjectRow<T>) => void;
}

export function openObjectTable<T>(database: DatabaseSync, { name, columns, owners }: ObjectTable): Objects<T> {
  const byId = database.prepare(`SELECT view FROM ${name} WHERE id = ?`);
  const all = database.prepare(`SELECT view FROM ${name} ORDER BY id`);
  const stored = [...columns, 'view'];
  const upsert = database.prepare(
    `INSERT INTO ${name} (id, entry, ${stored.join(', ')}) VALUES (:id, :entry, ${stored.map((column) => `:${column}`).join(', ')})
     ON CONFLICT DO UPDATE SET ${stored.map((column) => `${column} = excluded.${column}`).join(', ')}`,
  );
  const orders = ordersOf({ columns, owners }).filter((order) => order.at(-1) === 'entry').map((order) => order.slice(0, -1));
  const lists = new Map<string, StatementSync>();
  /** Rows come by an index. What that does not tell apart is looked at one by one, so that it can end after some: those that do not fit have no view. */
  const listBy = (given: readonly (readonly [string, Given])[]): StatementSync => {
    const members = new Set(given.map(([member]) => member));
    const [indexed = []] = orders.filter((order) => order.every((column) => members.has(column))).toSorted((one, other) => other.length - one.length);
    const conditions = (isIndexed: boolean, ...more: string[]): string => [...given.filter(([member]) => indexed.includes(member) === isIndexed).map(condition), ...more].join(' AND ');
    const sql = `SELECT entry, iif(${conditions(false, 'TRUE')}, view, NULL) AS view FROM ${name} WHERE ${conditions(true, 'entry < :before')} ORDER BY entry DESC LIMIT :limit`;
    const statement = lists.get(sql) ?? database.prepare(sql);
    lists.set(sql, statement);
    return statement;
  };
  return {
    one: (id) => viewOf(byId.get(id)),
    all: () => all.all().map((row) => viewOf(row) as T),
    list: (filter, page) => {
      const given = Object.entries(filter).filter((entry): entry is [string, Given] => entry[1] !== undefined);
      const values = Object.fromEntries(given.map(([column, value]) => [parameterOf(column), typeof value === 'string' ? value : JSON.stringify(value)]));
      const statement = listBy(given);
      const rows = (before: number, limit: number) => statement.all({ ...values, before, limit }) as unknown as readonly ListedRow[];
      return readOn(rows, page, ({ view }) => (view === null ? [] : [JSON.parse(view) as T]));
    },
    put: ({ id, columns: values, entry, view }) => void upsert.run({ id, entry, ...values, view: JSON.stringify(view) }),
  };

  function viewOf(row: Readonly<Record<string, unknown>> | undefined): T | undefined {
    return row === undefined ? undefined : (JSON.parse(row['view'] as string) as T);
  }
}

interface ListedRow extends Placed {
  readonly view: string | null;
}

type Given = string | readonly string[];

function condition([member, value]: readonly [string, Given]): string {
  if (typeof value !== 'string') return `${member} IN (SELECT value FROM json_each(:${parameterOf(member)}))`;
  return member.endsWith('<=') ? `${member} :${parameterOf(member)}` : `${member} = :${parameterOf(member)}`;
}

function parameterOf(member: string): string {
  return member.replace('<=', '_to');
}
