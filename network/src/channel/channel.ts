import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { CHANNEL_PROFILE, configtx } from '../config/configtx.ts';
import { NetworkFailure } from '../failure.ts';
import { writeFile } from '../files.ts';
import { complaint, run } from '../run.ts';
import { endpoint, orderers, type OrdererNode, type PaymentSystem } from '../topology.ts';
import { peerOutput, type Administration } from '../deploy/peer-command.ts';
import { waitFor } from '../wait.ts';
import { hasLeader, ordererVitals, peerVitals } from './vitals.ts';

/** Makes the channel's genesis block once. A second one would be another channel, so it stays with the state. */
export async function ensureGenesisBlock({ network, files, programs, env }: Administration): Promise<void> {
  const { folder, genesisBlock } = files.channel;
  if (existsSync(genesisBlock)) return;
  mkdirSync(folder, { recursive: true });
  writeFile(join(folder, 'configtx.yaml'), configtx(network, files));
  const draft = `${genesisBlock}.new`;
  const args = ['-profile', CHANNEL_PROFILE, '-channelID', network.channel, '-outputBlock', draft, '-configPath', folder];
  const outcome = await run(programs.configtxgen, args, { env: { ...env, FABRIC_CFG_PATH: folder }, timeout: 60_000 });
  if (!outcome.ok) throw new NetworkFailure(`the genesis block could not be made: ${complaint(outcome)}`, 'Run `reset` and then `up`; if it stays, run `doctor`.');
  renameSync(draft, genesisBlock);
}

/** Has every orderer join the channel that has not, and waits until each takes part in it. */
export async function joinOrderers(admin: Administration): Promise<void> {
  await Promise.all(orderers(admin.network).map(async (orderer) => {
    const { network, files } = admin;
    const ready = { what: `the admin endpoint of ${orderer.node}`, next: `See \`logs ${orderer.node}\`.` };
    const joined = await waitFor(ready, async () => ({ vitals: await ordererVitals(network, orderer, files) }));
    if (joined.vitals === undefined) await joinOrderer(admin, orderer);
    const active = { what: `the channel on ${orderer.node}`, next: `See \`logs ${orderer.node}\`.` };
    await waitFor(active, async () => ((await ordererVitals(network, orderer, files))?.status === 'active' ? true : undefined));
  }));
}

/** Waits until the orderers have a leader. */
export async function awaitLeader({ network, files }: Administration): Promise<void> {
  const leader = { what: 'a leader of the orderers', next: 'Run `doctor`: it says which orderer does not answer.' };
  await waitFor(leader, async () => ((await hasLeader(network, orderers(network), files)) ? true : undefined));
}

/** Has the peer of a payment system join the channel if it has not, and waits until it serves it. */
export async function joinPeer(admin: Administration, member: PaymentSystem): Promise<void> {
  const { network, files } = admin;
  const { peer } = member;
  const advice = { next: `See \`logs ${peer.node}\`.` };
  const up = await waitFor({ what: peer.node, ...advice }, () => peerVitals(network, peer, files));
  if (up.height !== undefined) return;
  const list = await waitFor({ what: `${peer.node}'s list of channels`, ...advice }, () => peerOutput(admin, member, ['channel', 'list'], 10_000));
  if (!list.split('\n').includes(network.channel)) await peerOutput(admin, member, ['channel', 'join', '-b', files.channel.genesisBlock]);
}

/** Waits until each peer has the blocks that the orderers have now: a peer that lags would answer questions about the channel from its past. */
export async function awaitHeights({ network, files }: Administration): Promise<void> {
  const heights = await Promise.all(orderers(network).map((it) => ordererVitals(network, it, files)));
  const target = Math.max(...heights.map((it) => it?.height ?? 0));
  await Promise.all(network.paymentSystems.map(({ peer }) => {
    const blocks = { what: `block ${target - 1} on ${peer.node}`, next: `See \`logs ${peer.node}\`.`, timeout: CATCHING_UP };
    return waitFor(blocks, async () => (((await peerVitals(network, peer, files)).height ?? 0) >= target ? true : undefined));
  }));
}

/** A peer that lost its ledger takes all of it again. */
const CATCHING_UP = 30 * 60_000;

/** Waits until each peer knows the others, without which discovery finds no endorsers. */
export async function awaitMembership({ network, files }: Administration): Promise<void> {
  const others = network.paymentSystems.length - 1;
  await Promise.all(network.paymentSystems.map(({ peer }) => {
    const membership = { what: `the peers that ${peer.node} must know`, next: 'Run `doctor`: it says which peer is not found.' };
    return waitFor(membership, async () => (((await peerVitals(network, peer, files)).peersKnown ?? 0) >= others ? true : undefined));
  }));
}

async function joinOrderer({ network, files, programs, env }: Administration, orderer: OrdererNode): Promise<void> {
  const own = files.organization(orderer.organizationId);
  const args = [
    'channel', 'join', '--channelID', network.channel, '--config-block', files.channel.genesisBlock, '-o', endpoint(orderer.adminPort),
    '--ca-file', own.rootCertificate('tls'), '--client-cert', own.adminTls.certificate, '--client-key', own.adminTls.privateKey,
  ];
  const outcome = await run(programs.osnadmin, args, { env, timeout: 60_000 });
  // osnadmin exits with 0 when the orderer refuses; the status line tells.
  if (!outcome.ok || !/Status: 201/.test(outcome.stdout)) {
    throw new NetworkFailure(`${orderer.node} did not join the channel: ${outcome.stdout.trim() || complaint(outcome)}`, `See \`logs ${orderer.node}\`.`);
  }
}
