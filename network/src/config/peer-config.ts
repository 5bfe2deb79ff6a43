import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeFile } from '../files.ts';
import { endpoint, type PeerNode } from '../topology.ts';
import type { OrganizationPaths } from './paths.ts';

/** Name of the environment variable by which the peer hands `release` of our external builder the chaincode's address. */
export const CONNECTION_VARIABLE = 'TALLYSTICK_CHAINCODE_CONNECTION';

/** Writes core.yaml, which the peer and the peer commands of its organization read. */
export function writePeerConfig(peer: PeerNode, files: OrganizationPaths, builder: string): string {
  const path = join(files.node(peer.node), 'core.yaml');
  const data = join(files.node(peer.node), 'data');
  const { peer: section, ...rest } = { peer: peerSection(peer, files, data), ...otherSections(peer, files, data, builder) };
  writeFile(path, stringify({ peer: section, ...rest }));
  return path;
}

function peerSection(peer: PeerNode, files: OrganizationPaths, data: string): object {
  const tls = files.tls(peer.node);
  return {
    id: peer.node,
    networkId: 'tallystick',
    listenAddress: endpoint(peer.port),
    address: endpoint(peer.port),
    chaincodeListenAddress: endpoint(peer.chaincodePort),
    chaincodeAddress: endpoint(peer.chaincodePort),
    localMspId: peer.organizationId,
    localMspType: 'bccsp',
    mspConfigPath: files.nodeIdentity(peer.node).mspFolder,
    fileSystemPath: data,
    tls: {
      enabled: true,
      clientAuthRequired: false,
      cert: { file: tls.certificate },
      key: { file: tls.privateKey },
      rootcert: { file: files.rootCertificate('tls') },
    },
    // An endorsed proposal is refused when its time is further than this from the peer's clock.
    authentication: { timewindow: '10s' },
    gateway: { enabled: true, endorsementTimeout: '30s', broadcastTimeout: '10s', dialTimeout: '5s' },
    keepalive: {
      interval: '7200s', timeout: '20s', minInterval: '60s',
      client: { interval: '60s', timeout: '20s' },
      deliveryClient: { interval: '60s', timeout: '20s' },
    },
    client: { connTimeout: '3s' },
    gossip: gossip(peer),
    deliveryclient: {
      blockGossipEnabled: false,
      policy: 'cluster',
      connTimeout: '3s',
      minimalReconnectInterval: '100ms',
      reConnectBackoffThreshold: '2s',
      reconnectTotalTimeThreshold: '3600s',
      blockCensorshipTimeoutKey: '10s',
    },
    handlers: {
      authFilters: [{ name: 'DefaultAuth' }, { name: 'ExpirationCheck' }, { name: 'TimeWindowCheck' }],
      decorators: [{ name: 'DefaultDecorator' }],
      endorsers: { escc: { name: 'DefaultEndorsement' } },
      validators: { vscc: { name: 'DefaultValidation' } },
    },
    discovery: { enabled: true, authCacheEnabled: true, authCacheMaxSize: 1000, authCachePurgeRetentionRatio: 0.75, orgMembersAllowedAccess: false },
    limits: { concurrency: { endorserService: 2500, deliverService: 2500, gatewayService: 500 } },
    maxRecvMsgSize: 104_857_600,
    maxSendMsgSize: 104_857_600,
    BCCSP: { Default: 'SW', SW: { Hash: 'SHA2', Security: 256 } },
    profile: { enabled: false },
  };
}

/** Gossip keeps membership for discovery and carries no blocks: each peer takes them from the orderers. Short intervals let a restarted peer be found within seconds. */
function gossip(peer: PeerNode): object {
  return {
    bootstrap: endpoint(peer.port),
    endpoint: endpoint(peer.port),
    externalEndpoint: endpoint(peer.port),
    useLeaderElection: false,
    orgLeader: true,
    membershipTrackerInterval: '1s',
    maxBlockCountToStore: 10,
    maxPropagationBurstLatency: '10ms',
    maxPropagationBurstSize: 10,
    propagateIterations: 1,
    propagatePeerNum: 3,
    pullInterval: '2s',
    pullPeerNum: 3,
    requestStateInfoInterval: '1s',
    publishStateInfoInterval: '1s',
    publishCertPeriod: '10s',
    skipBlockVerification: false,
    dialTimeout: '3s',
    connTimeout: '2s',
    recvBuffSize: 20,
    sendBuffSize: 200,
    digestWaitTime: '1s',
    requestWaitTime: '1500ms',
    responseWaitTime: '2s',
    aliveTimeInterval: '1s',
    aliveExpirationTimeout: '5s',
    reconnectInterval: '2s',
    maxConnectionAttempts: 120,
    msgExpirationFactor: 20,
    election: { startupGracePeriod: '15s', membershipSampleInterval: '1s', leaderAliveThreshold: '10s', leaderElectionDuration: '5s' },
    pvtData: {
      // An organization has one peer, so what that peer lacks nobody else can give it: do not wait for it block by block.
      pullRetryThreshold: '2s',
      transientstoreMaxBlockRetention: 20_000, pushAckTimeout: '3s', btlPullMargin: 10, reconcileBatchSize: 10,
      reconcileSleepInterval: '1m', reconciliationEnabled: false, skipPullingInvalidTransactionsDuringCommit: false,
      implicitCollectionDisseminationPolicy: { requiredPeerCount: 0, maxPeerCount: 1 },
    },
    state: { enabled: false, checkInterval: '10s', responseTimeout: '3s', batchSize: 10, blockBufferSize: 20, maxRetries: 3 },
  };
}

function otherSections(peer: PeerNode, files: OrganizationPaths, data: string, builder: string): object {
  const tls = files.tls(peer.node);
  return {
    vm: { endpoint: '' },
    chaincode: {
      externalBuilders: [{ name: 'tallystick-service', path: builder, propagateEnvironment: [CONNECTION_VARIABLE] }],
      installTimeout: '60s',
      startuptimeout: '60s',
      // While a chaincode runs the peer cannot commit, so one that hangs stops its peer this long. A batch takes a tenth of a
      // second, and there are no range queries, which could crash a peer older than 3.1.5 at this limit.
      executetimeout: '10s',
      mode: 'net',
      // The Node shim ends its process on a keepalive message.
      keepalive: 0,
      system: { _lifecycle: 'enable', cscc: 'enable', lscc: 'enable', qscc: 'enable' },
      runtimeParams: { useWriteBatch: true, maxSizeWriteBatch: 1000, useGetMultipleKeys: true, maxSizeGetMultipleKeys: 1000 },
    },
    ledger: {
      state: { stateDatabase: 'goleveldb', totalQueryLimit: 100_000 },
      history: { enableHistoryDatabase: false },
      pvtdataStore: {
        collElgProcMaxDbBatchSize: 5000, collElgProcDbBatchesInterval: 1000, deprioritizedDataReconcilerInterval: '60m',
        purgeInterval: 100, purgedKeyAuditLogging: true,
      },
      snapshots: { rootDir: join(data, 'snapshots') },
    },
    operations: {
      listenAddress: endpoint(peer.operationsPort),
      tls: {
        enabled: true,
        cert: { file: tls.certificate },
        key: { file: tls.privateKey },
        clientAuthRequired: true,
        clientRootCAs: { files: [files.rootCertificate('admin-tls')] },
      },
    },
    metrics: { provider: 'prometheus' },
  };
}
