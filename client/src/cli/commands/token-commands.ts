import { InvalidArgumentError, Option, type Command } from 'commander';
import { ACCOUNT_ROLES, TOKEN_KINDS, type AccountRole } from '@tallystick/chaincode/domain';
import { amendTerms, confirmTerms, define, issue, pause, proposeTerms, resume, withdrawTerms, type Token, type TokenTerms } from '../../index.ts';
import { Mistake } from '../mistake.ts';
import { columns, facts } from '../output.ts';
import { action, type Setting, type Tally } from '../tally.ts';
import { AMOUNT_HELP, documentOption } from '../verb.ts';

const QUOTA_HELP = 'the most that is issued in each period of so many hours, for example 100000/24';
const holderRoleOption = new Option('--holder-role <role...>', 'only accounts of one of these roles may hold it').choices(ACCOUNT_ROLES);
const holderOrganizationOption = new Option('--holder-organization <organization...>', 'only accounts at home in one of these may hold it');

interface DefineOptions {
  readonly name: string;
  readonly decimals: string;
  readonly kind: (typeof TOKEN_KINDS)[number];
  readonly cap?: string;
  readonly quota?: Quota;
  readonly holderRole?: readonly AccountRole[];
  readonly holderOrganization?: readonly string[];
  readonly transferable?: false;
  readonly twoOfficers?: true;
  readonly source: string;
  readonly field: readonly string[];
}

type Quota = NonNullable<TokenTerms['quota']>;

interface TermsOptions {
  readonly cap?: string;
  readonly quota?: Quota | 'none';
  readonly holderRole?: readonly AccountRole[];
  readonly holderOrganization?: readonly string[];
  readonly anyHolder?: true;
  readonly document?: string;
}

interface IssueOptions {
  readonly to: string;
  readonly amount: string;
  readonly reference?: string;
}

export function addTokenCommands(program: Command, setting: Setting): void {
  program.command('tokens').description('every token of the consortium').action(
    action(setting, async (tally) => {
      const page = await (await tally.client()).tokens();
      tally.show(page, page.items.length === 0 ? ['None.'] : columns(page.items.map(({ id, name, kind, decimals, status }) => [id, name, kind, `${decimals} decimals`, status])));
    }),
  );

  const token = program
    .command('token <token>')
    .description('show a token')
    .action(action(setting, async (tally, _, id = '') => showToken(tally, await (await tally.client()).token(id))));
  token
    .command('define <token>')
    .description('a new token, by the issuer of its organization: {SYMBOL}@{organization}')
    .requiredOption('--name <text>')
    .requiredOption('--decimals <number>', 'of the smallest unit; never changes')
    .addOption(new Option('--kind <kind>', 'what it is').choices(TOKEN_KINDS).makeOptionMandatory())
    .option('--cap <number>', `the most that may be outstanding: ${AMOUNT_HELP}`)
    .addOption(new Option('--quota <amount/hours>', QUOTA_HELP).argParser(quotaIn))
    .addOption(holderRoleOption)
    .addOption(holderOrganizationOption)
    .option('--no-transferable', 'it passes only from its issuer and back to it; never changes')
    .option('--two-officers', 'a change of cap, quota or holders takes two issuer officers; never changes')
    .requiredOption('--source <reference>', 'the code of the token in the issuing system')
    .option('--field <name=value...>', 'fields of the issuing system, kept as they are', [])
    .action(action<DefineOptions>(setting, defineToken));
  token
    .command('issue <token>')
    .description('put new tokens into an account, by the issuer of the token\'s organization')
    .requiredOption('--to <account>')
    .requiredOption('--amount <number>', AMOUNT_HELP)
    .option('--reference <reference>')
    .action(
      action<IssueOptions>(setting, async (tally, { to, amount, reference }, id = '') => {
        tally.showReceipt(await tally.send(issue, { token: id, account: to, amount, ...(reference !== undefined && { reference }) }), `Issued ${amount} ${id} to ${to}.`);
      }),
    );
  for (const [name, type, help, done] of [
    ['amend', amendTerms, 'change cap, quota or who may hold it, by an issuer of its organization', 'The terms are changed.'],
    ['propose', proposeTerms, 'the same, where it takes two officers', 'Another issuer of the organization has to confirm.'],
  ] as const) {
    token
      .command(`${name} <token>`)
      .description(help)
      .option('--cap <number>', 'the most that may be outstanding, or none')
      .addOption(new Option('--quota <amount/hours>', `${QUOTA_HELP}; or none`).argParser((text: string) => (text === 'none' ? text : quotaIn(text))))
      .addOption(holderRoleOption)
      .addOption(holderOrganizationOption)
      .option('--any-holder', 'anyone may hold it')
      .addOption(documentOption)
      .action(action<TermsOptions>(setting, async (tally, options, id = '') => tally.showReceipt(await tally.send(type, { token: id, ...changeOfTerms(options) }), done)));
  }
  for (const [name, type, help, done] of [
    ['confirm', confirmTerms, 'the terms that another issuer of the organization proposes', 'The terms are changed'],
    ['withdraw', withdrawTerms, 'the terms that one has proposed oneself', 'Nobody proposes these terms any more'],
  ] as const) {
    token
      .command(`${name} <token>`)
      .description(help)
      .option('--proposal <proposal>', 'which, for whoever has looked at it before; the pending one unless told')
      .action(action<{ readonly proposal?: string }>(setting, (tally, { proposal }, id = '') => answerProposal(tally, { token: id, proposal }, type, done)));
  }
  for (const [name, type, done] of [['pause', pause, 'paused'], ['resume', resume, 'active again']] as const) {
    token.command(`${name} <token>`).description('by the issuer of its organization').action(
      action(setting, async (tally, _, id = '') => tally.showReceipt(await tally.send(type, { token: id }), `${id} is ${done}.`)),
    );
  }
}

