import {
  envelopeSchema,
  ERRORS,
  formatInstant,
  instructionPayload,
  LedgerError,
  parseOrRefuse,
  readJws,
  type Digest,
  type ErrorCode,
  type InstructionId,
  type InstructionType,
  type SignerId,
} from '@tallystick/chaincode/domain';
import { sha256 } from './digest.ts';
import { TallyError } from './error.ts';
import { signJws } from './jws.ts';
import type { Signer } from './signer.ts';
import { uuidv7 } from './uuid.ts';

/** How long an instruction may wait for its turn unless its maker says otherwise. */
export const DEFAULT_LIFETIME_MS = 15 * 60_000;

export interface InstructionOptions {
  readonly ledger: string;
  /** At most 24 hours. */
  readonly lifetimeMs?: number | undefined;
  readonly now?: number | undefined;
}

/** Signed bytes: whatever happens on the way, the same bytes can be sent again and have one outcome. */
export interface SignedInstruction {
  readonly id: InstructionId;
  readonly signer: SignerId;
  readonly type: string;
  readonly hash: Digest;
  readonly expiresAt: string;
  /** Compact JWS. */
  readonly jws: string;
}

/**
 * Signs an instruction of a type of the domain: `signInstruction(signer, pay, {payee, token, amount}, {ledger})`.
 * @throws TallyError with the ledger's own code when the body is not one of this type
 */
export async function signInstruction<Body>(
  signer: Signer,
  type: InstructionType<Body>,
  body: Body,
  { ledger, lifetimeMs = DEFAULT_LIFETIME_MS, now = Date.now() }: InstructionOptions,
): Promise<SignedInstruction> {
  assertBody(type.body, body);
  const id = uuidv7(now);
  const expiresAt = formatInstant(now + lifetimeMs);
  const payload = instructionPayload({ type: type.type, id, ledger, signer: signer.id, issuedAt: formatInstant(now), expiresAt, body });
  const jws = await signJws(signer.key, signer.thumbprint, payload);
  return { id, signer: signer.id, type: type.type, hash: await sha256(payload), expiresAt, jws };
}

/** Signed bytes that were kept. @throws TallyError INSTRUCTION_MALFORMED */
export async function readSigned(jws: string): Promise<SignedInstruction> {
  try {
    const { payload, payloadText } = readJws(jws);
    const { id, signer, type, expiresAt } = envelopeSchema.parse(payload);
    return { id, signer, type, hash: await sha256(payloadText), expiresAt, jws };
  } catch (error) {
    const code: ErrorCode = error instanceof LedgerError ? error.code : 'INSTRUCTION_MALFORMED';
    throw new TallyError(code, ERRORS[code].meaning, { cause: error });
  }
}

/** The ledger would say the same; a person should not have to ask it. */
function assertBody<Body>(schema: InstructionType<Body>['body'], body: Body): void {
  try {
    parseOrRefuse(schema, body, 'BODY_MALFORMED');
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw new TallyError(error.code, ERRORS[error.code].meaning, { figures: error.figures });
  }
}
