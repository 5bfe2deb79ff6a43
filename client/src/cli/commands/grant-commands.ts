import { Option, type Command } from 'commander';
import { GRANT_REASONS, GRANT_STATES } from '@tallystick/chaincode/domain';
import {
  applyForGrant, approveGrant, rejectApplication, resumeGrant, reviseGrant, revokeGrant, suspendGrant, withdrawApplication, type CreditGrant,
} from '../../index.ts';
import { addHistory, showList, showObject, withListOptions, type ListOptions, type SidedList } from '../listing.ts';
import { Mistake } from '../mistake.ts';
import { action, type Setting, type Tally } from '../tally.ts';
import { addVerbs, amountOption, documentOption, instantOption, reasonOption, tokenOption, verb, AMOUNT_HELP } from '../verb.ts';
import { wholeNumberIn } from '../values.ts';

/** A clock a little behind must not make the merchant's own grant one that has not begun. */
const BEFORE_NOW_MS = 60_000;

interface OfEnterprise {
  readonly enterprise: string;
  readonly token: string;
}

interface TermsOptions extends OfEnterprise {
  readonly amount?: string;
  readonly perPayment?: string;
  readonly termDays?: number;
  readonly validFrom?: string;
  readonly validTo?: string;
  readonly utcOffset?: number;
  readonly stopAfterDaysOverdue?: number;
}

const number = (flags: string, help: string): Option => new Option(flags, help).argParser((text: string) => wholeNumberIn(text));
const termsOptions = (unless: string): readonly Option[] => [
  new Option('--amount <number>', `the most that may be drawn; ${unless}. ${AMOUNT_HELP}`),
  new Option('--per-payment <number>', `the most of one payment; ${unless === AS_ASKED ? 'the whole amount unless told' : unless}`),
  number('--term-days <number>', `days from payment to due date; ${unless === AS_ASKED ? '30 unless told' : unless}`),
  instantOption('--valid-from <time>', unless === AS_ASKED ? 'from now unless told' : unless),
  instantOption('--valid-to <time>', unless),
  number('--utc-offset <minutes>', `east of UTC, at which days begin and end; ${unless === AS_ASKED ? '0 unless told' : unless}`),
  number('--stop-after-days-overdue <number>', 'no new draw while an undisputed bill is overdue by more'),
];
const AS_ASKED = 'as asked unless told';
const AS_BEFORE = 'as before unless told';
const applicationOption = new Option('--application <application>', 'which; the pending one unless told');
const BY_MERCHANT = 'by the merchant';
const stateOptions = [tokenOption, reasonOption(GRANT_REASONS), documentOption];

const VERBS = [
  verb({
    usage: 'apply', help: 'ask a merchant for credit, by the enterprise', type: applyForGrant,
    options: [new Option('--merchant <account>').makeOptionMandatory(), tokenOption, amountOption, instantOption('--valid-to <time>', 'until when', '90d'), new Option('--purpose <reference>'), documentOption],
    done: ({ amount, token, merchant }) => `Credit of ${amount} ${token} is asked of ${merchant}.`, makes: 'application',
  }),
  verb({
    usage: 'withdraw', help: 'take the application back, by the enterprise', type: withdrawApplication,
    options: [new Option('--merchant <account>').makeOptionMandatory(), tokenOption, applicationOption],
    body: async (given: { readonly merchant: string; readonly token: string; readonly application?: string }, tally) => ({
      ...given,
      application: given.application ?? (await applicationOf(tally, { enterprise: tally.self, ...given })).id,
    }),
    done: 'The application is withdrawn.',
  }),
  verb({
    usage: 'approve <enterprise>', about: 'enterprise', help: `grant credit, also for less or on other terms than asked, ${BY_MERCHANT}`, type: approveGrant,
    options: [tokenOption, applicationOption, ...termsOptions(AS_ASKED)],
    body: approval, done: ({ enterprise, token, terms }) => `${enterprise} may draw up to ${terms.amount} ${token}, at most ${terms.perPayment} a payment.`,
  }),
  verb({
    usage: 'reject <enterprise>', about: 'enterprise', help: `turn an application down, ${BY_MERCHANT}`, type: rejectApplication,
    options: [tokenOption, applicationOption, reasonOption(GRANT_REASONS), documentOption],
    body: async (given: OfEnterprise & { readonly application?: string }, tally) => ({ ...given, application: given.application ?? (await applicationOf(tally, { merchant: tally.self, ...given })).id }),
    done: 'The application is rejected.',
  }),
  verb({
    usage: 'revise <enterprise>', about: 'enterprise', help: `a new version of the terms, ${BY_MERCHANT}`, type: reviseGrant,
    options: [tokenOption, number('--grant-version <number>', 'the one it takes the place of; the newest unless told'), ...termsOptions(AS_BEFORE), reasonOption(GRANT_REASONS, 'TERMS')],
    body: revision, done: ({ version }) => `The grant has version ${version + 1}; payments that name an older one are refused.`,
  }),
  verb({
    usage: 'suspend <enterprise>', about: 'enterprise', help: `stop new draws, ${BY_MERCHANT}`, type: suspendGrant, options: stateOptions,
    done: ({ enterprise }) => `The grant to ${enterprise} is suspended; repayment goes on.`,
  }),
  verb({
    usage: 'resume <enterprise>', about: 'enterprise', help: `allow draws again, ${BY_MERCHANT}`, type: resumeGrant, options: stateOptions,
    done: ({ enterprise }) => `The grant to ${enterprise} is active again.`,
  }),
  verb({
    usage: 'revoke <enterprise>', about: 'enterprise', help: `end a grant, ${BY_MERCHANT}; bills stay`, type: revokeGrant, options: stateOptions,
    done: ({ enterprise }) => `The grant to ${enterprise} is revoked; repayment goes on.`,
  }),
];

