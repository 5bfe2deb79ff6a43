import { amountSchema, CLEARING_STATES, isAccountId, objectIdSchema, organizationIdSchema, tokenIdSchema } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import type { Gateway } from '../gateway.ts';
import type { Reader } from '../http/access.ts';
import { HttpError } from '../http/http-error.ts';
import { acceptanceSchema, clearingSchema, positionSchema, quoteSchema } from '../http/interop-schemas.ts';
import { receiptSchema } from '../http/receipt.ts';
import { readerRoute, type Route } from '../http/route.ts';
import { quoteOf } from '../index/quotes.ts';
import type { AcceptanceView, ClearingView } from '../index/views.ts';
import { listOf, minBlockQuery, pageQuery, readOne, readPage, readReceipts, reading } from './listing.ts';
import { takes, takesAbout } from './owned.ts';
import { asItIs } from './tokens.ts';

const readQuery = z.strictObject(minBlockQuery);
const pairParams = z.strictObject({ token: tokenIdSchema, into: tokenIdSchema });
const clearingParams = z.strictObject({ clearing: objectIdSchema });
const OFFICER_PROBLEMS = ['OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING'] as const;
const CLEARING_PROBLEMS = [...OFFICER_PROBLEMS, 'CLEARING_UNKNOWN', 'CLEARING_STATE', 'DEADLINE_PAST'] as const;

