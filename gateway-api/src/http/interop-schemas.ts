import { ACCEPTANCE_STATES, CLEARING_STATES, DIRECTIONS, LEG_STATES } from '@tallystick/chaincode/domain';
import { z } from 'zod';

/** What interoperability is told as. Rates are of smallest units: `numerator` of one token for `denominator` of the other. */

const rateSchema = z.object({ numerator: z.string(), denominator: z.string() });

export const acceptanceSchema = z
  .object({
    id: z.string().meta({ description: '{token}/{into}' }),
    token: z.string().meta({ description: 'Of another organization' }),
    into: z.string().meta({ description: 'Of the organization that accepts' }),
    organization: z.string(), treasury: z.string(), status: z.enum(ACCEPTANCE_STATES), direction: z.enum(DIRECTIONS), version: z.int(),
    rate: rateSchema.meta({ description: 'Smallest units of `into` for smallest units of `token`; conversions round for the pool' }),
    validFrom: z.string(), validUntil: z.string(),
    cap: z.string().meta({ description: 'The most of `token` the organization wants to be owed' }),
    fixed: z.string().meta({ description: 'Of what it is owed, in clearing cycles' }),
    pool: z.object({ available: z.string().meta({ description: 'Of `into`' }), taken: z.string().meta({ description: 'Of `token`' }) }).meta({ description: 'What lies in the pool' }),
  })
  .meta({ id: 'Acceptance' });

export const quoteSchema = z
  .object({
    token: z.string(), into: z.string(), version: z.int(),
    repayment: z.boolean().meta({ description: 'Goes the other way through the acceptance: say so in the payment' }),
    rate: rateSchema.meta({ description: 'Smallest units received for smallest units paid' }),
    receives: z.string().meta({ description: 'What `amount` comes to, rounded down' }),
    room: z.string().meta({ description: 'How much of `from` can be converted now, by what the index knows' }),
    validUntil: z.string(),
    refusal: z.string().optional().meta({ description: 'Why it would be refused as things stand' }),
  })
  .meta({ id: 'Quote' });

export const positionSchema = z
  .object({
    token: z.string(), into: z.string(),
    debtor: z.string().meta({ description: 'Issuer of `token`' }), creditor: z.string().meta({ description: 'Issuer of `into`, which has taken `token` in' }),
    amount: z.string().meta({ description: 'Of `token`: taken in and fixed' }), taken: z.string(), fixed: z.string(), cap: z.string(),
  })
  .meta({ id: 'Position' });

export const clearingSchema = z
  .object({
    id: z.string(), state: z.enum(CLEARING_STATES), unit: z.string(), confirmBy: z.string(), settleBy: z.string(),
    rates: z.array(rateSchema.extend({ token: z.string() })).meta({ description: 'Smallest units of the unit for smallest units of the token' }),
    parties: z.array(z.object({ organization: z.string(), treasury: z.string().optional(), confirmed: z.boolean() })),
    unfixed: z.array(z.object({ token: z.string(), into: z.string() })).meta({ description: 'Pools of which neither side has spoken: what they have taken in is fixed when the first of them confirms' }),
    positions: z.array(z.object({ token: z.string(), into: z.string(), debtor: z.string(), creditor: z.string(), amount: z.string() })),
    legs: z.array(z.object({ debtor: z.string(), creditor: z.string(), amount: z.string(), state: z.enum(LEG_STATES), bankReference: z.string().optional() })),
    bookedAt: z.string(), entry: z.string(),
  })
  .meta({ id: 'Clearing' });
