import { faultyMember, WHOLE } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { HttpError } from './http-error.ts';
import type { BodyRule } from './route.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i;
const JOSE_TYPE = /^application\/jose$/i;
/** Values in a JSON body, at most: a bulk has half as many. Three million empty ones have room in it, and parsing them takes a second of the gateway's one thread. */
const MOST_VALUES = 1_000;
/** Each value but the first stands behind one of these. */
const BEFORE_VALUES = [...Buffer.from(',[{')];

export const instructionBodySchema = z.strictObject({ instruction: z.string() }).meta({ id: 'InstructionBody' });

/** Reads a body by its rule, strictly. @throws HttpError */
export function readBody(rule: BodyRule, contentType: string | undefined, bytes: Buffer): unknown {
  const type = (contentType ?? '').trim();
  if (rule.kind === 'instruction' && JOSE_TYPE.test(type)) return decode(bytes).trim();
  if (!JSON_TYPE.test(type)) throw new HttpError('CONTENT_TYPE_UNSUPPORTED');
  if (hasManyValues(bytes)) throw new HttpError('REQUEST_MALFORMED', { member: WHOLE });
  const value = parse(decode(bytes));
  return rule.kind === 'instruction' ? checked(instructionBodySchema, value).instruction : checked(rule.schema, value);
}

/** @throws HttpError REQUEST_MALFORMED that names the member */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new HttpError('REQUEST_MALFORMED', { member: faultyMember(result.error) });
}

/** Without parsing: whatever stands in a string counts as well, which no honest text comes near. */
function hasManyValues(bytes: Buffer): boolean {
  let values = 1;
  for (const mark of BEFORE_VALUES) {
    for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + 1)) {
      values += 1;
      if (values > MOST_VALUES) return true;
    }
  }
  return false;
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
