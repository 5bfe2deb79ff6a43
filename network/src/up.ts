import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chaincodeDigest } from '@tallystick/chaincode/digest';
import { ensurePrograms } from './binaries/build.ts';
import { due, enrol, expiresSoon, wantedBy } from './ca/enrolment.ts';
import { caServerCertificate, writeCaConfig } from './ca/server-config.ts';
import { awaitHeights, awaitLeader, awaitMembership, ensureGenesisBlock, joinOrderers, joinPeer } from './channel/channel.ts';
import type { Config } from './config.ts';
import { writeGatewayConfig } from './config/gateway-config.ts';
import { writeMsps } from './config/msp.ts';
import type { Paths } from './config/paths.ts';
import { found } from './deploy/founding.ts';
import { deploy, type Deployment } from './deploy/lifecycle.ts';
import type { Administration } from './deploy/peer-command.ts';
import { NetworkFailure } from './failure.ts';
import { readText, remove } from './files.ts';
import { readManifest, writeManifest } from './manifest.ts';
import { awaitNode } from './processes/await-node.ts';
import { endOrphans, ensureSupervisor, isSupervised, tell } from './processes/control.ts';
import {
  caSpecification, chaincodeSpecification, gatewayProgram, gatewaySpecification, ordererSpecification, peerSpecification, type Material,
} from './processes/node-specifications.ts';
import { portHolder } from './processes/port-holder.ts';
import { isListening, isReady, takenPorts } from './processes/probe.ts';
import type { Specification } from './processes/specification.ts';
import { step, type Say } from './progress.ts';
import { organizations, type Organization, type PaymentSystem, type Topology } from './topology.ts';

export interface UpOptions {
  /** Leave the gateways out. */
  readonly withoutGateways?: boolean;
  /** The chaincode of every organization; the repository's own if not given. */
  readonly chaincodeFolder?: string;
}

export interface Context {
  readonly network: Topology;
  readonly files: Paths;
  readonly config: Config;
  readonly say: Say;
}

export function repositoryChaincode(config: Config): string {
  return join(config.repository, 'chaincode');
}

/** Brings the network up, from nothing or from wherever it stands; every step first looks whether it is done. */
export async function up(context: Context, options: UpOptions): Promise<Deployment> {
  const { network, files, config, say } = context;
  const programs = await ensurePrograms(config, say);
  const material: Material = { network, files, config, programs };
  const admin: Administration = { network, files, programs, env: config.processEnvironment };
  const folder = options.chaincodeFolder ?? repositoryChaincode(config);

  await prepare(context);
  const renewed = await step(say, 'certificate authorities', () => startAuthorities(context, material));
  if (renewed > 0) say(`${renewed} certificates issued`);
  await step(say, 'orderers, peers and channel', async () => {
    for (const organization of organizations(network)) writeMsps(organization, files.organization(organization.organizationId));
    await ensureGenesisBlock(admin);
    for (const it of network.paymentSystems) writeGatewayConfig(network, it, files);
    await startNodes(material, folder, network);
    await Promise.all([joinOrderers(admin), ...network.paymentSystems.flatMap((it) => [joinPeer(admin, it), awaitNode(files, it.chaincode.node, () => isListening(it.chaincode.port))])]);
  });
  const version = chaincodeDigest(folder);
  await awaitLeader(admin);
  await awaitHeights(admin);
  const deployment = await step(say, `chaincode ${version}`, () => deploy(admin, version));
  if (deployment.changed) say(`chaincode definition ${deployment.definition.sequence} committed`);
  // Founding names its endorsers itself, so it need not wait until discovery knows them.
  const [founded] = await Promise.all([
    step(say, 'founding', () => found(admin)),
    step(say, 'peers know each other', () => awaitMembership(admin)),
  ]);
  if (founded) say('the ledger is founded');
  if (options.withoutGateways !== true) await step(say, 'gateways', () => startGateways(material, network.paymentSystems));
  return deployment;
}

/** Folder, supervisor, and ports that nobody else has. */
async function prepare({ network, files, config, say }: Context): Promise<void> {
  mkdirSync(files.state, { recursive: true, mode: 0o700 });
  if (await isSupervised(files)) return;
  await endOrphans(files, say);
  await requireFreePorts(network, { who: 'this network', next: `End who listens there, or run beside it: add \`--name two --base-port ${network.basePort + 1_000}\`.` });
  if (readManifest(files.manifest) === undefined) writeManifest(files, { name: network.name, basePort: network.basePort, profile: network.profile });
  await ensureSupervisor(files, config.processEnvironment, say);
}

