import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Officer, Root, Topology } from '../topology.ts';

/** A key and its certificate, with the MSP folder around them where Fabric's programs want one. */
export interface CredentialPaths {
  readonly privateKey: string;
  readonly certificate: string;
}

export interface IdentityPaths extends CredentialPaths {
  readonly mspFolder: string;
}

/** Where everything of a network lies. Pure: it names paths and touches none. */
export interface Paths {
  readonly state: string;
  readonly manifest: string;
  readonly lock: string;
  readonly logs: string;
  readonly log: (node: string) => string;
  readonly supervisor: { readonly records: string; readonly socket: string; readonly log: string };
  readonly channel: { readonly folder: string; readonly genesisBlock: string };
  readonly package: string;
  readonly organization: (organizationId: string) => OrganizationPaths;
}

export interface OrganizationPaths {
  readonly folder: string;
  /** Home of the CA process. */
  readonly ca: string;
  readonly caFolder: (root: Root) => string;
  readonly rootCertificate: (root: Root) => string;
  readonly registrarSecret: (root: Root) => string;
  readonly registrar: (root: Root) => CredentialPaths;
  /** MSP definition of the organization, as the channel configuration takes it. */
  readonly msp: string;
  /** Folder of a peer or an orderer: configuration and data. */
  readonly node: (node: string) => string;
  readonly nodeIdentity: (node: string) => IdentityPaths;
  readonly tls: (name: string) => CredentialPaths;
  readonly adminTls: CredentialPaths;
  readonly identity: (name: 'admin' | 'gateway') => IdentityPaths;
  readonly officer: (officer: Officer) => CredentialPaths;
  /** The identity by which the gateway registers applicants at the user CA. */
  readonly applicantRegistrar: CredentialPaths;
  readonly gateway: { readonly folder: string; readonly config: string; readonly data: string };
  /** What the external builder hands to the peer: address and TLS material of the chaincode process. */
  readonly chaincodeConnection: string;
}

/** The kernel's limit for the path of a Unix socket is 107 bytes (103 on macOS). */
const SOCKET_PATH_LIMIT = 100;

export function paths(state: string, temporaryFolder: string): Paths {
  const logs = join(state, 'logs');
  const channel = join(state, 'channel');
  return {
    state,
    manifest: join(state, 'network.json'),
    lock: join(state, 'command.lock'),
    logs,
    log: (node) => join(logs, `${node}.log`),
    supervisor: {
      records: join(state, 'processes.json'),
      socket: socketPath(state, temporaryFolder),
      log: join(logs, 'supervisor.log'),
    },
    channel: { folder: channel, genesisBlock: join(channel, 'genesis.block') },
    package: join(channel, 'chaincode-package.tar.gz'),
    organization: (organizationId) => organizationPaths(join(state, 'organizations', organizationId)),
  };
}

/** The state folder of a network in a checkout. */
export function stateFolder(stateRoot: string, network: Pick<Topology, 'name'>): string {
  return join(stateRoot, network.name);
}

function socketPath(state: string, temporaryFolder: string): string {
  const near = join(state, 'supervisor.sock');
  if (Buffer.byteLength(near) <= SOCKET_PATH_LIMIT) return near;
  return join(temporaryFolder, `tallystick-${createHash('sha256').update(state).digest('hex').slice(0, 16)}.sock`);
}

function organizationPaths(folder: string): OrganizationPaths {
  const ca = join(folder, 'ca');
  const caFolder = (root: Root): string => (root === 'tls' ? ca : join(ca, root));
  return {
    folder,
    ca,
    caFolder,
    rootCertificate: (root) => join(caFolder(root), 'ca-cert.pem'),
    registrarSecret: (root) => join(caFolder(root), 'registrar.secret'),
    registrar: (root) => credential(join(caFolder(root), 'registrar')),
    msp: join(folder, 'msp'),
    node: (node) => join(folder, 'nodes', node),
    nodeIdentity: (node) => identity(join(folder, 'nodes', node, 'msp')),
    tls: (name) => credential(join(folder, 'tls', name)),
    adminTls: credential(join(folder, 'tls', 'admin')),
    identity: (name) => identity(join(folder, 'identities', name)),
    officer: (officer) => credential(join(folder, 'officers', officer)),
    applicantRegistrar: credential(join(folder, 'gateway', 'registrar')),
    gateway: {
      folder: join(folder, 'gateway'),
      config: join(folder, 'gateway', 'config.json'),
      data: join(folder, 'gateway', 'data'),
    },
    chaincodeConnection: join(folder, 'chaincode', 'connection.json'),
  };
}

function credential(folder: string): CredentialPaths {
  return { privateKey: join(folder, 'key.pem'), certificate: join(folder, 'certificate.pem') };
}

function identity(mspFolder: string): IdentityPaths {
  return {
    mspFolder,
    privateKey: join(mspFolder, 'keystore', 'key.pem'),
    certificate: join(mspFolder, 'signcerts', 'certificate.pem'),
  };
}
