import { ACCOUNT_ROLES, ORGANIZATION_STATES, TOKEN_KINDS, TOKEN_STATES, tokenIdSchema } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import type { Gateway } from '../gateway.ts';
import type { ProblemCode } from '../http/problem.ts';
import { instructionRoute, readerRoute } from '../http/route.ts';
import { INSTRUCTION_PROBLEMS, INSTRUCTION_REPLIES, submitted } from './instruction-reply.ts';
import type { TokenView } from '../index/views.ts';
import { minBlockQuery, readOne, reading } from './listing.ts';
import { assertAbout } from './noun-instruction.ts';

const termsShape = {
  cap: z.string().optional().meta({ description: 'The most that may be outstanding' }),
  quota: z.object({ amount: z.string(), hours: z.int() }).optional().meta({ description: 'The most that is issued in each period of so many hours, counted from 1970 in UTC' }),
  holders: z.object({ roles: z.array(z.enum(ACCOUNT_ROLES)).optional(), organizations: z.array(z.string()).optional() }).optional().meta({ description: 'Who may hold it; absent: anyone' }),
};

const { cap, quota, holders } = termsShape;
const none = z.literal('none');
const changeSchema = z.object({ cap, quota: quota.unwrap().or(none).optional(), holders: holders.unwrap().or(none).optional() }).meta({ description: 'What is absent stays as it is; `none` lifts it' });

const tokenSchema = z
  .object({
    id: z.string(),
    organization: z.string().meta({ description: 'Issuing organization' }),
    name: z.string(),
    decimals: z.int(),
    kind: z.enum(TOKEN_KINDS),
    ...termsShape,
    transferable: z.boolean().meta({ description: 'False: it passes only from its issuer and back to it' }),
    twoOfficers: z.boolean().meta({ description: 'A change of cap, quota or holders takes two officers' }),
    proposal: z.object({ id: z.string(), by: z.string(), change: changeSchema }).optional().meta({ description: 'What waits for a second officer' }),
    status: z.enum(TOKEN_STATES).meta({ description: 'Paused by its issuer, or by the members while that is suspended or removed' }),
    issuerStatus: z.enum(ORGANIZATION_STATES).meta({ description: 'Unless the issuing organization is active nobody issues or redeems the token' }),
    acceptance: z.literal('all-at-par'),
    source: z.object({ code: z.string(), fields: z.record(z.string(), z.string()) }).meta({ description: 'The issuing system’s own code and fields' }),
    document: z.string().optional(),
    supply: z.object({ issued: z.string(), redeemed: z.string() }),
  })
  .meta({ id: 'Token' });

const tokenParams = z.strictObject({ token: tokenIdSchema });
const readQuery = z.strictObject(minBlockQuery);

export const listTokens = readerRoute({
  method: 'get',
  path: '/tokens',
  tag: 'tokens',
  summary: 'Every token of the consortium',
  query: readQuery,
  replies: { 200: { description: 'All of them', schema: reading(z.object({ items: z.array(tokenSchema) })) } },
  errors: ['INDEX_BEHIND'],
  handle: (gateway, { query }) => readOne(gateway, query, () => ({ items: gateway.index.objects.tokens.all().map((token) => asItIs(gateway, token)) })),
});

export const getToken = readerRoute({
  method: 'get',
  path: '/tokens/{token}',
  tag: 'tokens',
  summary: 'A token with its supply',
  params: tokenParams,
  query: readQuery,
  replies: { 200: { description: 'The token', schema: reading(tokenSchema) } },
  errors: ['NOT_FOUND', 'INDEX_BEHIND'],
  handle: (gateway, { params, query }) => readOne(gateway, query, () => asItIs(gateway, gateway.index.objects.tokens.one(params.token))),
});

/** A token with what the members have decided about it and its issuer. */
export function asItIs({ index }: Gateway, token: TokenView | undefined) {
  if (token === undefined) return undefined;
  const issuer = index.objects.organizations.one(token.organization);
  const isPaused = token.status === 'paused' || issuer?.pausedTokens.includes(token.id) === true;
  return { ...token, status: isPaused ? ('paused' as const) : ('active' as const), issuerStatus: issuer?.status ?? ('active' as const), supply: index.supplyOf(token.id) };
}

const ISSUER_PROBLEMS: readonly ProblemCode[] = [...INSTRUCTION_PROBLEMS, 'OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING'];

export const defineToken = instructionRoute({
  method: 'post',
  path: '/tokens',
  tag: 'tokens',
  summary: 'Define a token',
  types: ['token.define/1'],
  replies: INSTRUCTION_REPLIES,
  errors: [...ISSUER_PROBLEMS, 'TOKEN_EXISTS', 'TOKEN_TOO_MANY'],
  handle: (gateway, { body, header }) => submitted(gateway, body, header('prefer')),
});

export const issueToken = tokenInstruction('issues', 'token.issue/1', 'Issue an amount to an account', ['ACCOUNT_UNKNOWN', 'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED', 'TOKEN_PAUSED', 'TOKEN_CAP', 'TOKEN_QUOTA', 'TOKEN_HOLDER_EXCLUDED', 'HOLDING_LIMIT_EXCEEDED']);
export const pauseToken = tokenInstruction('pause', 'token.pause/1', 'Pause a token', ['TOKEN_STATE']);
export const resumeToken = tokenInstruction('resume', 'token.resume/1', 'Resume a token', ['TOKEN_STATE']);

export const amendToken = tokenInstruction('terms', 'token.amend/1', 'Change cap, quota or who may hold', ['TOKEN_NEEDS_TWO']);
export const proposeTerms = tokenInstruction('terms/proposals', 'token.propose/1', 'Propose a change of cap, quota or who may hold to another officer', []);
export const confirmTerms = tokenInstruction('terms/confirmation', 'token.confirm/1', 'Confirm what another officer proposed', ['TOKEN_PROPOSAL_UNKNOWN', 'TOKEN_SAME_OFFICER']);
export const withdrawTerms = tokenInstruction('terms/withdrawal', 'token.withdraw/1', 'Withdraw what one has proposed', ['TOKEN_PROPOSAL_UNKNOWN', 'SIGNER_NOT_ENTITLED']);

function tokenInstruction(verb: string, type: string, summary: string, errors: readonly ProblemCode[]) {
  return instructionRoute({
    method: 'post',
    path: `/tokens/{token}/${verb}`,
    tag: 'tokens',
    summary,
    types: [type],
    params: tokenParams,
    replies: INSTRUCTION_REPLIES,
    errors: [...ISSUER_PROBLEMS, 'TOKEN_UNKNOWN', 'OBJECT_DIFFERS', ...errors],
    handle: (gateway, { params, body, header }) => {
      assertAbout<{ readonly token: string }>(body.instruction, ({ token }) => token === params.token);
      return submitted(gateway, body, header('prefer'));
    },
  });
}
