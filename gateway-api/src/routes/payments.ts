import { accountIdSchema, objectIdSchema, payBody, referenceSchema, tokenIdSchema, type refund } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { mayRead } from '../http/entitlement.ts';
import { paymentSchema } from '../http/payment.ts';
import { instructionRoute, jsonRoute, readerRoute } from '../http/route.ts';
import type { BodyOf } from '../index/body-of.ts';
import type { PaymentFilter } from '../index/payments.ts';
import { INSTRUCTION_PROBLEMS, INSTRUCTION_REPLIES, submitted } from './instruction-reply.ts';
import { listOf, minBlockQuery, pageQuery, readOne, readPage, reading } from './listing.ts';
import { assertAbout } from './noun-instruction.ts';
import { ownAccount, takesAbout } from './owned.ts';

const TRANSFER_PROBLEMS = [
  ...INSTRUCTION_PROBLEMS, 'AMOUNT_NOT_STRING', 'AMOUNT_NOT_WHOLE', 'AMOUNT_ZERO', 'AMOUNT_NEGATIVE', 'AMOUNT_TOO_LONG', 'REFERENCE_INVALID', 'ACCOUNT_UNKNOWN',
  'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED', 'TOKEN_UNKNOWN', 'TOKEN_PAUSED', 'FUNDS_INSUFFICIENT', 'PAYMENT_LIMIT_EXCEEDED', 'PERIOD_LIMIT_EXCEEDED', 'HOLDING_LIMIT_EXCEEDED',
] as const;

/** What a part on credit may be refused for. */
export const CREDIT_PROBLEMS = [
  'CREDIT_EXCEEDS_AMOUNT', 'LIMIT_NONE', 'LIMIT_SUSPENDED', 'LIMIT_EXPIRED', 'LIMIT_EXCEEDED', 'GRANT_NONE', 'GRANT_CHANGED', 'GRANT_SUSPENDED', 'GRANT_NOT_YET',
  'GRANT_EXPIRED', 'GRANT_CAP_EXCEEDED', 'GRANT_EXCEEDED', 'GRANT_OVERDUE',
] as const;

/** What a conversion may be refused for. */
export const CONVERSION_PROBLEMS = [
  'ACCEPTANCE_NONE', 'ACCEPTANCE_DIRECTION', 'ACCEPTANCE_SUSPENDED', 'ACCEPTANCE_NOT_YET', 'ACCEPTANCE_EXPIRED', 'ACCEPTANCE_CAP', 'POOL_INSUFFICIENT', 'CONVERSION_RATE',
] as const;

export const pay = instructionRoute({
  method: 'post',
  path: '/payments',
  tag: 'payments',
  summary: 'Pay',
  types: ['payment.pay/1'],
  replies: INSTRUCTION_REPLIES,
  errors: [...TRANSFER_PROBLEMS, ...CREDIT_PROBLEMS, ...CONVERSION_PROBLEMS, 'CONVERSION_ON_CREDIT', 'PAYMENT_SELF', 'PAYMENT_DUPLICATE'],
  handle: (gateway, { body, header }) => submitted(gateway, body, header('prefer')),
});

const paymentParams = z.strictObject({ payment: objectIdSchema });

export const refundPayment = instructionRoute({
  method: 'post',
  path: '/payments/{payment}/refunds',
  tag: 'payments',
  summary: 'Refund a payment, wholly or partly',
  types: ['payment.refund/1'],
  params: paymentParams,
  replies: INSTRUCTION_REPLIES,
  errors: [...TRANSFER_PROBLEMS, 'PAYMENT_UNKNOWN', 'SIGNER_NOT_ENTITLED', 'REFUND_EXCEEDS_PAYMENT', 'BILL_STATE', 'POOL_INSUFFICIENT', 'OBJECT_DIFFERS'],
  handle: (gateway, { params, body, header }) => {
    assertAbout<BodyOf<typeof refund>>(body.instruction, ({ payment }) => payment === params.payment);
    return submitted(gateway, body, header('prefer'));
  },
});

