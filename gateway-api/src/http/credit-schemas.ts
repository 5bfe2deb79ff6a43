import { BILL_STATES, GRANT_STATES, GRANT_STATUSES, HOLD_STATES, LIMIT_STATES, MANDATE_STATES, SETTLEMENT_STATES } from '@tallystick/chaincode/domain';
import { z } from 'zod';

/** Objects of credit as they are told. Their ids are of the instruction that made them: {instruction id}.{signer}. */

const made = { bookedAt: z.string(), entry: z.string().meta({ description: 'block-transaction-line' }) };
const parties = { debtor: z.string(), creditor: z.string(), token: z.string() };
const references = z.record(z.string(), z.string());

export const billSchema = z
  .object({
    id: z.string(), ...parties, state: z.enum(BILL_STATES),
    amount: z.string(), refunded: z.string(), settled: z.string(), writtenOff: z.string(), outstanding: z.string(),
    dueDate: z.string().meta({ description: 'Ends at the end of this day at the offset' }), utcOffset: z.int().meta({ description: 'Minutes east of UTC' }),
    overdue: z.boolean().meta({ description: 'By the ledger clock' }),
    grantVersion: z.int(), settlement: z.string().optional(), contested: z.literal(true).optional(),
    claim: z.string().optional().meta({ description: 'A settlement by bank that expired unanswered' }),
    dispute: z.object({ id: z.string(), amount: z.string(), deadline: z.string() }).optional(),
    references, ...made,
  })
  .meta({ id: 'Bill' });

export const holdSchema = z
  .object({
    id: z.string(), payer: z.string(), payee: z.string(), token: z.string(), state: z.enum(HOLD_STATES),
    balance: z.string().meta({ description: 'Not captured yet' }), credit: z.string().meta({ description: 'Not captured yet' }), expiresAt: z.string(), references, ...made,
  })
  .meta({ id: 'Hold' });

export const settlementSchema = z
  .object({
    id: z.string(), ...parties, state: z.enum(SETTLEMENT_STATES),
    bills: z.array(z.object({ bill: z.string(), debtor: z.string(), amount: z.string() })),
    net: z.string().meta({ description: 'What is paid' }), bankReference: z.string().optional(), deadline: z.string(), ...made,
    paidWith: z.object({ token: z.string(), amount: z.string() }).optional().meta({ description: 'What was converted into it' }),
  })
  .meta({ id: 'Settlement' });

export const mandateSchema = z
  .object({ id: z.string(), ...parties, state: z.enum(MANDATE_STATES), cap: z.string(), used: z.string(), validTo: z.string(), ...made })
  .meta({ id: 'Mandate' });

export const limitSchema = z
  .object({
    id: z.string().meta({ description: '{enterprise}/{token}' }), enterprise: z.string(), token: z.string(), status: z.enum(LIMIT_STATES),
    amount: z.string(), drawn: z.string(), available: z.string(), validTo: z.string().optional(),
    request: z.object({ id: z.string(), amount: z.string() }).optional(),
    proposal: z.object({ id: z.string(), by: z.string(), amount: z.string(), validTo: z.string().optional() }).optional(),
  })
  .meta({ id: 'CreditLimit' });

export const grantSchema = z
  .object({
    id: z.string().meta({ description: '{enterprise}/{token}/{merchant}' }), enterprise: z.string(), token: z.string(), merchant: z.string(),
    version: z.int().meta({ description: 'A payment on credit names it' }), state: z.enum(GRANT_STATES),
    status: z.enum(GRANT_STATUSES).optional().meta({ description: 'Of the grant in force' }),
    drawn: z.string(), available: z.string(),
    terms: z
      .object({
        amount: z.string(), perPayment: z.string(), validFrom: z.string(), validTo: z.string(), termDays: z.int(), utcOffset: z.int(), stopAfterDaysOverdue: z.int().optional(),
      })
      .optional(),
    application: z.object({ id: z.string(), amount: z.string(), validTo: z.string() }).optional(),
  })
  .meta({ id: 'CreditGrant' });
