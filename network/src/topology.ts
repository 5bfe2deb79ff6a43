/**
 * The one table. Organizations, their nodes and every port follow from it; nothing else in this package names an organization or a port.
 */

/** How many orderers there are and how they agree. */
export type ProfileName = 'single' | 'raft' | 'bft';

/** Fabric's name for the way the orderers agree. */
export type Consensus = 'etcdraft' | 'BFT';

/** The certificate roots an organization keeps apart, all served by its one CA process. */
export type Root = 'node' | 'tls' | 'admin-tls' | 'user';

export interface CaNode {
  readonly node: string;
  readonly port: number;
  readonly operationsPort: number;
}

export interface OrdererNode {
  readonly node: string;
  readonly organizationId: string;
  readonly port: number;
  readonly adminPort: number;
  readonly operationsPort: number;
}

export interface PeerNode {
  readonly node: string;
  readonly organizationId: string;
  readonly port: number;
  readonly chaincodePort: number;
  readonly operationsPort: number;
}

/** The chaincode process of a payment system. */
export interface ChaincodeNode {
  readonly node: string;
  readonly organizationId: string;
  readonly port: number;
}

export interface GatewayNode {
  readonly node: string;
  readonly organizationId: string;
  readonly port: number;
  readonly operationsPort: number;
}

export interface OrderingOrganization {
  readonly kind: 'ordering';
  readonly organizationId: string;
  readonly title: string;
  readonly roots: readonly Root[];
  readonly ca: CaNode;
  readonly orderers: readonly OrdererNode[];
}

export interface PaymentSystem {
  readonly kind: 'payment-system';
  readonly organizationId: string;
  readonly title: string;
  readonly roots: readonly Root[];
  readonly ca: CaNode;
  readonly peer: PeerNode;
  readonly chaincode: ChaincodeNode;
  readonly gateway: GatewayNode;
}

export type Organization = OrderingOrganization | PaymentSystem;

export interface Topology {
  readonly name: string;
  readonly basePort: number;
  readonly profile: ProfileName;
  readonly consensus: Consensus;
  readonly channel: string;
  readonly chaincode: string;
  readonly ordering: readonly OrderingOrganization[];
  readonly paymentSystems: readonly PaymentSystem[];
}

interface Row extends Placed {
  /** Number of orderers. */
  readonly orderers: number;
}

const PAYMENT_SYSTEMS: readonly Placed[] = [
  { organizationId: 'NorthPay', title: 'North Pay', offset: 20 },
  { organizationId: 'EastPay', title: 'East Pay', offset: 40 },
  { organizationId: 'WestPay', title: 'West Pay', offset: 60 },
];

const PROFILES: Readonly<Record<ProfileName, { readonly consensus: Consensus; readonly ordering: readonly Row[] }>> = {
  single: {
    consensus: 'etcdraft',
    ordering: [{ organizationId: 'Ordering', title: 'Ordering', offset: 0, orderers: 1 }],
  },
  raft: {
    consensus: 'etcdraft',
    ordering: [{ organizationId: 'Ordering', title: 'Ordering', offset: 0, orderers: 3 }],
  },
  bft: {
    consensus: 'BFT',
    ordering: [
      { organizationId: 'OrderingA', title: 'Ordering A', offset: 0, orderers: 1 },
      { organizationId: 'OrderingB', title: 'Ordering B', offset: 80, orderers: 1 },
      { organizationId: 'OrderingC', title: 'Ordering C', offset: 100, orderers: 1 },
      { organizationId: 'OrderingD', title: 'Ordering D', offset: 120, orderers: 1 },
    ],
  },
};

export const PROFILE_NAMES = Object.keys(PROFILES) as readonly ProfileName[];

/** Who acts for a payment system; the officer's name is its one role. */
export const OFFICERS = ['administrator', 'auditor', 'clerk', 'credit-officer', 'financial-operator', 'issuer', 'notary', 'registrar'] as const;

export type Officer = (typeof OFFICERS)[number];

export const HOST = '127.0.0.1';
export const DEFAULT_NAME = 'tallystick';
export const DEFAULT_BASE_PORT = 17000;
/** A network keeps to this many ports from its base port on. */
export const PORT_SPAN = 200;
/** Ports of one organization. */
const PORTS_EACH = 20;

/** An organization and where its ports begin. */
export interface Placed {
  readonly organizationId: string;
  readonly title: string;
  /** Of its ports from the base port. */
  readonly offset: number;
}

export interface TopologyOptions {
  readonly name?: string;
  readonly basePort?: number;
  readonly profile?: ProfileName;
  /** Payment systems beside those of the beginning. */
  readonly added?: readonly Placed[];
  /** Payment systems that are no members any more. */
  readonly removed?: readonly string[];
}

