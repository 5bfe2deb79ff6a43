import type { Digest, ErrorCode, Figures, InstructionId, SignerId } from '@tallystick/chaincode/domain';
import type { PaymentView } from './answer.ts';

/** What became of an instruction: the check result and the record result. */
export interface Receipt {
  readonly id: InstructionId;
  readonly signer: SignerId;
  readonly type: string;
  readonly hash: Digest;
  readonly status: 'applied' | 'refused';
  readonly check: { readonly passed: boolean; readonly rules: number; readonly code?: ErrorCode; readonly figures?: Figures };
  readonly record: { readonly block: number; readonly transaction: string; readonly position: number; readonly index: number; readonly bookedAt: string };
  /** What it made, by noun, as it is now. */
  readonly object?: { readonly payment?: PaymentView };
  /** Of the instruction, for those who may read it. */
  readonly body?: unknown;
}

/** Where an instruction stands; only after `can-never-apply` is it safe to sign the same wish anew. */
export interface InstructionStatus {
  readonly status: 'pending' | 'applied' | 'refused' | 'unknown' | 'can-never-apply';
  readonly receipt?: Receipt;
  /** With `unknown`: what was last answered without being recorded; the same bytes may still apply. */
  readonly lastAnswer?: { readonly code: string; readonly figures?: Figures };
}

/** An applied instruction; `repeated`: the ledger had it already, and this is the first receipt. */
export interface Submission {
  readonly receipt: Receipt;
  readonly repeated: boolean;
}
