import 'reflect-metadata';
import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** A new P-256 key, PKCS #8 in PEM. */
export function newPrivateKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export interface RequestOptions {
  readonly commonName: string;
  /** PKCS #8 in PEM. */
  readonly privateKey: string;
  /** IP addresses for the subject alternative name of a server. */
  readonly addresses?: readonly string[];
}

/** A certificate signing request in PEM. */
export async function certificateRequest({ commonName, privateKey, addresses = [] }: RequestOptions): Promise<string> {
  const secret = createPrivateKey(privateKey);
  const open = createPublicKey(secret);
  const keys = {
    privateKey: await webcrypto.subtle.importKey('pkcs8', secret.export({ type: 'pkcs8', format: 'der' }), P256, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', open.export({ type: 'spki', format: 'der' }), P256, true, ['verify']),
  };
  const names = addresses.map((value) => ({ type: 'ip' as const, value }));
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)],
  });
  return request.toString('pem');
}
