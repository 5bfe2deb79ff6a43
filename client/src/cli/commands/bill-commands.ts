import { Option, type Command } from 'commander';
import { BILL_STATES, DISPUTE_CODES, WRITE_OFF_REASONS } from '@tallystick/chaincode/domain';
import { acceptDispute, denyDispute, expireDispute, openDispute, withdrawDispute, writeOff, type Bill, type Seen } from '../../index.ts';
import { addNounReads, type SidedNoun } from '../listing.ts';
import type { Setting, Tally } from '../tally.ts';
import { addVerbs, amountOption, documentOption, instantOption, reasonOption, verb, AMOUNT_HELP } from '../verb.ts';

interface About {
  readonly bill: string;
  readonly amount?: string;
}

const VERBS = [
  verb({
    usage: 'dispute <bill>', about: 'bill', help: 'dispute an open bill for an amount, by the debtor', type: openDispute,
    options: [
      new Option('--amount <number>', `all that is outstanding unless told; ${AMOUNT_HELP}`),
      new Option('--code <code>', 'why').choices(DISPUTE_CODES).default('OTHER'),
      documentOption,
      instantOption('--deadline <time>', 'until when the creditor has to answer', '14d'),
    ],
    body: async (given: About, tally) => ({ ...given, amount: given.amount ?? (await billOf(tally, given)).outstanding }),
    done: ({ amount, deadline }) => `The bill is disputed for ${amount}; the creditor answers by ${deadline}.`,
  }),
  verb({ usage: 'withdraw-dispute <bill>', about: 'bill', help: 'take the dispute back, by the debtor', type: withdrawDispute, done: 'The bill is open again.' }),
  verb({
    usage: 'accept-dispute <bill>', about: 'bill', help: 'agree, for the disputed amount or less, by the creditor: the bill is reduced', type: acceptDispute,
    options: [new Option('--amount <number>', `all that is disputed unless told; ${AMOUNT_HELP}`), documentOption],
    body: async (given: About, tally) => {
      const { debtor, dispute, outstanding } = await billOf(tally, given);
      return { ...given, debtor, amount: given.amount ?? dispute?.amount ?? outstanding };
    },
    done: ({ amount }) => `The bill is reduced by ${amount}.`,
  }),
  verb({ usage: 'deny-dispute <bill>', about: 'bill', help: 'do not agree, by the creditor: the bill stays as it is', type: denyDispute, options: [documentOption], body: withDebtor, done: 'The bill is open again, unreduced.' }),
  verb({
    usage: 'expire-dispute <bill>', about: 'bill', help: 'end a dispute not answered by its deadline, by anybody: the bill is contested', type: expireDispute,
    options: [new Option('--debtor <account>', 'whoever is no party has to say it')],
    body: withDebtor, done: 'The bill is open again, and contested.',
  }),
  verb({
    usage: 'write-off <bill>', about: 'bill', help: 'give up a part or all of what is outstanding, by the creditor; it restores the credit', type: writeOff,
    options: [amountOption, reasonOption(WRITE_OFF_REASONS), documentOption], body: withDebtor,
    done: ({ amount }) => `${amount} of the bill are written off.`,
  }),
];

const NOUN: SidedNoun<Bill> = {
  plural: 'bills',
  singular: 'bill',
  sides: ['debtor', 'creditor'],
  states: BILL_STATES,
  read: (client, query) => client.bills(query),
  one: (client, id) => client.bill(id),
  heading: ['due', 'outstanding', 'amount', 'token', 'state', 'debtor -> creditor', 'bill'],
  row: ({ dueDate, overdue, outstanding, amount, token, state, debtor, creditor, id }) => [overdue ? `${dueDate} overdue` : dueDate, outstanding, amount, token, state, `${debtor} -> ${creditor}`, id],
  sortedBy: ({ bookedAt }) => bookedAt,
};

export function addBillCommands(program: Command, setting: Setting): void {
  const bill = program.command('bill').description('bills: what is owed for payments made on credit');
  addVerbs(bill, setting, VERBS);
  addNounReads(bill, setting, NOUN);
}

async function billOf(tally: Tally, { bill }: About): Promise<Seen<Bill>> {
  return (await tally.client()).bill(bill);
}

async function withDebtor(given: About & { readonly debtor?: string }, tally: Tally): Promise<object> {
  return { ...given, debtor: given.debtor ?? (await billOf(tally, given)).debtor };
}
