import { Option, type Command } from 'commander';
import { REJECT_REASONS, SETTLEMENT_STATES, splitObjectId } from '@tallystick/chaincode/domain';
import {
  cancelSettlement, confirmSettlement, expireSettlement, initiateSettlement, rejectSettlement, type Settlement, type TallyClient,
} from '../../index.ts';
import { addNounReads, type SidedNoun } from '../listing.ts';
import { Mistake } from '../mistake.ts';
import type { Setting, Tally } from '../tally.ts';
import { billShareIn, type BillShare } from '../values.ts';
import { addVerbs, documentFor, documentOption, instantOption, reasonOption, verb } from '../verb.ts';

interface InitiateOptions {
  readonly bill: readonly BillShare[];
  readonly counterBill?: readonly BillShare[];
  readonly deadline: string;
  readonly bankReference?: string;
  readonly valueDate?: string;
  readonly document?: string;
  readonly payWith?: string;
  readonly atMost?: string;
  readonly repayment?: true;
}

interface About {
  readonly settlement: string;
}

const shares = (flags: string, help: string): Option => new Option(flags, help).argParser(billShareIn);

const VERBS = [
  verb({
    usage: 'initiate', help: 'offer to settle bills of one creditor, by the debtor: in tokens, which are held, or by money outside', type: initiateSettlement,
    options: [
      shares('--bill <ID=AMOUNT>', 'a bill and how much of it, all that is outstanding unless told; repeat it for more bills').makeOptionMandatory(),
      shares('--counter-bill <ID=AMOUNT>', 'a bill the creditor owes you: only the difference is paid; repeat it for more'),
      instantOption('--deadline <time>', 'until when the creditor may answer', '7d'),
      new Option('--pay-with <token>', 'pay in another token, which is converted now; see "tally quote"'),
      new Option('--at-most <number>', 'the most it may cost of that token'),
      new Option('--repayment', 'the other way through an acceptance, as the quote says'),
      new Option('--bank-reference <reference>', 'paid by money outside, under the bank\'s reference'),
      new Option('--value-date <day>', 'of the bank, YYYY-MM-DD; today unless told'),
      documentFor('the bank\'s statement'),
    ],
    body: initiation, done: ({ creditor, bank, payWith }) => `${creditor} has to confirm${bank === undefined ? '; the tokens are held until then' : ''}.${payWith === undefined ? '' : ' What was converted for it stands in "tally settlement show".'}`, makes: 'settlement',
  }),
  verb({
    usage: 'confirm <settlement>', about: 'settlement', help: 'the money is there, by the creditor', type: confirmSettlement,
    options: [shares('--less <ID=AMOUNT>', 'less than offered for this bill; what is held for the rest returns at once; repeat it for more')],
    body: (given: About, tally) => ({ ...given, debtor: debtorOf(given), creditor: tally.self }),
    done: 'The settlement is confirmed; credit and limit are restored by as much.',
  }),
  verb({
    usage: 'reject <settlement>', about: 'settlement', help: 'the money is not there, by the creditor; the bills reopen', type: rejectSettlement,
    options: [reasonOption(REJECT_REASONS, 'NOT_RECEIVED'), documentOption],
    body: (given: About) => ({ ...given, debtor: debtorOf(given) }),
    done: 'The settlement is rejected; its bills are open.',
  }),
  verb({ usage: 'cancel <settlement>', about: 'settlement', help: 'take the offer back, by the debtor', type: cancelSettlement, done: 'The settlement is cancelled; its bills are open.' }),
  verb({
    usage: 'expire <settlement>', about: 'settlement', help: 'end what was not answered by its deadline, by anybody', type: expireSettlement,
    options: [new Option('--creditor <account>', 'whoever is no party has to say it')],
    body: async (given: About & { readonly creditor?: string }, tally) => ({ ...given, debtor: debtorOf(given), creditor: given.creditor ?? (await (await tally.client()).settlement(given.settlement)).creditor }),
    done: 'The settlement has expired; its bills are open.',
  }),
];

const NOUN: SidedNoun<Settlement> = {
  plural: 'settlements',
  singular: 'settlement',
  sides: ['debtor', 'creditor'],
  states: SETTLEMENT_STATES,
  read: (client, query) => client.settlements(query),
  one: (client, id) => client.settlement(id),
  heading: ['booked', 'net', 'token', 'state', 'by', 'debtor -> creditor', 'settlement'],
  row: ({ bookedAt, net, token, state, bankReference, paidWith, debtor, creditor, id }) => [bookedAt, net, token, state, bankReference ?? (paidWith === undefined ? 'tokens' : `${paidWith.amount} ${paidWith.token}`), `${debtor} -> ${creditor}`, id],
  sortedBy: ({ bookedAt }) => bookedAt,
};

export function addSettlementCommands(program: Command, setting: Setting): void {
  const settlement = program.command('settlement').description('settlements of bills: offered by the debtor, confirmed by the creditor');
  addVerbs(settlement, setting, VERBS);
  addNounReads(settlement, setting, NOUN);
}

/** Creditor and token are those of the first bill. */
async function initiation({ bill, counterBill, deadline, bankReference, valueDate, document, payWith, atMost, repayment }: InitiateOptions, tally: Tally): Promise<object> {
  const client = await tally.client();
  const { creditor, token } = await client.bill(bill[0]?.bill ?? '');
  return {
    creditor,
    token,
    bills: await amountsOf(client, bill),
    ...(counterBill !== undefined && { counterBills: await amountsOf(client, counterBill) }),
    ...(bankReference !== undefined && { bank: { reference: bankReference, valueDate: valueDate ?? new Date().toISOString().slice(0, 10), document: document ?? noDocument() } }),
    ...(payWith !== undefined && { payWith: { token: payWith, atMost: atMost ?? missing('--at-most'), ...(repayment && { repayment }) } }),
    deadline,
  };
}

function missing(option: string): never {
  throw new Mistake(`Paying in another token takes ${option} too.`, '"tally quote" says what it comes to.');
}

function amountsOf(client: TallyClient, wanted: readonly BillShare[]): Promise<readonly Required<BillShare>[]> {
  return Promise.all(wanted.map(async ({ bill, amount }) => ({ bill, amount: amount ?? (await client.bill(bill)).outstanding })));
}

function noDocument(): never {
  throw new Mistake('A settlement by bank names a document of the bank.', 'Give the file, or its SHA-256, with --document.');
}

/** Whoever initiated it: its name stands in the id. */
function debtorOf({ settlement }: About): string {
  return splitObjectId(settlement)[1];
}
