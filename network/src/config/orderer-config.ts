import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeFile } from '../files.ts';
import { endpoint, HOST, type OrdererNode } from '../topology.ts';
import type { OrganizationPaths } from './paths.ts';

/** Writes orderer.yaml. What it leaves out has its default in the orderer itself. */
export function writeOrdererConfig(orderer: OrdererNode, files: OrganizationPaths): string {
  const path = join(files.node(orderer.node), 'orderer.yaml');
  writeFile(path, stringify(ordererConfig(orderer, files)));
  return path;
}

function ordererConfig(orderer: OrdererNode, files: OrganizationPaths): object {
  const tls = files.tls(orderer.node);
  const data = join(files.node(orderer.node), 'data');
  const administration = {
    Enabled: true,
    Certificate: tls.certificate,
    PrivateKey: tls.privateKey,
    ClientAuthRequired: true,
    // Whoever holds a certificate of this root may join and remove channels: it is used for nothing else.
    ClientRootCAs: [files.rootCertificate('admin-tls')],
  };
  return {
    General: {
      ListenAddress: HOST,
      ListenPort: orderer.port,
      TLS: { Enabled: true, Certificate: tls.certificate, PrivateKey: tls.privateKey, RootCAs: [files.rootCertificate('tls')], ClientAuthRequired: false },
      Cluster: { ClientCertificate: tls.certificate, ClientPrivateKey: tls.privateKey, SendBufferSize: 100 },
      Backoff: { BaseDelay: '200ms', Multiplier: 1.6, MaxDelay: '2s' },
      LocalMSPID: orderer.organizationId,
      LocalMSPDir: files.nodeIdentity(orderer.node).mspFolder,
      BootstrapMethod: 'none',
    },
    FileLedger: { Location: data },
    Consensus: { WALDir: join(data, 'etcdraft', 'wal'), SnapDir: join(data, 'etcdraft', 'snapshot') },
    ChannelParticipation: { Enabled: true, MaxRequestBodySize: '1 MB' },
    Admin: { ListenAddress: endpoint(orderer.adminPort), TLS: administration },
    Operations: { ListenAddress: endpoint(orderer.operationsPort), TLS: administration },
    Metrics: { Provider: 'prometheus' },
  };
}
