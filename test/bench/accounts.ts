import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { AccountId } from '../../chaincode/src/domain/index.ts';
import type { Signer } from '../support/signer.ts';

/** An account of the bench: its key is derived from the run's seed and its number, so a million of them fit in memory. */
export interface BenchAccount {
  readonly id: AccountId;
  readonly thumbprint: string;
  readonly number: number;
}

/** Keys that are kept after use; the others are derived again. */
const MOST_KEPT = 20_000;
/** PKCS #8 of a P-256 key without its public part, up to the 32 bytes of the key itself. */
const PKCS8_HEAD = Buffer.from('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420', 'hex');

export interface KeyRing {
  readonly key: (number: number) => KeyObject;
  readonly signer: (account: BenchAccount) => Signer;
}

export function keyRing(seed: string): KeyRing {
  const kept = new Map<number, KeyObject>();
  const key = (number: number): KeyObject => {
    const found = kept.get(number) ?? deriveKey(seed, number);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(number, found);
    return found;
  };
  return { key, signer: ({ id, thumbprint, number }) => ({ id, thumbprint, key: key(number) }) };
}

/** DER SubjectPublicKeyInfo. */
export function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

/** A hash is a valid private key of P-256 but for one in 2^32. */
function deriveKey(seed: string, number: number): KeyObject {
  const secret = createHash('sha256').update(`${seed}/${number}`).digest();
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, secret]), format: 'der', type: 'pkcs8' });
}
