import { ACCOUNT_ROLES, ACCOUNT_STATES, accountIdSchema, memoAccount, MEMOS, organizationIdSchema, tokenIdSchema, type close, type freeze, type register, type unfreeze } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { assertCaresFor, assertMayRead } from '../http/entitlement.ts';
import type { ProblemCode } from '../http/problem.ts';
import { instructionRoute, readerRoute } from '../http/route.ts';
import type { BodyOf } from '../index/body-of.ts';
import { certificateSchema } from './certificates.ts';
import { INSTRUCTION_PROBLEMS, INSTRUCTION_REPLIES, submitted } from './instruction-reply.ts';
import { listOf, minBlockQuery, pageQuery, readOne, readPage, reading } from './listing.ts';
import { assertAbout } from './noun-instruction.ts';

const accountSchema = z
  .object({
    id: z.string(),
    organization: z.string().meta({ description: 'Home organization' }),
    status: z.enum(ACCOUNT_STATES),
    roles: z.array(z.enum(ACCOUNT_ROLES)),
    holder: z.string().meta({ description: 'Salted hash of what identifies the holder' }),
    treasury: z.literal(true).optional().meta({ description: 'Its holder lets it be a treasury of its organization' }),
    registeredAt: z.string(),
  })
  .meta({ id: 'Account' });

const balanceSchema = z.object({ token: z.string(), free: z.string(), held: z.string() }).meta({ id: 'Balance' });

const postingSchema = z
  .object({
    entry: z.string().meta({ description: 'block-transaction-line' }),
    token: z.string(),
    amount: z.string().meta({ description: 'Signed: what went out is negative' }),
    instruction: z.object({ id: z.string(), signer: z.string() }),
    bookedAt: z.string(),
  })
  .meta({ id: 'Posting' });

const accountParams = z.strictObject({ account: accountIdSchema });
const readQuery = z.strictObject(minBlockQuery);

export const getAccount = readerRoute({
  method: 'get',
  path: '/accounts/{account}',
  tag: 'accounts',
  summary: 'An account with its certificates',
  params: accountParams,
  query: readQuery,
  replies: { 200: { description: 'The account', schema: reading(accountSchema.extend({ certificates: z.array(certificateSchema), documents: z.array(z.string()).meta({ description: 'Salted hashes of what its organization looked at' }) })) } },
  errors: ['NOT_ENTITLED', 'NOT_FOUND', 'INDEX_BEHIND'],
  handle: (gateway, { params, query }, reader) => {
    assertMayRead(reader, params.account);
    return readOne(gateway, query, () => {
      const account = gateway.index.objects.accounts.one(params.account);
      if (account === undefined) return undefined;
      const { documents = [] } = (gateway.index.instructions.registrationOf(account.id)?.body ?? {}) as Partial<BodyOf<typeof register>>;
      return { ...account, certificates: gateway.index.certificates.ofHolder(account.id), documents };
    });
  },
});

export const listAccounts = readerRoute({
  method: 'get',
  path: '/accounts',
  tag: 'accounts',
  summary: 'Accounts of an organization, newest first, for its officers or its trustee’s',
  query: z.strictObject({ organization: organizationIdSchema, status: z.enum(ACCOUNT_STATES).optional(), ...pageQuery }),
  replies: { 200: { description: 'A page of accounts', schema: listOf(accountSchema) } },
  errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
  handle: (gateway, { query }, reader) => {
    assertCaresFor(reader, query.organization);
    return readPage(gateway, query, (page) => gateway.index.objects.accounts.list({ organization: query.organization, status: query.status }, page));
  },
});

export const getBalances = readerRoute({
  method: 'get',
  path: '/accounts/{account}/balances',
  tag: 'accounts',
  summary: 'Balances of an account, by token',
  params: accountParams,
  query: readQuery,
  replies: { 200: { description: 'Every token it has had', schema: reading(z.object({ items: z.array(balanceSchema) })) } },
  errors: ['NOT_ENTITLED', 'NOT_FOUND', 'INDEX_BEHIND'],
  handle: (gateway, { params, query }, reader) => {
    assertMayRead(reader, params.account);
    return readOne(gateway, query, () => {
      const account = gateway.index.objects.accounts.one(params.account);
      return account === undefined ? undefined : { items: gateway.index.statements.balances(account.id) };
    });
  },
});

export const listPostings = readerRoute({
  method: 'get',
  path: '/accounts/{account}/postings',
  tag: 'accounts',
  summary: 'Statement of an account, newest first; or of what is only noted of it',
  description: 'Lines of the statement add up to what the account has, held or not. `of` asks for a memo account instead: `held`, how much of it is reserved; `credit`, what bills ask others to pay it less what they ask of it; `credit-held`, the same of credit that holds reserve.',
  params: accountParams,
  query: z.strictObject({ token: tokenIdSchema.optional(), of: z.enum(MEMOS).optional(), ...pageQuery }),
  replies: { 200: { description: 'A page of postings', schema: listOf(postingSchema) } },
  errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
  handle: (gateway, { params, query }, reader) => {
    assertMayRead(reader, params.account);
    return readPage(gateway, query, (page) => gateway.index.postings(query.of === undefined ? params.account : memoAccount(query.of, params.account), query.token, page));
  },
});

const ACCOUNT_PROBLEMS: readonly ProblemCode[] = [
  ...INSTRUCTION_PROBLEMS, 'SIGNER_NOT_ENTITLED', 'OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING', 'ACCOUNT_UNKNOWN', 'ACCOUNT_STATE', 'OBJECT_DIFFERS',
];

export const freezeAccount = accountInstruction<BodyOf<typeof freeze>>('freeze', 'Freeze an account, for debits or fully', []);
export const unfreezeAccount = accountInstruction<BodyOf<typeof unfreeze>>('unfreeze', 'Unfreeze an account', []);
export const closeAccount = accountInstruction<BodyOf<typeof close>>('close', 'Close an account', ['ACCOUNT_CLOSED', 'ACCOUNT_FROZEN', 'ACCOUNT_NOT_EMPTY']);

function accountInstruction<Body extends { readonly account: string }>(verb: string, summary: string, errors: readonly ProblemCode[]) {
  return instructionRoute({
    method: 'post',
    path: `/accounts/{account}/${verb}`,
    tag: 'accounts',
    summary,
    types: [`account.${verb}/1`],
    params: accountParams,
    replies: INSTRUCTION_REPLIES,
    errors: [...ACCOUNT_PROBLEMS, ...errors],
    handle: (gateway, { params, body, header }) => {
      assertAbout<Body>(body.instruction, ({ account }) => account === params.account);
      return submitted(gateway, body, header('prefer'));
    },
  });
}
