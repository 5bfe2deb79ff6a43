import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensurePrograms } from './binaries/build.ts';
import { readConfig, type Config } from './config.ts';
import { paths, stateFolder, type Paths } from './config/paths.ts';
import type { Deployment } from './deploy/lifecycle.ts';
import { describe, describeMember, type Description, type MemberDescription } from './description.ts';
import { doctor } from './doctor/doctor.ts';
import type { Finding } from './doctor/finding.ts';
import { NetworkFailure } from './failure.ts';
import { readIfThere, remove } from './files.ts';
import { networkOf, readManifest, settle } from './manifest.ts';
import { connectMember, openMember, prepareMember } from './members/join.ts';
import { disconnectMember } from './members/leave.ts';
import { awaitNode } from './processes/await-node.ts';
import { isSupervised, shutdown, tell } from './processes/control.ts';
import { locked } from './processes/lock.ts';
import { chaincodeSpecification } from './processes/node-specifications.ts';
import { silent, type Say } from './progress.ts';
import { status, vitals, type Status } from './status.ts';
import { DEFAULT_NAME, nodeNames, PORT_SPAN, type ProfileName, type Topology } from './topology.ts';
import { repositoryChaincode, up, type UpOptions } from './up.ts';

export interface NetworkOptions {
  readonly name?: string | undefined;
  readonly basePort?: number | undefined;
  readonly profile?: ProfileName | undefined;
  /** Folder that holds the states of networks; `.tallystick` in the checkout if not given. */
  readonly stateRoot?: string | undefined;
  /** Receives a line for each longer step. */
  readonly say?: Say | undefined;
}

export interface RestartOptions {
  /** For a chaincode node: the chaincode to run instead of the repository's, until the next `up` or restart. */
  readonly modulePath?: string | undefined;
}

/** One Fabric network on this machine. Nothing runs until `up`; every method works from any process. */
export interface Network {
  /** As it is at the moment: members come and go. */
  readonly topology: Topology;
  readonly paths: Paths;
  /** Builds those of Fabric's programs that are missing: minutes, once on a machine. `up` does it by itself. */
  readonly build: () => Promise<void>;
  readonly up: (options?: UpOptions) => Promise<Deployment>;
  /** Ends every process; answers how many there were. */
  readonly down: () => Promise<number>;
  /** Whether its supervisor runs, even if it is silent for a while. */
  readonly isRunning: () => Promise<boolean>;
  readonly status: () => Promise<Status>;
  /** Ends a node and starts it again; returns when it answers. */
  readonly restart: (node: string, options?: RestartOptions) => Promise<void>;
  /** SIGKILLs a node's process; the supervisor brings it back. */
  readonly kill: (node: string) => Promise<void>;
  /** Ends a node and leaves it ended until `restart` or `up`. */
  readonly stop: (node: string) => Promise<void>;
  /** What a node has logged. */
  readonly logs: (node: string) => string;
  /** Ends every process and removes the state: ledger, keys, everything. */
  readonly reset: () => Promise<void>;
  readonly doctor: () => Promise<readonly Finding[]>;
  readonly describe: () => Description;
  readonly members: Members;
}

/** Organizations that join and leave while the network runs: Fabric's side of it. Every step can be repeated. */
export interface Members {
  /** Gives the organization ports, a certificate authority and its identities; nobody else is asked. */
  readonly prepare: (organizationId: string, title: string) => Promise<MemberDescription>;
  /** Has the members sign it into the channel, its peer take the blocks, and the majorities count it. */
  readonly connect: (organizationId: string) => Promise<void>;
  /** Starts its gateway; from then on it is a node like the others. */
  readonly open: (organizationId: string) => Promise<void>;
  /** Has the other members sign it out of the channel, and ends its nodes. */
  readonly disconnect: (organizationId: string) => Promise<void>;
}

