import { accountIdSchema, organizationIdSchema, REDEMPTION_STATES, tokenIdSchema } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { assertOfficerOf } from '../http/entitlement.ts';
import { readerRoute, type Route } from '../http/route.ts';
import type { RedemptionView } from '../index/views.ts';
import { listOf, pageQuery, readPage } from './listing.ts';
import { oneReads, ownAccount, takes, takesAbout, type VisibleNoun } from './owned.ts';

const redemptionSchema = z
  .object({
    id: z.string(), holder: z.string(), issuer: z.string().meta({ description: 'Issuing organization' }), token: z.string(), amount: z.string(), state: z.enum(REDEMPTION_STATES),
    payout: z.string().optional().meta({ description: 'Salted hash of where the money goes' }), bankReference: z.string().optional().meta({ description: 'Of the money paid out' }),
    deadline: z.string(), references: z.record(z.string(), z.string()), bookedAt: z.string(), entry: z.string().meta({ description: 'block-transaction-line' }),
  })
  .meta({ id: 'Redemption' });

const NOUN: VisibleNoun<RedemptionView> = { noun: 'redemptions', member: 'redemption', roles: ['holder', 'issuer'], schema: redemptionSchema, objects: ({ objects }) => objects.redemptions };

const ANSWER_PROBLEMS = ['OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING', 'REDEMPTION_UNKNOWN', 'REDEMPTION_STATE'] as const;

/** Tokens handed back to their issuer against what was promised for them. */
export const redemptionRoutes: readonly Route[] = [
  readerRoute({
    method: 'get',
    path: '/redemptions',
    tag: 'redemptions',
    summary: 'Redemptions of an account, or of an organization’s tokens for its officers, newest first',
    query: z.strictObject({
      account: accountIdSchema.optional().meta({ description: 'Holder; an account means itself' }),
      issuer: organizationIdSchema.optional().meta({ description: 'Issuing organization, for its officers' }),
      token: tokenIdSchema.optional(),
      state: z.enum(REDEMPTION_STATES).optional(),
      ...pageQuery,
    }),
    replies: { 200: { description: 'A page', schema: listOf(redemptionSchema) } },
    errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
    handle: (gateway, { query }, reader) => {
      const { issuer, token, state } = query;
      if (issuer !== undefined) assertOfficerOf(reader, issuer);
      const holder = issuer === undefined ? ownAccount(reader, query.account) : query.account;
      return readPage(gateway, query, (page) => gateway.index.objects.redemptions.list({ holder, issuer, token, state }, page));
    },
  }),
  ...oneReads(NOUN),
  takes('/redemptions', 'redemptions', 'Hand tokens back: they are held until the issuer answers', ['redemption.request/1'], [
    'AMOUNT_NOT_STRING', 'AMOUNT_NOT_WHOLE', 'AMOUNT_ZERO', 'AMOUNT_NEGATIVE', 'AMOUNT_TOO_LONG', 'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED', 'TOKEN_UNKNOWN', 'TOKEN_PAUSED', 'FUNDS_INSUFFICIENT',
    'DEADLINE_PAST', 'DEADLINE_TOO_FAR',
  ]),
  takesAbout('/redemptions/{redemption}/confirmation', 'redemption', 'The money is paid out, by an issuer officer: the tokens leave the ledger', 'redemption.confirm/1', [
    ...ANSWER_PROBLEMS, 'REDEMPTION_EXPIRED', 'BANK_REFERENCE_USED', 'ACCOUNT_FROZEN',
  ]),
  takesAbout('/redemptions/{redemption}/refusal', 'redemption', 'Decline, by an issuer officer: the tokens return', 'redemption.decline/1', ANSWER_PROBLEMS),
  takesAbout('/redemptions/{redemption}/expiry', 'redemption', 'End what was not answered by its deadline: the tokens return', 'redemption.expire/1', ['REDEMPTION_UNKNOWN', 'REDEMPTION_STATE', 'DEADLINE_NOT_REACHED']),
];
