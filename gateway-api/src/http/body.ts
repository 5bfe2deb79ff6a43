import { z } from 'zod';
import { HttpError } from './http-error.ts';
import type { BodyRule } from './route.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i;
const JOSE_TYPE = /^application\/jose$/i;

export const instructionBodySchema = z.strictObject({ instruction: z.string() }).meta({ id: 'InstructionBody' });

/** Reads a body by its rule, strictly. @throws HttpError */
export function readBody(rule: BodyRule, contentType: string | undefined, bytes: Buffer): unknown {
  const type = (contentType ?? '').trim();
  if (rule.kind === 'instruction' && JOSE_TYPE.test(type)) return decode(bytes).trim();
  if (!JSON_TYPE.test(type)) throw new HttpError('CONTENT_TYPE_UNSUPPORTED', { contentType: type });
  const value = parse(decode(bytes));
  return rule.kind === 'instruction' ? checked(instructionBodySchema, value).instruction : checked(rule.schema, value);
}

/** @throws HttpError REQUEST_MALFORMED that names the member */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new HttpError('REQUEST_MALFORMED', { member: issue?.path.map(String).join('.') || '(the whole)' });
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new HttpError('UTF8_INVALID');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError('JSON_INVALID');
  }
}
