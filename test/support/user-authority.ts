import { createPrivateKey, webcrypto, type KeyObject, X509Certificate as NodeCertificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type { MemberDescription } from '../../network/src/index.ts';
import type { Authority } from './certificates.ts';

/** An organization's user CA with its key, as the organization itself could use it: certificates that its CA server would not issue. */
export async function userAuthority(member: MemberDescription): Promise<Authority> {
  const key = userAuthorityKey(member);
  const privateKey = await webcrypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  const authority = new x509.X509Certificate(readFileSync(member.roots.user, 'utf8'));
  return { keys: { privateKey, publicKey: await authority.publicKey.export() as webcrypto.CryptoKey }, certificate: authority };
}

export function userAuthorityKey({ roots }: MemberDescription): KeyObject {
  const keystore = join(dirname(roots.user), 'msp', 'keystore');
  const certificate = new NodeCertificate(readFileSync(roots.user, 'utf8'));
  const key = readdirSync(keystore)
    .filter((name) => name.endsWith('_sk'))
    .map((name) => createPrivateKey(readFileSync(join(keystore, name))))
    .find((each) => certificate.checkPrivateKey(each));
  if (key === undefined) throw new Error(`no key of ${roots.user}`);
  return key;
}
