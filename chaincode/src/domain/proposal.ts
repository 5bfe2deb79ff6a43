import { z } from 'zod';
import { admissionSchema, admit, admittedOfficerSchema, appointAdministrator, assertAdmissible, assertAppointable } from './admission.ts';
import type { Book } from './book.ts';
import { KEY_ROLES } from './certificate.ts';
import type { Crypto } from './crypto.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { digestSchema, objectId, objectIdSchema, organizationIdSchema, organizationOf, splitObjectId, tokenIdSchema, type ObjectId, type OfficerId, type OrganizationId, type TokenId } from './id.ts';
import { defineInstruction, type Decision } from './instruction-type.ts';
import { objectAt, putObject } from './made-object.ts';
import { organizationAt } from './organization.ts';
import { assertOfficer } from './right.ts';
import { keepRules, rulesSchema } from './rules.ts';
import { activeMembers, assertActive, isPausedByMembers, majorityOf, statusOf, type OrganizationStatus, type Standing } from './standing.ts';
import { assertBefore, assertReached, instantSchema, parseInstant, formatInstant, type Instant } from './time.ts';
import { tokenAt } from './token.ts';

export const STANDING_REASONS = ['MEMBER_REQUEST', 'BREACH', 'SECURITY', 'INSOLVENCY', 'RESOLVED', 'OTHER'] as const;

const about = { organization: organizationIdSchema, reason: z.enum(STANDING_REASONS), document: digestSchema.optional() };

const ofToken = z.strictObject({ token: tokenIdSchema.meta({ description: 'Of an organization that is suspended or removed' }), reason: z.enum(STANDING_REASONS), document: digestSchema.optional() });

/** What the members can decide. */
export const changeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('admit'), entry: admissionSchema, document: digestSchema.optional() }),
  z.strictObject({ kind: z.literal('appoint'), ...about, officer: admittedOfficerSchema.meta({ description: 'An administrator for an organization that cannot appoint one any more' }) }),
  z.strictObject({ kind: z.literal('suspend'), ...about }),
  z.strictObject({ kind: z.literal('resume'), ...about }),
  z.strictObject({ kind: z.literal('remove'), ...about, trustee: organizationIdSchema.meta({ description: 'Whose registrars care for its accounts from then on' }) }),
  z.strictObject({ kind: z.literal('pause'), ...ofToken.shape }),
  z.strictObject({ kind: z.literal('unpause'), ...ofToken.shape }),
  z.strictObject({ kind: z.literal('rules'), rules: rulesSchema, supersedes: z.int().min(1).meta({ description: 'The version in force' }), document: digestSchema.optional() }),
]);
export type Change = z.infer<typeof changeSchema>;
export const CHANGE_KINDS = changeSchema.options.map(({ shape }) => shape.kind.value);

export const PROPOSAL_STATES = ['open', 'adopted', 'rejected', 'withdrawn', 'expired'] as const;

/** A change that the active members vote on: more than half of them adopt it, and it is in force with the vote that decides. */
export interface Proposal {
  readonly by: OrganizationId;
  readonly change: Change;
  readonly closesAt: Instant;
  /** One for each organization; whoever proposes has voted for it. */
  readonly votes: Readonly<Record<OrganizationId, Vote>>;
  readonly state: (typeof PROPOSAL_STATES)[number];
}

export interface Vote {
  readonly approves: boolean;
  readonly by: OfficerId;
}

const proposeBody = z.strictObject({ change: changeSchema, closesAt: instantSchema });
const voteBody = z.strictObject({ proposal: objectIdSchema, approve: z.boolean() });
const endBody = z.strictObject({ proposal: objectIdSchema });

// They change what every batch reads: one at a time.
const lanes = () => ['consortium'];
const reads = (_: string, { proposal }: { readonly proposal: ObjectId }) => [['instruction', ...splitObjectId(proposal)]] as const;

