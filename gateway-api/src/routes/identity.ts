import { accountIdSchema, isAccountId, LINK_STATES, RECOVERY_REASONS, RECOVERY_STATES } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import type { Reader } from '../http/access.ts';
import { assertMayRead, homesOf } from '../http/entitlement.ts';
import type { ProblemCode } from '../http/problem.ts';
import { readerRoute, type Route } from '../http/route.ts';
import type { LinkView, RecoveryView } from '../index/views.ts';
import { listOf, pageQuery, readPage } from './listing.ts';
import { oneReads, takes, takesAbout, type VisibleNoun } from './owned.ts';

/** Recoveries of accounts, and links of accounts of one holder. */

const made = { bookedAt: z.string(), entry: z.string() };

const recoverySchema = z
  .object({
    id: z.string(),
    account: z.string(),
    reason: z.enum(RECOVERY_REASONS),
    document: z.string().optional(),
    proposedBy: z.string(),
    confirmedBy: z.string().optional(),
    certificate: z.string().meta({ description: 'Thumbprint of the new one' }),
    effectiveAt: z.string().optional().meta({ description: 'From when on anybody may complete it; once confirmed' }),
    deadline: z.string(),
    state: z.enum(RECOVERY_STATES),
    ...made,
  })
  .meta({ id: 'Recovery' });

const linkSchema = z
  .object({ id: z.string(), proposer: z.string(), account: z.string(), confirmedBy: z.record(z.string(), z.string()).meta({ description: 'By account: the registrar who has confirmed for it' }), deadline: z.string(), state: z.enum(LINK_STATES), ...made })
  .meta({ id: 'HolderLink', description: 'Two accounts of two organizations have one holder: said by both keys and both registrars' });

const OFFICES: readonly ProblemCode[] = ['OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING'];
const DEADLINES: readonly ProblemCode[] = ['DEADLINE_PAST', 'DEADLINE_TOO_FAR', 'AGAIN'];
const CERTIFICATES: readonly ProblemCode[] = ['CERTIFICATE_MALFORMED', 'CERTIFICATE_PROFILE', 'CERTIFICATE_ISSUER', 'CERTIFICATE_NOT_CURRENT', 'CERTIFICATE_PROOF', 'KEY_IN_USE'];
const RECOVERY: readonly ProblemCode[] = ['RECOVERY_UNKNOWN', 'RECOVERY_STATE'];
const LINK: readonly ProblemCode[] = ['LINK_UNKNOWN', 'LINK_STATE'];

const listRecoveries = readerRoute({
  method: 'get',
  path: '/recoveries',
  tag: 'recoveries',
  summary: 'Recoveries of an account, or for an officer of the accounts that its organization cares for, newest first',
  query: z.strictObject({ account: accountIdSchema.optional(), state: z.enum(RECOVERY_STATES).optional(), ...pageQuery }),
  replies: { 200: { description: 'A page', schema: listOf(recoverySchema) } },
  errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
  handle: (gateway, { query }, reader) => {
    const whose = whoseOf(reader, query.account);
    return readPage(gateway, query, (page) => gateway.index.objects.recoveries.list({ ...('account' in whose ? whose : { home: whose.homes }), state: query.state }, page));
  },
});

const listLinks = readerRoute({
  method: 'get',
  path: '/links',
  tag: 'links',
  summary: 'Links of an account, or for an officer of the accounts that its organization cares for, newest first',
  query: z.strictObject({
    account: accountIdSchema.optional(),
    role: z.enum(['proposer', 'account']).meta({ description: 'Which side the account, or the organization’s account, is on: proposer has asked' }),
    state: z.enum(LINK_STATES).optional(),
    ...pageQuery,
  }),
  replies: { 200: { description: 'A page', schema: listOf(linkSchema) } },
  errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
  handle: (gateway, { query }, reader) => {
    const whose = whoseOf(reader, query.account);
    const filter = 'account' in whose ? { [query.role]: whose.account } : { [query.role === 'proposer' ? 'home' : 'other']: whose.homes };
    return readPage(gateway, query, (page) => gateway.index.objects.links.list({ ...filter, state: query.state }, page));
  },
});

