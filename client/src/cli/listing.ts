import { Option, type Command } from 'commander';
import type { Page, Query, Seen, TallyClient } from '../index.ts';
import { Mistake } from './mistake.ts';
import { columns, details } from './output.ts';
import { action, pageQuery, type PageOptions, type Setting, type Tally } from './tally.ts';

/** A list that is read from one of two sides. */
export interface SidedList<T> {
  readonly sides: readonly [string, string];
  readonly read: (client: TallyClient, query: Query) => Promise<Page<T>>;
  readonly heading: readonly string[];
  readonly row: (item: T) => readonly string[];
  /** What a list of both sides is sorted by, newest first. */
  readonly sortedBy: (item: T) => string;
}

/** Objects that stand between two accounts: `list`, `show` and `history`. */
export interface SidedNoun<T extends object> extends SidedList<T> {
  /** As in the API's paths. */
  readonly plural: string;
  readonly singular: string;
  readonly states: readonly string[];
  readonly one: (client: TallyClient, id: string) => Promise<Seen<T>>;
}

export interface ListOptions extends PageOptions {
  readonly role?: string;
  readonly account?: string;
  readonly counterparty?: string;
  readonly token?: string;
}

export function addNounReads<T extends object>(noun: Command, setting: Setting, { plural, singular, states, one, ...list }: SidedNoun<T>): void {
  withListOptions(noun.command('list').description(`${plural} of an account, newest first`), list.sides)
    .addOption(new Option('--state <state>', 'only those in this state').choices(states))
    .action(action<ListOptions & { readonly state?: string }>(setting, (tally, options) => showList(tally, list, options, { state: options.state })));
  noun
    .command(`show <${singular}>`)
    .description('as it is now')
    .action(action(setting, async (tally, _, id = '') => showObject(tally, await one(await tally.client(), id))));
  addHistory(noun, setting, `history <${singular}>`, (_, id) => `/${plural}/${id}`);
}

/** Who did what to an object. */
export function addHistory<Options>(noun: Command, setting: Setting, usage: string, path: (options: Options, argument: string, tally: Tally) => string): Command {
  return noun
    .command(usage)
    .description('the instructions that made and changed it, with their signers, newest first')
    .action(
      action<Options>(setting, async (tally, options, id = '') => {
        const page = await (await tally.client()).history(path(options, id, tally));
        const rows = page.items.map(({ record, type, signer, id: instruction }) => [record.bookedAt, String(record.block), type, signer, instruction]);
        tally.show(page, [...columns([['booked', 'block', 'type', 'signer', 'instruction'], ...rows]), ...next(page)]);
      }),
    );
}

export function withListOptions(command: Command, sides: readonly [string, string]): Command {
  return command
    .addOption(new Option('--role <role>', 'which side the account is on; both unless told').choices(sides))
    .option('--account <account>', 'whose, for an officer')
    .option('--counterparty <account>', 'who is on the other side')
    .option('--token <token>')
    .option('--limit <number>', 'how many')
    .option('--cursor <cursor>', 'where the last page ended');
}

/** One side as the gateway lists it, or both together. */
export async function showList<T>(tally: Tally, { sides, read, heading, row, sortedBy }: SidedList<T>, options: ListOptions, filter: Query = {}): Promise<void> {
  const { role, account, counterparty, token, ...paging } = options;
  if (role === undefined && paging.cursor !== undefined) throw new Mistake('A cursor belongs to one side.', 'Say which with --role.');
  const client = await tally.client();
  const query = { account, counterparty, token, ...pageQuery(paging), ...filter };
  const pages = await Promise.all((role === undefined ? sides : [role]).map((side) => read(client, { role: side, ...query })));
  const items = pages.flatMap((page) => page.items).toSorted((one, other) => sortedBy(other).localeCompare(sortedBy(one)));
  const lines = items.length === 0 ? ['None.'] : [...columns([heading, ...items.map(row)]), ...(role === undefined ? whereMore(sides, pages) : pages.flatMap(next))];
  tally.show(role === undefined ? { items } : pages[0], lines);
}

export function showObject(tally: Tally, object: object): void {
  tally.show(object, details(object));
}

export function next({ cursor }: Page<unknown>): readonly string[] {
  return cursor === undefined ? [] : [`More: --cursor ${cursor}`];
}

function whereMore(sides: readonly [string, string], pages: readonly Page<unknown>[]): readonly string[] {
  return sides.flatMap((side, index) => (pages[index]?.cursor === undefined ? [] : [`More: --role ${side} --cursor ${pages[index].cursor}`]));
}
