import type { ErrorCode, Figures } from '@tallystick/chaincode/domain';

/** What this library itself finds wrong; every other code is the ledger's or the gateway's. */
export type ClientErrorCode =
  | 'ANSWER_UNEXPECTED'
  | 'CERTIFICATE_DIFFERS'
  | 'GATEWAY_UNREACHABLE'
  | 'INSTRUCTION_PENDING'
  | 'KEY_MALFORMED'
  | 'KEY_NOT_TAKEN'
  | 'OUTCOME_UNKNOWN'
  | 'SIGNER_MISSING';

export interface TallyErrorDetails {
  /** HTTP status of the answer; absent when there was none. */
  readonly status?: number | undefined;
  readonly figures?: Figures | undefined;
  /** Fabric transaction that recorded the refusal; absent when it was not recorded. */
  readonly txId?: string | undefined;
  readonly block?: number | undefined;
  readonly cause?: unknown;
}

/** A refusal or a failure. `code` is for programs, `message` for people. */
export class TallyError extends Error {
  /** A code of the ledger's table, of the gateway's, or of this library. */
  readonly code: ErrorCode | ClientErrorCode | (string & {});
  readonly status: number | undefined;
  readonly figures: Figures | undefined;
  readonly txId: string | undefined;
  readonly block: number | undefined;

  constructor(code: TallyError['code'], message: string, { status, figures, txId, block, cause }: TallyErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TallyError';
    this.code = code;
    this.status = status;
    this.figures = figures;
    this.txId = txId;
    this.block = block;
  }
}
