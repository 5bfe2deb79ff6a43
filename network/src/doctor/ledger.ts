import { chaincodeDigest } from '@tallystick/chaincode/digest';
import { hasLeader, ordererVitals, peerVitals, type PeerVitals } from '../channel/vitals.ts';
import { foundingState, query } from '../deploy/founding.ts';
import { approvedPackage, committedDefinition, installedPackages, type Definition } from '../deploy/lifecycle.ts';
import { chaincodePackage } from '../deploy/package.ts';
import type { Administration } from '../deploy/peer-command.ts';
import { cause } from '../failure.ts';
import { orderers, type PaymentSystem } from '../topology.ts';
import { waitFor } from '../wait.ts';
import { bad, good, warning, type Finding } from './finding.ts';

/** Orderers, membership, heights: whether the channel works. */
export async function checkChannel(admin: Administration): Promise<readonly Finding[]> {
  return [...await checkOrderers(admin), await checkMembership(admin), await checkHeights(admin)];
}

/** Definition, packages and processes: whether the chaincode is the right one everywhere. */
export async function checkChaincode(admin: Administration, folder: string): Promise<readonly Finding[]> {
  const definition = await committedDefinition(admin);
  if (definition === undefined) return [bad('chaincode', 'No chaincode definition is committed on the channel.', 'Run `up`: it approves and commits the definition.')];
  const digest = chaincodeDigest(folder);
  const committed = definition.version === digest
    ? good('chaincode', `Definition ${definition.sequence} is committed and names the code that is in the repository, ${digest}.`)
    : warning('chaincode', `Definition ${definition.sequence} names code ${definition.version}; in the repository is ${digest}.`, 'Run `up`: it upgrades the chaincode.');
  const members = await Promise.all(admin.network.paymentSystems.map((it) => checkMember(admin, it, definition)));
  return [committed, ...members.flat(), await checkFounding(admin)];
}

async function checkOrderers({ network, files }: Administration): Promise<readonly Finding[]> {
  const all = orderers(network);
  const findings = await Promise.all(all.map(async (orderer): Promise<Finding> => {
    const advice = `See \`logs ${orderer.node}\`, then \`restart ${orderer.node}\`.`;
    try {
      const vitals = await ordererVitals(network, orderer, files);
      if (vitals === undefined) return bad('orderer', `${orderer.node} answers but has not joined the channel.`, 'Run `up`: it joins it.');
      const sentence = `${orderer.node} answers; the channel is ${vitals.status} on it at height ${vitals.height}.`;
      return vitals.status === 'active' ? good('orderer', sentence) : warning('orderer', sentence, advice);
    } catch (error) {
      return bad('orderer', `${orderer.node} does not answer (${cause(error)}).`, advice);
    }
  }));
  const leader = (await hasLeader(network, all, files))
    ? good('leader', 'The orderers have a leader.')
    : bad('leader', 'The orderers have no leader, so no transaction is ordered.', 'See that more than half of the orderers run (with BFT: more than two thirds).');
  return [...findings, leader];
}

async function checkMembership({ network, files }: Administration): Promise<Finding> {
  const others = network.paymentSystems.length - 1;
  const known = await Promise.all(network.paymentSystems.map(async ({ peer }) => ({ node: peer.node, count: (await peerVitalsOrNone(network, peer, files)).peersKnown ?? 0 })));
  const lonely = known.filter((it) => it.count < others);
  if (lonely.length === 0) return good('discovery', `Through the anchor peers every peer knows the ${others} others, so discovery finds endorsers.`);
  return bad('discovery', `${lonely.map((it) => `${it.node} knows ${it.count} of ${others} other peers`).join(', ')}.`, 'Wait some seconds if a peer has just started; else see the peers\' logs for gossip and anchor peers.');
}

async function checkHeights({ network, files }: Administration): Promise<Finding> {
  const read = (): Promise<readonly { readonly node: string; readonly height: number | undefined }[]> =>
    Promise.all(network.paymentSystems.map(async ({ peer }) => ({ node: peer.node, height: (await peerVitalsOrNone(network, peer, files)).height })));
  const equal = async (): Promise<number | undefined> => {
    const heights = new Set((await read()).map((it) => it.height));
    return heights.size === 1 ? [...heights][0] : undefined;
  };
  try {
    // Under load the peers differ by a block for a moment.
    return good('height', `Every peer is at height ${await waitFor({ what: 'equal heights', next: '', timeout: 4000 }, equal)}.`);
  } catch {
    const list = (await read()).map((it) => `${it.node} ${it.height ?? 'unknown'}`).join(', ');
    return bad('height', `The peers are at different heights: ${list}.`, 'See the log of the lowest; it takes its blocks from the orderers.');
  }
}

async function checkMember(admin: Administration, member: PaymentSystem, definition: Definition): Promise<readonly Finding[]> {
  const { packageId } = chaincodePackage(admin.network.chaincode);
  const check = `chaincode of ${member.organizationId}`;
  try {
    const [installed, approved] = await Promise.all([installedPackages(admin, member), approvedPackage(admin, member, definition)]);
    if (!installed.includes(packageId)) return [bad(check, `Package ${packageId} is not installed on ${member.peer.node}.`, 'Run `up`: it installs it.')];
    if (approved !== packageId) return [bad(check, `The organization has approved ${approved ?? 'no package'} for this definition, not ${packageId}.`, 'Run `up`: it approves it.')];
    return [await checkAnswer(admin, member, definition, check)];
  } catch (error) {
    return [bad(check, `${member.peer.node} does not answer (${cause(error)}).`, `See \`logs ${member.peer.node}\`.`)];
  }
}

async function checkAnswer(admin: Administration, member: PaymentSystem, definition: Definition, check: string): Promise<Finding> {
  const advice = `Run \`restart ${member.chaincode.node}\`.`;
  try {
    const { digest, node } = JSON.parse(await query(admin, member, 'query:version')) as { digest: string; node: string };
    if (digest !== definition.version) return bad(check, `It answers, but runs code ${digest}, not the committed ${definition.version}.`, advice);
    const sentence = `It is installed, approved, and answers with code ${digest} on Node ${node}.`;
    return node.replace(/^v/, '') === process.versions.node
      ? good(check, sentence)
      : warning(check, `${sentence} This command runs on ${process.versions.node}.`, 'All organizations must run the same Node version: restart the network with it.');
  } catch (error) {
    return bad(check, `It does not answer through its peer (${cause(error)}).`, `See \`logs ${member.chaincode.node}\`. ${advice}`);
  }
}

async function checkFounding(admin: Administration): Promise<Finding> {
  const [first] = admin.network.paymentSystems;
  try {
    if (first === undefined) throw new Error('there is no payment system');
    const { founded, votes } = await foundingState(admin, first);
    return founded ? good('founding', 'The ledger is founded.') : bad('founding', `The ledger is not founded; ${votes.join(', ') || 'nobody'} voted.`, 'Run `up`: the other members vote then.');
  } catch (error) {
    return bad('founding', `Nobody can say whether the ledger is founded (${cause(error)}).`, 'Run `up`.');
  }
}

async function peerVitalsOrNone(...args: Parameters<typeof peerVitals>): Promise<PeerVitals> {
  return peerVitals(...args).catch(() => ({ height: undefined, peersKnown: undefined }));
}
