import 'reflect-metadata';
import { X509CertificateGenerator } from '@peculiar/x509';
import { createKey, createSigner, uuidv7, type KeyPair, type Signer } from '@tallystick/client';

const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** A signer with a self-signed certificate: enough for everything that does not ask who issued it. */
export async function newSigner(id = `${uuidv7()}@NorthPay`): Promise<Signer> {
  const key = await createKey();
  return createSigner({ id, key, certificate: await selfSigned(key) });
}

export async function selfSigned(keys: KeyPair): Promise<string> {
  const certificate = await X509CertificateGenerator.createSelfSigned({ name: 'CN=test', keys, signingAlgorithm: ES256 });
  return certificate.toString('pem');
}
