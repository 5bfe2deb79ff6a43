import { stringify } from 'yaml';
import { endpoint, HOST, orderers, type OrdererNode, type OrderingOrganization, type PaymentSystem, type Topology } from '../topology.ts';
import type { Paths } from './paths.ts';
import { applicationPolicies, channelPolicies, ordererPolicies, orderingOrganizationPolicies, paymentSystemPolicies } from './policies.ts';

/** Name of the one profile in configtx.yaml. */
export const CHANNEL_PROFILE = 'Ledger';

/** How blocks are cut. The timeout sets the latency of a single payment; the count is about the number of lanes of all gateways. */
export const BLOCK_CUTTING = { batchTimeout: '100ms', maxMessageCount: 24 } as const;

/** The channel's first configuration, as configtxgen reads it. */
export function configtx(network: Topology, files: Paths): string {
  return stringify({
    Profiles: {
      [CHANNEL_PROFILE]: {
        Policies: channelPolicies(network),
        Capabilities: { V3_0: true },
        Orderer: ordererSection(network, files),
        Application: {
          Policies: applicationPolicies(network),
          Capabilities: { V2_5: true },
          Organizations: network.paymentSystems.map((it) => memberSection(it, files)),
        },
      },
    },
  }, { aliasDuplicateObjects: false, lineWidth: 0 });
}

function ordererSection(network: Topology, files: Paths): object {
  return {
    OrdererType: network.consensus,
    BatchTimeout: BLOCK_CUTTING.batchTimeout,
    BatchSize: { MaxMessageCount: BLOCK_CUTTING.maxMessageCount, AbsoluteMaxBytes: '10 MB', PreferredMaxBytes: '2 MB' },
    MaxChannels: 0,
    Policies: ordererPolicies(network),
    Capabilities: { V2_0: true },
    Organizations: network.ordering.map((it) => orderingSection(it, files)),
    ...(network.consensus === 'BFT' ? bft(network, files) : raft(network, files)),
  };
}

function orderingSection(organization: OrderingOrganization, files: Paths): object {
  const { organizationId } = organization;
  return {
    Name: organizationId,
    ID: organizationId,
    MSPDir: files.organization(organizationId).msp,
    Policies: orderingOrganizationPolicies(organizationId),
    OrdererEndpoints: organization.orderers.map((it) => endpoint(it.port)),
  };
}

function memberSection({ organizationId, peer }: PaymentSystem, files: Paths): object {
  return {
    Name: organizationId,
    ID: organizationId,
    MSPDir: files.organization(organizationId).msp,
    Policies: paymentSystemPolicies(organizationId),
    // Without anchor peers discovery knows no peer of another organization.
    AnchorPeers: [{ Host: HOST, Port: peer.port }],
  };
}

function raft(network: Topology, files: Paths): object {
  return {
    EtcdRaft: {
      Consenters: orderers(network).map((it) => consenter(it, files)),
      Options: { TickInterval: '200ms', ElectionTick: 10, HeartbeatTick: 1, MaxInflightBlocks: 5, SnapshotIntervalSize: '64 MB' },
    },
  };
}

/** A leader is missed after about 5 s; the sample's minutes would stop payments for as long. */
function bft(network: Topology, files: Paths): object {
  return {
    ConsenterMapping: orderers(network).map((it, index) => ({
      ID: index + 1,
      MSPID: it.organizationId,
      Identity: files.organization(it.organizationId).nodeIdentity(it.node).certificate,
      ...consenter(it, files),
    })),
    SmartBFT: {
      RequestBatchMaxInterval: BLOCK_CUTTING.batchTimeout,
      RequestForwardTimeout: '500ms',
      RequestComplainTimeout: '3s',
      RequestAutoRemoveTimeout: '3m0s',
      ViewChangeResendInterval: '2s',
      ViewChangeTimeout: '5s',
      LeaderHeartbeatTimeout: '5s',
      LeaderHeartbeatCount: 10,
      CollectTimeout: '1s',
      IncomingMessageBufferSize: 200,
      RequestPoolSize: 5000,
    },
  };
}

function consenter(orderer: OrdererNode, files: Paths): object {
  const { certificate } = files.organization(orderer.organizationId).tls(orderer.node);
  return { Host: HOST, Port: orderer.port, ClientTLSCert: certificate, ServerTLSCert: certificate };
}
