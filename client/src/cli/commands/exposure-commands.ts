import { Option, type Command } from 'commander';
import type { Exposure, Seen } from '../../index.ts';
import { Mistake } from '../mistake.ts';
import { columns } from '../output.ts';
import { action, type Setting, type Tally } from '../tally.ts';
import { billShareIn, type BillShare } from '../values.ts';
import { tokenOption } from '../verb.ts';

interface ExposureOptions {
  readonly token: string;
  readonly settle?: readonly BillShare[];
}

export function addExposureCommands(program: Command, setting: Setting): void {
  program
    .command('exposure [account]')
    .description('limit, grants and unpaid bills of an enterprise, as they are and as they would be after settling some of the bills')
    .addOption(tokenOption)
    .addOption(new Option('--settle <ID=AMOUNT>', 'a bill and how much of it; repeat it for more').argParser(billShareIn))
    .action(action<ExposureOptions>(setting, showExposure));
}

async function showExposure(tally: Tally, { token, settle = [] }: ExposureOptions, account?: string): Promise<void> {
  const shares = settle.map(({ bill, amount }) => {
    if (amount === undefined) throw new Mistake(`How much of bill ${bill}?`, 'Say it as --settle ID=AMOUNT.');
    return `${bill}=${amount}`;
  });
  const found = await (await tally.client()).exposure(account ?? tally.self, { token, settle: shares });
  tally.show(found, [...columns([['', 'drawn', 'available', 'then drawn', 'then available', 'merchant'], ...rows(found)]), '', ...bills(found), `as of block ${found.asOfBlock}`]);
}

function rows({ limit, grants }: Exposure): readonly (readonly string[])[] {
  return [
    ...(limit === undefined ? [] : [['limit', limit.drawn, limit.available, limit.after.drawn, limit.after.available, '']]),
    ...grants.map(({ drawn, available, after, merchant }) => ['grant', drawn, available, after.drawn, after.available, merchant]),
  ];
}

function bills({ bills: unpaid }: Seen<Exposure>): readonly string[] {
  if (unpaid.length === 0) return ['No unpaid bills.'];
  return columns([['due', 'outstanding', 'then', 'state', 'bill'], ...unpaid.map(({ dueDate, outstanding, after, state, id }) => [dueDate, outstanding, after.outstanding, state, id])]);
}
