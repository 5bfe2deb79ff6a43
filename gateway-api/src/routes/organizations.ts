import { OFFICER_ROLES, ORGANIZATION_STATES, organizationIdSchema } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { readerRoute } from '../http/route.ts';
import { takes } from './owned.ts';
import { minBlockQuery, readOne, reading } from './listing.ts';

const organizationSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    status: z.enum(ORGANIZATION_STATES),
    trustee: z.string().optional().meta({ description: 'Whose registrars care for the accounts of a removed organization' }),
    pausedTokens: z.array(z.string()).meta({ description: 'Tokens of a suspended or removed organization that the members have paused in its place' }),
    userAuthority: z.string().meta({ description: 'Certificate of its user CA: DER, base64' }),
    officers: z.array(z.object({ id: z.string(), name: z.string(), roles: z.array(z.enum(OFFICER_ROLES)) })),
    limitThresholds: z.record(z.string(), z.string()).meta({ description: 'Above it a credit limit in this token takes two officers' }),
  })
  .meta({ id: 'Organization' });

/** Officers come and go by their organization's administrators. */
export const changeOfficers = takes('/officers', 'organizations', 'Appoint or dismiss an officer', ['officer.appoint/1', 'officer.dismiss/1'], [
  'OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING', 'OFFICER_EXISTS', 'OFFICER_TOO_MANY', 'OFFICER_UNKNOWN', 'ORGANIZATION_LAST_ADMINISTRATOR', 'KEY_IN_USE',
]);

const readQuery = z.strictObject(minBlockQuery);

export const listOrganizations = readerRoute({
  method: 'get',
  path: '/organizations',
  tag: 'organizations',
  summary: 'Members of the consortium',
  query: readQuery,
  replies: { 200: { description: 'All of them', schema: reading(z.object({ items: z.array(organizationSchema) })) } },
  errors: ['INDEX_BEHIND'],
  handle: (gateway, { query }) => readOne(gateway, query, () => ({ items: gateway.index.objects.organizations.all() })),
});

export const getOrganization = readerRoute({
  method: 'get',
  path: '/organizations/{organization}',
  tag: 'organizations',
  summary: 'A member with its officers',
  params: z.strictObject({ organization: organizationIdSchema }),
  query: readQuery,
  replies: { 200: { description: 'The organization', schema: reading(organizationSchema) } },
  errors: ['NOT_FOUND', 'INDEX_BEHIND'],
  handle: (gateway, { params, query }) => readOne(gateway, query, () => gateway.index.objects.organizations.one(params.organization)),
});
