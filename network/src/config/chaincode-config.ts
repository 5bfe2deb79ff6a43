import { readText, writeFile } from '../files.ts';
import { endpoint, type PaymentSystem } from '../topology.ts';
import type { OrganizationPaths } from './paths.ts';

/** Writes what a peer must know to reach its organization's chaincode process: both prove who they are by TLS. */
export function writeChaincodeConnection({ peer, chaincode }: PaymentSystem, files: OrganizationPaths): string {
  const client = files.tls(peer.node);
  const connection = {
    address: endpoint(chaincode.port),
    dial_timeout: '5s',
    tls_required: true,
    client_auth_required: true,
    client_key: readText(client.privateKey),
    client_cert: readText(client.certificate),
    root_cert: readText(files.rootCertificate('tls')),
  };
  writeFile(files.chaincodeConnection, JSON.stringify(connection), 'secret');
  return files.chaincodeConnection;
}
