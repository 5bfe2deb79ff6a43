import { randomBytes, X509Certificate } from 'node:crypto';
import type { CredentialPaths, OrganizationPaths } from '../config/paths.ts';
import { readIfThere, readText, writeFile } from '../files.ts';
import { HOST, OFFICERS, type Organization, type Root } from '../topology.ts';
import { ALREADY_REGISTERED, CaError, caClient, type Attribute, type CaClient, type Holder } from './client.ts';
import { certificateRequest, newPrivateKey } from './request.ts';
import { REGISTRAR, registrarSecret } from './server-config.ts';

/** A certificate an organization needs to run. */
export interface Wanted {
  readonly root: Root;
  readonly id: string;
  /** Becomes the OU, by which Fabric tells a peer from a client from an administrator. */
  readonly type: 'client' | 'peer' | 'orderer' | 'admin';
  readonly files: CredentialPaths;
  readonly addresses?: readonly string[];
  readonly attributes?: readonly Attribute[];
  /** Somebody knows this certificate and no other: with BFT the channel configuration an orderer's, the ledger an officer's, which takes no second one of the same key either. */
  readonly pinned?: boolean;
}

/** A certificate with less than this left is renewed, with the same key, when the network comes up; unless it is pinned. */
export const RENEW_BEFORE_DAYS = 30;

/** Every certificate of an organization, but for the roots and the CA server's own. */
export function wantedBy(organization: Organization, files: OrganizationPaths, pinned: boolean): readonly Wanted[] {
  const administration: readonly Wanted[] = [
    { root: 'node', id: 'admin', type: 'admin', files: files.identity('admin') },
    { root: 'admin-tls', id: 'admin', type: 'client', files: files.adminTls },
  ];
  const server = (node: string): Wanted => ({ root: 'tls', id: node, type: 'client', files: files.tls(node), addresses: [HOST] });
  if (organization.kind === 'ordering') {
    const nodes = organization.orderers.flatMap(({ node }): Wanted[] => [
      { root: 'node', id: node, type: 'orderer', files: files.nodeIdentity(node), pinned },
      server(node),
    ]);
    return [...administration, ...nodes];
  }
  const { peer, chaincode } = organization;
  const officers = OFFICERS.map((officer): Wanted => ({
    root: 'user',
    id: officer,
    type: 'client',
    files: files.officer(officer),
    attributes: [{ name: 'tallystick.role', value: officer, ecert: true }],
    pinned: true,
  }));
  return [
    ...administration,
    { root: 'node', id: 'gateway', type: 'client', files: files.identity('gateway') },
    { root: 'node', id: peer.node, type: 'peer', files: files.nodeIdentity(peer.node) },
    server(peer.node),
    server(chaincode.node),
    ...officers,
    { root: 'user', id: 'gateway', type: 'client', files: files.applicantRegistrar, attributes: APPLICANT_REGISTRAR },
  ];
}

/** It may register clients. It may not grant attributes: a role is an officer's, and a gateway must not make officers. */
const APPLICANT_REGISTRAR: readonly Attribute[] = [
  { name: 'hf.Registrar.Roles', value: 'client' },
];

export type Condition = 'missing' | 'expiring' | 'good';

export function conditionOf(files: CredentialPaths, now = Date.now()): Condition {
  const certificate = readIfThere(files.certificate);
  if (certificate === undefined || readIfThere(files.privateKey) === undefined) return 'missing';
  return expiresSoon(certificate, now) ? 'expiring' : 'good';
}

export function expiresSoon(certificate: string, now = Date.now()): boolean {
  return Date.parse(new X509Certificate(certificate).validTo) - now < RENEW_BEFORE_DAYS * 86_400_000;
}

/** What of it must be issued before the network can run. */
export function due(wanted: readonly Wanted[]): readonly Wanted[] {
  return wanted.filter((it) => {
    const condition = conditionOf(it.files);
    return condition === 'missing' || (condition === 'expiring' && it.pinned !== true);
  });
}

/** Has the organization's running CA issue what is due. Doing it again after an interruption is safe. */
export async function enrol(organization: Organization, files: OrganizationPaths, wanted: readonly Wanted[]): Promise<void> {
  await Promise.all([...new Set(wanted.map((it) => it.root))].map(async (root) => {
    const client = clientFor(organization, files, root);
    const registrar = await registrarOf(client, files, root);
    await Promise.all(wanted.filter((it) => it.root === root).map((it) => issue(client, registrar, it)));
  }));
}

export function clientFor(organization: Organization, files: OrganizationPaths, root: Root): CaClient {
  return caClient({ url: caUrl(organization), name: root, tlsRootCertificate: readText(files.rootCertificate('tls')) });
}

export function caUrl(organization: Organization): string {
  return `https://${HOST}:${organization.ca.port}`;
}

async function registrarOf(client: CaClient, files: OrganizationPaths, root: Root): Promise<Holder> {
  const where = files.registrar(root);
  if (conditionOf(where) !== 'good') await certify(client, { id: REGISTRAR, files: where }, registrarSecret(files, root));
  return { certificate: readText(where.certificate), privateKey: readText(where.privateKey) };
}

async function issue(client: CaClient, registrar: Holder, wanted: Wanted): Promise<void> {
  const { id, type, attributes = [] } = wanted;
  const secret = randomBytes(24).toString('base64url');
  try {
    await client.register(registrar, { id, type, attributes, secret });
  } catch (error) {
    if (!(error instanceof CaError && error.code === ALREADY_REGISTERED)) throw error;
    await client.renewSecret(registrar, { id, type, secret });
  }
  await certify(client, wanted, secret);
}

async function certify(client: CaClient, { id, files, addresses = [] }: Pick<Wanted, 'id' | 'files' | 'addresses'>, secret: string): Promise<void> {
  const privateKey = readIfThere(files.privateKey) ?? newPrivateKey();
  writeFile(files.privateKey, privateKey, 'secret');
  const csr = await certificateRequest({ commonName: id, privateKey, addresses });
  writeFile(files.certificate, await client.enroll({ id, secret, csr }));
}
