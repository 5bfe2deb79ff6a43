import { Option, type Command } from 'commander';
import { CLEARING_STATES } from '@tallystick/chaincode/domain';
import { acknowledgeLeg, claimLeg, confirmClearing, declineClearing, denyLeg, openClearing, payLeg, proceedClearing } from '../../index.ts';
import { addHistory, next } from '../listing.ts';
import { Mistake } from '../mistake.ts';
import { columns, details } from '../output.ts';
import { ratesOf } from '../rates.ts';
import { action, pageQuery, type PageOptions, type Setting, type Tally } from '../tally.ts';
import { poolIn, tokenRateIn } from '../values.ts';
import { addVerbs, documentFor, instantOption, verb } from '../verb.ts';

interface About {
  readonly clearing: string;
}

const BY_OPERATOR = 'by a financial operator of a party';
const treasuryOption = new Option('--treasury <account>', 'of the organization: where it receives, and what it pays from').makeOptionMandatory();
const bankOptions = [
  new Option('--bank-reference <reference>', 'of the bank').makeOptionMandatory(),
  new Option('--value-date <day>', 'of the bank, YYYY-MM-DD; today unless told'),
  documentFor('the bank\'s statement').makeOptionMandatory(),
];

const answerOptions = [new Option('--debtor <organization>', 'whose').makeOptionMandatory(), new Option('--bank-reference <reference>', 'under which it is claimed').makeOptionMandatory()];
const answerTo = ({ bankReference, ...given }: About & { readonly bankReference: string }) => ({ ...given, reference: bankReference });

const VERBS = [
  verb({
    usage: 'open', help: `clear what these pools have taken in, ${BY_OPERATOR}, which confirms by that`, type: openClearing,
    options: [
      new Option('--pool <TOKEN/INTO>', 'whose position is cleared; repeat it for more').argParser(poolIn).makeOptionMandatory(),
      new Option('--unit <token>', 'what is netted and paid in').makeOptionMandatory(),
      new Option('--rate <TOKEN=RATE>', 'whole units of --unit for whole units of the token, for example EPT@EastPay=9/10; repeat it for each token but the unit').argParser(tokenRateIn).default([]),
      treasuryOption, instantOption('--confirm-by <time>', 'until when the parties confirm', '1d'), instantOption('--settle-by <time>', 'until when legs are paid', '3d'),
    ],
    body: ({ pool, rate, ...rest }: { readonly pool: unknown; readonly rate: unknown }) => ({ ...rest, pools: pool, rates: rate }),
    done: 'The organization\'s own positions are fixed; the other parties have to confirm.', makes: 'clearing',
  }),
  verb({ usage: 'confirm <clearing>', about: 'clearing', help: `agree to the cycle as it stands, ${BY_OPERATOR}; with the last one it is netted`, type: confirmClearing, options: [treasuryOption], done: 'It is confirmed.' }),
  verb({ usage: 'decline <clearing>', about: 'clearing', help: `take no part, ${BY_OPERATOR}: its positions go back at once`, type: declineClearing, done: 'The organization takes no part.' }),
  verb({ usage: 'proceed <clearing>', about: 'clearing', help: 'move on past a deadline, by anybody: without who has not confirmed, or to the end', type: proceedClearing, done: 'It has moved on.' }),
  verb({
    usage: 'pay <clearing>', about: 'clearing', help: 'pay a leg in the unit, by the debtor\'s treasury', type: payLeg,
    options: [new Option('--creditor <organization>', 'whom').makeOptionMandatory()],
    body: async (given: About & { readonly creditor: string }, tally) => ({ ...given, to: await treasuryOf(tally, given.clearing, given.creditor) }),
    done: ({ creditor }) => `The leg to ${creditor} is paid.`,
  }),
  verb({
    usage: 'claim <clearing>', about: 'clearing', help: 'say that a leg was paid by money outside, by a financial operator of the debtor', type: claimLeg,
    options: [new Option('--creditor <organization>', 'whom').makeOptionMandatory(), ...bankOptions],
    body: ({ bankReference, valueDate, document, ...given }: About & { readonly creditor: string; readonly bankReference: string; readonly valueDate?: string; readonly document: string }) => ({
      ...given, bank: { reference: bankReference, valueDate: valueDate ?? new Date().toISOString().slice(0, 10), document },
    }),
    done: ({ creditor }) => `${creditor} has to acknowledge.`,
  }),
  verb({
    usage: 'acknowledge <clearing>', about: 'clearing', help: 'the money of a leg is there, by a financial operator of the creditor', type: acknowledgeLeg,
    options: answerOptions, body: answerTo, done: ({ debtor }) => `The leg of ${debtor} is settled.`,
  }),
  verb({
    usage: 'deny <clearing>', about: 'clearing', help: 'the money of a leg is not there, by a financial operator of the creditor', type: denyLeg,
    options: answerOptions, body: answerTo, done: ({ debtor }) => `The leg of ${debtor} is due again.`,
  }),
];

export function addClearingCommands(program: Command, setting: Setting): void {
  const clearing = program.command('clearing').description('clearing cycles: what organizations owe each other from conversions, netted and settled');
  addVerbs(clearing, setting, VERBS);
  clearing
    .command('list')
    .description('cycles of the organization, newest first')
    .addOption(new Option('--state <state>', 'only those in this state').choices(CLEARING_STATES))
    .option('--limit <number>', 'how many')
    .option('--cursor <cursor>', 'where the last page ended')
    .action(
      action<PageOptions & { readonly state?: string }>(setting, async (tally, { state, ...paging }) => {
        const page = await (await tally.client()).clearings({ state, ...pageQuery(paging) });
        const rows = page.items.map(({ bookedAt, state: is, unit, parties, legs, id }) => [bookedAt, is, unit, parties.map(({ organization }) => organization).join(' '), String(legs.filter((leg) => leg.state === 'due' || leg.state === 'claimed').length), id]);
        tally.show(page, rows.length === 0 ? ['None.'] : [...columns([['booked', 'state', 'unit', 'parties', 'open legs', 'clearing'], ...rows]), ...next(page)]);
      }),
    );
  clearing.command('show <clearing>').description('as it is now').action(action(setting, async (tally, _, id = '') => {
    const client = await tally.client();
    const clearing = await client.clearing(id);
    const rateOf = await ratesOf(client);
    const rates = Object.fromEntries(clearing.rates.map(({ token, ...rate }) => [token, `${rateOf({ token, into: clearing.unit, rate })} ${clearing.unit}`]));
    tally.show(clearing, details({ ...clearing, rates }));
  }));
  addHistory(clearing, setting, 'history <clearing>', (_, id) => `/clearings/${id}`);
}

/** The account a party has named. */
async function treasuryOf(tally: Tally, id: string, creditor: string): Promise<string> {
  const { parties } = await (await tally.client()).clearing(id);
  const treasury = parties.find(({ organization }) => organization === creditor)?.treasury;
  if (treasury === undefined) throw new Mistake(`${creditor} is no party of it, or has named no treasury.`, 'See it with "tally clearing show".');
  return treasury;
}
