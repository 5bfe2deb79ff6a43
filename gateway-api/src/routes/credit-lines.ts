import { accountIdSchema, GRANT_STATES, LIMIT_STATES, organizationIdSchema, tokenIdSchema } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import type { Reader } from '../http/access.ts';
import { grantSchema, limitSchema } from '../http/credit-schemas.ts';
import { assertMayRead, assertOfficerOf, mayRead } from '../http/entitlement.ts';
import { HttpError } from '../http/http-error.ts';
import { receiptSchema } from '../http/receipt.ts';
import { readerRoute, type Route } from '../http/route.ts';
import { listOf, minBlockQuery, pageQuery, readOne, readPage, readReceipts, reading } from './listing.ts';
import { ownAccount, takes } from './owned.ts';

const readQuery = z.strictObject(minBlockQuery);
const limitParams = z.strictObject({ enterprise: accountIdSchema, token: tokenIdSchema });
const grantParams = z.strictObject({ enterprise: accountIdSchema, token: tokenIdSchema, merchant: accountIdSchema });

/** Credit limits, set by an enterprise's home organization, and credit grants, promised by merchants. */
export const creditLineRoutes: readonly Route[] = [
  takes('/limits', 'limits', 'Request, set, propose, confirm, decline, suspend, resume a credit limit', [
    'limit.request/1', 'limit.set/1', 'limit.propose/1', 'limit.confirm/1', 'limit.decline/1', 'limit.suspend/1', 'limit.resume/1', 'limit.threshold/1',
  ], ['OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING', 'LIMIT_NEEDS_TWO', 'LIMIT_SAME_OFFICER', 'LIMIT_STATE', 'LIMIT_NONE', 'LIMIT_REQUEST_UNKNOWN', 'LIMIT_PROPOSAL_UNKNOWN']),
  readerRoute({
    method: 'get',
    path: '/limits',
    tag: 'limits',
    summary: 'Credit limits of an enterprise, or of an organization’s enterprises for its officers',
    query: z.strictObject({
      enterprise: accountIdSchema.optional(), organization: organizationIdSchema.optional(), token: tokenIdSchema.optional(), status: z.enum(LIMIT_STATES).optional(), ...pageQuery,
    }),
    replies: { 200: { description: 'A page', schema: listOf(limitSchema) } },
    errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
    handle: (gateway, { query }, reader) => {
      const { organization, token, status } = query;
      if (organization !== undefined) assertOfficerOf(reader, organization);
      const enterprise = organization === undefined || query.enterprise !== undefined ? ownAccount(reader, query.enterprise) : undefined;
      return readPage(gateway, query, (page) => gateway.index.objects.limits.list({ enterprise, organization, token, status }, page));
    },
  }),
  readerRoute({
    method: 'get',
    path: '/limits/{enterprise}/{token}',
    tag: 'limits',
    summary: 'A credit limit',
    params: limitParams,
    query: readQuery,
    replies: { 200: { description: 'As it is now', schema: reading(limitSchema) } },
    errors: ['NOT_ENTITLED', 'NOT_FOUND', 'INDEX_BEHIND'],
    handle: (gateway, { params: { enterprise, token }, query }, reader) => {
      assertMayRead(reader, enterprise);
      return readOne(gateway, query, () => gateway.index.objects.limits.one(`${enterprise}/${token}`));
    },
  }),
  readerRoute({
    method: 'get',
    path: '/limits/{enterprise}/{token}/history',
    tag: 'limits',
    summary: 'The instructions that made and changed it, with their signers, newest first',
    params: limitParams,
    query: z.strictObject(pageQuery),
    replies: { 200: { description: 'A page of receipts', schema: listOf(receiptSchema) } },
    errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
    handle: (gateway, { params: { enterprise, token }, query }, reader) => {
      assertMayRead(reader, enterprise);
      return readReceipts(gateway, query, (page) => gateway.index.instructions.history(`l/${enterprise}/${token}`, page));
    },
  }),

  takes('/grants', 'grants', 'Apply for credit; withdraw, approve, reject, revise, suspend, resume, revoke', [
    'grant.apply/1', 'grant.withdraw/1', 'grant.approve/1', 'grant.reject/1', 'grant.revise/1', 'grant.suspend/1', 'grant.resume/1', 'grant.revoke/1',
  ], ['GRANT_SELF', 'GRANT_NONE', 'GRANT_STATE', 'GRANT_TERMS', 'GRANT_CHANGED', 'GRANT_APPLICATION_UNKNOWN', 'ACCOUNT_ROLE_MISSING']),
  readerRoute({
    method: 'get',
    path: '/grants',
    tag: 'grants',
    summary: 'Credit grants and applications of an account, newest first',
    query: z.strictObject({
      account: accountIdSchema.optional().meta({ description: 'Whose; an officer must say it, an account means itself' }),
      role: z.enum(['enterprise', 'merchant']),
      counterparty: accountIdSchema.optional(), token: tokenIdSchema.optional(), state: z.enum(GRANT_STATES).optional(), ...pageQuery,
    }),
    replies: { 200: { description: 'A page', schema: listOf(grantSchema) } },
    errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
    handle: (gateway, { query }, reader) => {
      const account = ownAccount(reader, query.account);
      const { role, counterparty, token, state } = query;
      const parties = role === 'enterprise' ? { enterprise: account, merchant: counterparty } : { merchant: account, enterprise: counterparty };
      return readPage(gateway, query, (page) => gateway.index.objects.grants.list({ ...parties, token, state }, page));
    },
  }),
  readerRoute({
    method: 'get',
    path: '/grants/{enterprise}/{token}/{merchant}',
    tag: 'grants',
    summary: 'What one merchant grants one enterprise in one token',
    params: grantParams,
    query: readQuery,
    replies: { 200: { description: 'As it is now', schema: reading(grantSchema) } },
    errors: ['NOT_ENTITLED', 'NOT_FOUND', 'INDEX_BEHIND'],
    handle: (gateway, { params: { enterprise, token, merchant }, query }, reader) => {
      assertParty(reader, enterprise, merchant);
      return readOne(gateway, query, () => gateway.index.objects.grants.one(`${enterprise}/${token}/${merchant}`));
    },
  }),
  readerRoute({
    method: 'get',
    path: '/grants/{enterprise}/{token}/{merchant}/history',
    tag: 'grants',
    summary: 'Its versions: the instructions that made and changed it, with their signers, newest first',
    params: grantParams,
    query: z.strictObject(pageQuery),
    replies: { 200: { description: 'A page of receipts', schema: listOf(receiptSchema) } },
    errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
    handle: (gateway, { params: { enterprise, token, merchant }, query }, reader) => {
      assertParty(reader, enterprise, merchant);
      return readReceipts(gateway, query, (page) => gateway.index.instructions.history(`g/${enterprise}/${token}/${merchant}`, page));
    },
  }),
];

function assertParty(reader: Reader, enterprise: string, merchant: string): void {
  if (!mayRead(reader, enterprise) && !mayRead(reader, merchant)) throw new HttpError('NOT_ENTITLED');
}
