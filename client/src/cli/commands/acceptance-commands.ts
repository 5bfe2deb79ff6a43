import { Option, type Command } from 'commander';
import { DIRECTIONS, formatInstant } from '@tallystick/chaincode/domain';
import { defundAcceptance, endAcceptance, fundAcceptance, offerTreasury, resumeAcceptance, setAcceptance, suspendAcceptance, withdrawTreasury } from '../../index.ts';
import { addHistory } from '../listing.ts';
import { columns, details } from '../output.ts';
import { ratesOf } from '../rates.ts';
import { action, type Setting, type Tally } from '../tally.ts';
import { rateIn, type RateText } from '../values.ts';
import { addVerbs, AMOUNT_HELP, amountOption, documentOption, instantOption, verb } from '../verb.ts';

interface Pair {
  readonly token: string;
  readonly into: string;
}

const pairOptions = [
  new Option('--token <token>', 'of another organization, for example NPT@NorthPay').makeOptionMandatory(),
  new Option('--into <token>', 'of the organization that accepts').makeOptionMandatory(),
];
const BY_OFFICER = 'by a financial operator or issuer of the organization that accepts';
const nameOf = ({ token, into }: Pair): string => `${token} into ${into}`;

const VERBS = [
  verb({
    usage: 'set', help: `take a token for the organization's own, or change how, ${BY_OFFICER}`, type: setAcceptance,
    options: [
      ...pairOptions,
      new Option('--treasury <account>', 'of the organization: the pool is funded from it and empties into it').makeOptionMandatory(),
      new Option('--rate <rate>', 'whole units of --into for whole units of --token, for example 9/10').argParser((text: string) => rateIn(text)).default({ numerator: '1', denominator: '1' }, '1/1'),
      new Option('--cap <number>', `the most of --token to be owed: ${AMOUNT_HELP}`).makeOptionMandatory(),
      instantOption('--valid-from <time>', 'from when; now unless told'), instantOption('--valid-until <time>', 'until when', '30d'),
      new Option('--direction <direction>', 'both: what was taken in can be had back at the same rate').choices(DIRECTIONS).default('in'),
      documentOption,
    ],
    body: (given: Pair & { readonly rate: RateText; readonly validFrom?: string }) => ({ ...given, validFrom: given.validFrom ?? formatInstant(Date.now()) }),
    done: (body) => `${nameOf(body)} is accepted, up to ${body.cap}.`,
  }),
  verb({ usage: 'suspend', help: `stop conversions, ${BY_OFFICER}; repayment goes on`, type: suspendAcceptance, options: [...pairOptions, documentOption], done: (body) => `${nameOf(body)} is suspended.` }),
  verb({ usage: 'resume', help: `allow conversions again, ${BY_OFFICER}`, type: resumeAcceptance, options: [...pairOptions, documentOption], done: (body) => `${nameOf(body)} is accepted again.` }),
  verb({ usage: 'fund', help: 'put tokens into the pool, by its treasury', type: fundAcceptance, options: [...pairOptions, amountOption], done: ({ amount, into }) => `${amount} ${into} are in the pool.` }),
  verb({
    usage: 'defund', help: `take either token out of the pool into its treasury, by the treasury or ${BY_OFFICER}`, type: defundAcceptance,
    options: [...pairOptions, new Option('--of <token>', 'which of the two').makeOptionMandatory(), amountOption],
    body: withTreasury,
    done: ({ amount, of, treasury }) => `${amount} ${of} are with the treasury ${treasury}.`,
  }),
  verb({
    usage: 'end', help: `stop taking the token, by the treasury or ${BY_OFFICER}: all that is in the pool goes to the treasury`, type: endAcceptance,
    options: pairOptions, body: withTreasury, done: (body) => `${nameOf(body)} is at an end; the pool is with the treasury ${body.treasury}.`,
  }),
];

async function withTreasury(given: Pair, tally: Tally): Promise<object> {
  return { ...given, treasury: (await (await tally.client()).acceptance(given.token, given.into)).treasury };
}

