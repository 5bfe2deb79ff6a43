import { Option, type Command } from 'commander';
import { LINK_STATES } from '@tallystick/chaincode/domain';
import { confirmLink, consentToLink, endLink, expireLink, proposeLink } from '../../index.ts';
import { addHistory, next, showObject } from '../listing.ts';
import { columns } from '../output.ts';
import { action, pageQuery, type PageOptions, type Setting, type Tally } from '../tally.ts';
import { addVerbs, instantOption, verb } from '../verb.ts';

/** The body of whatever is about a link: both accounts stand in it. */
async function about({ link }: { readonly link: string }, tally: Tally): Promise<object> {
  const { proposer, account } = await (await tally.client()).link(link);
  return { link, proposer, account };
}

const VERBS = [
  verb({
    usage: 'propose <account>', about: 'account', help: 'say that an account of another organization has the same holder, by an owner', type: proposeLink,
    options: [instantOption('--deadline <time>', 'by when all have to say so', '30d')], done: 'Proposed; the other account consents, then both registrars confirm.', makes: 'link',
  }),
  verb({ usage: 'consent <link>', about: 'link', help: 'by an owner of the account that was named', type: consentToLink, body: about, done: 'Consented; both registrars have to confirm.' }),
  verb({ usage: 'confirm <link>', about: 'link', help: 'by the registrar of either home; with the second it stands', type: confirmLink, body: about, done: 'Confirmed.' }),
  verb({ usage: 'end <link>', about: 'link', help: 'take back or undo, by either account or registrar', type: endLink, body: about, done: 'The link has ended; the accounts are what they were.' }),
  verb({ usage: 'expire <link>', about: 'link', help: 'end it past its deadline', type: expireLink, body: about, done: 'The link has expired.' }),
];

interface ListOptions extends PageOptions {
  readonly role: string;
  readonly account?: string;
  readonly state?: string;
}

export function addLinkCommands(program: Command, setting: Setting): void {
  const link = program.command('link').description('accounts of one holder in two systems; every member of the consortium sees it');
  addVerbs(link, setting, VERBS);
  link
    .command('show <link>')
    .description('as it is now')
    .action(action(setting, async (tally, _, id = '') => showObject(tally, await (await tally.client()).link(id))));
  addHistory(link, setting, 'history <link>', (_, id) => `/links/${id}`);
  link
    .command('list')
    .description('of the wallet\'s account; of the organization\'s accounts for its officers')
    .addOption(new Option('--role <role>', 'which side it is on').choices(['proposer', 'account']).default('proposer'))
    .option('--account <account>', 'whose, for an officer')
    .addOption(new Option('--state <state>', 'only those in this state').choices(LINK_STATES))
    .option('--limit <number>', 'how many')
    .option('--cursor <cursor>', 'where the last page ended')
    .action(action<ListOptions>(setting, list));
}

async function list(tally: Tally, { role, account, state, ...paging }: ListOptions): Promise<void> {
  const page = await (await tally.client()).links({ role, account, state, ...pageQuery(paging) });
  const rows = page.items.map(({ id, state: now, proposer, account: other, deadline }) => [now, proposer, other, deadline, id]);
  tally.show(page, rows.length === 0 ? ['None.'] : [...columns([['state', 'proposed by', 'with', 'deadline', 'link'], ...rows]), ...next(page)]);
}
