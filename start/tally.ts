import { parseArgs } from 'node:util';
import { ERRORS, TallyError } from '@tallystick/client';
import { NetworkFailure, openNetwork, type Network } from '@tallystick/network';
import { endWithOutput } from '../client/src/cli/standard-output.ts';
import { addOrganization, listOrganizations, removeOrganization, resumeOrganization, suspendOrganization, type Reason } from './members/organizations.ts';

/**
 * The `tally` of this repository: `org` commands concern the network on this machine, where the members' keys lie; everything else
 * is the client's, which knows gateways alone.
 */
const USAGE = `usage: npm run tally -- org COMMAND [--name NETWORK]

  list                                          members, and who was one
  add ORGANIZATION [--title TEXT]               a payment system joins the running network, live
  suspend ORGANIZATION [--reason CODE]          it rests: its gateway and officers are refused
  resume ORGANIZATION [--reason CODE]           it is active again
  remove ORGANIZATION --trustee ORGANIZATION    it goes, for ever; the trustee's registrars care for its accounts

Each can be repeated after a failure: what is done stays done.
`;

interface ChangeOptions {
  readonly title?: string | undefined;
  readonly reason: Reason;
  readonly trustee?: string | undefined;
}

const CHANGES: ReadonlyMap<string, (network: Network, organization: string, options: ChangeOptions) => Promise<void>> = new Map([
  ['add', (network, organization, { title = organization }) => addOrganization(network, organization, title, say)],
  ['suspend', (network, organization, { reason }) => suspendOrganization(network, organization, reason, say)],
  ['resume', (network, organization, { reason }) => resumeOrganization(network, organization, reason, say)],
  ['remove', async (network, organization, { reason, trustee }) => {
    if (trustee === undefined) throw new NetworkFailure('who cares for its accounts from then on?', 'Say it with --trustee.');
    await removeOrganization(network, organization, { trustee, reason }, say);
  }],
]);

const [noun, ...rest] = process.argv.slice(2);
if (noun === 'org') endWithOutput();
if (noun === undefined || noun === '--help' || noun === '-h') tell(`${USAGE}\n`, 0);
if (noun === 'org') process.exitCode = await main(rest);
else await import('../client/src/cli/main.ts');

async function main(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals: [command, organization] } = parseArgs({
      args: [...args], allowPositionals: true,
      options: { name: { type: 'string' }, title: { type: 'string' }, reason: { type: 'string' }, trustee: { type: 'string' }, help: { type: 'boolean' } },
    });
    if (command === undefined || values.help === true) return tell(USAGE, values.help === true ? 0 : 1);
    await perform(command, organization, values);
    return 0;
  } catch (error) {
    if (error instanceof NetworkFailure) return complain(error.lines);
    if (error instanceof TallyError) return complain([error.message, error.code in ERRORS ? error.code : '']);
    return complain([error instanceof Error ? error.message : String(error)]);
  }
}

async function perform(command: string, organization: string | undefined, { name, reason = 'OTHER', ...options }: { readonly name?: string | undefined; readonly title?: string | undefined; readonly reason?: string | undefined; readonly trustee?: string | undefined }): Promise<void> {
  const network = openNetwork({ name, say });
  const change = CHANGES.get(command);
  if (change === undefined && command !== 'list') throw new NetworkFailure(`there is no command "org ${command}"`, 'See `npm run tally -- org --help`.');
  if (!(await network.isRunning())) throw new NetworkFailure(`no network ${network.topology.name} runs here`, 'Name the one that runs with --name, or start it with `npm start`.');
  if (change === undefined) return (await listOrganizations(network)).forEach(say);
  if (organization === undefined) throw new NetworkFailure(`${command} which organization?`, 'See `npm run tally -- org --help`.');
  const started = performance.now();
  // The ledger refuses a reason that is none.
  await change(network, organization, { ...options, reason: reason as Reason });
  say(`${command} ${organization}: done after ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function tell(text: string, status: number): number {
  process.stdout.write(text);
  return status;
}

function complain(lines: readonly string[]): number {
  process.stderr.write(`${lines.filter((line) => line !== '').join('\n')}\n`);
  return 1;
}
