import { Option, type Command } from 'commander';
import { MANDATE_STATES, MAX_BILLS, splitObjectId } from '@tallystick/chaincode/domain';
import { acceptMandate, executeMandate, grantMandate, revokeMandate, type Bill, type Mandate, type Query, type TallyClient } from '../../index.ts';
import { addNounReads, type SidedNoun } from '../listing.ts';
import { Mistake } from '../mistake.ts';
import type { Setting, Tally } from '../tally.ts';
import { billShareIn, type BillShare } from '../values.ts';
import { addVerbs, instantOption, tokenOption, verb, AMOUNT_HELP } from '../verb.ts';

interface About {
  readonly mandate: string;
}

const withDebtor = (given: About): object => ({ ...given, debtor: debtorOf(given) });

const VERBS = [
  verb({
    usage: 'grant', help: 'let due bills of a creditor be settled from the balance, by the debtor', type: grantMandate,
    options: [new Option('--creditor <account>').makeOptionMandatory(), tokenOption, new Option('--cap <number>', `the most in all: ${AMOUNT_HELP}`).makeOptionMandatory(), instantOption('--valid-to <time>', 'until when', '365d')],
    done: ({ creditor }) => `The mandate waits for ${creditor} to accept.`, makes: 'mandate',
  }),
  verb({ usage: 'accept <mandate>', about: 'mandate', help: 'countersign, by the creditor: it confirms every settlement in advance', type: acceptMandate, body: withDebtor, done: 'The mandate is active.' }),
  verb({ usage: 'revoke <mandate>', about: 'mandate', help: 'end it, by either side', type: revokeMandate, body: withDebtor, done: 'The mandate is revoked.' }),
  verb({
    usage: 'execute <mandate>', about: 'mandate', help: 'settle due bills, oldest first, by anybody', type: executeMandate,
    options: [new Option('--bill <ID>', 'which; all that are due unless told; repeat it for more').argParser(billShareIn), new Option('--creditor <account>', 'whoever is no party has to say it')],
    body: execution, done: ({ bills }) => `${bills.length} due bill${bills.length === 1 ? ' is' : 's are'} settled, as far as balance and cap go.`,
  }),
];

const NOUN: SidedNoun<Mandate> = {
  plural: 'mandates',
  singular: 'mandate',
  sides: ['debtor', 'creditor'],
  states: MANDATE_STATES,
  read: (client, query) => client.mandates(query),
  one: (client, id) => client.mandate(id),
  heading: ['until', 'used', 'cap', 'token', 'state', 'debtor -> creditor', 'mandate'],
  row: ({ validTo, used, cap, token, state, debtor, creditor, id }) => [validTo, used, cap, token, state, `${debtor} -> ${creditor}`, id],
  sortedBy: ({ bookedAt }) => bookedAt,
};

export function addMandateCommands(program: Command, setting: Setting): void {
  const mandate = program.command('mandate').description('mandates: due bills are settled from the debtor\'s balance');
  addVerbs(mandate, setting, VERBS);
  addNounReads(mandate, setting, NOUN);
}

async function execution({ mandate, bill, creditor }: About & { readonly bill?: readonly BillShare[]; readonly creditor?: string }, tally: Tally): Promise<object> {
  const debtor = debtorOf({ mandate });
  if (bill !== undefined && creditor !== undefined) return { mandate, debtor, creditor, bills: bill.map((share) => share.bill) };
  const client = await tally.client();
  const found = await client.mandate(mandate);
  const bills = bill?.map((share) => share.bill) ?? (await dueBills(client, tally.self, found));
  return { mandate, debtor, creditor: found.creditor, bills };
}

/** Oldest first, as the ledger wants them. @throws Mistake when none is due */
async function dueBills(client: TallyClient, self: string, { debtor, creditor, token }: Mandate): Promise<readonly string[]> {
  const dueBy = new Date().toISOString().slice(0, 10);
  const side = self === creditor ? { role: 'creditor', account: creditor, counterparty: debtor } : { role: 'debtor', account: debtor, counterparty: creditor };
  const bills = await allBills(client, { ...side, token, state: 'open', dueBy });
  const due = bills.filter(({ contested, claim }) => contested !== true && claim === undefined).toSorted((one, other) => one.dueDate.localeCompare(other.dueDate));
  if (due.length === 0) throw new Mistake('No bill of this mandate is due.', 'See them with "tally bill list --state open".');
  return due.slice(0, MAX_BILLS).map(({ id }) => id);
}

/** A page may be empty while there is more. */
async function allBills(client: TallyClient, query: Query): Promise<readonly Bill[]> {
  const { items, cursor } = await client.bills({ ...query, limit: 500 });
  return cursor === undefined ? items : [...items, ...(await allBills(client, { ...query, cursor }))];
}

function debtorOf({ mandate }: About): string {
  return splitObjectId(mandate)[1];
}
