import { hash, verify } from 'node:crypto';
import type { Crypto } from '../domain/crypto.ts';
import { authorityKey, isIssuedBy, readCertificate } from './certificate.ts';
import { derSignature } from './der-signature.ts';
import { keyReader } from './key-object.ts';

/** The domain's cryptography on `node:crypto`; keeps so many public keys ready. */
export function cryptoKeeping(keys: number): Crypto {
  const readKey = keyReader(keys);
  return {
    sha256: (data) => hash('sha256', data, 'base64url'),
    // A bare KeyObject with a DER signature is the quick path of node:crypto: options cost a third.
    verify: (publicKey, signed, signature) => {
      const der = derSignature(signature);
      return der !== undefined && verify('sha256', Buffer.from(signed, 'latin1'), readKey(publicKey), der);
    },
    readCertificate,
    isIssuedBy,
    authorityKey,
  };
}

/** Of a chaincode process, which verifies most of what a consortium pays: 125 MB when there are as many payers. */
const MOST_KEYS = 50_000;

export const nodeCrypto = cryptoKeeping(MOST_KEYS);
