import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { LedgerError } from '../domain/error.ts';
import { MAX_INSTRUCTION_LENGTH } from '../domain/instruction.ts';
import type { IncomingHint } from '../domain/slot.ts';

/** Instructions in one batch. */
export const MAX_BATCH = 500;

/** By `{account}/{token}`. */
export type IncomingHints = Readonly<Record<string, IncomingHint>>;

/** What a gateway hands over in one transaction. */
export interface Batch {
  /** Compact JWS. */
  readonly instructions: readonly string[];
  readonly lane: number;
  readonly incoming?: IncomingHints | undefined;
}

/** Room for the hints beside the instructions. */
const HINTS_LENGTH = 2 ** 20;
const LIMITS = { maxOutputLength: MAX_BATCH * MAX_INSTRUCTION_LENGTH + HINTS_LENGTH };
/** More effort takes several times as long and saves a twentieth. */
const EFFORT = { params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT } };

/**
 * A batch as the argument of a transaction: JSON, compressed (RFC 7932). Instructions repeat each other, and base64url takes a third more room
 * than what it says; each byte of an argument is copied some dozens of times and stored by every peer.
 */
export function packBatch(batch: Batch): Uint8Array {
  return packText(JSON.stringify(batch));
}

export function packText(text: string): Uint8Array {
  return brotliCompressSync(text, EFFORT);
}

/** The JSON of a batch. @throws LedgerError BATCH_MALFORMED */
export function unpackText(packed: Uint8Array): string {
  try {
    return brotliDecompressSync(packed, LIMITS).toString('utf8');
  } catch {
    throw new LedgerError('BATCH_MALFORMED');
  }
}
