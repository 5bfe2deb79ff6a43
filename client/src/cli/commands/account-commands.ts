import { Option, type Command } from 'commander';
import { CLOSE_REASONS, FREEZE_REASONS, MEMOS } from '@tallystick/chaincode/domain';
import { close, freeze, unfreeze, type AccountWithCertificates, type Seen } from '../../index.ts';
import { columns, facts } from '../output.ts';
import { next } from '../listing.ts';
import { action, pageQuery, type PageOptions, type Setting, type Tally } from '../tally.ts';

interface FreezeOptions {
  readonly mode: 'debit' | 'full';
  readonly reason: (typeof FREEZE_REASONS)[number];
}

export function addAccountCommands(program: Command, setting: Setting): void {
  program
    .command('balance [account]')
    .description('what an account has, in the smallest unit of each token; without an account, the wallet\'s own')
    .option('--min-block <number>', 'wait until the gateway has seen this block')
    .action(action<{ readonly minBlock?: string }>(setting, balance));

  const account = program
    .command('account [account]')
    .description('show an account')
    .action(action(setting, async (tally, _, id) => showAccount(tally, await (await tally.client()).account(id ?? tally.self))));
  account
    .command('postings [account]')
    .description('the statement, line by line; or what is only noted beside it')
    .option('--token <token>')
    .addOption(new Option('--of <memo>', 'what of the balance is held; what bills ask of others and of it; the same of credit that holds reserve').choices(MEMOS))
    .option('--limit <number>', 'how many')
    .option('--cursor <cursor>', 'where the last page ended')
    .action(action<PageOptions & { readonly token?: string; readonly of?: string }>(setting, postings));
  account
    .command('freeze <account>')
    .description('stop debits, or everything; by the holder or its registrar')
    .addOption(new Option('--mode <mode>', 'what stops').choices(['debit', 'full']).default('debit'))
    .addOption(new Option('--reason <code>', 'why').choices(FREEZE_REASONS).default('HOLDER_REQUEST'))
    .action(
      action<FreezeOptions>(setting, async (tally, { mode, reason }, id = '') => {
        tally.showReceipt(await tally.send(freeze, { account: id, mode, reason }), `${id} is frozen (${mode}).`);
      }),
    );
  account
    .command('unfreeze <account>')
    .description('by the registrar of its home organization')
    .addOption(new Option('--reason <code>', 'why').choices(FREEZE_REASONS).default('HOLDER_REQUEST'))
    .action(
      action<Pick<FreezeOptions, 'reason'>>(setting, async (tally, { reason }, id = '') => {
        tally.showReceipt(await tally.send(unfreeze, { account: id, reason }), `${id} is active again.`);
      }),
    );
  account
    .command('close <account>')
    .description('end an account without balance, for ever')
    .addOption(new Option('--reason <code>', 'why').choices(CLOSE_REASONS).default('HOLDER_REQUEST'))
    .action(
      action<{ readonly reason: (typeof CLOSE_REASONS)[number] }>(setting, async (tally, { reason }, id = '') => {
        await closeWhole(tally, id, reason);
      }),
    );
}

async function balance(tally: Tally, { minBlock }: { readonly minBlock?: string }, id?: string): Promise<void> {
  const found = await (await tally.client()).balances(id ?? tally.self, { minBlock });
  const rows = found.items.map(({ token, free, held }) => [token, free, held]);
  tally.show(found, [...columns([['token', 'free', 'held'], ...rows]), `as of block ${found.asOfBlock}`]);
}

function showAccount(tally: Tally, account: Seen<AccountWithCertificates>): void {
  const { id, organization, status, roles, holder, registeredAt, asOfBlock } = account;
  const certificates = account.certificates.map((it) => `${it.thumbprint} (${it.status} ${it.role})`).join(', ');
  tally.show(account, facts({ account: id, organization, status, roles: roles.join(', '), holder, certificates, registered: registeredAt, 'as of block': asOfBlock }));
}

/** Where there are many tokens, the account closes in several steps. */
async function closeWhole(tally: Tally, account: string, reason: (typeof CLOSE_REASONS)[number]): Promise<void> {
  for (;;) {
    const submission = await tally.send(close, { account, reason });
    const { status } = await (await tally.client()).account(account, { minBlock: submission.receipt.record.block });
    if (status !== 'closing') return tally.showReceipt(submission, `${account} is closed.`);
  }
}

async function postings(tally: Tally, { token, of, ...paging }: PageOptions & { readonly token?: string; readonly of?: string }, id?: string): Promise<void> {
  const page = await (await tally.client()).postings(id ?? tally.self, { token, of, ...pageQuery(paging) });
  const rows = page.items.map(({ bookedAt, amount, token, entry, instruction }) => [bookedAt, amount, token, entry, instruction.id]);
  tally.show(page, rows.length === 0 ? ['None.'] : [...columns(rows), ...next(page)]);
}
