import { ensurePrograms } from '../binaries/build.ts';
import { awaitHeights, awaitMembership, joinPeer } from '../channel/channel.ts';
import { writeMsps } from '../config/msp.ts';
import { adopt } from '../deploy/lifecycle.ts';
import type { Administration } from '../deploy/peer-command.ts';
import { NetworkFailure } from '../failure.ts';
import { networkOf, readManifest, withJoining, withMember, writeManifest, type Manifest } from '../manifest.ts';
import { awaitNode } from '../processes/await-node.ts';
import type { Material } from '../processes/node-specifications.ts';
import { isListening } from '../processes/probe.ts';
import { tell } from '../processes/control.ts';
import { step } from '../progress.ts';
import { nodeNames, type PaymentSystem, type Topology } from '../topology.ts';
import { repositoryChaincode, requireFreePorts, startAuthority, startGateways, startNodes, type Context } from '../up.ts';
import { updateChannel } from './channel-update.ts';

/** A network of which one member is on the way in or out. */
export interface Joining {
  /** As it runs. */
  readonly admin: Administration;
  /** With the organization. */
  readonly wanted: Topology;
  readonly material: Material;
  readonly member: PaymentSystem;
}

const ORGANIZATION_ID = /^[A-Z][A-Za-z0-9]{1,23}$/;

/** Ports, certificate authority and identities: what the organization does by itself, before anybody decides. Repeated, it finds them there. */
export async function prepareMember(context: Context, organizationId: string, title: string): Promise<PaymentSystem> {
  if (!ORGANIZATION_ID.test(organizationId)) throw new NetworkFailure(`"${organizationId}" is no id for an organization`, 'Use 2 to 24 letters and digits, a capital letter first.');
  if (!/^[A-Za-z0-9 .-]{1,40}$/.test(title)) throw new NetworkFailure(`"${title}" is no name for an organization`, 'Use up to 40 letters, digits, spaces, dots and hyphens.');
  const manifest = heldManifest(context);
  if (manifest.removed?.includes(organizationId) === true) throw new NetworkFailure(`${organizationId} was removed from this network`, 'Ids are not given again: choose another.');
  if (context.network.ordering.some((it) => it.organizationId === organizationId)) throw new NetworkFailure(`${organizationId} runs orderers of this network`, 'Choose another id.');
  const supervised = (await tell(context.files, { verb: 'list' })).map(({ node }) => node);
  const present = context.network.paymentSystems.find((it) => it.organizationId === organizationId);
  if (present !== undefined) return present;
  const joining = withJoining(manifest, organizationId, title);
  const both = networkOf(joining, organizationId);
  const nodes = nodeNames(both).filter((node) => node.endsWith(`.${organizationId}`) && !supervised.includes(node));
  await requireFreePorts(both, { who: organizationId, next: 'End who listens there, then repeat the command.', nodes });
  writeManifest(context.files, joining);
  const { wanted, material, member } = await joiningOf(context, organizationId);
  await step(context.say, `certificate authority and identities of ${organizationId}`, async () => {
    await startAuthority({ ...context, network: wanted }, material, member);
    writeMsps(member, context.files.organization(organizationId));
  });
  return member;
}

/** The channel lets the organization in, its peer takes every block, and then the majorities count it. Repeated, each step first looks whether it is done. */
export async function connectMember(context: Context, organizationId: string): Promise<void> {
  if (isMember(context, organizationId)) return;
  const { say, files } = context;
  const { admin, wanted, material, member } = await joiningOf(context, organizationId);
  await step(say, `the members sign: ${organizationId} may read and write`, () => updateChannel(admin, wanted, 'presence'));
  const joined: Administration = { ...admin, network: wanted };
  await step(say, `peer and chaincode of ${organizationId}`, async () => {
    await startNodes(material, repositoryChaincode(context.config), { ordering: [], paymentSystems: [member] });
    await Promise.all([joinPeer(joined, member), awaitNode(files, member.chaincode.node, () => isListening(member.chaincode.port))]);
    await awaitHeights(joined);
    await adopt(joined, member);
    await awaitMembership(joined);
  });
  await step(say, `the members sign: majorities count ${organizationId}`, () => updateChannel(joined, wanted, 'whole'));
}

/** Its gateway, and from now on whatever is done to the network is done to it, too. */
export async function openMember(context: Context, organizationId: string): Promise<void> {
  const { material, member } = await joiningOf(context, organizationId);
  await step(context.say, `gateway of ${organizationId}`, () => startGateways(material, [member]));
  writeManifest(context.files, withMember(heldManifest(context), organizationId));
}

export async function joiningOf(context: Context, organizationId: string): Promise<Joining> {
  const { network, files, config, say } = context;
  const wanted = networkOf(heldManifest(context), organizationId);
  const member = wanted.paymentSystems.find((it) => it.organizationId === organizationId);
  if (member === undefined) throw new NetworkFailure(`${organizationId} is not prepared`, 'Run `npm run tally -- org add` first.');
  const programs = await ensurePrograms(config, say);
  return { admin: { network, files, programs, env: config.processEnvironment }, wanted, material: { network: wanted, files, config, programs }, member };
}

export function heldManifest({ files, network }: Context): Manifest {
  const manifest = readManifest(files.manifest);
  if (manifest === undefined) throw new NetworkFailure(`there is no network ${network.name}`, 'Bring it up with `up`.');
  return manifest;
}

function isMember({ network }: Context, organizationId: string): boolean {
  return network.paymentSystems.some((it) => it.organizationId === organizationId);
}
