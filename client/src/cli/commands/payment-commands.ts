import { Option, type Command } from 'commander';
import { REFUND_REASONS } from '@tallystick/chaincode/domain';
import { pay, refund, type Page, type PaymentView, type Submission } from '../../index.ts';
import { Mistake } from '../mistake.ts';
import { columns, facts } from '../output.ts';
import { action, pageQuery, type PageOptions, type Setting, type Tally } from '../tally.ts';

export const AMOUNT_HELP = 'whole number of the token\'s smallest unit, for example 1250 for 12.50';

interface PayOptions {
  readonly to: string;
  readonly amount: string;
  readonly token: string;
  readonly endToEndId?: string;
  readonly invoice?: string;
  readonly order?: string;
  readonly purpose?: string;
  readonly repeat?: true;
}

interface RefundOptions {
  readonly amount: string;
  readonly reason: (typeof REFUND_REASONS)[number];
}

interface ListOptions extends PageOptions {
  readonly role?: string;
  readonly account?: string;
  readonly counterparty?: string;
  readonly token?: string;
  readonly endToEndId?: string;
}

export function addPaymentCommands(program: Command, setting: Setting): void {
  program
    .command('pay')
    .description('pay an account of any business system from the balance')
    .requiredOption('--to <account>', 'payee')
    .requiredOption('--amount <number>', AMOUNT_HELP)
    .requiredOption('--token <token>', 'for example NPC@NorthPay')
    .option('--end-to-end-id <reference>', 'your own id of this payment; the ledger refuses to pay it twice')
    .option('--invoice <reference>')
    .option('--order <reference>')
    .option('--purpose <reference>')
    .option('--repeat', 'pay once more under an end-to-end id already paid')
    .action(action<PayOptions>(setting, payNow));

  program
    .command('refund <payment>')
    .description('give back a payment received, wholly or in part')
    .requiredOption('--amount <number>', AMOUNT_HELP)
    .addOption(new Option('--reason <code>', 'why').choices(REFUND_REASONS).default('OTHER'))
    .action(
      action<RefundOptions>(setting, async (tally, { amount, reason }, payment) => {
        const id = payment ?? '';
        const { payer } = await (await tally.client()).payment(id);
        tally.showReceipt(await tally.send(refund, { payment: id, payer, amount, reason }), `Refunded ${amount} of payment ${payment}.`);
      }),
    );

  program.command('payment <payment>').description('show one payment').action(
    action(setting, async (tally, _, id) => {
      const payment = await (await tally.client()).payment(id ?? '');
      const { references, ...rest } = payment;
      tally.show(payment, facts({ ...rest, ...references }));
    }),
  );

  program
    .command('payments')
    .description('payments made and received, newest first')
    .addOption(new Option('--role <role>', 'those made, or those received; both unless told').choices(['payer', 'payee']))
    .option('--account <account>', 'whose, for an officer')
    .option('--counterparty <account>')
    .option('--token <token>')
    .option('--end-to-end-id <reference>')
    .option('--limit <number>', 'how many')
    .option('--cursor <cursor>', 'where the last page ended')
    .action(action<ListOptions>(setting, list));
}

async function payNow(tally: Tally, { to, amount, token, endToEndId, invoice, order, purpose, repeat }: PayOptions): Promise<void> {
  const references = Object.fromEntries(Object.entries({ endToEndId, invoice, order, purpose }).filter(([, value]) => value !== undefined));
  const hasReferences = Object.keys(references).length > 0;
  const submission = await tally.send(pay, { payee: to, token, amount, ...(hasReferences && { references }), ...(repeat && { repeat }) });
  tally.showReceipt(submission, `Paid ${amount} ${token} to ${to}.\npayment ${paymentOf(submission)}`);
}

function paymentOf({ receipt: { id, signer } }: Submission): string {
  return `${id}.${signer}`;
}

async function list(tally: Tally, { role, account, counterparty, token, endToEndId, ...paging }: ListOptions): Promise<void> {
  const client = await tally.client();
  if (role === undefined && paging.cursor !== undefined) throw new Mistake('A cursor belongs to one side.', 'Say which with --role.');
  const roles = role === undefined ? ['payer', 'payee'] : [role];
  const pages = await Promise.all(roles.map((side) => client.payments({ role: side, account, counterparty, token, endToEndId, ...pageQuery(paging) })));
  const items = pages.flatMap((page) => page.items).toSorted((a, b) => b.bookedAt.localeCompare(a.bookedAt));
  tally.show(role === undefined ? { items } : pages[0], items.length === 0 ? ['None.'] : [...columns(items.map(row)), ...(role === undefined ? [] : pages.flatMap(next))]);
}

function row({ bookedAt, id, payer, payee, token, amount, state }: PaymentView): readonly string[] {
  return [bookedAt, amount, token, state, `${payer} -> ${payee}`, id];
}

export function next({ cursor }: Page<unknown>): readonly string[] {
  return cursor === undefined ? [] : [`More: --cursor ${cursor}`];
}