const TREASURY_VERBS = [
  verb({ usage: 'offer', help: 'let the account be a treasury of its organization, by its holder: officers name it for acceptances and clearing cycles', type: offerTreasury, body: () => ({}), done: 'The account may be named as a treasury.' }),
  verb({ usage: 'withdraw', help: 'be named for nothing more', type: withdrawTreasury, body: () => ({}), done: 'The account is named as a treasury for nothing more.' }),
];

export function addAcceptanceCommands(program: Command, setting: Setting): void {
  addVerbs(program.command('treasury').description('an account from which its organization funds pools and pays what it owes other systems'), setting, TREASURY_VERBS);
  const acceptance = program.command('acceptance').description('which tokens are taken for which, at what rate, up to what');
  addVerbs(acceptance, setting, VERBS);
  withPair(acceptance.command('show').description('as it is now'), true).action(
    action<Pair>(setting, async (tally, { token, into }) => {
      const client = await tally.client();
      const acceptance = await client.acceptance(token, into);
      tally.show(acceptance, details({ ...acceptance, rate: (await ratesOf(client))(acceptance) }));
    }),
  );
  withPair(acceptance.command('list').description('every acceptance, or those of these tokens'), false).action(
    action<Partial<Pair>>(setting, async (tally, { token, into }) => {
      const client = await tally.client();
      const page = await client.acceptances({ token, into });
      const rateOf = await ratesOf(client);
      const rows = page.items.map(({ id, token: from, into: to, rate, direction, status, cap, fixed, pool, validUntil }) => [rateOf({ token: from, into: to, rate }), pool.available, pool.taken, fixed, cap, direction, status, validUntil, id]);
      tally.show(page, rows.length === 0 ? ['None.'] : columns([['rate', 'available', 'taken', 'fixed', 'cap', 'direction', 'status', 'valid until', 'acceptance'], ...rows]));
    }),
  );
  withPair(addHistory<Pair>(acceptance, setting, 'history', ({ token, into }) => `/acceptances/${token}/${into}`), true);
}

export function addQuoteCommands(program: Command, setting: Setting): void {
  program
    .command('quote')
    .description('what an amount of one token comes to in another')
    .requiredOption('--from <token>', 'what is paid')
    .requiredOption('--to <token>', 'what is received')
    .requiredOption('--amount <number>', AMOUNT_HELP)
    .action(
      action<{ readonly from: string; readonly to: string; readonly amount: string }>(setting, async (tally, { from, to, amount }) => {
        const page = await (await tally.client()).quotes({ from, to, amount });
        const rows = page.items.map(({ receives, room, repayment, version, validUntil, refusal }) => [receives, room, repayment ? 'repayment' : 'conversion', String(version), validUntil, refusal ?? '']);
        tally.show(page, rows.length === 0 ? [`There is no way from ${from} to ${to}.`] : columns([['receives', 'room', 'by', 'version', 'valid until', 'refused for'], ...rows]));
      }),
    );
}

export function addPositionCommands(program: Command, setting: Setting): void {
  program
    .command('positions')
    .description('what organizations owe each other from conversions: an officer\'s own, for an auditor all')
    .option('--token <token>')
    .option('--organization <organization>', 'debtor or creditor')
    .action(
      action<{ readonly token?: string; readonly organization?: string }>(setting, async (tally, { token, organization }) => {
        const page = await (await tally.client()).positions({ token, organization });
        const rows = page.items.map((position) => [position.amount, position.token, `${position.debtor} -> ${position.creditor}`, position.taken, position.fixed, position.cap]);
        tally.show(page, rows.length === 0 ? ['None.'] : columns([['amount', 'token', 'debtor -> creditor', 'taken', 'fixed', 'cap'], ...rows]));
      }),
    );
}

function withPair(command: Command, isMandatory: boolean): Command {
  for (const option of pairOptions) command.addOption(isMandatory ? option : new Option(option.flags, option.description));
  return command;
}
