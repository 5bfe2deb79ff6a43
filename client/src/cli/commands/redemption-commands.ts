import { Option, type Command } from 'commander';
import { DECLINE_REASONS, REDEMPTION_STATES, splitObjectId } from '@tallystick/chaincode/domain';
import { confirmRedemption, declineRedemption, expireRedemption, requestRedemption } from '../../index.ts';
import { addHistory, next, showObject } from '../listing.ts';
import { columns } from '../output.ts';
import { action, pageQuery, type PageOptions, type Setting, type Tally } from '../tally.ts';
import { addVerbs, amountOption, documentOption, instantOption, reasonOption, tokenOption, verb } from '../verb.ts';

interface About {
  readonly redemption: string;
}

interface Payout extends About {
  readonly bankReference: string;
  readonly valueDate?: string;
}

interface ListOptions extends PageOptions {
  readonly account?: string;
  readonly issuer?: string;
  readonly token?: string;
  readonly state?: string;
}

const VERBS = [
  verb({
    usage: 'request', help: 'hand tokens back to their issuer, by the holder; they are held until it answers', type: requestRedemption,
    options: [tokenOption, amountOption, instantOption('--deadline <time>', 'until when the issuer may answer', '7d'), new Option('--payout <hash>', 'salted SHA-256 of where the money is to go, base64url')],
    done: ({ amount, token }) => `${amount} ${token} are held until the issuer has paid them out.`, makes: 'redemption',
  }),
  verb({
    usage: 'confirm <redemption>', about: 'redemption', help: 'the money is paid out, by an issuer; the tokens leave the ledger', type: confirmRedemption,
    options: [
      new Option('--bank-reference <reference>', 'of the money that was paid out').makeOptionMandatory(),
      new Option('--value-date <day>', 'of the bank, YYYY-MM-DD; today unless told'),
      documentOption,
    ],
    body: async ({ bankReference, valueDate, ...given }: Payout, tally) => ({
      ...(await partiesOf(given, tally)), ...given, bank: { reference: bankReference, valueDate: valueDate ?? new Date().toISOString().slice(0, 10) },
    }),
    done: 'The tokens have left the ledger.',
  }),
  verb({
    usage: 'decline <redemption>', about: 'redemption', help: 'not paid out, by an issuer; the tokens return', type: declineRedemption,
    options: [reasonOption(DECLINE_REASONS), documentOption],
    body: async (given: About, tally) => ({ ...(await partiesOf(given, tally)), ...given }),
    done: 'The tokens are back with their holder.',
  }),
  verb({
    usage: 'expire <redemption>', about: 'redemption', help: 'end what was not answered by its deadline, by anybody', type: expireRedemption,
    body: (given: About) => ({ ...given, holder: splitObjectId(given.redemption)[1] }),
    done: 'The tokens are back with their holder.',
  }),
];

export function addRedemptionCommands(program: Command, setting: Setting): void {
  const redemption = program.command('redemption').description('tokens handed back to their issuer for what was promised');
  addVerbs(redemption, setting, VERBS);
  redemption
    .command('list')
    .description('of an account; or with --issuer of an organization\'s tokens, newest first')
    .option('--account <account>', 'holder')
    .option('--issuer <organization>', 'for an officer of the issuing organization')
    .option('--token <token>')
    .addOption(new Option('--state <state>', 'only those in this state').choices(REDEMPTION_STATES))
    .option('--limit <number>', 'how many')
    .option('--cursor <cursor>', 'where the last page ended')
    .action(action<ListOptions>(setting, listRedemptions));
  redemption
    .command('show <redemption>')
    .description('as it is now')
    .action(action(setting, async (tally, _, id = '') => showObject(tally, await (await tally.client()).redemption(id))));
  addHistory(redemption, setting, 'history <redemption>', (_, id) => `/redemptions/${id}`);
}

async function listRedemptions(tally: Tally, { account, issuer, token, state, ...paging }: ListOptions): Promise<void> {
  const page = await (await tally.client()).redemptions({ account, issuer, token, state, ...pageQuery(paging) });
  const rows = page.items.map((one) => [one.bookedAt, one.amount, one.token, one.state, one.holder, one.deadline, one.id]);
  tally.show(page, rows.length === 0 ? ['None.'] : [...columns([['booked', 'amount', 'token', 'state', 'holder', 'deadline', 'redemption'], ...rows]), ...next(page)]);
}

async function partiesOf({ redemption }: About, tally: Tally): Promise<{ readonly holder: string; readonly token: string }> {
  const { holder, token } = await (await tally.client()).redemption(redemption);
  return { holder, token };
}
