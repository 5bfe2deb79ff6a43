import { formatInstant, isAccountId, organizationOf, parseInstant } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import type { Gateway } from '../gateway.ts';
import type { Reader } from '../http/access.ts';
import { homesOf } from '../http/entitlement.ts';
import { readerRoute } from '../http/route.ts';
import { endOfBlock } from '../index/entry-id.ts';
import type { ClearingView } from '../index/views.ts';
import { minBlockQuery, waitForBlock } from './listing.ts';
import { longPoll, waitQuery } from './long-poll.ts';

const MOST_OF_A_KIND = 100;
const EXPIRY_WARNING_MS = 30 * 24 * 3600_000;

const itemSchema = z.object({
  kind: z.enum(['grant-application', 'settlement-to-confirm', 'settlement-offered', 'dispute-to-answer', 'mandate-to-accept', 'hold-to-capture', 'limit-request', 'limit-proposal', 'proposal-to-vote', 'redemption-to-answer', 'redemption-requested', 'token-proposal', 'clearing-to-confirm', 'leg-to-pay', 'leg-to-acknowledge', 'certificate-expiring', 'registration-to-review', 'registration-to-record', 'recovery-under-way', 'recovery-to-confirm', 'link-to-consent', 'link-to-confirm']),
  id: z.string(),
  object: z.unknown(),
});
type Item = z.infer<typeof itemSchema>;

export const getInbox = readerRoute({
  method: 'get',
  path: '/inbox',
  tag: 'inbox',
  summary: 'What waits for the reader',
  description:
    'For an account: applications for its grants, settlements and disputes to answer, mandates to accept, holds to capture, settlements it has offered, redemptions it has asked for. For everybody concerned: recoveries that are under way, which the account may veto and a second officer confirms, and links to consent to and to confirm. For a credit officer: requests and proposals of limits. For an issuer: redemptions to answer, proposed terms of tokens. For an administrator: proposals of members on which its organization has not voted. For a financial operator: clearing cycles to confirm, legs to pay and to acknowledge; legs to pay also for the treasury that pays them. For a registrar at its own gateway: registrations to review, and those whose certificate is to be recorded. For everybody: certificates that end within 30 days by the ledger clock: an account’s and an officer’s own, for a registrar its organization’s accounts’ and those in its care, for an administrator its officers’. With `tag` and `wait` it answers when there is something else than at that tag, or after so many seconds.',
  query: z.strictObject({ ...minBlockQuery, ...waitQuery }),
  replies: { 200: { description: 'The newest hundred of each kind', schema: z.object({ items: z.array(itemSchema), tag: z.string(), asOfBlock: z.int() }) } },
  errors: ['INDEX_BEHIND', 'TOO_MANY_REQUESTS'],
  handle: async (gateway, { query, gone }, reader) => {
    await waitForBlock(gateway, query);
    const { items, tag } = await longPoll(gateway, { name: reader.signer, query, gone }, () => ({ items: waitingFor(gateway, reader) }));
    return { status: 200, body: { items, tag, asOfBlock: gateway.index.block() } };
  },
});

function waitingFor(gateway: Gateway, reader: Reader): readonly Item[] {
  return [...(isAccountId(reader.signer) ? forAccount(gateway, reader.signer) : [...forOfficer(gateway, reader), ...forRegistrar(gateway, reader), ...forAdministrator(gateway, reader), ...forThoseWhoKnowHolders(gateway, reader)]), ...expiring(gateway, reader)];
}

/** The soonest, by the ledger clock, so that the same blocks make the same inbox. */
function expiring({ index }: Gateway, reader: Reader): readonly Item[] {
  const { signer, organizationId, roles } = reader;
  const clock = index.clock();
  if (clock === undefined) return [];
  const until = formatInstant(parseInstant(clock) + EXPIRY_WARNING_MS);
  const filters = [
    { holder: signer },
    ...(roles.includes('registrar') ? [{ homes: homesOf(reader), kind: 'account' as const }] : []),
    ...(roles.includes('administrator') ? [{ homes: [organizationId], kind: 'officer' as const }] : []),
  ];
  const found = filters.flatMap((filter) => index.certificates.expiring(filter, { until, limit: MOST_OF_A_KIND }));
  const byThumbprint = new Map(found.map((certificate) => [certificate.thumbprint, { ...certificate, id: certificate.thumbprint }]));
  return itemsOf('certificate-expiring', { items: [...byThumbprint.values()] });
}

function forAccount({ index }: Gateway, account: string): readonly Item[] {
  const { grants, settlements, bills, mandates, holds, redemptions, recoveries, links } = index.objects;
  const page = { before: endOfBlock(index.block()), limit: MOST_OF_A_KIND };
  return [
    ...itemsOf('grant-application', grants.list({ merchant: account, state: 'requested' }, page)),
    ...itemsOf('settlement-to-confirm', settlements.list({ creditor: account, state: 'initiated' }, page)),
    ...itemsOf('settlement-offered', settlements.list({ debtor: account, state: 'initiated' }, page)),
    ...itemsOf('dispute-to-answer', bills.list({ creditor: account, state: 'disputed' }, page)),
    ...itemsOf('mandate-to-accept', mandates.list({ creditor: account, state: 'offered' }, page)),
    ...itemsOf('hold-to-capture', holds.list({ payee: account, state: 'held' }, page)),
    ...itemsOf('recovery-under-way', recoveries.list({ account, state: 'proposed' }, page)),
    ...itemsOf('recovery-under-way', recoveries.list({ account, state: 'confirmed' }, page)),
    ...itemsOf('link-to-consent', links.list({ account, state: 'proposed' }, page)),
    ...itemsOf('leg-to-pay', { items: legsToPay(index.objects.clearings.list({ state: 'settling' }, page).items, account) }),
    ...itemsOf('redemption-requested', redemptions.list({ holder: account, state: 'requested' }, page)),
  ];
}

