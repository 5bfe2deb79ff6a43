import { ERRORS, LedgerError, type ErrorCode, type Figures } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { isTurnedAway } from '../turned-away.ts';
import { HTTP_ERRORS, HttpError, type HttpErrorCode } from './http-error.ts';
import { receiptSchema, type Receipt } from './receipt.ts';

export type ProblemCode = ErrorCode | HttpErrorCode;

/** RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'Names the code' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'What clients branch on' }),
    detail: z.string().meta({ description: 'What the code means' }),
    figures: z.record(z.string(), z.string()).optional().meta({ description: 'Values that explain it; amounts as decimal strings' }),
    instance: z.string().optional(),
    id: z.string().optional(),
    signer: z.string().optional(),
    block: z.int().optional(),
    txId: z.string().optional(),
    receipt: receiptSchema.optional().meta({ description: 'Of a refusal that is recorded on the ledger' }),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457), application/problem+json' });
export type Problem = z.infer<typeof problemSchema>;

const ALL: Readonly<Record<ProblemCode, { readonly status: number; readonly meaning: string }>> = { ...ERRORS, ...HTTP_ERRORS };

export const PROBLEM_CODES = Object.keys(ALL) as readonly ProblemCode[];

export function problemEntry(code: ProblemCode): { readonly status: number; readonly meaning: string } {
  return ALL[code];
}

export function problem(code: ProblemCode, figures?: Figures): Problem {
  const { status, meaning } = problemEntry(code);
  const title = code.charAt(0) + code.slice(1).toLowerCase().replaceAll('_', ' ');
  return { type: `https://tallystick.example/errors/${code}`, title, status, code, detail: meaning, ...(figures === undefined ? {} : { figures }) };
}

/** A refusal that the ledger recorded: says where. */
export function recordedProblem(receipt: Receipt): Problem {
  const { id, signer, check, record } = receipt;
  return { ...problem(check.code as ErrorCode, check.figures), id, signer, block: record.block, txId: record.transaction, receipt };
}

/** What an error says to a client; undefined: it is a fault, which a client need not know. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof LedgerError || error instanceof HttpError) return problem(error.code, error.figures);
  if (isTurnedAway(error)) return problem('TOO_MANY_REQUESTS');
  return undefined;
}