const LIST: SidedList<CreditGrant> = {
  sides: ['enterprise', 'merchant'],
  read: (client, query) => client.grants(query),
  heading: ['available', 'amount', 'token', 'state', 'version', 'enterprise -> merchant'],
  row: ({ available, terms, token, state, version, enterprise, merchant }) => [available, terms?.amount ?? '', token, state, String(version), `${enterprise} -> ${merchant}`],
  sortedBy: ({ id }) => id,
};

interface BothSides {
  readonly token: string;
  readonly enterprise?: string;
  readonly merchant?: string;
}

export function addGrantCommands(program: Command, setting: Setting): void {
  const grant = program.command('grant').description('credit grants: what a merchant lets an enterprise draw in a token');
  addVerbs(grant, setting, VERBS);
  withListOptions(grant.command('list').description('grants and applications of an account'), LIST.sides)
    .addOption(new Option('--state <state>', 'only those in this state').choices(GRANT_STATES))
    .action(action<ListOptions & { readonly state?: string }>(setting, (tally, options) => showList(tally, LIST, options, { state: options.state })));
  sided(grant.command('show').description('version, terms, drawn and available')).action(
    action<BothSides>(setting, async (tally, options) => showObject(tally, await grantOf(tally, options))),
  );
  sided(
    addHistory<BothSides>(grant, setting, 'history', (options, _, tally) => {
      const { enterprise, token, merchant } = between(tally, options);
      return `/grants/${enterprise}/${token}/${merchant}`;
    }),
  );
}

function sided(command: Command): Command {
  return command.addOption(tokenOption).option('--merchant <account>', 'who grants; the wallet\'s own account unless told').option('--enterprise <account>', 'who draws; the wallet\'s own account unless told');
}

function between(tally: Tally, { token, enterprise, merchant }: BothSides): Required<BothSides> {
  if (enterprise === undefined && merchant === undefined) throw new Mistake('A grant has two sides.', 'Name the other one with --merchant or --enterprise.');
  return { token, enterprise: enterprise ?? tally.self, merchant: merchant ?? tally.self };
}

async function grantOf(tally: Tally, sides: BothSides) {
  const { enterprise, token, merchant } = between(tally, sides);
  return (await tally.client()).grant(enterprise, token, merchant);
}

/** @throws Mistake when there is no application */
async function applicationOf(tally: Tally, sides: BothSides): Promise<NonNullable<CreditGrant['application']>> {
  const { application, enterprise, token } = await grantOf(tally, sides);
  if (application === undefined) throw new Mistake(`No application of ${enterprise} in ${token} is pending.`, 'See it with "tally grant list".');
  return application;
}

async function approval({ enterprise, token, application: named, ...terms }: TermsOptions & { readonly application?: string }, tally: Tally): Promise<object> {
  const application = await applicationOf(tally, { enterprise, token, merchant: tally.self });
  if (named !== undefined && named !== application.id) throw new Mistake('Another application is pending than the one named.', 'See it with "tally grant show".');
  const validFrom = new Date(Date.now() - BEFORE_NOW_MS).toISOString();
  const amount = terms.amount ?? application.amount;
  return { enterprise, token, application: application.id, terms: { perPayment: amount, termDays: 30, validFrom, validTo: application.validTo, utcOffset: 0, ...terms, amount } };
}

async function revision({ enterprise, token, grantVersion, reason, ...changes }: TermsOptions & { readonly grantVersion?: number; readonly reason: string }, tally: Tally): Promise<object> {
  const { version, terms } = await grantOf(tally, { enterprise, token, merchant: tally.self });
  return { enterprise, token, version: grantVersion ?? version, reason, terms: { ...terms, ...changes } };
}
