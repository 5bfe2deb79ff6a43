import type { ErrorCode, Figures } from './error.ts';
import type { Digest, InstructionId, SignerId, TokenId } from './id.ts';
import type { Bill } from './bill.ts';
import type { Clearing } from './clearing-cycle.ts';
import type { Hold } from './hold.ts';
import type { Mandate } from './mandate.ts';
import type { HolderLink } from './link.ts';
import type { Payment } from './payment.ts';
import type { Posting } from './posting.ts';
import type { Proposal } from './proposal.ts';
import type { Recovery } from './recovery.ts';
import type { Redemption } from './redemption.ts';
import type { Settlement } from './settlement.ts';
import type { Instant } from './time.ts';

/** The failed rule, with its figures. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly figures?: Figures | undefined;
}

/** What the ledger keeps of an instruction, for ever: (signer, id) has one outcome. */
export interface InstructionRecord extends MadeObjects {
  /** SHA-256 of the canonical payload. */
  readonly hash: Digest;
  readonly bookedAt: Instant;
  /** Version of the rules it was judged by. */
  readonly rules: number;
  /** Absent: applied. */
  readonly refusal?: Refusal | undefined;
}

/** What an instruction made: it has a life of its own afterwards, while the outcome stays. */
export interface MadeObjects {
  readonly payment?: Payment | undefined;
  readonly bill?: Bill | undefined;
  readonly hold?: Hold | undefined;
  readonly settlement?: Settlement | undefined;
  readonly mandate?: Mandate | undefined;
  readonly proposal?: Proposal | undefined;
  readonly clearing?: Clearing | undefined;
  readonly recovery?: Recovery | undefined;
  readonly link?: HolderLink | undefined;
  readonly redemption?: Redemption | undefined;
}

/** The outcome of one instruction of a batch that this transaction records. */
export interface Outcome {
  readonly id: InstructionId;
  readonly signer: SignerId;
  readonly type: string;
  readonly hash: Digest;
  readonly refusal?: Refusal | undefined;
  /** Version of the rules, where an instruction before it in its batch has changed them. */
  readonly rules?: number | undefined;
  /** The token it moved, and how much, where the body does not say. */
  readonly token?: TokenId | undefined;
  readonly moved?: string | undefined;
  /** The entry it made, where it follows from more than body, token and amount: conversions and clearing. */
  readonly postings?: readonly Posting[] | undefined;
}