export function openNetwork(options: NetworkOptions = {}): Network {
  const config = readConfig();
  const say = options.say ?? silent;
  const name = checkName(options.name ?? DEFAULT_NAME);
  checkBasePort(options.basePort);
  const stateRoot = resolve(options.stateRoot ?? join(config.repository, '.tallystick'));
  const files = paths(stateFolder(stateRoot, { name }), config.temporaryFolder);
  const current = (): Topology => networkOf(settle({ ...options, name }, readManifest(files.manifest)));
  // A contradiction to what the state folder holds is told at once.
  current();
  const context = () => ({ network: current(), files, config, say });
  const changing = <T>(work: () => Promise<T>): Promise<T> => locked(files.lock, work);
  return {
    get topology() {
      return current();
    },
    paths: files,
    build: async () => void (await ensurePrograms(config, say)),
    up: (upOptions = {}) => changing(() => up(context(), upOptions)),
    down: () => changing(() => shutdown(files, say)),
    isRunning: () => isSupervised(files),
    status: () => status(current(), files),
    restart: (node, restartOptions = {}) => restart(context(), node, restartOptions),
    kill: async (node) => void (await tell(files, { verb: 'kill', node: known(current(), node) })),
    stop: async (node) => void (await tell(files, { verb: 'stop', node: known(current(), node) })),
    logs: (node) => readIfThere(files.log(node === 'supervisor' ? node : known(current(), node))) ?? '',
    reset: async () => {
      if (!existsSync(files.state)) return;
      await changing(() => shutdown(files, say));
      remove(files.state);
    },
    doctor: () => doctor(context()),
    describe: () => describe(current(), files),
    members: {
      prepare: (id, title) => changing(async () => describeMember((await prepareMember(context(), id, title)), files)),
      connect: (id) => changing(() => connectMember(context(), id)),
      open: (id) => changing(() => openMember(context(), id)),
      disconnect: (id) => changing(() => disconnectMember(context(), id)),
    },
  };
}

interface RestartContext {
  readonly network: Topology;
  readonly files: Paths;
  readonly config: Config;
  readonly say: Say;
}

async function restart({ network, files, config, say }: RestartContext, node: string, { modulePath }: RestartOptions): Promise<void> {
  const member = network.paymentSystems.find((it) => it.chaincode.node === known(network, node));
  if (member === undefined && modulePath !== undefined) {
    throw new NetworkFailure(`${node} runs no chaincode, so it takes no module path`, `Name one of ${network.paymentSystems.map((it) => it.chaincode.node).join(', ')}.`);
  }
  if (!(await isSupervised(files))) throw new NetworkFailure('the network is not running', 'Start it with `up`.');
  const ready = async (): Promise<boolean> => (await vitals(network, files, node)).ready;
  if (member === undefined) {
    await tell(files, { verb: 'restart', node });
    return awaitNode(files, node, ready);
  }
  const folder = modulePath === undefined ? repositoryChaincode(config) : resolve(modulePath);
  if (!existsSync(join(folder, 'package.json'))) throw new NetworkFailure(`${folder} holds no chaincode: it has no package.json`);
  const programs = await ensurePrograms(config, say);
  const specification = chaincodeSpecification({ network, files, config, programs }, member, folder);
  await tell(files, { verb: 'restart', node, specification });
  await awaitNode(files, node, ready);
}

function known(network: Topology, node: string): string {
  const names = nodeNames(network);
  if (!names.includes(node)) throw new NetworkFailure(`there is no node ${node} in this network`, `Its nodes are ${names.join(', ')}.`);
  return node;
}

/** From here on systems hand ports out to whoever connects somewhere, so a server's port may be taken at any time. */
const EPHEMERAL_PORTS = 32_768;

function checkBasePort(basePort: number | undefined): void {
  if (basePort === undefined || (Number.isInteger(basePort) && basePort >= 1_024 && basePort + PORT_SPAN <= EPHEMERAL_PORTS)) return;
  throw new NetworkFailure(`${basePort} is no base port`, `Use a whole number from 1024 to ${EPHEMERAL_PORTS - PORT_SPAN}: above, the system hands ports out to clients.`);
}

/** The name is a folder and part of identities. */
function checkName(name: string): string {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
    throw new NetworkFailure(`"${name}" is no name for a network`, 'Use up to 31 lower-case letters, digits and hyphens, a letter first.');
  }
  return name;
}
