import { join } from 'node:path';
import { stringify } from 'yaml';
import { readText, writeFile } from '../files.ts';
import type { Organization } from '../topology.ts';
import type { OrganizationPaths } from './paths.ts';

/** Writes the MSP definition of an organization and completes the MSP folder of each of its identities. */
export function writeMsps(organization: Organization, files: OrganizationPaths): void {
  const nodes = organization.kind === 'ordering'
    ? organization.orderers.map(({ node }) => files.nodeIdentity(node).mspFolder)
    : [files.nodeIdentity(organization.peer.node).mspFolder, files.identity('gateway').mspFolder];
  for (const folder of [files.msp, files.identity('admin').mspFolder, ...nodes]) writeMsp(folder, files);
}

function writeMsp(folder: string, files: OrganizationPaths): void {
  // The node root is the only one: whoever holds a TLS or a user certificate is no member of the channel.
  writeFile(join(folder, 'cacerts', 'node.pem'), readText(files.rootCertificate('node')));
  writeFile(join(folder, 'tlscacerts', 'tls.pem'), readText(files.rootCertificate('tls')));
  writeFile(join(folder, 'config.yaml'), stringify({ NodeOUs: nodeOus() }));
}

function nodeOus(): object {
  const identifier = (unit: string): object => ({ Certificate: 'cacerts/node.pem', OrganizationalUnitIdentifier: unit });
  return {
    Enable: true,
    ClientOUIdentifier: identifier('client'),
    PeerOUIdentifier: identifier('peer'),
    AdminOUIdentifier: identifier('admin'),
    OrdererOUIdentifier: identifier('orderer'),
  };
}
