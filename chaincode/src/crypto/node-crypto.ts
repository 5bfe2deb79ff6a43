import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Crypto } from '../domain/crypto.ts';
import { authorityKey, isIssuedBy, readCertificate } from './certificate.ts';
import { derSignature } from './der-signature.ts';

/** Parsed keys; only a cache, so it changes no answer. */
const keys = new LRUCache<string, KeyObject>({ max: 50_000 });

/** The domain's cryptography on `node:crypto`. */
export const nodeCrypto: Crypto = {
  sha256: (data) => createHash('sha256').update(data).digest('base64url'),
  // A bare KeyObject with a DER signature is the quick path of node:crypto: options cost a third.
  verify: (publicKey, signed, signature) => {
    const der = derSignature(signature);
    return der !== undefined && verify('sha256', Buffer.from(signed, 'latin1'), keyObject(publicKey), der);
  },
  readCertificate,
  isIssuedBy,
  authorityKey,
};

function keyObject(publicKey: string): KeyObject {
  const cached = keys.get(publicKey);
  if (cached !== undefined) return cached;
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  keys.set(publicKey, key);
  return key;
}
