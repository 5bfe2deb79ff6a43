import { createPublicKey, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Reads a public key: DER SubjectPublicKeyInfo, base64. @throws of node:crypto when it is none */
export type ReadKey = (publicKey: string) => KeyObject;

/** Keeps so many parsed keys, 2.5 KB each; making one takes 30 µs, a verification 50. Only a cache, so it changes no answer. */
export function keyReader(max: number): ReadKey {
  const keys = new LRUCache<string, KeyObject>({ max });
  return (publicKey) => {
    const known = keys.get(publicKey);
    if (known !== undefined) return known;
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    keys.set(publicKey, key);
    return key;
  };
}
