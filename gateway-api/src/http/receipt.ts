import { objectId } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { placeOf } from '../index/entry-id.ts';
import type { IndexedInstruction } from '../index/instruction-queries.ts';
import type { LedgerIndex } from '../index/ledger-index.ts';
import { paymentSchema } from './payment.ts';

/** Both results of an instruction: the check, and the record on the chain. */
export const receiptSchema = z
  .object({
    id: z.string(),
    signer: z.string(),
    type: z.string(),
    hash: z.string().meta({ description: 'SHA-256 of the canonical payload, base64url' }),
    status: z.enum(['applied', 'refused']),
    check: z.object({
      passed: z.boolean(),
      code: z.string().optional().meta({ description: 'The rule that failed' }),
      figures: z.record(z.string(), z.string()).optional(),
      rules: z.int().meta({ description: 'Version of the rules' }),
    }),
    record: z.object({
      block: z.int(),
      transaction: z.string().meta({ description: 'Fabric transaction id' }),
      position: z.int().meta({ description: 'Of the transaction in the block' }),
      index: z.int().meta({ description: 'Of the instruction in its batch' }),
      bookedAt: z.string(),
    }),
    object: z.object({ payment: paymentSchema }).optional().meta({ description: 'What it made, as it is now' }),
    body: z.unknown().optional().meta({ description: 'Body of the instruction, where it is asked for' }),
  })
  .meta({ id: 'Receipt' });
export type Receipt = z.infer<typeof receiptSchema>;

export function receiptOf(instruction: IndexedInstruction, index: Pick<LedgerIndex, 'objects'>): Receipt {
  const { id, signer, type, hash, entry, transactionId, bookedAt, rules, refusal } = instruction;
  const { block, position, line } = placeOf(entry);
  const record = { block, transaction: transactionId, position, index: line, bookedAt };
  if (refusal !== undefined) return { id, signer, type, hash, status: 'refused', check: { passed: false, ...refusal, rules }, record };
  const receipt: Receipt = { id, signer, type, hash, status: 'applied', check: { passed: true, rules }, record };
  const payment = index.objects.payments.one(objectId(id, signer));
  return payment === undefined ? receipt : { ...receipt, object: { payment } };
}

/** With the body of the instruction, for who may read it. */
export function fullReceiptOf(instruction: IndexedInstruction, index: Pick<LedgerIndex, 'objects'>): Receipt {
  return { ...receiptOf(instruction, index), body: instruction.body };
}
