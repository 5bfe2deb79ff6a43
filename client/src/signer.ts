import 'reflect-metadata';
import { X509Certificate } from '@peculiar/x509';
import { ERRORS, fromBase64, toBase64, type Digest, type SignerId } from '@tallystick/chaincode/domain';
import { sha256 } from './digest.ts';
import { TallyError } from './error.ts';
import type { Key } from './key.ts';
import { fromPem } from './pem.ts';

/** Who signs: an account or an officer, with a key and the certificate recorded for it. */
export interface Signer {
  readonly id: SignerId;
  readonly key: Key;
  /** SHA-256 of the certificate's DER: the `kid` of what it signs. */
  readonly thumbprint: Digest;
}

/**
 * @param certificate PEM, or DER in base64 as the ledger keeps it
 * @throws TallyError CERTIFICATE_MALFORMED when it is none, CERTIFICATE_DIFFERS when it is not of this key
 */
export async function createSigner({ id, key, certificate }: { readonly id: SignerId; readonly key: Key; readonly certificate: string }): Promise<Signer> {
  const { der, spki } = read(certificate);
  if (spki !== key.spki) throw new TallyError('CERTIFICATE_DIFFERS', 'The certificate is of another key.');
  return { id, key, thumbprint: await sha256(der) };
}

function read(certificate: string): { readonly der: Uint8Array<ArrayBuffer>; readonly spki: string } {
  try {
    const der = fromPem('CERTIFICATE', certificate) ?? fromBase64(certificate.trim());
    return { der, spki: toBase64(new Uint8Array(new X509Certificate(der).publicKey.rawData)) };
  } catch (cause) {
    throw new TallyError('CERTIFICATE_MALFORMED', ERRORS.CERTIFICATE_MALFORMED.meaning, { cause });
  }
}
