import { caUrl } from '../ca/enrolment.ts';
import { writeFile } from '../files.ts';
import { endpoint, HOST, type PaymentSystem, type Topology } from '../topology.ts';
import type { CredentialPaths, Paths } from './paths.ts';

export interface GatewayPeer {
  readonly organizationId: string;
  readonly name: string;
  readonly endpoint: string;
  readonly tlsRootCertificate: string;
}

/** What a gateway process is told. */
export interface GatewayConfig {
  readonly organizationId: string;
  readonly ledger: string;
  readonly http: { readonly host: string; readonly port: number };
  readonly operations: { readonly host: string; readonly port: number };
  readonly data: string;
  /** Other organizations' gateways. */
  readonly gateways: readonly { readonly organizationId: string; readonly url: string }[];
  /** The office by which it ends what is past its deadline. */
  readonly officer: CredentialPaths & { readonly id: string };
  readonly fabric: {
    readonly channel: string;
    readonly chaincode: string;
    readonly identity: CredentialPaths & { readonly mspId: string };
    /** The gateway's own peer first. */
    readonly peers: readonly GatewayPeer[];
  };
  readonly certificateAuthority: {
    readonly url: string;
    readonly name: string;
    readonly tlsRootCertificate: string;
    readonly registrar: CredentialPaths;
  };
}

export function gatewayConfig(network: Topology, organization: PaymentSystem, files: Paths): GatewayConfig {
  const { organizationId } = organization;
  const own = files.organization(organizationId);
  const { certificate, privateKey } = own.identity('gateway');
  const others = network.paymentSystems.filter((it) => it.organizationId !== organizationId);
  return {
    organizationId,
    ledger: network.name,
    http: { host: HOST, port: organization.gateway.port },
    operations: { host: HOST, port: organization.gateway.operationsPort },
    data: own.gateway.data,
    gateways: others.map((it) => ({ organizationId: it.organizationId, url: `http://${HOST}:${it.gateway.port}` })),
    officer: { id: `clerk@${organizationId}`, ...own.officer('clerk') },
    fabric: {
      channel: network.channel,
      chaincode: network.chaincode,
      identity: { mspId: organizationId, certificate, privateKey },
      peers: [organization, ...others].map((it) => gatewayPeer(it, files)),
    },
    certificateAuthority: {
      url: caUrl(organization),
      name: 'user',
      tlsRootCertificate: own.rootCertificate('tls'),
      registrar: own.applicantRegistrar,
    },
  };
}

export function gatewayPeer({ organizationId, peer }: PaymentSystem, files: Paths): GatewayPeer {
  return {
    organizationId,
    name: peer.node,
    endpoint: endpoint(peer.port),
    tlsRootCertificate: files.organization(organizationId).rootCertificate('tls'),
  };
}

export function writeGatewayConfig(network: Topology, organization: PaymentSystem, files: Paths): string {
  const path = files.organization(organization.organizationId).gateway.config;
  writeFile(path, `${JSON.stringify(gatewayConfig(network, organization, files), null, 2)}\n`);
  return path;
}