/** The whole network as a value: what to run and on which ports. */
export function topology(options: TopologyOptions = {}): Topology {
  const { name = DEFAULT_NAME, basePort = DEFAULT_BASE_PORT, profile = 'single', added = [], removed = [] } = options;
  const { consensus, ordering } = PROFILES[profile];
  return {
    name,
    basePort,
    profile,
    consensus,
    channel: 'tallystick',
    chaincode: 'tallystick',
    ordering: ordering.map((row) => orderingOrganization(row, basePort + row.offset)),
    paymentSystems: [...PAYMENT_SYSTEMS, ...added]
      .filter(({ organizationId }) => !removed.includes(organizationId))
      .map((row) => paymentSystem(row, basePort + row.offset)),
  };
}

/** The first ports that no organization of the network has or had; undefined when the network's ports are used up. */
export function freeOffset(profile: ProfileName, added: readonly Placed[]): number | undefined {
  const taken = [...PAYMENT_SYSTEMS, ...PROFILES[profile].ordering, ...added].map(({ offset }) => offset);
  return Array.from({ length: PORT_SPAN / PORTS_EACH }, (_, index) => index * PORTS_EACH).find((offset) => !taken.includes(offset));
}

export function organizations(network: Topology): readonly Organization[] {
  return [...network.ordering, ...network.paymentSystems];
}

export function orderers(network: Topology): readonly OrdererNode[] {
  return network.ordering.flatMap((organization) => organization.orderers);
}

/** Every port with the node that listens on it. */
export function ports(network: Topology): readonly { readonly port: number; readonly node: string }[] {
  return organizations(network).flatMap((organization) => {
    const servers = organization.kind === 'ordering'
      ? organization.orderers.flatMap((it) => [[it.port, it.node], [it.adminPort, it.node], [it.operationsPort, it.node]] as const)
      : [
          [organization.gateway.port, organization.gateway.node],
          [organization.gateway.operationsPort, organization.gateway.node],
          [organization.peer.port, organization.peer.node],
          [organization.peer.chaincodePort, organization.peer.node],
          [organization.peer.operationsPort, organization.peer.node],
          [organization.chaincode.port, organization.chaincode.node],
        ] as const;
    const { ca } = organization;
    return [[ca.port, ca.node] as const, [ca.operationsPort, ca.node] as const, ...servers].map(([port, node]) => ({ port, node }));
  });
}

/** Every node's name, in the order in which they start. */
export function nodeNames(network: Topology): readonly string[] {
  const { paymentSystems } = network;
  return [
    ...organizations(network).map((it) => it.ca.node),
    ...orderers(network).map((it) => it.node),
    ...paymentSystems.map((it) => it.peer.node),
    ...paymentSystems.map((it) => it.chaincode.node),
    ...paymentSystems.map((it) => it.gateway.node),
  ];
}

export function endpoint(port: number): string {
  return `${HOST}:${port}`;
}

function orderingOrganization(row: Row, firstPort: number): OrderingOrganization {
  const { organizationId, title } = row;
  const orderer = (index: number): OrdererNode => {
    const port = firstPort + 3 + 3 * index;
    const node = row.orderers === 1 ? `orderer.${organizationId}` : `orderer${index + 1}.${organizationId}`;
    return { node, organizationId, port, adminPort: port + 1, operationsPort: port + 2 };
  };
  return {
    kind: 'ordering',
    organizationId,
    title,
    roots: ['node', 'tls', 'admin-tls'],
    ca: caNode(organizationId, firstPort),
    orderers: Array.from({ length: row.orderers }, (_, index) => orderer(index)),
  };
}

function paymentSystem(row: Placed, firstPort: number): PaymentSystem {
  const { organizationId, title } = row;
  return {
    kind: 'payment-system',
    organizationId,
    title,
    roots: ['node', 'tls', 'admin-tls', 'user'],
    gateway: { node: `gateway.${organizationId}`, organizationId, port: firstPort, operationsPort: firstPort + 7 },
    ca: caNode(organizationId, firstPort),
    peer: {
      node: `peer.${organizationId}`,
      organizationId,
      port: firstPort + 3,
      chaincodePort: firstPort + 4,
      operationsPort: firstPort + 5,
    },
    chaincode: { node: `chaincode.${organizationId}`, organizationId, port: firstPort + 6 },
  };
}

function caNode(organizationId: string, firstPort: number): CaNode {
  return { node: `ca.${organizationId}`, port: firstPort + 1, operationsPort: firstPort + 2 };
}
