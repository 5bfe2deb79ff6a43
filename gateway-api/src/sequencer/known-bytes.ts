import { hash } from 'node:crypto';
import { LedgerError } from '@tallystick/chaincode/domain';
import { ToldTooOftenError } from '../turned-away.ts';
import { Waste } from '../waste.ts';

const MOST = 10_000;
/** So often the outcome of the same bytes is told at once, and then so often in a second. */
const TOLD = { atOnce: 5, backPerSecond: 1 };

/**
 * Instructions that are answered without being read, by the SHA-256 of their bytes. Those whose signature is wrong under a key that is
 * recorded for their signer: that can never change. And those whose outcome was told again and again: whoever asks so often need not know it so soon.
 */
export class KnownBytes {
  readonly #forgeries = new Set<string>();
  readonly #most: number;
  readonly #told: Waste;

  constructor({ most = MOST, now = Date.now }: { readonly most?: number; readonly now?: () => number } = {}) {
    this.#most = most;
    this.#told = new Waste(TOLD, now);
  }

  addForgery(jws: string): void {
    this.#forgeries.add(digestOf(jws));
    if (this.#forgeries.size <= this.#most) return;
    const [oldest] = this.#forgeries;
    if (oldest !== undefined) this.#forgeries.delete(oldest);
  }

  /** Its outcome was there before it came, and is told. */
  addTold(jws: string): void {
    this.#told.add(digestOf(jws), 1);
  }

  /** @throws LedgerError SIGNATURE_INVALID, ToldTooOftenError */
  assertWorthReading(jws: string): void {
    if (this.#forgeries.size === 0 && this.#told.size === 0) return;
    const digest = digestOf(jws);
    if (this.#forgeries.has(digest)) throw new LedgerError('SIGNATURE_INVALID');
    if (this.#told.isOver(digest)) throw new ToldTooOftenError();
  }

  /** What is kept of forgeries. */
  kept(): readonly string[] {
    return [...this.#forgeries];
  }
}

function digestOf(jws: string): string {
  return hash('sha256', jws, 'base64url');
}
