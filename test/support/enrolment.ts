import { readFileSync } from 'node:fs';
import { createKey, createSigner, requestCertificate, uuidv7, type KeyPair, type Signer } from '../../client/src/index.ts';
import { caClient } from '../../network/src/ca/client.ts';
import type { MemberDescription } from '../../network/src/index.ts';
import { randomBytes } from 'node:crypto';

/** A key with a certificate of an organization's user CA, whatever name stands in it. */
export interface Enrolled {
  readonly key: KeyPair;
  /** PEM. */
  readonly certificate: string;
  /** `certificate.application/1` by this key, for the holder. */
  readonly application: string;
}

/** Has an organization's own CA certify a key for a holder: what its business system does, and what a hostile one could do for anybody. */
export async function enrol(member: MemberDescription, { ledger, holder, key }: { readonly ledger: string; readonly holder: string; readonly key?: KeyPair }): Promise<Enrolled> {
  const { url, registrar } = member.certificateAuthority;
  const authority = caClient({ url, name: 'user', tlsRootCertificate: readFileSync(member.roots.tls, 'utf8') });
  const asked = key ?? (await createKey());
  const { csr, application } = await requestCertificate(asked, { ledger, holder });
  const id = holder;
  const secret = randomBytes(16).toString('hex');
  const by = { certificate: readFileSync(registrar.certificate, 'utf8'), privateKey: readFileSync(registrar.privateKey, 'utf8') };
  await authority.register(by, { id, type: 'client', secret }).catch(() => authority.renewSecret(by, { id, type: 'client', secret }));
  return { key: asked, certificate: await authority.enroll({ id, secret, csr }), application };
}

export function newAccountId(organization: string): string {
  return `${uuidv7()}@${organization}`;
}

export async function signerOf(id: string, { key, certificate }: Enrolled): Promise<Signer> {
  return createSigner({ id, key, certificate });
}

/** A certificate as instructions carry it: DER in base64. */
export function derOf(pem: string): string {
  return pem.replaceAll(/-----[^-]+-----|\s/g, '');
}
