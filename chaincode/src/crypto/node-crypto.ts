import { hash, verify } from 'node:crypto';
import type { Crypto } from '../domain/crypto.ts';
import { authorityKey, isIssuedBy, readCertificate } from './certificate.ts';
import { derSignature } from './der-signature.ts';
import { keyObject } from './key-object.ts';

/** The domain's cryptography on `node:crypto`. */
export const nodeCrypto: Crypto = {
  sha256: (data) => hash('sha256', data, 'base64url'),
  // A bare KeyObject with a DER signature is the quick path of node:crypto: options cost a third.
  verify: (publicKey, signed, signature) => {
    const der = derSignature(signature);
    return der !== undefined && verify('sha256', Buffer.from(signed, 'latin1'), keyObject(publicKey), der);
  },
  readCertificate,
  isIssuedBy,
  authorityKey,
};
