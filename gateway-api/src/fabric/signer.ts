import { createPrivateKey, sign } from 'node:crypto';
import type { Signer } from '@hyperledger/fabric-gateway';

const HALF_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n / 2n;

/**
 * Signs with node:crypto, which takes a seventeenth of the time of the stock signer. It hashes too, so the client must be
 * given `hash.none`. Fabric refuses a signature whose s is in the upper half: every second one, so one signs again.
 */
export function nativeSigner(privateKeyPem: string): Signer {
  const key = createPrivateKey(privateKeyPem);
  return (message) => {
    let signature = sign('sha256', message, key);
    while (!hasLowS(signature)) signature = sign('sha256', message, key);
    return Promise.resolve(signature);
  };
}

function hasLowS(der: Buffer): boolean {
  const rLength = der[3] ?? 0;
  return BigInt(`0x${der.subarray(6 + rLength).toString('hex')}`) <= HALF_ORDER;
}
