import { createPrivateKey, sign } from 'node:crypto';
import type { Signer } from '@hyperledger/fabric-gateway';
import { lowS } from '@tallystick/network/ca/token';

/**
 * Signs with node:crypto, which takes a seventeenth of the time of the stock signer. It hashes too, so the client must be
 * given `hash.none`.
 */
export function nativeSigner(privateKeyPem: string): Signer {
  const key = createPrivateKey(privateKeyPem);
  return (message) => Promise.resolve(lowS(sign('sha256', message, key)));
}
