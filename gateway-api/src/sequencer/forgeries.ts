import { createHash } from 'node:crypto';
import { LedgerError } from '@tallystick/chaincode/domain';

const MOST = 10_000;

/**
 * Instructions whose signature is wrong under a key that is recorded for their signer: that can never change, so the same bytes
 * are refused again without reading or verifying them. Only their SHA-256 is kept, and the oldest are forgotten.
 */
export class Forgeries {
  readonly #known = new Set<string>();
  readonly #most: number;

  constructor(most = MOST) {
    this.#most = most;
  }

  add(jws: string): void {
    this.#known.add(digestOf(jws));
    if (this.#known.size <= this.#most) return;
    const [oldest] = this.#known;
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  /** @throws LedgerError SIGNATURE_INVALID */
  assertNew(jws: string): void {
    if (this.#known.size > 0 && this.#known.has(digestOf(jws))) throw new LedgerError('SIGNATURE_INVALID');
  }

  /** What is kept of them. */
  kept(): readonly string[] {
    return [...this.#known];
  }
}

function digestOf(jws: string): string {
  return createHash('sha256').update(jws).digest('base64url');
}