/** Cycles in which the account is the treasury of a debtor: only it can pay in tokens. */
function legsToPay(settling: readonly ClearingView[], account: string): readonly ClearingView[] {
  return settling.filter(({ parties, legs }) => parties.some(({ organization, treasury }) => treasury === account && legs.some(({ debtor, state }) => debtor === organization && state === 'due')));
}

function forOfficer(gateway: Gateway, reader: Reader): readonly Item[] {
  return [...forCreditOfficer(gateway, reader), ...forFinancialOperator(gateway, reader), ...forIssuer(gateway, reader)];
}

function forFinancialOperator({ index }: Gateway, { roles, organizationId }: Reader): readonly Item[] {
  if (!roles.includes('financial-operator')) return [];
  const page = { before: endOfBlock(index.block()), limit: MOST_OF_A_KIND };
  const { items: open } = index.objects.clearings.list({ state: 'open' }, page);
  const { items: settling } = index.objects.clearings.list({ state: 'settling' }, page);
  const legsOf = (side: 'debtor' | 'creditor', states: readonly string[]) => settling.filter(({ legs }) => legs.some((leg) => leg[side] === organizationId && states.includes(leg.state)));
  return [
    ...itemsOf('clearing-to-confirm', { items: open.filter(({ parties }) => parties.some(({ organization, confirmed }) => organization === organizationId && !confirmed)) }),
    ...itemsOf('leg-to-pay', { items: legsOf('debtor', ['due']) }),
    ...itemsOf('leg-to-acknowledge', { items: legsOf('creditor', ['claimed']) }),
  ];
}

function forIssuer({ index }: Gateway, { roles, organizationId }: Reader): readonly Item[] {
  if (!roles.includes('issuer')) return [];
  const { redemptions, tokens } = index.objects;
  const page = { before: endOfBlock(index.block()), limit: MOST_OF_A_KIND };
  const proposed = tokens.all().filter(({ organization, proposal }) => organization === organizationId && proposal !== undefined);
  return [...itemsOf('redemption-to-answer', redemptions.list({ issuer: organizationId, state: 'requested' }, page)), ...itemsOf('token-proposal', { items: proposed })];
}

function forCreditOfficer({ index }: Gateway, { roles, organizationId }: Reader): readonly Item[] {
  if (!roles.includes('credit-officer')) return [];
  const { limits } = index.objects;
  const page = { before: endOfBlock(index.block()), limit: MOST_OF_A_KIND };
  const { items: requests } = limits.list({ organization: organizationId, pending: 'request' }, page);
  const { items: proposals } = limits.list({ organization: organizationId, pending: 'proposal' }, page);
  return [...itemsOf('limit-request', { items: requests }), ...itemsOf('limit-proposal', { items: proposals })];
}

/** A second officer confirms a recovery, each registrar a link. */
function forThoseWhoKnowHolders({ index }: Gateway, reader: Reader): readonly Item[] {
  const { signer, roles } = reader;
  if (!roles.includes('registrar') && !roles.includes('administrator')) return [];
  const { recoveries, links } = index.objects;
  const page = { before: endOfBlock(index.block()), limit: MOST_OF_A_KIND };
  const homes = homesOf(reader);
  const proposed = homes.flatMap((home) => recoveries.list({ home, state: 'proposed' }, page).items).filter(({ proposedBy }) => proposedBy !== signer);
  const consented = homes.flatMap((home) => ['home', 'other'].flatMap((side) => links.list({ [side]: home, state: 'consented' }, page).items));
  const unconfirmed = roles.includes('registrar') ? [...new Map(consented.map((link) => [link.id, link])).values()].filter(({ proposer, account, confirmedBy }) => [proposer, account].some((id) => homes.includes(organizationOf(id)) && confirmedBy[id] === undefined)) : [];
  return [...itemsOf('recovery-to-confirm', { items: proposed }), ...itemsOf('link-to-confirm', { items: unconfirmed })];
}

/** Proposals on which its organization has not voted. */
function forAdministrator({ index }: Gateway, { roles, organizationId }: Reader): readonly Item[] {
  if (!roles.includes('administrator')) return [];
  const { items } = index.objects.proposals.list({ state: 'open' }, { before: endOfBlock(index.block()), limit: MOST_OF_A_KIND });
  return itemsOf('proposal-to-vote', { items: items.filter(({ votes }) => votes.every(({ organization }) => organization !== organizationId)) });
}

/** Applications lie in the gateway that took them; the oldest first. */
function forRegistrar({ registrations, organizationId }: Gateway, reader: Reader): readonly Item[] {
  if (!reader.roles.includes('registrar') || reader.organizationId !== organizationId) return [];
  const inState = (state: 'submitted' | 'certified') => ({
    items: registrations.list(state, '', MOST_OF_A_KIND).filter((registration) => registration.state === state).map(({ id, account, roles, keys, documents, deadline, submittedAt }) => ({ id, account, roles, keys, documents, deadline, submittedAt })),
  });
  return [...itemsOf('registration-to-review', inState('submitted')), ...itemsOf('registration-to-record', inState('certified'))];
}

function itemsOf(kind: Item['kind'], { items }: { readonly items: readonly { readonly id: string }[] }): readonly Item[] {
  return items.map((object) => ({ kind, id: object.id, object }));
}
