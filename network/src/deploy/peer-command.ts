import type { Programs } from '../binaries/versions.ts';
import type { Paths } from '../config/paths.ts';
import { complaint, run, type Outcome } from '../run.ts';
import { endpoint, orderers, type PaymentSystem, type Topology } from '../topology.ts';

/** What the commands of a network's administrators need. */
export interface Administration {
  readonly network: Topology;
  readonly files: Paths;
  readonly programs: Programs;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs `peer …` as the administrator of a payment system, against its own peer. */
export function peerCommand(admin: Administration, member: PaymentSystem, args: readonly string[], timeout = 60_000): Promise<Outcome> {
  const own = admin.files.organization(member.organizationId);
  const env = {
    ...admin.env,
    FABRIC_CFG_PATH: own.node(member.peer.node),
    FABRIC_LOGGING_SPEC: 'error',
    CORE_PEER_MSPCONFIGPATH: own.identity('admin').mspFolder,
  };
  return run(admin.programs.peer, args, { env, timeout });
}

/** Runs `peer …` as the administrator of any organization, one of the orderers' included, with the configuration of the first peer. */
export function adminCommand(admin: Administration, organizationId: string, args: readonly string[]): Promise<Outcome> {
  const [first] = admin.network.paymentSystems;
  if (first === undefined) throw new Error('the network has no payment system');
  const env = {
    ...admin.env,
    FABRIC_CFG_PATH: admin.files.organization(first.organizationId).node(first.peer.node),
    FABRIC_LOGGING_SPEC: 'error',
    CORE_PEER_LOCALMSPID: organizationId,
    CORE_PEER_MSPCONFIGPATH: admin.files.organization(organizationId).identity('admin').mspFolder,
  };
  return run(admin.programs.peer, args, { env, timeout: 60_000 });
}

/** Like peerCommand, for a command that must succeed: answers what it printed. */
export async function peerOutput(admin: Administration, member: PaymentSystem, args: readonly string[], timeout?: number): Promise<string> {
  const outcome = await peerCommand(admin, member, args, timeout);
  if (!outcome.ok) throw new Error(`peer ${args.slice(0, 3).join(' ')} of ${member.organizationId}: ${complaint(outcome)}`);
  return outcome.stdout;
}

/** Flags that name the orderer to submit to; with several, `attempt` goes around them. */
export function ordererFlags({ network, files }: Administration, attempt = 0): readonly string[] {
  const all = orderers(network);
  const orderer = all[attempt % all.length];
  if (orderer === undefined) throw new Error('the topology has no orderer');
  return ['-o', endpoint(orderer.port), '--tls', '--cafile', files.organization(orderer.organizationId).rootCertificate('tls')];
}

/** Flags that name the peers to endorse. */
export function endorserFlags({ files }: Administration, members: readonly PaymentSystem[]): readonly string[] {
  return members.flatMap(({ organizationId, peer }) => [
    '--peerAddresses', endpoint(peer.port), '--tlsRootCertFiles', files.organization(organizationId).rootCertificate('tls'),
  ]);
}

/** Submitting may meet an orderer without a leader or a peer that is a moment behind. Both pass, so try again for a while. */
export async function submit(admin: Administration, member: PaymentSystem, args: readonly string[]): Promise<void> {
  const deadline = Date.now() + 40_000;
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await peerCommand(admin, member, [...args, ...ordererFlags(admin, attempt)]);
    if (outcome.ok) return;
    const why = complaint(outcome);
    if (!TRANSIENT.test(why) || Date.now() > deadline) throw new Error(`peer ${args.slice(0, 3).join(' ')} of ${member.organizationId}: ${why}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

const TRANSIENT = /SERVICE_UNAVAILABLE|no Raft leader|connection refused|context deadline exceeded|timed out|timeout expired|do not match|MVCC_READ_CONFLICT|Unavailable|not yet ready|EOF/i;