/** @param nodes all if not given @throws NetworkFailure when somebody listens on one of their ports */
export async function requireFreePorts(network: Topology, { who, next, nodes }: { readonly who: string; readonly next: string; readonly nodes?: readonly string[] }): Promise<void> {
  const taken = await takenPorts(network, nodes);
  if (taken.length > 0) throw new NetworkFailure(`ports that ${who} needs are taken: ${describeTaken(taken)}`, next);
}

const NAMED_PORTS = 3;

function describeTaken(taken: readonly { readonly port: number; readonly node: string }[]): string {
  const named = taken.slice(0, NAMED_PORTS).map(({ port, node }) => `${port} for ${node}, by ${portHolder(port) ?? 'a process that cannot be told'}`);
  const rest = taken.length - named.length;
  return rest === 0 ? named.join('; ') : `${named.join('; ')}; and ${rest} more`;
}

/** Starts each CA and has it issue what is missing. Answers how many certificates were issued. */
async function startAuthorities(context: Context, material: Material): Promise<number> {
  const issued = await Promise.all(organizations(context.network).map((it) => startAuthority(context, material, it)));
  return issued.reduce((total, count) => total + count, 0);
}

/** Starts a CA and has it issue what is missing. Answers how many certificates were issued. */
export async function startAuthority({ network, files }: Context, material: Material, organization: Organization): Promise<number> {
  const own = files.organization(organization.organizationId);
  const wanted = due(wantedBy(organization, own, network.consensus === 'BFT'));
  if (!existsSync(own.rootCertificate('tls'))) writeCaConfig(organization, own);
  const specification = caSpecification(material, organization);
  // A CA that finds no TLS certificate of its own issues itself one.
  const serverCertificate = caServerCertificate(own);
  const expiring = existsSync(serverCertificate) && expiresSoon(readText(serverCertificate));
  if (expiring) remove(serverCertificate);
  await tell(files, expiring ? { verb: 'restart', node: specification.node, specification } : { verb: 'ensure', specification });
  if (wanted.length === 0) return 0;
  await awaitNode(files, organization.ca.node, () => isListening(organization.ca.port));
  await enrol(organization, own, wanted);
  return wanted.length;
}

/** Starts orderers, peers and chaincodes: all of a network, or those of a part of it. */
export async function startNodes(material: Material, chaincodeFolder: string, { ordering, paymentSystems }: Pick<Topology, 'ordering' | 'paymentSystems'>): Promise<void> {
  const { files } = material;
  const running = (await tell(files, { verb: 'list' })).filter((it) => it.state === 'running').map((it) => it.node);
  for (const { organizationId, peer } of paymentSystems.filter((it) => !running.includes(it.peer.node))) {
    // The peer keeps what `release` gave it; an address or a certificate may have changed since, so let it ask again.
    remove(join(files.organization(organizationId).node(peer.node), 'data', 'externalbuilder', 'builds'));
  }
  const specifications = [
    ...ordering.flatMap((it) => it.orderers).map((it) => ordererSpecification(material, it)),
    ...paymentSystems.map((it) => peerSpecification(material, it)),
    ...paymentSystems.map((it) => chaincodeSpecification(material, it, chaincodeFolder)),
  ];
  await ensure(files, specifications);
}

export async function startGateways(material: Material, members: readonly PaymentSystem[]): Promise<void> {
  const { files, config } = material;
  if (!existsSync(gatewayProgram(config))) {
    throw new NetworkFailure(`the gateway's program ${gatewayProgram(config)} is not there`, 'Use `up --without-gateways`.');
  }
  for (const it of members) mkdirSync(files.organization(it.organizationId).gateway.data, { recursive: true });
  const running = (await tell(files, { verb: 'list' })).filter(({ state }) => state === 'running').map(({ node }) => node);
  const start = async (some: readonly PaymentSystem[]): Promise<void> => {
    await ensure(files, some.map((it) => gatewaySpecification(material, it)));
    await Promise.all(some.map(({ gateway: { node, port } }) => awaitNode(files, node, () => isReady(port))));
  };
  await start(members.filter(({ gateway }) => !running.includes(gateway.node)));
  // What has changed of those that run makes them start anew, one at a time: their clients find another meanwhile.
  for (const member of members.filter(({ gateway }) => running.includes(gateway.node))) await start([member]);
}

async function ensure(files: Paths, specifications: readonly Specification[]): Promise<void> {
  await Promise.all(specifications.map((specification) => tell(files, { verb: 'ensure', specification })));
}