export const acknowledgeRefund = takesAbout('/payments/{payment}/refund-acknowledgements', 'payment', 'Acknowledge money got back outside', 'refund.acknowledge/1', [
  'PAYMENT_UNKNOWN', 'REFUND_EXCEEDS_PAYMENT', 'REFUND_UNPAID', 'BANK_REFERENCE_USED',
]);

const ruleSchema = z.object({ code: z.string(), holds: z.boolean(), figures: z.record(z.string(), z.string()).optional() });

export const checkPayment = jsonRoute({
  method: 'post',
  path: '/payments/check',
  tag: 'payments',
  access: 'reader',
  summary: 'Every rule a payment would have to pass now, with its figures',
  description: 'Judged by the ledger’s own code, for the key that asks where it is the payer’s; nothing is recorded, and the payment itself may still be judged otherwise a moment later. One at a time and each signer’s in turn, so that payments go on: with too many, 429.',
  json: z.strictObject({ payer: accountIdSchema.optional().meta({ description: 'An officer must say it, an account means itself' }), payment: payBody }),
  replies: { 200: { description: 'The rules', schema: z.object({ passed: z.boolean(), rules: z.array(ruleSchema) }) } },
  errors: ['NOT_ENTITLED', 'ACCOUNT_UNKNOWN', 'LEDGER_NOT_FOUNDED', 'CREDIT_EXCEEDS_AMOUNT', 'CONVERSION_ON_CREDIT'],
  handle: async (gateway, { body }, reader) => {
    const rules = await gateway.checks.check(reader.signer, ownAccount(reader, body.payer), JSON.stringify(body.payment), reader.thumbprint);
    return { status: 200, body: { passed: rules.every(({ holds }) => holds), rules } };
  },
});

export const getPayment = readerRoute({
  method: 'get',
  path: '/payments/{payment}',
  tag: 'payments',
  summary: 'A payment with its settlement state',
  params: paymentParams,
  query: z.strictObject(minBlockQuery),
  replies: { 200: { description: 'The payment', schema: reading(paymentSchema) } },
  errors: ['NOT_FOUND', 'INDEX_BEHIND'],
  handle: (gateway, { params, query }, reader) =>
    readOne(gateway, query, () => {
      const payment = gateway.index.objects.payments.one(params.payment);
      // Neither side's: as if it were not there.
      return payment !== undefined && (mayRead(reader, payment.payer) || mayRead(reader, payment.payee)) ? payment : undefined;
    }),
});

export const listPayments = readerRoute({
  method: 'get',
  path: '/payments',
  tag: 'payments',
  summary: 'Payments of an account, newest first',
  query: z.strictObject({
    account: accountIdSchema.optional().meta({ description: 'Whose; an officer must say it, an account means itself' }),
    role: z.enum(['payer', 'payee']).meta({ description: 'Which side the account is on' }),
    counterparty: accountIdSchema.optional(),
    token: tokenIdSchema.optional(),
    endToEndId: referenceSchema.optional(),
    ...pageQuery,
  }),
  replies: { 200: { description: 'A page of payments', schema: listOf(paymentSchema) } },
  errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
  handle: (gateway, { query }, reader) => {
    const account = ownAccount(reader, query.account);
    return readPage(gateway, query, (page) => gateway.index.objects.payments.list(filterOf(account, query), page));
  },
});

function filterOf(account: string, { role, counterparty, token, endToEndId }: PaymentQuery): PaymentFilter {
  const parties = role === 'payer' ? { payer: account, payee: counterparty } : { payee: account, payer: counterparty };
  return { ...parties, token, endToEndId };
}

interface PaymentQuery extends Pick<PaymentFilter, 'token' | 'endToEndId'> {
  readonly role: 'payer' | 'payee';
  readonly counterparty?: string | undefined;
}