const RECOVERIES: VisibleNoun<RecoveryView> = { noun: 'recoveries', member: 'recovery', roles: ['account'], schema: recoverySchema, objects: ({ objects }) => objects.recoveries };
const LINKS: VisibleNoun<LinkView> = { noun: 'links', member: 'link', roles: ['proposer', 'account'], schema: linkSchema, objects: ({ objects }) => objects.links };

export const identityRoutes: readonly Route[] = [
  listRecoveries,
  takes('/recoveries', 'recoveries', 'Propose to recover an account whose keys are lost, by its registrar', ['recovery.propose/1'], [...OFFICES, ...CERTIFICATES, ...DEADLINES, 'ACCOUNT_UNKNOWN', 'ACCOUNT_CLOSED', 'RECOVERY_PENDING']),
  ...oneReads(RECOVERIES),
  takesAbout('/recoveries/{recovery}/confirmation', 'recovery', 'Confirm, by a second officer: registrar or administrator', 'recovery.confirm/1', [...OFFICES, ...RECOVERY, 'RECOVERY_SAME_OFFICER', 'RECOVERY_TOO_SHORT', 'RECOVERY_EXPIRED', 'AGAIN']),
  takesAbout('/recoveries/{recovery}/veto', 'recovery', 'Veto with a key that is left, or withdraw as an officer', 'recovery.veto/1', [...OFFICES, ...RECOVERY]),
  takesAbout('/recoveries/{recovery}/completion', 'recovery', 'Complete after the delay, by anybody', 'recovery.complete/1', [...RECOVERY, 'DEADLINE_NOT_REACHED', 'RECOVERY_EXPIRED', 'CERTIFICATE_NOT_CURRENT', 'ACCOUNT_CLOSED', 'AGAIN']),
  takesAbout('/recoveries/{recovery}/expiry', 'recovery', 'End what is past its deadline, by anybody', 'recovery.expire/1', [...RECOVERY, 'DEADLINE_NOT_REACHED', 'AGAIN']),
  listLinks,
  takes('/links', 'links', 'Ask to be linked with an account of another organization that the same holder has', ['link.propose/1'], ['LINK_SAME_SYSTEM', 'LINK_EXISTS', 'LINK_TOO_MANY', 'ACCOUNT_UNKNOWN', 'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED', ...DEADLINES]),
  ...oneReads(LINKS),
  takesAbout('/links/{link}/consent', 'link', 'Consent, by the account that was named', 'link.consent/1', [...LINK, 'LINK_EXPIRED', 'AGAIN']),
  takesAbout('/links/{link}/confirmation', 'link', 'Confirm, by the registrar of either home', 'link.confirm/1', [...OFFICES, ...LINK, 'LINK_EXPIRED', 'LINK_EXISTS', 'LINK_TOO_MANY', 'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED', 'AGAIN']),
  takesAbout('/links/{link}/end', 'link', 'Take back or undo, by either account or registrar', 'link.end/1', [...OFFICES, ...LINK]),
  takesAbout('/links/{link}/expiry', 'link', 'End what is past its deadline, by anybody', 'link.expire/1', [...LINK, 'DEADLINE_NOT_REACHED', 'AGAIN']),
];

/** An account's own, or one that an officer names; otherwise all that the officer's organization cares for. @throws HttpError NOT_ENTITLED */
function whoseOf(reader: Reader, asked: string | undefined): { readonly account: string } | { readonly homes: readonly string[] } {
  const account = asked ?? (isAccountId(reader.signer) ? reader.signer : undefined);
  if (account === undefined) return { homes: homesOf(reader) };
  assertMayRead(reader, account);
  return { account };
}
