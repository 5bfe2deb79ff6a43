import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { OrganizationPaths } from '../config/paths.ts';
import { readIfThere, writeFile } from '../files.ts';
import { endpoint, HOST, type Organization, type Root } from '../topology.ts';

/** Name of the identity a CA starts with. It registers everything else. */
export const REGISTRAR = 'ca-registrar';

const LEAF_LIFETIME = '17520h';
const ROOT_LIFETIME = '131400h';

/**
 * Writes the configuration of an organization's CA process. One process serves all the organization's roots:
 * the `tls` one is its default, because the server's own TLS certificate comes from the default CA.
 */
export function writeCaConfig(organization: Organization, files: OrganizationPaths): void {
  const others = organization.roots.filter((root) => root !== 'tls');
  const server = {
    version: '1.5.21',
    address: HOST,
    port: organization.ca.port,
    loglevel: 'warning',
    crlsizelimit: 4_000_000,
    cors: { enabled: false },
    tls: { enabled: true, certfile: caServerCertificate(files), clientauth: { type: 'noclientcert' } },
    operations: { listenAddress: endpoint(organization.ca.operationsPort), tls: { enabled: false } },
    metrics: { provider: 'disabled' },
    cafiles: others.map((root) => join(files.caFolder(root), 'ca.yaml')),
    ...authority(organization, 'tls', files),
  };
  writeFile(join(files.ca, 'fabric-ca-server-config.yaml'), stringify(server), 'secret');
  for (const root of others) {
    writeFile(join(files.caFolder(root), 'ca.yaml'), stringify(authority(organization, root, files)), 'secret');
  }
}

/** The CA server's own TLS certificate, which it issues itself when it finds none. */
export function caServerCertificate(files: OrganizationPaths): string {
  return join(files.ca, 'tls-cert.pem');
}

export function registrarSecret(files: OrganizationPaths, root: Root): string {
  const path = files.registrarSecret(root);
  const secret = readIfThere(path) ?? randomBytes(24).toString('base64url');
  writeFile(path, secret, 'secret');
  return secret;
}

function authority(organization: Organization, root: Root, files: OrganizationPaths): object {
  const folder = files.caFolder(root);
  const usage = root === 'tls' ? ['digital signature', 'server auth', 'client auth'] : root === 'admin-tls' ? ['digital signature', 'client auth'] : ['digital signature'];
  return {
    ca: { name: root, certfile: join(folder, 'ca-cert.pem') },
    crl: { expiry: '168h' },
    registry: { maxenrollments: -1, identities: [firstIdentity(registrarSecret(files, root))] },
    db: { type: 'sqlite3', datasource: join(folder, 'fabric-ca-server.db') },
    affiliations: {},
    signing: {
      default: { usage, expiry: LEAF_LIFETIME },
      profiles: { tls: { usage, expiry: LEAF_LIFETIME } },
    },
    csr: {
      cn: `${organization.organizationId} ${root} root`,
      keyrequest: { algo: 'ecdsa', size: 256 },
      names: [{ O: organization.organizationId }],
      // The default CA's list also becomes the address in the server's own TLS certificate.
      hosts: root === 'tls' ? [HOST] : [],
      ca: { expiry: ROOT_LIFETIME },
    },
    idemix: { rhpoolsize: 1, nonceexpiration: '15s', noncesweepinterval: '15m' },
    cfg: { identities: { passwordattempts: 10, allowremove: false } },
  };
}

function firstIdentity(pass: string): object {
  return {
    name: REGISTRAR,
    pass,
    type: 'client',
    affiliation: '',
    attrs: {
      'hf.Registrar.Roles': '*',
      'hf.Registrar.DelegateRoles': '*',
      'hf.Registrar.Attributes': '*',
      'hf.Revoker': true,
      'hf.GenCRL': true,
      'hf.AffiliationMgr': true,
    },
  };
}
