import type { ErrorCode, Figures } from './error.ts';
import type { Digest, InstructionId, SignerId, TokenId } from './id.ts';
import type { Payment } from './payment.ts';
import type { Instant } from './time.ts';

/** The failed rule, with its figures. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly figures?: Figures | undefined;
}

/** What the ledger keeps of an instruction, for ever: (signer, id) has one outcome. */
export interface InstructionRecord {
  /** SHA-256 of the canonical payload. */
  readonly hash: Digest;
  readonly bookedAt: Instant;
  /** Version of the rules it was judged by. */
  readonly rules: number;
  /** Absent: applied. */
  readonly refusal?: Refusal | undefined;
  /** What it made; changes with the payment's refunds, while the outcome does not. */
  readonly payment?: Payment | undefined;
}

/** The outcome of one instruction of a batch that this transaction records. */
export interface Outcome {
  readonly id: InstructionId;
  readonly signer: SignerId;
  readonly type: string;
  readonly hash: Digest;
  readonly refusal?: Refusal | undefined;
  /** The token it moved, where the body does not name it. */
  readonly token?: TokenId | undefined;
}
