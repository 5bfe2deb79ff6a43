import { Option, type Command } from 'commander';
import { REFUND_REASONS } from '@tallystick/chaincode/domain';
import { pay, refund, type PaymentCheck, type PaymentView, type Submission } from '../../index.ts';
import { showList, showObject, withListOptions, type ListOptions, type SidedList } from '../listing.ts';
import { Mistake } from '../mistake.ts';
import { columns } from '../output.ts';
import { action, type Setting, type Tally } from '../tally.ts';
import { AMOUNT_HELP, amountOption, reasonOption, tokenOption } from '../verb.ts';
import { creditOptions, referenceOptions, splitPayOptions, type PayOptions } from './pay-options.ts';

interface PayNowOptions extends PayOptions {
  readonly into?: string;
  readonly atLeast?: string;
  readonly repayment?: true;
  readonly repeat?: true;
  readonly check?: true;
}

interface RefundOptions {
  readonly received?: true;
  readonly amount: string;
  readonly reason: (typeof REFUND_REASONS)[number];
}

export function addPaymentCommands(program: Command, setting: Setting): void {
  const command = program.command('pay').description('pay an account of any business system, from the balance or on credit').requiredOption('--to <account>', 'payee');
  for (const option of [amountOption, tokenOption, ...creditOptions, ...referenceOptions]) command.addOption(option);
  command
    .option('--into <token>', 'the payee gets this token instead; see "tally quote"')
    .option('--at-least <number>', 'the least the payee is to get of it')
    .option('--repayment', 'the other way through an acceptance, as the quote says')
    .option('--repeat', 'pay once more under an end-to-end id already paid')
    .option('--check', 'pay nothing: list every rule the payment would have to pass')
    .action(action<PayNowOptions>(setting, payNow));

  program
    .command('refund <payment>')
    .description('give back a payment received, wholly or in part')
    .requiredOption('--amount <number>', AMOUNT_HELP)
    .addOption(reasonOption(REFUND_REASONS))
    .option('--received', 'of a converted payment: give back the token that was received, past the pool')
    .action(
      action<RefundOptions>(setting, async (tally, { amount, reason, received }, payment) => {
        const id = payment ?? '';
        const { payer } = await (await tally.client()).payment(id);
        tally.showReceipt(await tally.send(refund, { payment: id, payer, amount, reason, ...(received && { received }) }), `Refunded ${amount} of payment ${payment}.`);
      }),
    );

  program
    .command('payment <payment>')
    .description('show one payment')
    .action(action(setting, async (tally, _, id) => showObject(tally, await (await tally.client()).payment(id ?? ''))));

  withListOptions(program.command('payments').description('payments made and received, newest first'), LIST.sides)
    .addOption(new Option('--end-to-end-id <reference>', 'the payer\'s own id'))
    .action(action<ListOptions & { readonly endToEndId?: string }>(setting, (tally, options) => showList(tally, LIST, options, { endToEndId: options.endToEndId })));
}

const LIST: SidedList<PaymentView> = {
  sides: ['payer', 'payee'],
  read: (client, query) => client.payments(query),
  heading: ['booked', 'amount', 'on credit', 'token', 'state', 'payer -> payee', 'payment'],
  row: ({ bookedAt, amount, credit, token, state, payer, payee, id }) => [bookedAt, amount, credit, token, state, `${payer} -> ${payee}`, id],
  sortedBy: ({ bookedAt }) => bookedAt,
};

async function payNow(tally: Tally, options: PayNowOptions): Promise<void> {
  const { repeat, check } = options;
  const body = { ...splitPayOptions(payOptionsOf(options)), ...intoOf(options), ...(repeat && { repeat }) };
  if (check === true) return showCheck(tally, await (await tally.client()).check(body));
  const submission = await tally.send(pay, body);
  const { amount, token, payee, credit } = body;
  const onCredit = credit === undefined ? '' : `, ${credit.amount} of it on credit`;
  tally.showReceipt(submission, `Paid ${amount} ${token} to ${payee}${onCredit}.\n${credit === undefined ? 'payment' : 'payment and bill'} ${paymentOf(submission)}`);
}

/** @throws Mistake when a token is named without the least amount */
function intoOf({ into, atLeast, repayment }: PayNowOptions) {
  if (into === undefined && atLeast === undefined) return {};
  if (into === undefined || atLeast === undefined) throw new Mistake('A payment into another token names the token and the least amount of it.', 'Give both, --into and --at-least; "tally quote" says what it comes to.');
  return { into: { token: into, atLeast, ...(repayment && { repayment }) } };
}

/** Without the options of every command. */
function payOptionsOf({ to, amount, token, credit, grantVersion, endToEndId, invoice, order, purpose }: PayNowOptions): PayOptions {
  const references = { endToEndId, invoice, order, purpose };
  const given = Object.fromEntries(Object.entries(references).filter(([, value]) => value !== undefined));
  return { to, amount, token, ...(credit !== undefined && { credit }), ...(grantVersion !== undefined && { grantVersion }), ...given };
}

function showCheck(tally: Tally, found: PaymentCheck): void {
  const { passed, rules } = found;
  const rows = rules.map(({ code, holds, figures = {} }) => [code, holds ? 'holds' : 'FAILS', Object.entries(figures).map(([name, value]) => `${name} ${value}`).join(', ')]);
  const refusal = rules.find(({ holds }) => !holds)?.code;
  tally.show(found, [...columns(rows), passed ? 'It would pass now. Nothing was paid.' : `It would be refused now: ${refusal}. Nothing was paid.`]);
}

function paymentOf({ receipt: { id, signer } }: Submission): string {
  return `${id}.${signer}`;
}
