import { z } from 'zod';
import { canonicalJson } from './codec.ts';
import type { Crypto } from './crypto.ts';
import { isErrorCode, LedgerError, refuseUnless, type ErrorCode } from './error.ts';
import { faultyMember } from './fault.ts';
import { instructionIdSchema, signerIdSchema, uuidTime, type Digest, type InstructionId, type OrganizationId, type SignerId } from './id.ts';
import type { Debit, InstructionType } from './instruction-type.ts';
import { INSTRUCTION_TYPES } from './instruction-types.ts';
import { readJws } from './jws.ts';
import { instantSchema, parseInstant, type Instant } from './time.ts';

/** Room for a settlement of 200 bills. */
export const MAX_INSTRUCTION_LENGTH = 49_152;
export const MAX_LIFETIME_MS = 24 * 3600_000;

/** What a signer signs: canonical JSON of exactly these members. */
export const envelopeSchema = z.strictObject({
  type: z.string(),
  id: instructionIdSchema,
  ledger: z.string(),
  signer: signerIdSchema,
  issuedAt: instantSchema,
  expiresAt: instantSchema,
  body: z.unknown(),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** An instruction that is well-formed; its signature is not verified yet. */
export interface Instruction {
  readonly type: InstructionType;
  readonly id: InstructionId;
  readonly ledger: string;
  readonly signer: SignerId;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  readonly body: unknown;
  /** SHA-256 of the canonical payload: two instructions are the same when this is. */
  readonly hash: Digest;
  readonly kid: Digest;
  readonly signed: string;
  readonly signature: string;
}

/** Reads a compact JWS as far as it can be judged without the ledger. @throws LedgerError, none of them recorded */
export function readInstruction(text: string, crypto: Pick<Crypto, 'sha256'>): Instruction {
  refuseUnless(text.length <= MAX_INSTRUCTION_LENGTH, 'INSTRUCTION_TOO_LARGE');
  const { kid, payload, payloadText, signed, signature } = readJws(text);
  const envelope = parseOrRefuse(envelopeSchema, payload, 'INSTRUCTION_MALFORMED');
  const type = INSTRUCTION_TYPES.get(envelope.type);
  if (type === undefined) throw new LedgerError('INSTRUCTION_TYPE_UNKNOWN');
  const issuedAt = parseInstant(envelope.issuedAt);
  const expiresAt = parseInstant(envelope.expiresAt);
  refuseUnless(Math.abs(uuidTime(envelope.id) - issuedAt) <= 1_000, 'INSTRUCTION_ID_INVALID');
  refuseUnless(expiresAt > issuedAt && expiresAt - issuedAt <= MAX_LIFETIME_MS, 'INSTRUCTION_LIFETIME_INVALID');
  const body = parseOrRefuse(type.body, envelope.body, 'BODY_MALFORMED');
  const { id, ledger, signer } = envelope;
  return { type, id, ledger, signer, issuedAt, expiresAt, body, hash: crypto.sha256(payloadText), kid, signed, signature };
}

/** The text a signer signs. @throws LedgerError when it could not be read back */
export function instructionPayload(envelope: Envelope): string {
  return canonicalJson(envelope as Parameters<typeof canonicalJson>[0]);
}

/** Names of what the instruction debits or changes. */
export function lanesOf({ type, signer, body }: Instruction): readonly string[] {
  return type.lanes(signer, body);
}

/** What it takes from which balances; undefined: more than its body tells. */
export function debitsOf({ type, signer, body }: Instruction): readonly Debit[] | undefined {
  return type.debits?.(signer, body);
}

/** Organizations without whose endorsement the instruction cannot commit; a majority of all members endorses besides. */
export function endorsersOf({ type, signer, body }: Instruction): readonly OrganizationId[] {
  return type.endorsedBy?.(signer, body) ?? [];
}

/** A schema's message is a code of the error table, or the fallback is told; figures name the member. */
export function parseOrRefuse<T>(schema: z.ZodType<T>, value: unknown, fallback: ErrorCode): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { message = '' } = result.error.issues[0] ?? {};
  throw new LedgerError(isErrorCode(message) ? message : fallback, { member: faultyMember(result.error) });
}