/** An administrator of an active member proposes; its organization has one open proposal about a subject. */
export const propose = defineInstruction({
  type: 'consortium.propose/1',
  signedBy: 'officer',
  body: proposeBody,
  lanes,
  reads: (officer, { change }) => [['openProposal', organizationOf(officer), subjectOf(change)]],
  decide: ({ book, crypto, signer, id }, { change, closesAt: text }) => {
    const by = administratedBy(book, signer);
    const closesAt = parseInstant(text);
    assertBefore(book, closesAt, 'DEADLINE_PAST');
    const latest = book.clock + book.ledger.rules.votingTime * 1_000;
    refuseUnless(closesAt <= latest, 'PROPOSAL_TOO_LONG', { latest: formatInstant(latest) });
    const open = book.get('openProposal', by, subjectOf(change));
    refuseUnless(open === undefined, 'PROPOSAL_OPEN', { proposal: open ?? '' });
    assertPossible(book, crypto, change);
    book.put('openProposal', [by, subjectOf(change)], objectId(id, signer));
    return { proposal: { by, change, closesAt, votes: { [by]: { approves: true, by: signer } }, state: 'open' } };
  },
});

/** The vote with which more than half of the active members are for it puts the change in force; a refused change leaves the proposal as it was. */
export const vote = defineInstruction({
  type: 'consortium.vote/1',
  signedBy: 'officer',
  body: voteBody,
  lanes,
  reads,
  decide: (decision, { proposal: id, approve }) => {
    const { book, crypto, signer } = decision;
    const voter = administratedBy(book, signer);
    const proposal = openProposalAt(decision, id);
    assertBefore(book, proposal.closesAt, 'PROPOSAL_EXPIRED');
    refuseUnless(proposal.votes[voter] === undefined, 'PROPOSAL_VOTED', { organization: voter });
    const voted = { ...proposal, votes: { ...proposal.votes, [voter]: { approves: approve, by: signer } } };
    const state = stateOf(book, voted);
    if (state === 'open') putObject(book, 'proposal', id, voted);
    else end(book, id, { ...voted, state });
    if (state === 'adopted') putInForce(book, crypto, proposal.change);
    return {};
  },
});

/** By an administrator of the organization that proposed it. */
export const withdrawProposal = defineInstruction({
  type: 'consortium.withdraw/1',
  signedBy: 'officer',
  body: endBody,
  lanes,
  reads,
  decide: (decision, { proposal: id }) => {
    const { book, signer } = decision;
    const proposal = openProposalAt(decision, id);
    assertOfficer(book, signer, 'administrator', proposal.by);
    end(book, id, { ...proposal, state: 'withdrawn' });
    return {};
  },
});

export const expireProposal = defineInstruction({
  type: 'consortium.expire/1',
  ends: true,
  keyRoles: KEY_ROLES,
  signedBy: 'either',
  body: endBody,
  lanes,
  reads,
  decide: (decision, { proposal: id }) => {
    const proposal = openProposalAt(decision, id);
    assertReached(decision.book, proposal.closesAt);
    end(decision.book, id, { ...proposal, state: 'expired' });
    return {};
  },
});

/** What a change is about: an organization, a token, or the rules. */
export function subjectOf(change: Change): string {
  if (change.kind === 'rules') return 'rules';
  if (change.kind === 'pause' || change.kind === 'unpause') return change.token;
  return change.kind === 'admit' ? change.entry.organizationId : change.organization;
}

/** By the members active at this moment: what a member voted before it was suspended does not count while it is. */
function stateOf({ ledger }: Book, { votes }: Proposal): 'open' | 'adopted' | 'rejected' {
  const members = activeMembers(ledger);
  const count = (approves: boolean) => members.filter((member) => votes[member]?.approves === approves).length;
  if (count(true) >= majorityOf(members)) return 'adopted';
  return members.length - count(false) < majorityOf(members) ? 'rejected' : 'open';
}

