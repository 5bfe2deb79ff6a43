import { generateKeyPairSync, sign } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { nodeCrypto } from '../../chaincode/src/crypto/index.ts';

const SECONDS = 2;
/** Gateway and two endorsers verify each payment. */
export const VERIFICATIONS_PER_PAYMENT = 3;

/** Payments a second if nothing but verifying signatures had to be done, on all cores: measured now, on this machine. */
export async function signatureBound(): Promise<number> {
  const workers = Array.from({ length: availableParallelism() }, () => new Worker(new URL('verify-worker.ts', import.meta.url)));
  const counts = await Promise.all(workers.map((worker) => new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject))));
  return counts.reduce((sum, count) => sum + count, 0) / SECONDS / VERIFICATIONS_PER_PAYMENT;
}

/** Verifies for two seconds the way the ledger does; answers how often. */
export function verifyForAWhile(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const signed = 'x'.repeat(700);
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const until = performance.now() + SECONDS * 1_000;
  let count = 0;
  while (performance.now() < until) {
    if (!nodeCrypto.verify(spki, signed, signature)) throw new Error('a good signature was refused');
    count++;
  }
  return count;
}
