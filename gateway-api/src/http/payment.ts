import { z } from 'zod';

export const paymentSchema = z
  .object({
    id: z.string().meta({ description: '{instruction id}.{payer}' }),
    payer: z.string(),
    payee: z.string(),
    token: z.string(),
    amount: z.string(),
    credit: z.string().meta({ description: 'The part on credit; its bill has the same id' }),
    refunded: z.string(),
    state: z.enum(['settled', 'partly-refunded', 'refunded', 'open', 'settling', 'disputed', 'written-off']).meta({ description: 'Settlement state: what is on credit follows its bill' }),
    references: z.record(z.string(), z.string()).meta({ description: 'endToEndId, invoice, order, purpose' }),
    bookedAt: z.string(),
    entry: z.string().meta({ description: 'block-transaction-line' }),
  })
  .meta({ id: 'Payment' });
