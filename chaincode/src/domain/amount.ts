import { z } from 'zod';
import type { ErrorCode } from './error.ts';

/** Whole number of a token's smallest unit. Never negative; `bigint` inside, a decimal string on every wire. */
export type Amount = bigint;

const MAX_DIGITS = 30;

/** An amount on the wire: a decimal string above zero. The message of a refusal is its code. */
export const amountSchema = z
  .string({ error: 'AMOUNT_NOT_STRING' })
  .superRefine((text, context) => {
    const code = amountFault(text);
    if (code !== undefined) context.addIssue({ code: 'custom', message: code });
  })
  .meta({ pattern: '^[1-9][0-9]{0,29}$', description: 'Whole number of the smallest unit, above zero' });

export function parseAmount(text: string): Amount {
  return BigInt(text);
}

export function formatAmount(amount: Amount): string {
  return amount.toString();
}

function amountFault(text: string): ErrorCode | undefined {
  if (/^0+$/.test(text)) return 'AMOUNT_ZERO';
  if (/^-[0-9]+$/.test(text)) return 'AMOUNT_NEGATIVE';
  if (!/^[1-9][0-9]*$/.test(text)) return 'AMOUNT_NOT_WHOLE';
  if (text.length > MAX_DIGITS) return 'AMOUNT_TOO_LONG';
  return undefined;
}
