import { accountIdSchema, amountSchema, MAX_BILLS, objectIdSchema, tokenIdSchema } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import type { Gateway } from '../gateway.ts';
import { billSchema, grantSchema, limitSchema } from '../http/credit-schemas.ts';
import { assertMayRead } from '../http/entitlement.ts';
import { HttpError } from '../http/http-error.ts';
import { readerRoute } from '../http/route.ts';
import { endOfBlock } from '../index/entry-id.ts';
import { exposureAfter } from '../index/exposure.ts';
import type { BillView } from '../index/views.ts';
import { minBlockQuery, readOne, reading } from './listing.ts';

const MOST_OF_A_KIND = 500;
const UNPAID = ['open', 'settling', 'disputed'] as const;

const roomSchema = z.object({ drawn: z.string(), available: z.string() });
const exposureSchema = z.object({
  limit: limitSchema.extend({ after: roomSchema }).optional(),
  grants: z.array(grantSchema.extend({ after: roomSchema })),
  bills: z.array(billSchema.omit({ overdue: true }).extend({ after: z.object({ outstanding: z.string(), settled: z.boolean() }) })),
});

export const getExposure = readerRoute({
  method: 'get',
  path: '/accounts/{account}/exposure',
  tag: 'accounts',
  summary: 'Limit, grants and unpaid bills of an enterprise, as they are and as they would be after settling some of the bills',
  description: 'Give `settle` once for each bill, as `{bill}={amount}`. Shows the newest five hundred grants and bills of each state among the newest two thousand of all tokens, and the bills chosen.',
  params: z.strictObject({ account: accountIdSchema }),
  query: z.strictObject({
    token: tokenIdSchema,
    settle: z.union([z.string(), z.array(z.string()).max(MAX_BILLS)]).optional().meta({ description: '{bill}={amount}, as often as wanted' }),
    ...minBlockQuery,
  }),
  replies: { 200: { description: 'Now and after', schema: reading(exposureSchema) } },
  errors: ['NOT_ENTITLED', 'REQUEST_MALFORMED', 'BILL_UNKNOWN', 'BILL_EXCEEDED', 'INDEX_BEHIND'],
  handle: (gateway, { params: { account }, query }, reader) => {
    assertMayRead(reader, account);
    const settle = new Map([query.settle ?? []].flat().map(readChoice));
    return readOne(gateway, query, () => {
      const { limits, grants } = gateway.index.objects;
      const page = { before: endOfBlock(gateway.index.block()), limit: MOST_OF_A_KIND };
      return exposureAfter(
        {
          limit: limits.one(`${account}/${query.token}`),
          grants: grants.list({ enterprise: account, token: query.token }, page).items,
          bills: unpaidBills(gateway, account, query.token, [...settle.keys()]),
        },
        settle,
      );
    });
  },
});

function unpaidBills({ index }: Gateway, debtor: string, token: string, chosen: readonly string[]): readonly BillView[] {
  const { bills } = index.objects;
  const page = { before: endOfBlock(index.block()), limit: MOST_OF_A_KIND };
  const listed = UNPAID.flatMap((state) => bills.list({ debtor, token, state }, page).items);
  const named = chosen.map((id) => bills.one(id)).filter((bill) => bill?.debtor === debtor && bill.token === token);
  return [...new Map([...listed, ...named].flatMap((bill) => (bill === undefined ? [] : [[bill.id, bill] as const]))).values()];
}

function readChoice(text: string): readonly [string, bigint] {
  const [bill = '', amount = ''] = text.split('=');
  if (!objectIdSchema.safeParse(bill).success || !amountSchema.safeParse(amount).success) throw new HttpError('REQUEST_MALFORMED', { member: 'settle' });
  return [bill, BigInt(amount)];
}
