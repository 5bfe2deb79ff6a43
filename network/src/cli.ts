import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { NetworkFailure, reason } from './failure.ts';
import { openNetwork, type Network } from './network.ts';
import { seconds } from './progress.ts';
import type { NodeStatus, Status } from './status.ts';
import { PROFILE_NAMES, type ProfileName } from './topology.ts';

const USAGE = `usage: network COMMAND [--name NAME] [--base-port PORT] [--profile ${PROFILE_NAMES.join('|')}] [--state-root FOLDER]

  up [--without-gateways] [--chaincode DIR]   bring the network up, from nothing or from wherever it stands
  down                                        end every process; the ledger stays
  status [--json]                             every node: does it run, does it answer, how high is its ledger
  restart NODE [--module-path DIR]            end a node and start it again
  kill NODE                                   SIGKILL a node's process; the supervisor brings it back
  stop NODE                                   end a node and leave it ended
  logs NODE [--lines N]                       what a node (or the supervisor) has logged last
  describe                                    addresses and paths of everything, as JSON
  reset                                       end every process and remove ledger, keys, everything
  doctor [--json]                             look for what is wrong and say what to do
`;

const OPTIONS = {
  name: { type: 'string' },
  'base-port': { type: 'string' },
  profile: { type: 'string' },
  'state-root': { type: 'string' },
  json: { type: 'boolean' },
  lines: { type: 'string' },
  'module-path': { type: 'string' },
  chaincode: { type: 'string' },
  'without-gateways': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parse>['values'];

const say = (line: string): void => void process.stdout.write(`network: ${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

// Whoever reads our output may stop reading: `status | head`.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`network: ${message}\n`);
  process.exit(1);
});

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = 1;
  for (const line of error instanceof NetworkFailure ? error.lines : [reason(error)]) process.stderr.write(`network: ${line}\n`);
}

async function main(): Promise<number> {
  const { values, positionals: [command, node] } = parse();
  if (command === undefined || values.help === true) {
    print(USAGE);
    return command === undefined && values.help !== true ? 1 : 0;
  }
  const network = openNetwork({
    name: values.name,
    basePort: values['base-port'] === undefined ? undefined : Number(values['base-port']),
    profile: values.profile === undefined ? undefined : profileName(values.profile),
    stateRoot: values['state-root'],
    say,
  });
  return perform(network, command, node, values);
}

async function perform(network: Network, command: string, node: string | undefined, values: Values): Promise<number> {
  switch (command) {
    case 'up': return bringUp(network, values);
    case 'down': say(`${await network.down()} processes ended`); return 0;
    case 'status': return showStatus(await network.status(), values.json === true);
    case 'restart': await network.restart(required(node), { modulePath: values['module-path'] }); say(`${node} restarted`); return 0;
    case 'kill': await network.kill(required(node)); say(`${node} killed`); return 0;
    case 'stop': await network.stop(required(node)); say(`${node} stopped`); return 0;
    case 'logs': print(network.logs(required(node)).split('\n').slice(-lineCount(values.lines)).join('\n')); return 0;
    case 'describe': print(JSON.stringify(network.describe(), null, 2)); return 0;
    case 'reset': {
      const { name } = network.topology;
      if (!existsSync(network.paths.state)) throw new NetworkFailure(`there is no network ${name}`);
      await network.reset();
      say(`network ${name} is removed`);
      return 0;
    }
    case 'doctor': return showFindings(await network.doctor(), values.json === true);
    default: throw new NetworkFailure(`there is no command "${command}"`, 'See `network --help`.');
  }
}

async function bringUp(network: Network, values: Values): Promise<number> {
  const started = performance.now();
  await network.up({
    withoutGateways: values['without-gateways'] === true,
    ...(values.chaincode === undefined ? {} : { chaincodeFolder: values.chaincode }),
  });
  say(`${network.topology.name} is up after ${seconds(performance.now() - started)}`);
  if (values['without-gateways'] !== true) for (const { name, gateway } of network.describe().organizations) say(`${name}: ${gateway.url}`);
  return 0;
}

function showStatus(status: Status, json: boolean): number {
  if (json) {
    print(JSON.stringify(status, null, 2));
  } else {
    print(`${status.name} (${status.profile}, ports from ${status.basePort}): ${status.running ? 'running' : 'not running'}`);
    for (const it of status.nodes) print(statusLine(it));
  }
  return status.running ? 0 : 3;
}

function statusLine(it: NodeStatus): string {
  const state = it.state === 'running' ? (it.ready ? 'ready' : 'not ready') : it.state;
  const parts = [
    `  ${it.node.padEnd(20)}`, state.padEnd(10), String(it.port).padStart(6), `pid ${it.pid ?? '-'}`.padEnd(12),
    it.height === undefined ? '' : `height ${it.height}`,
    it.deaths === 0 ? '' : `died ${it.deaths} times, last ${it.lastDeath ?? ''}`,
  ];
  return parts.filter((part) => part !== '').join(' ').trimEnd();
}

function showFindings(findings: Awaited<ReturnType<Network['doctor']>>, json: boolean): number {
  if (json) print(JSON.stringify(findings, null, 2));
  else for (const it of findings) print(`${it.verdict.padEnd(8)}${it.check}: ${it.sentence}${it.next === undefined ? '' : `\n        ${it.next}`}`);
  return findings.some((it) => it.verdict === 'bad') ? 1 : 0;
}

function parse() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new NetworkFailure(reason(error), 'See `network --help`.');
  }
}

function lineCount(text = '100'): number {
  if (!/^[1-9][0-9]{0,6}$/.test(text)) throw new NetworkFailure('--lines is a whole number above 0');
  return Number(text);
}

function required(node: string | undefined): string {
  if (node === undefined) throw new NetworkFailure('this command needs the name of a node', 'See `status` for the nodes.');
  return node;
}

function profileName(text: string): ProfileName {
  const found = PROFILE_NAMES.find((it) => it === text);
  if (found === undefined) throw new NetworkFailure(`there is no profile "${text}"`, `Use one of ${PROFILE_NAMES.join(', ')}.`);
  return found;
}
