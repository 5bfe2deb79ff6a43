import { Option, type Command } from 'commander';
import { isAccountId, LIMIT_REASONS, organizationOf } from '@tallystick/chaincode/domain';
import {
  confirmLimit, declineLimit, proposeLimit, requestLimit, resumeLimit, setLimit, setThreshold, suspendLimit, type CreditLimit,
} from '../../index.ts';
import { addHistory, next, showObject } from '../listing.ts';
import { Mistake } from '../mistake.ts';
import { columns } from '../output.ts';
import { action, pageQuery, type PageOptions, type Setting, type Tally } from '../tally.ts';
import { addVerbs, amountOption, documentOption, instantOption, reasonOption, tokenOption, verb, AMOUNT_HELP } from '../verb.ts';

interface OfEnterprise {
  readonly account: string;
  readonly token: string;
}

const BY_OFFICER = 'by a credit officer of the home organization';
const whyNow = [reasonOption(LIMIT_REASONS), documentOption];
const setOptions = [tokenOption, amountOption, instantOption('--valid-to <time>', 'until when; without end unless told'), reasonOption(LIMIT_REASONS, 'GRANTED'), documentOption];
const lineOf = ({ account, token }: OfEnterprise): string => `The limit of ${account} in ${token}`;

const VERBS = [
  verb({
    usage: 'request', help: 'ask the home organization for a limit, by the enterprise', type: requestLimit,
    options: [tokenOption, amountOption, new Option('--purpose <reference>'), documentOption],
    done: ({ amount, token }) => `A limit of ${amount} ${token} is asked for; a credit officer answers.`, makes: 'request',
  }),
  verb({
    usage: 'set <enterprise>', about: 'account', help: `set, raise or lower a limit, ${BY_OFFICER}`, type: setLimit, options: setOptions,
    done: (body) => `${lineOf(body)} is ${body.amount}.`,
  }),
  verb({
    usage: 'decline <enterprise>', about: 'account', help: `turn down what an enterprise asks for, ${BY_OFFICER}`, type: declineLimit,
    options: [tokenOption, new Option('--request <request>', 'which; the pending one unless told'), ...whyNow],
    body: async (given: OfEnterprise & { readonly request?: string }, tally) => ({ ...given, request: given.request ?? (await pending(tally, given, 'request')) }),
    done: 'The request is declined.',
  }),
  verb({
    usage: 'propose <enterprise>', about: 'account', help: 'propose a limit above the threshold, by the first of two credit officers', type: proposeLimit, options: setOptions,
    done: ({ amount, account }) => `A limit of ${amount} is proposed for ${account}; another credit officer confirms.`, makes: 'proposal',
  }),
  verb({
    usage: 'confirm <enterprise>', about: 'account', help: 'confirm what another credit officer has proposed', type: confirmLimit,
    options: [tokenOption, new Option('--proposal <proposal>', 'which; the pending one unless told')],
    body: async (given: OfEnterprise & { readonly proposal?: string }, tally) => ({ ...given, proposal: given.proposal ?? (await pending(tally, given, 'proposal')) }),
    done: (body) => `${lineOf(body)} is as proposed.`,
  }),
  verb({
    usage: 'suspend <enterprise>', about: 'account', help: `stop new draws, ${BY_OFFICER}`, type: suspendLimit, options: [tokenOption, ...whyNow],
    done: (body) => `${lineOf(body)} is suspended; repayment goes on.`,
  }),
  verb({
    usage: 'resume <enterprise>', about: 'account', help: `allow draws again, ${BY_OFFICER}`, type: resumeLimit, options: [tokenOption, ...whyNow],
    done: (body) => `${lineOf(body)} is active again.`,
  }),
  verb({
    usage: 'threshold', help: 'above this amount a limit takes two officers, by an administrator', type: setThreshold,
    options: [tokenOption, new Option('--amount <number>', `${AMOUNT_HELP}; without it one officer is enough`)],
    done: ({ amount, token }) => (amount === undefined ? `One officer is enough for limits in ${token}.` : `Limits above ${amount} ${token} take two officers.`),
  }),
];

export function addLimitCommands(program: Command, setting: Setting): void {
  const limit = program.command('limit').description('credit limits: the ceiling on all credit of an enterprise in a token');
  addVerbs(limit, setting, VERBS);
  limit
    .command('show [enterprise]')
    .description('amount, drawn and available; of the wallet\'s own account unless told')
    .addOption(tokenOption)
    .action(action<OfEnterprise>(setting, async (tally, { token }, enterprise) => showObject(tally, await (await tally.client()).limit(enterprise ?? tally.self, token))));
  limit
    .command('list')
    .description('limits of the wallet\'s own account; of an organization\'s enterprises for its officers')
    .option('--organization <organization>', 'for an officer')
    .option('--token <token>')
    .option('--limit <number>', 'how many')
    .option('--cursor <cursor>', 'where the last page ended')
    .action(action<PageOptions & { readonly organization?: string; readonly token?: string }>(setting, list));
  addHistory<OfEnterprise>(limit, setting, 'history [enterprise]', ({ token }, enterprise, tally) => `/limits/${enterprise === '' ? tally.self : enterprise}/${token}`).addOption(tokenOption);
}

async function list(tally: Tally, { organization, token, ...paging }: PageOptions & { readonly organization?: string; readonly token?: string }): Promise<void> {
  const client = await tally.client();
  const ofOfficer = organization ?? (isAccountId(tally.self) ? undefined : organizationOf(tally.self));
  const page = await client.limits({ organization: ofOfficer, token, ...pageQuery(paging) });
  tally.show(page, page.items.length === 0 ? ['None.'] : [...columns([['available', 'amount', 'token', 'status', 'asked for', 'enterprise'], ...page.items.map(row)]), ...next(page)]);
}

function row({ available, amount, token, status, request, proposal, enterprise }: CreditLimit): readonly string[] {
  return [available, amount, token, status, request?.amount ?? proposal?.amount ?? '', enterprise];
}

/** @throws Mistake when nothing is pending */
async function pending(tally: Tally, { account, token }: OfEnterprise, what: 'request' | 'proposal'): Promise<string> {
  const limit = await (await tally.client()).limit(account, token);
  const id = limit[what]?.id;
  if (id === undefined) throw new Mistake(`No ${what} is pending for ${account} in ${token}.`, 'See it with "tally limit show".');
  return id;
}
