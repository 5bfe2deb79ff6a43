import { z } from 'zod';

export const paymentSchema = z
  .object({
    id: z.string().meta({ description: '{instruction id}.{payer}' }),
    payer: z.string(),
    payee: z.string(),
    token: z.string(),
    amount: z.string(),
    refunded: z.string(),
    state: z.enum(['settled', 'partly-refunded', 'refunded']).meta({ description: 'Settlement state' }),
    references: z.record(z.string(), z.string()).meta({ description: 'endToEndId, invoice, order, purpose' }),
    bookedAt: z.string(),
    entry: z.string().meta({ description: 'block-transaction-line' }),
  })
  .meta({ id: 'Payment' });
