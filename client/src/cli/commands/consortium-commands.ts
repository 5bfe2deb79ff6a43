import { Option, type Command } from 'commander';
import { canonicalJson, PROPOSAL_STATES, STANDING_REASONS, type Change, type RulesDocument } from '@tallystick/chaincode/domain';
import { expireProposal, propose, vote, withdrawProposal, type Query } from '../../index.ts';
import { next, showObject } from '../listing.ts';
import { Mistake } from '../mistake.ts';
import { columns, details } from '../output.ts';
import { action, pageQuery, type PageOptions, type Setting, type Tally } from '../tally.ts';
import { addVerbs, instantOption, reasonOption, verb } from '../verb.ts';
import { readFile } from './wallet-commands.ts';

interface Proposing {
  readonly about: string;
  readonly reason: Extract<Change, { readonly kind: 'suspend' }>['reason'];
  readonly trustee?: string;
  readonly officer?: string;
  readonly closesAt: string;
}

const closing = instantOption('--closes-at <time>', 'until when the members may vote', '7d');
const because = reasonOption(STANDING_REASONS);
const proposing = (change: (given: Proposing) => object) => ({ closesAt, ...given }: Proposing): object => ({ change: change({ closesAt, ...given }), closesAt });
const done = 'It waits for the votes of the members.';

const VERBS = [
  verb({
    usage: 'admit <entry>', about: 'about', help: 'propose that an organization joins; its entry is a JSON file', type: propose, options: [closing],
    body: proposing(({ about }) => ({ kind: 'admit', entry: jsonIn(about) })), done, makes: 'proposal',
  }),
  verb({
    usage: 'appoint <organization>', about: 'about', help: 'propose an administrator for a member that cannot appoint one any more', type: propose,
    options: [new Option('--officer <file>', 'name, roles, certificate and application; a JSON file, as in an entry').makeOptionMandatory(), because, closing],
    body: proposing(({ about, reason, officer = '' }) => ({ kind: 'appoint', organization: about, reason, officer: jsonIn(officer) })), done, makes: 'proposal',
  }),
  verb({
    usage: 'suspend <organization>', about: 'about', help: 'propose that a member rests', type: propose, options: [because, closing],
    body: proposing(({ about, reason }) => ({ kind: 'suspend', organization: about, reason })), done, makes: 'proposal',
  }),
  verb({
    usage: 'resume <organization>', about: 'about', help: 'propose that a suspended member is active again', type: propose, options: [because, closing],
    body: proposing(({ about, reason }) => ({ kind: 'resume', organization: about, reason })), done, makes: 'proposal',
  }),
  verb({
    usage: 'remove <organization>', about: 'about', help: 'propose that a member goes, for ever', type: propose,
    options: [new Option('--trustee <organization>', 'whose registrars care for its accounts').makeOptionMandatory(), because, closing],
    body: proposing(({ about, reason, trustee }) => ({ kind: 'remove', organization: about, reason, trustee })), done, makes: 'proposal',
  }),
  verb({
    usage: 'pause <token>', about: 'about', help: 'propose to pause a token whose issuer is suspended or removed', type: propose, options: [because, closing],
    body: proposing(({ about, reason }) => ({ kind: 'pause', token: about, reason })), done, makes: 'proposal',
  }),
  verb({
    usage: 'unpause <token>', about: 'about', help: 'propose that such a token may be paid with again', type: propose, options: [because, closing],
    body: proposing(({ about, reason }) => ({ kind: 'unpause', token: about, reason })), done, makes: 'proposal',
  }),
  verb({
    usage: 'rules <file>', about: 'about', help: 'propose new rules in the place of those in force; a JSON file as "tally rules --json" tells them', type: propose, options: [closing],
    body: async ({ about, closesAt }: Proposing, tally) => ({ change: await rulesChange(about, tally), closesAt }), done, makes: 'proposal',
  }),
  verb({ usage: 'approve <proposal>', about: 'proposal', help: 'vote for it, by an administrator', type: vote, body: (given) => ({ ...given, approve: true }), done: 'Voted for it.' }),
  verb({ usage: 'oppose <proposal>', about: 'proposal', help: 'vote against it, by an administrator', type: vote, body: (given) => ({ ...given, approve: false }), done: 'Voted against it.' }),
  verb({ usage: 'withdraw <proposal>', about: 'proposal', help: 'take it back, by the organization that proposed it', type: withdrawProposal, done: 'The proposal is withdrawn.' }),
  verb({ usage: 'expire <proposal>', about: 'proposal', help: 'end it past its deadline, by anybody', type: expireProposal, done: 'The proposal is over.' }),
];

