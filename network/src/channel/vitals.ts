import type { Paths } from '../config/paths.ts';
import { probe, type Reply } from '../processes/probe.ts';
import type { OrdererNode, PeerNode, Topology } from '../topology.ts';

/** What a peer says of itself by its metrics. A figure it has not counted yet is undefined. */
export interface PeerVitals {
  readonly height: number | undefined;
  /** Peers of the channel it knows, itself not counted. */
  readonly peersKnown: number | undefined;
}

/** What an orderer says of the channel. */
export interface OrdererVitals {
  readonly height: number;
  readonly status: string;
}

export async function peerVitals(network: Topology, peer: PeerNode, files: Paths): Promise<PeerVitals> {
  const { text } = await operations(peer.organizationId, peer.operationsPort, '/metrics', files);
  return {
    height: metric(text, 'ledger_blockchain_height', network.channel),
    peersKnown: metric(text, 'gossip_membership_total_peers_known', network.channel),
  };
}

export async function isHealthy(node: PeerNode | OrdererNode, files: Paths): Promise<boolean> {
  return (await operations(node.organizationId, node.operationsPort, '/healthz', files)).status === 200;
}

/** The time on a peer's clock, in whole seconds, as milliseconds since 1970. */
export async function clockOf(peer: PeerNode, files: Paths): Promise<number> {
  return Date.parse((await operations(peer.organizationId, peer.operationsPort, '/healthz', files)).date);
}

/** What the orderer says of the channel, or undefined when it has not joined it. */
export async function ordererVitals(network: Topology, orderer: OrdererNode, files: Paths): Promise<OrdererVitals | undefined> {
  const path = `/participation/v1/channels/${network.channel}`;
  const { status, text } = await operations(orderer.organizationId, orderer.adminPort, path, files);
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`${orderer.node} answered ${status}: ${text.trim()}`);
  return JSON.parse(text) as OrdererVitals;
}

/** Whether the orderers have a leader, without which they take no transaction. */
export async function hasLeader(network: Topology, all: readonly OrdererNode[], files: Paths): Promise<boolean> {
  const name = network.consensus === 'BFT' ? 'consensus_BFT_is_leader' : 'consensus_etcdraft_is_leader';
  const answers = await Promise.allSettled(all.map((it) => operations(it.organizationId, it.operationsPort, '/metrics', files)));
  return answers.some((it) => it.status === 'fulfilled' && metric(it.value.text, name, network.channel) === 1);
}

function operations(organizationId: string, port: number, path: string, files: Paths): Promise<Reply> {
  const own = files.organization(organizationId);
  return probe({ port, path, root: own.rootCertificate('tls'), client: own.adminTls });
}

/** The value of a Prometheus metric for a channel. */
export function metric(text: string, name: string, channel: string): number | undefined {
  const line = text.split('\n').find((it) => it.startsWith(`${name}{`) && it.includes(`channel="${channel}"`));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
}