async function defineToken(tally: Tally, { name, decimals, kind, cap, quota, transferable, twoOfficers, source, field, ...rest }: DefineOptions, token = ''): Promise<void> {
  const fields = Object.fromEntries(field.map(nameAndValue));
  const body = {
    token, name, decimals: Number(decimals), kind, source: { code: source, fields },
    ...(cap !== undefined && { cap }), ...(quota !== undefined && { quota }), ...holdersIn(rest), ...(transferable === false && { transferable }), ...(twoOfficers === true && { twoOfficers }),
  };
  tally.showReceipt(await tally.send(define, body), `${token} is defined.`);
}

function changeOfTerms({ cap, quota, anyHolder, document, ...rest }: TermsOptions): Omit<Parameters<typeof amendTerms.lanes>[1], 'token'> {
  const holders = anyHolder === true ? { holders: 'none' as const } : holdersIn(rest);
  return { ...(cap !== undefined && { cap }), ...(quota !== undefined && { quota }), ...holders, ...(document !== undefined && { document }) };
}

function holdersIn({ holderRole, holderOrganization }: Pick<TermsOptions, 'holderRole' | 'holderOrganization'>) {
  const holders = { ...(holderRole !== undefined && { roles: [...holderRole] }), ...(holderOrganization !== undefined && { organizations: [...holderOrganization] }) };
  return Object.keys(holders).length === 0 ? {} : { holders };
}

async function answerProposal(tally: Tally, { token, proposal }: { readonly token: string; readonly proposal: string | undefined }, type: typeof confirmTerms, done: string): Promise<void> {
  const pending = (await (await tally.client()).token(token)).proposal;
  const id = proposal ?? pending?.id;
  if (id === undefined) throw new Mistake(`Nobody proposes other terms of ${token}.`);
  const change = pending?.id === id ? `: ${JSON.stringify(pending.change)}` : '.';
  tally.showReceipt(await tally.send(type, { token, proposal: id }), `${done}${change}`);
}

function quotaIn(text: string): Quota {
  const [, amount, hours] = /^(\d+)\/(\d{1,4})$/.exec(text) ?? [];
  if (amount === undefined) throw new InvalidArgumentError('It is an amount and hours, for example 100000/24.');
  return { amount, hours: Number(hours) };
}

function nameAndValue(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new Mistake(`"${text}" is not name=value.`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function showToken(tally: Tally, token: Token): void {
  const { id, name, kind, decimals, status, issuerStatus, acceptance, transferable, supply, source } = token;
  const issued = supply?.issued;
  tally.show(token, facts({ token: id, name, kind, decimals, status, issuer: issuerStatus, acceptance, transferable: transferable ? 'yes' : 'no', ...termsIn(token), issued, redeemed: supply?.redeemed, source: `${source.code} ${JSON.stringify(source.fields)}` }));
}

function termsIn({ cap, quota, holders }: TokenTerms) {
  return {
    cap,
    quota: quota === undefined ? undefined : `${quota.amount} in ${quota.hours} hours`,
    holders: holders === undefined ? undefined : [...(holders.roles ?? []), ...(holders.organizations ?? [])].join(', '),
  };
}
