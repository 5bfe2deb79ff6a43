import { caUrl } from './ca/enrolment.ts';
import { gatewayPeer, type GatewayPeer } from './config/gateway-config.ts';
import type { CredentialPaths, IdentityPaths, Paths } from './config/paths.ts';
import { endpoint, HOST, OFFICERS, orderers, organizations, type Officer, type PaymentSystem, type Root, type Topology } from './topology.ts';

/** Where to find everything of a network: addresses and paths, no secrets. */
export interface Description {
  readonly name: string;
  readonly channel: string;
  readonly chaincode: string;
  readonly state: string;
  readonly organizations: readonly MemberDescription[];
  readonly orderers: readonly OrdererDescription[];
  /** The MSP definition of every organization, ordering ones included. */
  readonly msps: readonly { readonly mspId: string; readonly mspFolder: string; readonly certificateAuthority: string }[];
}

export interface MemberDescription {
  readonly organizationId: string;
  readonly name: string;
  readonly gateway: { readonly node: string; readonly url: string; readonly operations: string; readonly config: string; readonly data: string };
  readonly peer: GatewayPeer & { readonly node: string; readonly operations: string };
  readonly chaincode: { readonly node: string; readonly endpoint: string };
  readonly certificateAuthority: { readonly node: string; readonly url: string; readonly registrar: CredentialPaths };
  /** PEM file of each certificate root. */
  readonly roots: Readonly<Record<Root, string>>;
  readonly officers: Readonly<Record<Officer, CredentialPaths>>;
  readonly gatewayIdentity: IdentityPaths & { readonly mspId: string };
  readonly adminIdentity: IdentityPaths & { readonly mspId: string };
  /** Client certificate for operations and admin endpoints. */
  readonly adminTls: CredentialPaths;
}

export interface OrdererDescription {
  readonly node: string;
  readonly organizationId: string;
  readonly endpoint: string;
  readonly admin: string;
  readonly tlsRootCertificate: string;
}

export function describe(network: Topology, files: Paths): Description {
  return {
    name: network.name,
    channel: network.channel,
    chaincode: network.chaincode,
    state: files.state,
    organizations: network.paymentSystems.map((it) => describeMember(it, files)),
    orderers: orderers(network).map((it) => ({
      node: it.node,
      organizationId: it.organizationId,
      endpoint: endpoint(it.port),
      admin: `https://${endpoint(it.adminPort)}`,
      tlsRootCertificate: files.organization(it.organizationId).rootCertificate('tls'),
    })),
    msps: organizations(network).map((it) => ({
      mspId: it.organizationId,
      mspFolder: files.organization(it.organizationId).msp,
      certificateAuthority: caUrl(it),
    })),
  };
}

export function describeMember(member: PaymentSystem, files: Paths): MemberDescription {
  const { organizationId: mspId, title, gateway, peer, chaincode, ca } = member;
  const own = files.organization(mspId);
  const root = (name: Root): [Root, string] => [name, own.rootCertificate(name)];
  return {
    organizationId: mspId,
    name: title,
    gateway: { node: gateway.node, url: `http://${HOST}:${gateway.port}`, operations: `http://${endpoint(gateway.operationsPort)}`, config: own.gateway.config, data: own.gateway.data },
    peer: { node: peer.node, ...gatewayPeer(member, files), operations: `https://${endpoint(peer.operationsPort)}` },
    chaincode: { node: chaincode.node, endpoint: endpoint(chaincode.port) },
    certificateAuthority: { node: ca.node, url: caUrl(member), registrar: own.applicantRegistrar },
    roots: Object.fromEntries((['node', 'tls', 'admin-tls', 'user'] as const).map(root)) as Record<Root, string>,
    officers: Object.fromEntries(OFFICERS.map((officer) => [officer, own.officer(officer)])) as Record<Officer, CredentialPaths>,
    gatewayIdentity: { mspId, ...own.identity('gateway') },
    adminIdentity: { mspId, ...own.identity('admin') },
    adminTls: own.adminTls,
  };
}
