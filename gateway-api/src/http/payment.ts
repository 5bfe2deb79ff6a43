import { PAYMENT_STATES } from '@tallystick/chaincode/domain';
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
    converted: z
      .object({ token: z.string(), received: z.string(), version: z.int().meta({ description: 'Of the acceptance' }), repayment: z.literal(true).optional() })
      .optional()
      .meta({ description: 'It went through a pool: what the payee received instead' }),
    state: z.enum(PAYMENT_STATES).meta({ description: 'Settlement state: what is on credit follows its bill' }),
    references: z.record(z.string(), z.string()).meta({ description: 'endToEndId, invoice, order, purpose' }),
    bookedAt: z.string(),
    entry: z.string().meta({ description: 'block-transaction-line' }),
  })
  .meta({ id: 'Payment' });
