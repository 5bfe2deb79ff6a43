import { expect } from 'chai';
import fc from 'fast-check';
import { openObjectTable, type Filter, type Objects } from '../../gateway-api/src/index/object-table.ts';
import { OBJECT_TABLES } from '../../gateway-api/src/index/objects.ts';
import { pageRequest, type Page } from '../../gateway-api/src/index/page.ts';
import { openIndexDatabase } from '../../gateway-api/src/index/schema.ts';

const BILLS = 4_500;
const MOST_LOOKED_AT = 2_000;

interface Item {
  readonly id: string;
  readonly columns: Readonly<Record<string, string | null>>;
}

const DAYS = ['2026-01-01', '2026-02-01', '2026-03-01'];
const STATES = ['open', 'settled', 'disputed'];
const TOKENS = ['USD@NorthPay', 'EUR@EastPay', 'GBP@WestPay'];
const DEBTORS = ['A', 'B', 'C'];

/** The first of each choice is what nearly all have. */
function choose(choices: readonly string[], number: number, every: number): string {
  return (number % every === 1 ? choices[1] : choices[0]) ?? '';
}

describe('lists of objects', () => {
  let bills: Objects<Item>;
  let items: readonly Item[];

  before(() => {
    const database = openIndexDatabase(':memory:');
    bills = openObjectTable<Item>(database, OBJECT_TABLES.bills);
    items = Array.from({ length: BILLS }, (_, number): Item => ({
      id: `bill ${number}`,
      columns: { debtor: choose(DEBTORS, number, 500), creditor: 'M', token: choose(TOKENS, number, 1_500), state: choose(STATES, number, 300), due_date: choose(DAYS.toReversed(), number, 900), home: null, deadline: null },
    }));
    database.exec('BEGIN');
    items.forEach((view, number) => bills.put({ id: view.id, columns: view.columns, entry: number + 1, view }));
    database.exec('COMMIT');
  });

  const fits = ({ columns }: Item, filter: Filter): boolean => Object.entries(filter).every(([member, wanted]) => {
    const value = columns[member.replace('<=', '')] ?? '';
    return wanted === undefined || (member.endsWith('<=') ? value <= String(wanted) : [wanted].flat().includes(value));
  });
  const pagesOf = (filter: Filter, limit: number): readonly Page<Item>[] => {
    const pages: Page<Item>[] = [];
    for (let cursor: string | undefined, isOver = false; !isOver; isOver = cursor === undefined) {
      const page = bills.list(filter, pageRequest(cursor, limit, 1_000_000) ?? { before: 0, limit });
      pages.push(page);
      ({ cursor } = page);
    }
    return pages;
  };

  const of = (choices: readonly string[]) => fc.option(fc.constantFrom(...choices), { nil: undefined });
  const anyFilter = fc.record({ debtor: of(DEBTORS), token: of(TOKENS), state: fc.oneof(of(STATES), fc.constant(['open', 'disputed'])), 'due_date<=': of(DAYS) });

  it('have each that fits once, newest first, in pages of which none is longer than asked for, whatever the filter', () => {
    fc.assert(fc.property(anyFilter, fc.constantFrom('creditor', 'debtor'), fc.integer({ min: 40, max: 500 }), (filter, side, limit) => {
      const whole: Filter = side === 'creditor' ? { ...filter, creditor: 'M' } : { ...filter, debtor: filter.debtor ?? 'A' };
      const pages = pagesOf(whole, limit);
      expect(pages.flatMap((page) => page.items.map(({ id }) => id))).to.deep.equal(items.filter((item) => fits(item, whole)).map(({ id }) => id).toReversed());
      expect(Math.max(...pages.map((page) => page.items.length))).to.be.at.most(limit);
    }), { numRuns: 60 });
  });

  it('end a page after 2,000 where the filter leaves most out', () => {
    const [first, second, third, ...more] = pagesOf({ creditor: 'M', token: TOKENS[2] }, 50);
    expect([first, second, third].map((page) => page?.items)).to.deep.equal([[], [], []]);
    expect(more).to.deep.equal([]);
    expect(bills.list({ creditor: 'M', token: TOKENS[1] }, { before: MOST_LOOKED_AT + 2, limit: 50 }).items.map(({ id }) => id)).to.deep.equal(['bill 1501', 'bill 1']);
    expect(bills.list({ creditor: 'M', token: TOKENS[1] }, { before: MOST_LOOKED_AT + 3, limit: 50 }).items.map(({ id }) => id)).to.deep.equal(['bill 1501']);
  });

  it('look at none but those of an owner in the state asked for', () => {
    const found = bills.list({ creditor: 'M', state: 'disputed' }, { before: BILLS + 1, limit: 50 });
    expect(found).to.deep.equal({ items: [] });
    expect(bills.list({ creditor: 'M', state: 'settled' }, { before: BILLS + 1, limit: 50 }).items.length).to.equal(15);
  });

  it('find the accounts of an organization in a status, however many others it has', () => {
    const database = openIndexDatabase(':memory:');
    const accounts = openObjectTable<{ readonly id: string }>(database, OBJECT_TABLES.accounts);
    for (let number = 1; number <= 3_000; number++) accounts.put({ id: `${number}`, columns: { organization: 'NorthPay', status: number === 1 ? 'frozen' : 'active' }, entry: number, view: { id: `${number}` } });
    expect(accounts.list({ organization: 'NorthPay', status: 'frozen' }, { before: 5_000, limit: 50 })).to.deep.equal({ items: [{ id: '1' }] });
  });
});
