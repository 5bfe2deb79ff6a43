import { isSupervised } from '../processes/control.ts';
import { takenPorts } from '../processes/probe.ts';
import { orphans, readRecords } from '../processes/records.ts';
import { status } from '../status.ts';
import { ports } from '../topology.ts';
import type { Context } from '../up.ts';
import { bad, good, warning, type Finding } from './finding.ts';

/** Stale processes, ports, and the nodes themselves. */
export async function checkProcesses({ network, files }: Context): Promise<readonly Finding[]> {
  const left = orphans(readRecords(files.supervisor.records));
  const stale = left.length === 0
    ? good('stale processes', 'No process of a dead supervisor is left.')
    : bad('stale processes', `${left.length} processes run without their supervisor: ${left.map((it) => it.node).join(', ')}.`, 'Run `up` or `down`; both end them.');
  return (await isSupervised(files)) ? [stale, ...await checkNodes({ network, files })] : [stale, await checkPorts({ network }, left.length > 0)];
}

async function checkPorts({ network }: Pick<Context, 'network'>, occupiedByOrphans: boolean): Promise<Finding> {
  const first = network.basePort;
  if (occupiedByOrphans) return warning('ports', 'Stale processes hold ports of this network.', 'Run `down`.');
  const taken = await takenPorts(network);
  if (taken.length === 0) return good('ports', `All ${ports(network).length} ports from ${first} on that this network uses are free.`);
  const list = taken.map((it) => `${it.port} (${it.node})`).join(', ');
  return bad('ports', `Another program listens on ${list}.`, 'End it, or use another network name with another `--base-port`.');
}

async function checkNodes({ network, files }: Pick<Context, 'network' | 'files'>): Promise<readonly Finding[]> {
  const { nodes } = await status(network, files);
  // A network may run without gateways.
  const stopped = nodes.filter((it) => it.state === 'stopped' && it.node.startsWith('gateway.'));
  const silentOnes = nodes.filter((it) => !it.ready && !stopped.includes(it));
  const died = nodes.filter((it) => it.deaths > 0);
  const [first] = silentOnes;
  return [
    first === undefined
      ? good('nodes', `All ${nodes.filter((it) => it.ready).length} nodes that were started run and answer.`)
      : bad('nodes', `${silentOnes.map((it) => `${it.node} (${it.state})`).join(', ')} do not answer.`, `See \`logs ${first.node}\`, then \`restart ${first.node}\`.`),
    ...stopped.map(({ node }) => warning('gateway', `${node} is stopped.`, `Run \`up\`, or \`restart ${node}\`.`)),
    died.length === 0
      ? good('deaths', 'No node has died since the network came up.')
      : warning('deaths', `${died.map((it) => `${it.node} died ${it.deaths} times (last ${it.lastDeath ?? ''})`).join('; ')}.`, 'The supervisor brought them back; their logs say why they died.'),
  ];
}