export function addConsortiumCommands(program: Command, setting: Setting): void {
  const proposal = program.command('proposal').description('what the members of the consortium vote on: who joins, rests and goes, tokens without an issuer, and the rules');
  addVerbs(proposal, setting, VERBS);
  proposal
    .command('list')
    .description('proposals, newest first, for officers')
    .addOption(new Option('--state <state>', 'only those in this state').choices(PROPOSAL_STATES))
    .option('--limit <number>', 'how many')
    .option('--cursor <cursor>', 'where the last page ended')
    .action(action<PageOptions & { readonly state?: string }>(setting, (tally, options) => listProposals(tally, { state: options.state, ...pageQuery(options) })));
  proposal
    .command('show <proposal>')
    .description('one with its votes')
    .action(action(setting, (tally, _, id = '') => showProposal(tally, id)));
  program
    .command('rules [version]')
    .description('the rules of the consortium: those in force, or an earlier version')
    .action(
      action(setting, async (tally, _, version) => {
        const rules = await (await tally.client()).rules(version === undefined ? undefined : Number(version));
        tally.show(rules, details({ ...rules, recoveryDelay: told('recoveryDelay', rules), votingTime: told('votingTime', rules) }));
      }),
    );
  program
    .command('organizations')
    .description('members of the consortium, and who was one')
    .action(action(setting, listOrganizations));
}

/** Of new rules, what they change: a vote is on the difference. */
async function showProposal(tally: Tally, id: string): Promise<void> {
  const client = await tally.client();
  const proposal = await client.proposal(id);
  if (proposal.change.kind !== 'rules') return showObject(tally, proposal);
  const { rules, supersedes } = proposal.change;
  const changes = differences(await client.rules(supersedes), rules);
  const { change: _, ...rest } = proposal;
  tally.show(proposal, [...details(rest), `Rules of version ${supersedes} would change:`, ...(changes.length === 0 ? ['  nothing'] : changes)]);
}

function differences(now: RulesDocument, next: RulesDocument): readonly string[] {
  const names = Object.keys(next) as readonly (keyof RulesDocument)[];
  return names.filter((name) => canonicalJson(now[name] as never) !== canonicalJson(next[name] as never)).map((name) => `  ${name}: ${told(name, now)} -> ${told(name, next)}`);
}

function told(name: keyof RulesDocument, rules: RulesDocument): string {
  return name === 'recoveryDelay' || name === 'votingTime' ? `${rules[name]} seconds` : canonicalJson(rules[name]);
}

async function listProposals(tally: Tally, query: Query): Promise<void> {
  const page = await (await tally.client()).proposals(query);
  const rows = page.items.map(({ closesAt, state, kind, subject, votes, id }) => [closesAt, state, kind, subject, votes.map(({ organization, approves }) => `${approves ? '+' : '-'}${organization}`).join(' '), id]);
  tally.show(page, page.items.length === 0 ? ['None.'] : [...columns([['closes', 'state', 'change', 'about', 'votes', 'proposal'], ...rows]), ...next(page)]);
}

async function listOrganizations(tally: Tally): Promise<void> {
  const { items } = await (await tally.client()).organizations();
  tally.show({ items }, columns([['organization', 'name', 'status', 'trustee'], ...items.map(({ id, name, status, trustee }) => [id, name, status, trustee ?? ''])]));
}

/** The members agree on the whole document: version and date are the ledger's. It supersedes the version it was made from, so that nobody undoes what he has not seen. */
async function rulesChange(file: string, tally: Tally): Promise<object> {
  const { version, activatedAt: _, asOfBlock: __, ...rules } = jsonIn(file) as Readonly<Record<string, unknown>>;
  return { kind: 'rules', supersedes: version ?? (await (await tally.client()).rules()).version, rules };
}

function jsonIn(file: string): object {
  try {
    return JSON.parse(readFile(file)) as object;
  } catch (error) {
    if (error instanceof SyntaxError) throw new Mistake(`${file} is not JSON: ${error.message}`);
    throw error;
  }
}
