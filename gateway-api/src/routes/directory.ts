import { accountIdSchema } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { EXAMPLES, identifierSchema, normalized } from '../directory/identifier.ts';
import { assertOfficerOf } from '../http/entitlement.ts';
import { HttpError } from '../http/http-error.ts';
import { jsonRoute, readerRoute, type Route } from '../http/route.ts';
import { SIGNED_REQUEST_PROBLEMS } from '../http/signed-request.ts';
import { listOf, pageQuery, readPage } from './listing.ts';
import { ownAccount, takes } from './owned.ts';

const aliasSchema = z.object({ id: z.string(), organization: z.string(), account: z.string().optional(), releasedAt: z.string().optional() }).meta({ id: 'Alias' });
const foundSchema = z.object({ account: z.string(), organization: z.string(), alias: z.string() });

/** Accounts found by what their holders are known by outside; none of it is on the ledger. */
export const directoryRoutes: readonly Route[] = [
  jsonRoute({
    method: 'post',
    path: '/directory/lookups',
    tag: 'directory',
    access: 'reader',
    summary: 'The accounts of whoever is known by an identifier, at most one of each organization',
    description: 'Every organization is asked, and none of them learns for what. An account may ask 10 times a minute and 100 times a day, an officer 60 and 5,000 times.',
    json: identifierSchema,
    replies: { 200: { description: 'Those that are registered to be found', schema: z.object({ items: z.array(foundSchema), unanswered: z.array(z.string()).meta({ description: 'Organizations that did not answer: there may be more' }), asOfBlock: z.int() }) } },
    errors: ['TOO_MANY_REQUESTS'],
    handle: async ({ directory, index }, { body }, reader) => ({ status: 200, body: { ...(await directory.lookup(textOf(body), reader)), asOfBlock: index.block() } }),
  }),
  jsonRoute({
    method: 'post',
    path: '/directory/aliases',
    tag: 'directory',
    access: 'reader',
    summary: 'The alias of an identifier, for a registrar of this gateway’s organization to attest',
    json: identifierSchema,
    replies: { 200: { description: 'The alias', schema: z.object({ alias: z.string() }) } },
    errors: ['NOT_ENTITLED'],
    handle: ({ directory, organizationId }, { body }, reader) => {
      assertOfficerOf(reader, organizationId, 'registrar');
      return { status: 200, body: { alias: directory.aliasOf(textOf(body)) } };
    },
  }),
  jsonRoute({
    method: 'post',
    path: '/directory/evaluations',
    tag: 'directory',
    access: 'public',
    summary: 'For other organizations’ gateways: raise a blinded element by this organization’s key',
    description: 'Signed by an officer of the asking organization, as an instruction is. 120 a minute and 10,000 a day for each organization.',
    json: z.strictObject({ request: z.string().max(4096).meta({ description: 'directory.evaluate/1 as compact JWS' }) }),
    replies: { 200: { description: 'The element', schema: z.object({ element: z.string() }) } },
    errors: [...SIGNED_REQUEST_PROBLEMS, 'NOT_ENTITLED', 'TOO_MANY_REQUESTS'],
    handle: ({ directory }, { body }) => ({ status: 200, body: { element: directory.evaluate(body.request) } }),
  }),
  readerRoute({
    method: 'get',
    path: '/directory/aliases',
    tag: 'directory',
    summary: 'Aliases of an account',
    query: z.strictObject({ account: accountIdSchema.optional().meta({ description: 'Whose; an officer must say it, an account means itself' }), ...pageQuery }),
    replies: { 200: { description: 'A page', schema: listOf(aliasSchema) } },
    errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
    handle: (gateway, { query }, reader) => {
      const account = ownAccount(reader, query.account);
      return readPage(gateway, query, (page) => gateway.index.objects.aliases.list({ account }, page));
    },
  }),
  takes('/directory', 'directory', 'Register or release an alias', ['alias.register/1', 'alias.release/1'], [
    'ALIAS_TAKEN', 'ALIAS_UNKNOWN', 'ALIAS_ATTESTATION', 'SIGNER_NOT_ENTITLED', 'OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING', 'ACCOUNT_UNKNOWN', 'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED',
  ]),
];

function textOf(identifier: z.infer<typeof identifierSchema>): string {
  const text = normalized(identifier);
  if (text === undefined) throw new HttpError('REQUEST_MALFORMED', { member: 'identifier', example: EXAMPLES[identifier.kind] });
  return text;
}