/** Whose tokens are taken for which, what that comes to, what is owed by it, and how it is cleared. */
export const interopRoutes: readonly Route[] = [
  takes('/treasuries', 'acceptances', 'Offer the own account as a treasury of its organization, or take that back', ['treasury.offer/1', 'treasury.withdraw/1'], ['ACCOUNT_UNKNOWN', 'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED']),
  takes('/acceptances', 'acceptances', 'Set, suspend, resume, fund, defund, end an acceptance', ['acceptance.set/1', 'acceptance.suspend/1', 'acceptance.resume/1', 'acceptance.fund/1', 'acceptance.defund/1', 'acceptance.end/1'], [
    ...OFFICER_PROBLEMS, 'SIGNER_NOT_ENTITLED', 'ACCEPTANCE_NONE', 'ACCEPTANCE_OWN', 'ACCEPTANCE_TERMS', 'ACCEPTANCE_STATE', 'TREASURY_ORGANIZATION_DIFFERS', 'TREASURY_CONSENT', 'TOKEN_UNKNOWN', 'TOKEN_PAUSED', 'ACCOUNT_UNKNOWN',
    'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED', 'FUNDS_INSUFFICIENT', 'POOL_INSUFFICIENT', 'DEADLINE_PAST', 'DEADLINE_TOO_FAR',
  ]),
  readerRoute({
    method: 'get', path: '/acceptances', tag: 'acceptances', summary: 'Which tokens are taken for which, with what lies in the pools',
    query: z.strictObject({ token: tokenIdSchema.optional(), into: tokenIdSchema.optional(), ...minBlockQuery }),
    replies: { 200: { description: 'All of them', schema: reading(z.object({ items: z.array(acceptanceSchema) })) } },
    errors: ['INDEX_BEHIND'],
    handle: (gateway, { query }) =>
      readOne(gateway, query, () => {
        const wanted = gateway.index.objects.acceptances.all().filter(({ token, into }) => (query.token ?? token) === token && (query.into ?? into) === into);
        return { items: wanted.map((acceptance) => withPool(gateway, acceptance)) };
      }),
  }),
  readerRoute({
    method: 'get', path: '/acceptances/{token}/{into}', tag: 'acceptances', summary: 'An acceptance', params: pairParams, query: readQuery,
    replies: { 200: { description: 'As it is now', schema: reading(acceptanceSchema) } },
    errors: ['NOT_FOUND', 'INDEX_BEHIND'],
    handle: (gateway, { params: { token, into }, query }) =>
      readOne(gateway, query, () => {
        const acceptance = gateway.index.objects.acceptances.one(`${token}/${into}`);
        return acceptance === undefined ? undefined : withPool(gateway, acceptance);
      }),
  }),
  readerRoute({
    method: 'get', path: '/acceptances/{token}/{into}/history', tag: 'acceptances', summary: 'The instructions that made and changed it, with their signers, newest first', params: pairParams,
    query: z.strictObject(pageQuery),
    replies: { 200: { description: 'A page of receipts', schema: listOf(receiptSchema) } },
    errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
    handle: (gateway, { params: { token, into }, query }, reader) => {
      if (isAccountId(reader.signer)) throw new HttpError('NOT_ENTITLED');
      return readReceipts(gateway, query, (page) => gateway.index.instructions.history(`x/${token}/${into}`, page));
    },
  }),
  readerRoute({
    method: 'get', path: '/quotes', tag: 'quotes', summary: 'What an amount of one token comes to in another, by each way there is',
    description: 'By the index: a payment is judged by the ledger, and says the least it takes.',
    query: z.strictObject({ from: tokenIdSchema, to: tokenIdSchema, amount: amountSchema, ...minBlockQuery }),
    replies: { 200: { description: 'None, one or two', schema: reading(z.object({ items: z.array(quoteSchema) })) } },
    errors: ['AMOUNT_NOT_WHOLE', 'AMOUNT_ZERO', 'AMOUNT_NEGATIVE', 'AMOUNT_TOO_LONG', 'INDEX_BEHIND'],
    handle: (gateway, { query }) => readOne(gateway, query, () => ({ items: [false, true].flatMap((repayment) => quote(gateway, query, repayment) ?? []) })),
  }),
  readerRoute({
    method: 'get', path: '/positions', tag: 'positions', summary: 'What organizations owe each other from conversions',
    description: 'An officer sees what its own organization owes and is owed; an auditor sees all.',
    query: z.strictObject({ token: tokenIdSchema.optional(), organization: organizationIdSchema.optional().meta({ description: 'Debtor or creditor' }), ...minBlockQuery }),
    replies: { 200: { description: 'By pool', schema: reading(z.object({ items: z.array(positionSchema) })) } },
    errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
    handle: (gateway, { query }, reader) => {
      const { token, organization } = query;
      const organizations = [organization, seesAll(reader) ? undefined : ownOrganization(reader)].filter((each) => each !== undefined);
      return readOne(gateway, query, () => ({
        items: positions(gateway).filter((position) => (token ?? position.token) === position.token && organizations.every((each) => each === position.debtor || each === position.creditor)),
      }));
    },
  }),

  takes('/clearings', 'clearings', 'Open a clearing cycle', ['clearing.open/1'], [
    ...OFFICER_PROBLEMS, 'SIGNER_NOT_ENTITLED', 'CLEARING_TERMS', 'CLEARING_EMPTY', 'ACCEPTANCE_NONE', 'TOKEN_UNKNOWN', 'TREASURY_ORGANIZATION_DIFFERS', 'TREASURY_CONSENT', 'ACCOUNT_UNKNOWN', 'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED', 'DEADLINE_PAST', 'DEADLINE_TOO_FAR',
  ]),
  takesAbout('/clearings/{clearing}/confirmation', 'clearing', 'Confirm, naming the treasury; with the last confirmation it is netted', 'clearing.confirm/1', [...CLEARING_PROBLEMS, 'TREASURY_ORGANIZATION_DIFFERS', 'TREASURY_CONSENT', 'ACCOUNT_UNKNOWN', 'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED']),
  takesAbout('/clearings/{clearing}/refusal', 'clearing', 'Decline: own positions go back at once', 'clearing.decline/1', CLEARING_PROBLEMS),
  takesAbout('/clearings/{clearing}/progress', 'clearing', 'Move on past a deadline', 'clearing.proceed/1', ['CLEARING_UNKNOWN', 'CLEARING_STATE', 'DEADLINE_NOT_REACHED']),
  takesAbout('/clearings/{clearing}/payments', 'clearing', 'Pay a leg in tokens, treasury to treasury', 'clearing.pay/1', ['CLEARING_UNKNOWN', 'CLEARING_STATE', 'CLEARING_LEG_UNKNOWN', 'DEADLINE_PAST', 'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED', 'TOKEN_PAUSED', 'FUNDS_INSUFFICIENT']),
  takesAbout('/clearings/{clearing}/claims', 'clearing', 'Claim a leg paid by money outside', 'clearing.claim/1', [...CLEARING_PROBLEMS, 'CLEARING_LEG_UNKNOWN']),
  takesAbout('/clearings/{clearing}/acknowledgements', 'clearing', 'Acknowledge the money of a leg, by the bank reference it is claimed under', 'clearing.acknowledge/1', [...CLEARING_PROBLEMS, 'CLEARING_LEG_UNKNOWN', 'CLEARING_CLAIM_UNKNOWN', 'BANK_REFERENCE_USED']),
  takesAbout('/clearings/{clearing}/denials', 'clearing', 'Deny that the money of a leg is there: it is due again', 'clearing.deny/1', [...CLEARING_PROBLEMS, 'CLEARING_LEG_UNKNOWN', 'CLEARING_CLAIM_UNKNOWN']),
  readerRoute({
    method: 'get', path: '/clearings', tag: 'clearings', summary: 'Clearing cycles of an officer’s organization, or of a treasury, newest first; an auditor sees all',
    description: 'Cycles of others are left out of the page, so it may be shorter than asked for and still have a cursor.',
    query: z.strictObject({ state: z.enum(CLEARING_STATES).optional(), ...pageQuery }),
    replies: { 200: { description: 'A page', schema: listOf(clearingSchema) } },
    errors: ['INDEX_BEHIND'],
    handle: (gateway, { query }, reader) =>
      readPage(gateway, query, (page) => {
        const { items, ...rest } = gateway.index.objects.clearings.list({ state: query.state }, page);
        return { items: items.filter((clearing) => takesPart(reader, clearing)), ...rest };
      }),
  }),
  readerRoute({
    method: 'get', path: '/clearings/{clearing}', tag: 'clearings', summary: 'A clearing cycle', params: clearingParams, query: readQuery,
    replies: { 200: { description: 'As it is now', schema: reading(clearingSchema) } },
    errors: ['NOT_FOUND', 'INDEX_BEHIND'],
    handle: (gateway, { params, query }, reader) => readOne(gateway, query, () => visible(gateway, reader, params.clearing)),
  }),
  readerRoute({
    method: 'get', path: '/clearings/{clearing}/history', tag: 'clearings', summary: 'The instructions that made and changed it, with their signers, newest first', params: clearingParams,
    query: z.strictObject(pageQuery),
    replies: { 200: { description: 'A page of receipts', schema: listOf(receiptSchema) } },
    errors: ['NOT_FOUND', 'INDEX_BEHIND'],
    handle: (gateway, { params, query }, reader) => {
      if (visible(gateway, reader, params.clearing) === undefined) throw new HttpError('NOT_FOUND');
      return readReceipts(gateway, query, (page) => gateway.index.instructions.history(params.clearing, page));
    },
  }),
];

