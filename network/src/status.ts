import { isHealthy, ordererVitals, peerVitals } from './channel/vitals.ts';
import type { Paths } from './config/paths.ts';
import { ask } from './processes/control.ts';
import { isListening, isReady } from './processes/probe.ts';
import type { NodeState } from './processes/protocol.ts';
import { orphans, readRecords } from './processes/records.ts';
import { nodeNames, organizations, orderers, type Topology } from './topology.ts';


export interface NodeStatus {
  readonly node: string;
  readonly state: NodeState['state'] | 'orphaned';
  /** Whether it answers, not only runs. */
  readonly ready: boolean;
  readonly port: number;
  readonly pid?: number;
  readonly since?: string;
  readonly deaths: number;
  readonly lastDeath?: string;
  /** Height of the channel, of a peer or an orderer. */
  readonly height?: number;
}

export interface Status {
  readonly name: string;
  readonly basePort: number;
  readonly profile: string;
  readonly running: boolean;
  readonly nodes: readonly NodeStatus[];
}

/** Every node: whether it runs, whether it answers, how often it died, how high its ledger is. */
export async function status(network: Topology, files: Paths): Promise<Status> {
  const supervised = await ask(files, { verb: 'list' });
  const left = orphans(readRecords(files.supervisor.records));
  const known = new Map((supervised ?? []).map((it) => [it.node, it]));
  const nodes = await Promise.all(nodeNames(network).map(async (node): Promise<NodeStatus> => {
    const port = portOf(network, node);
    const orphan = left.find((it) => it.node === node);
    if (orphan !== undefined) return { node, state: 'orphaned', ready: false, port, pid: orphan.identity.pid, deaths: 0 };
    const state = known.get(node);
    if (state === undefined) return { node, state: 'stopped', ready: false, port, deaths: 0 };
    const { revision: _, ...rest } = state;
    return { ...rest, port, ...(state.state === 'running' ? await vitals(network, files, node) : { ready: false }) };
  }));
  const { name, basePort, profile } = network;
  return { name, basePort, profile, running: supervised !== undefined, nodes };
}

/** Whether a node answers, and its height if it keeps the ledger. A node that does not answer is not ready; it is no error. */
export async function vitals(network: Topology, files: Paths, node: string): Promise<{ readonly ready: boolean; readonly height?: number }> {
  const port = portOf(network, node);
  try {
    const peer = network.paymentSystems.find((it) => it.peer.node === node)?.peer;
    if (peer !== undefined) return withHeight(await isHealthy(peer, files), (await peerVitals(network, peer, files)).height);
    const orderer = orderers(network).find((it) => it.node === node);
    if (orderer !== undefined) return withHeight(await isHealthy(orderer, files), (await ordererVitals(network, orderer, files))?.height);
    return { ready: await (node.startsWith('gateway.') ? isReady(port) : isListening(port)) };
  } catch {
    return { ready: false };
  }
}

function withHeight(ready: boolean, height: number | undefined): { readonly ready: boolean; readonly height?: number } {
  return height === undefined ? { ready } : { ready, height };
}

function portOf(network: Topology, node: string): number {
  const all = organizations(network).flatMap((it) => [
    it.ca, ...(it.kind === 'ordering' ? it.orderers : [it.peer, it.chaincode, it.gateway]),
  ]);
  return all.find((it) => it.node === node)?.port ?? 0;
}
