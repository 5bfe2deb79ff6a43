import type { Instruction } from '@tallystick/chaincode/domain';
import type { Gateway } from '../gateway.ts';
import { HttpError } from '../http/http-error.ts';
import { problem, problemOf, recordedProblem, type Problem, type ProblemCode } from '../http/problem.ts';
import { receiptOf, receiptSchema, type Receipt } from '../http/receipt.ts';
import type { ReadInstruction, Reply } from '../http/route.ts';
import { FORWARDED_WITHIN_MS } from '../sequencer/forwarder.ts';
import type { Arrival, IntakeAnswer } from '../sequencer/intake.ts';
import { isWasteful, REPEAT } from '../waste.ts';
import { within } from '../wait.ts';

/** A client is answered within this time, also when the outcome is not known by then. */
const REPLY_WITHIN_MS = 30_000;

/** One instruction's answer, apart from HTTP. */
export type InstructionReply =
  | { readonly status: number; readonly repeat: boolean; readonly receipt: Receipt }
  | { readonly status: number; readonly repeat: boolean; readonly problem: Problem };

/** Accepted for good: its outcome comes later. */
export interface AcceptedReply {
  readonly status: 202;
  readonly repeat: boolean;
}

/** What every route that takes an instruction may answer. */
export const INSTRUCTION_REPLIES = {
  201: { description: 'Applied, and recorded in a block', schema: receiptSchema },
  200: { description: 'It was applied before: the first receipt again, with `Idempotency-Hit: true`', schema: receiptSchema },
  202: { description: 'With `Prefer: respond-async`: accepted for good; `Location` says where its outcome will be. With `Idempotency-Hit: true` if it was sent before' },
};

export const INSTRUCTION_PROBLEMS: readonly ProblemCode[] = [
  'INSTRUCTION_MALFORMED', 'INSTRUCTION_TOO_LARGE', 'INSTRUCTION_HEADER_INVALID', 'INSTRUCTION_TYPE_UNKNOWN', 'INSTRUCTION_LEDGER_DIFFERS', 'INSTRUCTION_ID_INVALID',
  'INSTRUCTION_LIFETIME_INVALID', 'BODY_MALFORMED', 'SIGNER_UNKNOWN', 'CERTIFICATE_UNKNOWN', 'SIGNATURE_INVALID', 'ID_REUSED', 'AGAIN', 'INSTRUCTION_NOT_YET',
  'INSTRUCTION_EXPIRED', 'CERTIFICATE_REVOKED', 'CERTIFICATE_SUPERSEDED', 'CERTIFICATE_EXPIRED', 'SIGNER_KIND_WRONG', 'LEDGER_NOT_FOUNDED', 'INSTRUCTION_TYPE_WRONG',
  'RULES_DENIED', 'ORGANIZATION_SUSPENDED', 'ORGANIZATION_REMOVED', 'SUBMITTER_SUSPENDED', 'SUBMITTER_REMOVED',
  'TOO_MANY_REQUESTS', 'OUTCOME_UNKNOWN',
];

/** Submits and waits; the instruction goes on when the waiting ends. Never rejects. */
export async function outcomeOf(gateway: Gateway, jws: string, instruction?: Instruction, arrival?: Arrival): Promise<InstructionReply> {
  try {
    const answer = await within(arrival?.isForwarded === true ? FORWARDED_WITHIN_MS : REPLY_WITHIN_MS, gateway.intake.submit(jws, instruction, arrival), undefined);
    if (answer === undefined || answer.kind === 'unknown') throw new HttpError('OUTCOME_UNKNOWN');
    return replyTo(gateway, answer);
  } catch (error) {
    return notRecorded(refusalOf(gateway, error));
  }
}

/** What an error says of an instruction that may be on its way: a fault says nothing of it, and stands in the log. */
export function refusalOf({ log }: Gateway, error: unknown): Problem {
  const told = problemOf(error);
  if (told === undefined) log.error({ error }, 'an instruction is not answered, by a fault');
  return told ?? problem('OUTCOME_UNKNOWN');
}

/** The answer to an instruction that came alone. */
export async function submitted(gateway: Gateway, { jws, instruction: read }: ReadInstruction, prefer: string | undefined): Promise<Reply> {
  const location = `/instructions/${read.id}?signer=${encodeURIComponent(read.signer)}`;
  // What is recorded needs no waiting for.
  if (isAsync(prefer) && gateway.index.instructions.one(read.id, read.signer) === undefined) {
    const { repeat } = gateway.backlog.accept(jws, read);
    gateway.metrics.told(repeat ? 'repeat' : 'accepted');
    return { status: 202, waste: repeat ? REPEAT : 0, headers: { ...idempotencyHit(repeat), location, 'preference-applied': 'respond-async' }, body: { id: read.id, signer: read.signer, status: 'pending' } };
  }
  const reply = await outcomeOf(gateway, jws, read);
  gateway.metrics.told(outcomeName(reply));
  const headers = { ...idempotencyHit(reply.repeat), ...(reply.status === 503 || reply.status === 429 ? { 'retry-after': '1' } : {}) };
  const waste = wasteOf(reply);
  if ('receipt' in reply) return { status: reply.status, headers: { ...headers, location }, body: reply.receipt, waste };
  const told = { ...reply.problem, id: read.id, signer: read.signer, instance: location };
  return { status: reply.status, headers: { ...headers, 'content-type': 'application/problem+json' }, body: JSON.stringify(told), waste };
}

function idempotencyHit(repeat: boolean): Readonly<Record<string, string>> {
  return repeat ? { 'idempotency-hit': 'true' } : {};
}

/** Work for nothing, in instructions: sent before, or refused without a record and not for a moment only. */
export function wasteOf(reply: InstructionReply | AcceptedReply): number {
  if (reply.repeat) return REPEAT;
  return 'problem' in reply && reply.problem.receipt === undefined && isWasteful(reply) ? 1 : 0;
}

/** What is counted of an answer to an instruction. */
export function outcomeName({ status, repeat = false, problem: told }: { readonly status: number; readonly repeat?: boolean; readonly problem?: Pick<Problem, 'code'> }): string {
  return repeat ? 'repeat' : (told?.code ?? (status === 202 ? 'accepted' : 'applied'));
}

export function isAsync(prefer: string | undefined): boolean {
  return prefer?.split(',').some((preference) => preference.trim().toLowerCase() === 'respond-async') === true;
}

/** A refusal that no block tells of. */
export function notRecorded(told: Problem): InstructionReply {
  return { status: told.status, repeat: false, problem: told };
}

/** What is told of an outcome, or of a refusal without one. */
export function replyTo({ index }: Gateway, answer: Exclude<IntakeAnswer, { kind: 'unknown' }>): InstructionReply {
  if (answer.kind === 'unrecorded') return notRecorded(problem(answer.refusal.code, answer.refusal.figures));
  const { repeat, instruction } = answer;
  const receipt = receiptOf(instruction, index);
  if (receipt.status === 'applied') return { status: repeat ? 200 : 201, repeat, receipt };
  const told = recordedProblem(receipt);
  return { status: told.status, repeat, problem: told };
}
