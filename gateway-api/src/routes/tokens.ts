import { TOKEN_KINDS, tokenIdSchema } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import type { Gateway } from '../gateway.ts';
import type { ProblemCode } from '../http/problem.ts';
import { instructionRoute, readerRoute } from '../http/route.ts';
import { INSTRUCTION_PROBLEMS, INSTRUCTION_REPLIES, submitted } from './instruction-reply.ts';
import { minBlockQuery, readOne, reading } from './listing.ts';
import { assertAbout } from './noun-instruction.ts';

const tokenSchema = z
  .object({
    id: z.string(),
    organization: z.string().meta({ description: 'Issuing organization' }),
    name: z.string(),
    decimals: z.int(),
    kind: z.enum(TOKEN_KINDS),
    cap: z.string().optional(),
    status: z.enum(['active', 'paused']),
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
  handle: (gateway, { query }) => readOne(gateway, query, () => ({ items: gateway.index.objects.tokens.all().map((token) => withSupply(gateway, token)) })),
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
  handle: (gateway, { params, query }) => readOne(gateway, query, () => withSupply(gateway, gateway.index.objects.tokens.one(params.token))),
});

function withSupply<T extends { readonly id: string }>({ index }: Gateway, token: T | undefined) {
  return token === undefined ? undefined : { ...token, supply: index.supplyOf(token.id) };
}

const ISSUER_PROBLEMS: readonly ProblemCode[] = [...INSTRUCTION_PROBLEMS, 'OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING'];

export const defineToken = instructionRoute({
  method: 'post',
  path: '/tokens',
  tag: 'tokens',
  summary: 'Define a token',
  types: ['token.define/1'],
  replies: INSTRUCTION_REPLIES,
  errors: [...ISSUER_PROBLEMS, 'TOKEN_EXISTS'],
  handle: (gateway, { body, header }) => submitted(gateway, body, header('prefer')),
});

export const issueToken = tokenInstruction('issues', 'token.issue/1', 'Issue an amount to an account', ['ACCOUNT_UNKNOWN', 'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED', 'TOKEN_PAUSED', 'TOKEN_CAP']);
export const pauseToken = tokenInstruction('pause', 'token.pause/1', 'Pause a token', ['TOKEN_STATE']);
export const resumeToken = tokenInstruction('resume', 'token.resume/1', 'Resume a token', ['TOKEN_STATE']);

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
