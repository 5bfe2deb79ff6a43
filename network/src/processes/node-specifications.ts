import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { chaincodeDigest } from '@tallystick/chaincode/digest';
import type { Programs } from '../binaries/versions.ts';
import { writeChaincodeConnection } from '../config/chaincode-config.ts';
import type { Config } from '../config.ts';
import { writeGatewayConfig } from '../config/gateway-config.ts';
import { writeOrdererConfig } from '../config/orderer-config.ts';
import type { Paths } from '../config/paths.ts';
import { CONNECTION_VARIABLE, writePeerConfig } from '../config/peer-config.ts';
import { chaincodePackage } from '../deploy/package.ts';
import { readText } from '../files.ts';
import { endpoint, type OrdererNode, type Organization, type PaymentSystem, type Topology } from '../topology.ts';
import type { Specification } from './specification.ts';

/** What specifications are made from. Making one writes the configuration files the process reads. */
export interface Material {
  readonly network: Topology;
  readonly files: Paths;
  readonly config: Config;
  readonly programs: Programs;
}

/** Levels and form of what Fabric's programs log. */
const LOGGING = { FABRIC_LOGGING_SPEC: 'warn:orderer.common.broadcast=error', FABRIC_LOGGING_FORMAT: '%{time:2006-01-02T15:04:05.000Z07:00} %{level:.4s} [%{module}] %{message}' };

/**
 * Go in peers and orderers. A peer shall stay below 400 MB, so its heap is collected more often near the limit instead of growing past it;
 * the samples of allocations that Go takes for a profile nobody asks for cost some percent.
 */
const RUNTIME = { GOMEMLIMIT: '300MiB', GODEBUG: 'memprofilerate=0' };

export function caSpecification(material: Material, { organizationId, ca }: Organization): Specification {
  const home = material.files.organization(organizationId).ca;
  return specification(material, {
    node: ca.node,
    command: material.programs['fabric-ca-server'],
    args: ['start', '--home', home],
    reads: [join(home, 'fabric-ca-server-config.yaml')],
    cwd: home,
  });
}

export function ordererSpecification(material: Material, orderer: OrdererNode): Specification {
  const own = material.files.organization(orderer.organizationId);
  const configuration = writeOrdererConfig(orderer, own);
  return specification(material, {
    node: orderer.node,
    command: material.programs.orderer,
    args: ['start'],
    env: { FABRIC_CFG_PATH: own.node(orderer.node), ...LOGGING, ...RUNTIME },
    reads: [configuration, own.nodeIdentity(orderer.node).certificate, own.tls(orderer.node).certificate],
    cwd: own.node(orderer.node),
  });
}

export function peerSpecification(material: Material, member: PaymentSystem): Specification {
  const { peer } = member;
  const own = material.files.organization(member.organizationId);
  const configuration = writePeerConfig(peer, own, join(material.config.repository, 'network', 'builder'));
  const connection = writeChaincodeConnection(member, own);
  return specification(material, {
    node: peer.node,
    command: material.programs.peer,
    args: ['node', 'start'],
    env: { FABRIC_CFG_PATH: own.node(peer.node), [CONNECTION_VARIABLE]: connection, ...LOGGING, ...RUNTIME },
    reads: [configuration, connection, own.nodeIdentity(peer.node).certificate, own.tls(peer.node).certificate],
    cwd: own.node(peer.node),
  });
}

/** `folder` is the chaincode to run: the repository's own, unless a test gives an organization another. */
export function chaincodeSpecification(material: Material, member: PaymentSystem, folder: string): Specification {
  const { chaincode } = member;
  const own = material.files.organization(member.organizationId);
  const tls = own.tls(chaincode.node);
  const args = [
    join(material.config.repository, 'node_modules', 'fabric-shim', 'cli.js'), 'server',
    '--chaincode-address', endpoint(chaincode.port),
    '--chaincode-id', chaincodePackage(material.network.chaincode).packageId,
    '--chaincode-tls-key-file', tls.privateKey,
    '--chaincode-tls-cert-file', tls.certificate,
    '--chaincode-tls-client-cacert-file', own.rootCertificate('tls'),
    '--module-path', folder,
  ];
  return specification(material, {
    node: chaincode.node,
    command: process.execPath,
    args,
    // The shim logs two lines a transaction unless it is told not to.
    env: { CORE_CHAINCODE_LOGGING_LEVEL: 'WARNING', CORE_CHAINCODE_LOGGING_SHIM: 'WARNING' },
    reads: [tls.certificate],
    code: chaincodeDigest(folder),
    cwd: folder,
  });
}

/** Where the gateway's program lies in the repository. */
export function gatewayProgram(config: Config): string {
  return join(config.repository, 'gateway-api', 'src', 'main.ts');
}

/** Packages whose sources a gateway runs; of the portal and its client it makes the page's script, once. */
const GATEWAY_PACKAGES = ['gateway-api', 'chaincode', 'client', 'portal'];
const GATEWAY_SOURCES = [join('portal', 'page'), join('network', 'src', 'ca')];

/** A gateway shall stay below 500 MB: a young generation of two times 32 MiB, half of what Node would take. */
const YOUNG_GENERATION = '--max-semi-space-size=32';

/** gRPC names an IP address to TLS servers, and Node warns of it in a log of JSON lines. */
const NO_NAME_FOR_ADDRESSES = '--disable-warning=DEP0123';

export function gatewaySpecification(material: Material, member: PaymentSystem): Specification {
  const own = material.files.organization(member.organizationId);
  const { repository } = material.config;
  const sources = GATEWAY_SOURCES.flatMap((folder) => readdirSync(join(repository, folder)).sort().map((name) => join(repository, folder, name)));
  const clerk = own.officer('clerk');
  const configuration = writeGatewayConfig(material.network, member, material.files);
  return specification(material, {
    node: member.gateway.node,
    command: process.execPath,
    args: [YOUNG_GENERATION, NO_NAME_FOR_ADDRESSES, gatewayProgram(material.config), configuration],
    reads: [configuration, own.identity('gateway').certificate, own.applicantRegistrar.certificate, clerk.privateKey, clerk.certificate, ...sources],
    code: GATEWAY_PACKAGES.map((folder) => chaincodeDigest(join(repository, folder))).join(),
    cwd: own.gateway.folder,
  });
}

interface Draft {
  readonly node: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Files whose content the process takes at its start. */
  readonly reads: readonly string[];
  /** Digest of the code it runs, where that is not the command itself. */
  readonly code?: string;
  readonly cwd: string;
}

function specification({ files, config }: Material, draft: Draft): Specification {
  const { node, command, args, env = {}, reads, code = '', cwd } = draft;
  // A path stays the same when another Node is installed there.
  const digest = createHash('sha256').update(code).update(command === process.execPath ? process.version : '');
  for (const path of reads) digest.update(readText(path));
  return {
    node, command, args, cwd,
    env: { ...config.processEnvironment, ...env },
    log: files.log(node),
    revision: digest.digest('hex').slice(0, 16),
  };
}
