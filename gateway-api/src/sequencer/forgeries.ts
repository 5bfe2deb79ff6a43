import { LedgerError } from '@tallystick/chaincode/domain';

const MOST = 10_000;

/**
 * Instructions whose signature is wrong under a key that is recorded for their signer: that can never change, so the same bytes
 * are refused again without reading or verifying them. The oldest are forgotten.
 */
export class Forgeries {
  readonly #known = new Set<string>();

  add(jws: string): void {
    this.#known.add(jws);
    if (this.#known.size <= MOST) return;
    const [oldest] = this.#known;
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  /** @throws LedgerError SIGNATURE_INVALID */
  assertNew(jws: string): void {
    if (this.#known.has(jws)) throw new LedgerError('SIGNATURE_INVALID');
  }
}
