import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as never);

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface KeyPair {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
}

export interface Authority {
  readonly keys: KeyPair;
  readonly certificate: x509.X509Certificate;
}

export interface LeafOptions {
  readonly name?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly isAuthority?: boolean;
  readonly usage?: x509.KeyUsageFlags;
  readonly extensions?: readonly x509.Extension[];
}

const YEAR_MS = 365 * 24 * 3600_000;

export async function makeKeys(namedCurve = 'P-256'): Promise<KeyPair> {
  return webcrypto.subtle.generateKey({ ...ECDSA, namedCurve }, true, ['sign', 'verify']);
}

export async function makeAuthority(name: string, at = Date.now(), keys?: KeyPair): Promise<Authority> {
  keys ??= await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${name}`,
    notBefore: new Date(at - YEAR_MS),
    notAfter: new Date(at + 10 * YEAR_MS),
    signingAlgorithm: ECDSA,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
  });
  return { keys, certificate };
}

/** A leaf certificate as the user CA of an organization issues it, unless the options say otherwise. */
export async function issueLeaf(authority: Authority, publicKey: webcrypto.CryptoKey, options: LeafOptions = {}): Promise<x509.X509Certificate> {
  const now = Date.now();
  return x509.X509CertificateGenerator.create({
    serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString('hex'),
    subject: `CN=${options.name ?? 'user'}`,
    issuer: authority.certificate.subject,
    notBefore: options.notBefore ?? new Date(now - 3600_000),
    notAfter: options.notAfter ?? new Date(now + YEAR_MS),
    signingAlgorithm: ECDSA,
    publicKey,
    signingKey: authority.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(options.isAuthority ?? false, undefined, true),
      new x509.KeyUsagesExtension(options.usage ?? x509.KeyUsageFlags.digitalSignature, true),
      ...(options.extensions ?? []),
    ],
  });
}

export function toDer(certificate: x509.X509Certificate): string {
  return Buffer.from(certificate.rawData).toString('base64');
}
