import { CHANGE_KINDS, objectIdSchema, PROPOSAL_STATES, rulesSchema } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { assertOfficerOf } from '../http/entitlement.ts';
import { readerRoute, type Route } from '../http/route.ts';
import type { Reader } from '../http/access.ts';
import { takes } from './owned.ts';
import { listOf, minBlockQuery, pageQuery, readOne, readPage, reading } from './listing.ts';

const proposalSchema = z
  .object({
    id: z.string(),
    by: z.string(),
    kind: z.enum(CHANGE_KINDS),
    subject: z.string().meta({ description: 'An organization, or `rules`' }),
    change: z.unknown().meta({ description: 'As it was proposed' }),
    closesAt: z.string(),
    votes: z.array(z.object({ organization: z.string(), approves: z.boolean(), by: z.string() })),
    state: z.enum(PROPOSAL_STATES),
    bookedAt: z.string(),
    entry: z.string(),
  })
  .meta({ id: 'Proposal' });

const rulesView = rulesSchema.extend({ version: z.int(), activatedAt: z.string() }).meta({ id: 'Rules' });

const VOTE_PROBLEMS = [
  'OFFICER_ROLE_MISSING', 'ORGANIZATION_EXISTS', 'ORGANIZATION_UNKNOWN', 'ORGANIZATION_STATE', 'CONSORTIUM_TOO_SMALL', 'CONSORTIUM_FULL', 'RULES_CHANGED',
  'ADMISSION_MALFORMED', 'OFFICER_EXISTS', 'OFFICES_SEPARATE', 'CERTIFICATE_MALFORMED', 'CERTIFICATE_PROFILE', 'CERTIFICATE_ISSUER', 'CERTIFICATE_NOT_CURRENT', 'CERTIFICATE_PROOF', 'KEY_IN_USE', 'PROPOSAL_UNKNOWN', 'PROPOSAL_STATE',
  'PROPOSAL_OPEN', 'PROPOSAL_EXPIRED', 'PROPOSAL_TOO_LONG', 'PROPOSAL_VOTED', 'DEADLINE_PAST', 'DEADLINE_NOT_REACHED',
] as const;

const decideOnProposals = takes('/proposals', 'consortium', 'Propose a change to the consortium, vote, withdraw, expire', [
  'consortium.propose/1', 'consortium.vote/1', 'consortium.withdraw/1', 'consortium.expire/1',
], VOTE_PROBLEMS);

const listProposals = readerRoute({
  method: 'get',
  path: '/proposals',
  tag: 'consortium',
  summary: 'What the members vote on, newest first; for officers',
  query: z.strictObject({ state: z.enum(PROPOSAL_STATES).optional(), subject: z.string().max(30).optional(), ...pageQuery }),
  replies: { 200: { description: 'A page', schema: listOf(proposalSchema) } },
  errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
  handle: (gateway, { query }, reader) => {
    assertOfficer(reader);
    return readPage(gateway, query, (page) => gateway.index.objects.proposals.list({ state: query.state, subject: query.subject }, page));
  },
});

const getProposal = readerRoute({
  method: 'get',
  path: '/proposals/{proposal}',
  tag: 'consortium',
  summary: 'One proposal with its votes; for officers',
  params: z.strictObject({ proposal: objectIdSchema }),
  query: z.strictObject(minBlockQuery),
  replies: { 200: { description: 'As it is now', schema: reading(proposalSchema) } },
  errors: ['NOT_ENTITLED', 'NOT_FOUND', 'INDEX_BEHIND'],
  handle: (gateway, { params, query }, reader) => {
    assertOfficer(reader);
    return readOne(gateway, query, () => gateway.index.objects.proposals.one(params.proposal));
  },
});

const currentRules = readerRoute({
  method: 'get',
  path: '/rules',
  tag: 'consortium',
  summary: 'The rules in force',
  query: z.strictObject(minBlockQuery),
  replies: { 200: { description: 'The newest version', schema: reading(rulesView) } },
  errors: ['NOT_FOUND', 'INDEX_BEHIND'],
  handle: (gateway, { query }) => readOne(gateway, query, () => gateway.index.objects.rules.all().at(-1)),
});

const rulesOfVersion = readerRoute({
  method: 'get',
  path: '/rules/{version}',
  tag: 'consortium',
  summary: 'A version of the rules, for whoever audits what was judged by it',
  params: z.strictObject({ version: z.string().regex(/^[1-9][0-9]{0,8}$/) }),
  query: z.strictObject(minBlockQuery),
  replies: { 200: { description: 'The version', schema: reading(rulesView) } },
  errors: ['NOT_FOUND', 'INDEX_BEHIND'],
  handle: (gateway, { params, query }) => readOne(gateway, query, () => gateway.index.objects.rules.one(params.version.padStart(10, '0'))),
});

export const consortiumRoutes: readonly Route[] = [decideOnProposals, listProposals, getProposal, currentRules, rulesOfVersion];

/** Of any organization: what the members decide concerns them all. */
function assertOfficer(reader: Reader): void {
  assertOfficerOf(reader, reader.organizationId);
}