/** @throws LedgerError the first reason why the change cannot be made now */
function assertPossible(book: Book, crypto: Crypto, change: Change): void {
  switch (change.kind) {
    case 'admit': return assertAdmissible(book, crypto, change.entry);
    case 'appoint':
      assertStatus(book, change.organization, ['active', 'suspended']);
      return assertAppointable(book, crypto, change.organization, change.officer);
    case 'suspend': return assertMayStop(book, change.organization, ['active']);
    case 'resume': return assertStatus(book, change.organization, ['suspended']);
    case 'remove':
      assertMayStop(book, change.organization, ['active', 'suspended']);
      assertActive(book.ledger, change.trustee);
      return refuseUnless(change.trustee !== change.organization, 'ORGANIZATION_STATE', { trustee: change.trustee });
    case 'pause':
    case 'unpause': return assertPausable(book, change.token, change.kind === 'unpause');
    case 'rules': return refuseUnless(change.supersedes === book.ledger.rules.version, 'RULES_CHANGED', { version: String(book.ledger.rules.version) });
  }
}

function putInForce(book: Book, crypto: Crypto, change: Change): void {
  assertPossible(book, crypto, change);
  switch (change.kind) {
    case 'admit': return admit(book, crypto, change.entry);
    case 'appoint': return appointAdministrator(book, crypto, change.organization, change.officer);
    case 'suspend': return putStanding(book, change.organization, { status: 'suspended' });
    case 'resume': return putStanding(book, change.organization, undefined);
    case 'remove': return putStanding(book, change.organization, { ...book.ledger.inactive[change.organization], status: 'removed', trustee: change.trustee });
    case 'pause':
    case 'unpause': return putPaused(book, change.token, change.kind === 'pause');
    case 'rules': {
      const rules = keepRules(book, { ...change.rules, version: change.supersedes + 1, activatedAt: book.now });
      return book.put('ledger', [], { ...book.ledger, rules });
    }
  }
}

/** Beside the organization, and where every batch reads it. */
function putStanding(book: Book, id: OrganizationId, standing: Standing | undefined): void {
  const { [id]: _, ...others } = book.ledger.inactive;
  book.put('ledger', [], { ...book.ledger, inactive: standing === undefined ? others : { ...others, [id]: standing } });
  book.put('organization', [id], { ...organizationAt(book, id), standing });
}

/** The members stop a token in the place of its issuer, and only as long as that cannot speak for itself. */
function assertPausable(book: Book, token: TokenId, isPaused: boolean): void {
  const { status } = tokenAt(book, token);
  assertStatus(book, organizationOf(token), ['suspended', 'removed']);
  refuseUnless(isPausedByMembers(book.ledger, token) === isPaused, 'TOKEN_STATE', { status: isPaused ? status : 'paused' });
}

function putPaused(book: Book, token: TokenId, isPaused: boolean): void {
  const standing = book.ledger.inactive[organizationOf(token)];
  if (standing === undefined) throw new Error('a token of an active organization');
  const others = (standing.paused ?? []).filter((id) => id !== token);
  putStanding(book, organizationOf(token), { ...standing, paused: isPaused ? [...others, token] : others });
}

/** Two active members at least must be left: one alone would be a vote of one. */
function assertMayStop(book: Book, organization: OrganizationId, from: readonly OrganizationStatus[]): void {
  assertStatus(book, organization, from);
  refuseUnless(activeMembers(book.ledger).filter((member) => member !== organization).length >= 2, 'CONSORTIUM_TOO_SMALL');
}

function assertStatus({ ledger }: Book, organization: OrganizationId, from: readonly OrganizationStatus[]): void {
  const status = statusOf(ledger, organization);
  if (status === undefined) throw new LedgerError('ORGANIZATION_UNKNOWN');
  refuseUnless(from.includes(status), 'ORGANIZATION_STATE', { status });
}

function administratedBy(book: Book, officer: OfficerId): OrganizationId {
  const organization = organizationOf(officer);
  assertOfficer(book, officer, 'administrator', organization);
  return organization;
}

function openProposalAt({ book }: Pick<Decision, 'book'>, id: ObjectId): Proposal {
  const proposal = objectAt(book, 'proposal', id);
  refuseUnless(proposal.state === 'open', 'PROPOSAL_STATE', { state: proposal.state });
  return proposal;
}

function end(book: Book, id: ObjectId, proposal: Proposal): void {
  book.remove('openProposal', proposal.by, subjectOf(proposal.change));
  putObject(book, 'proposal', id, proposal);
}