function withPool({ index }: Gateway, acceptance: AcceptanceView) {
  const { available, taken } = index.poolOf(acceptance.token, acceptance.into);
  return { ...acceptance, pool: { available: String(available), taken: String(taken) } };
}

function quote(gateway: Gateway, { from, to, amount }: { readonly from: string; readonly to: string; readonly amount: string }, repayment: boolean) {
  const { index } = gateway;
  const [token, into] = repayment ? [to, from] : [from, to];
  const acceptance = index.objects.acceptances.one(`${token}/${into}`);
  if (acceptance === undefined || acceptance.status === 'ended' || (repayment && acceptance.direction !== 'both')) return undefined;
  return quoteOf(acceptance, index.poolOf(token, into), { amount: BigInt(amount), repayment, now: Date.now(), tokens: [from, to].flatMap((id) => asItIs(gateway, index.objects.tokens.one(id)) ?? []) });
}

function positions({ index }: Gateway) {
  return index.objects.acceptances.all().filter(({ status }) => status !== 'ended').map(({ token, into, organization, cap, fixed }) => {
    const { taken } = index.poolOf(token, into);
    return { token, into, debtor: token.slice(token.indexOf('@') + 1), creditor: organization, amount: String(taken + BigInt(fixed)), taken: String(taken), fixed, cap };
  });
}

function visible({ index }: Gateway, reader: Reader, id: string): ClearingView | undefined {
  const clearing = index.objects.clearings.one(id);
  return clearing !== undefined && takesPart(reader, clearing) ? clearing : undefined;
}

/** A party's officers, the account it has named, and whoever opened it, though it may have been left out since. */
function takesPart(reader: Reader, { id, parties }: ClearingView): boolean {
  if (isAccountId(reader.signer)) return parties.some(({ treasury }) => treasury === reader.signer);
  return seesAll(reader) || id.endsWith(`@${reader.organizationId}`) || parties.some(({ organization }) => organization === reader.organizationId);
}

function seesAll({ signer, roles }: Reader): boolean {
  return !isAccountId(signer) && roles.includes('auditor');
}

/** @throws HttpError NOT_ENTITLED */
function ownOrganization({ signer, organizationId }: Reader): string {
  if (isAccountId(signer)) throw new HttpError('NOT_ENTITLED');
  return organizationId;
}
