import { LedgerError, refuseUnless } from './error.ts';
import { organizationOf, type OrganizationId, type TokenId } from './id.ts';
import type { LedgerRecord } from './ledger-record.ts';

/** What the members have decided about a member; without a decision it is active. */
export type Standing = ({ readonly status: 'suspended' } | { readonly status: 'removed'; readonly trustee: OrganizationId }) & {
  /** Of its tokens, those that the members have paused in its place: nobody can write its token's own record without its peer. */
  readonly paused?: readonly TokenId[] | undefined;
};

export const ORGANIZATION_STATES = ['active', 'suspended', 'removed'] as const satisfies readonly ('active' | Standing['status'])[];
export type OrganizationStatus = (typeof ORGANIZATION_STATES)[number];

type Members = Pick<LedgerRecord, 'organizations' | 'inactive'>;

/** Undefined: never was a member. */
export function statusOf({ organizations, inactive }: Members, id: OrganizationId): OrganizationStatus | undefined {
  return inactive[id]?.status ?? (organizations.includes(id) ? 'active' : undefined);
}

/** The members have paused it, since its issuer cannot. */
export function isPausedByMembers({ inactive }: Pick<Members, 'inactive'>, token: TokenId): boolean {
  return inactive[organizationOf(token)]?.paused?.includes(token) === true;
}

/** Who votes, submits and acts. */
export function activeMembers({ organizations, inactive }: Members): readonly OrganizationId[] {
  return organizations.filter((id) => inactive[id] === undefined);
}

/** More than half of them: what the members decide with. */
export function majorityOf(members: readonly OrganizationId[]): number {
  return Math.floor(members.length / 2) + 1;
}

/** What an organization may do only while it is active. @throws LedgerError ORGANIZATION_UNKNOWN, ORGANIZATION_SUSPENDED, ORGANIZATION_REMOVED */
export function assertActive(ledger: Members, id: OrganizationId): void {
  const status = statusOf(ledger, id);
  if (status === undefined) throw new LedgerError('ORGANIZATION_UNKNOWN');
  refuseUnless(status !== 'suspended', 'ORGANIZATION_SUSPENDED', { organization: id });
  refuseUnless(status !== 'removed', 'ORGANIZATION_REMOVED', { organization: id });
}

/** @throws LedgerError SUBMITTER_UNKNOWN, SUBMITTER_SUSPENDED, SUBMITTER_REMOVED */
export function assertMaySubmit(ledger: Members, id: OrganizationId): void {
  const status = statusOf(ledger, id);
  refuseUnless(status !== undefined, 'SUBMITTER_UNKNOWN');
  refuseUnless(status !== 'suspended', 'SUBMITTER_SUSPENDED');
  refuseUnless(status !== 'removed', 'SUBMITTER_REMOVED');
}

/** Who cares for the accounts of an organization: itself, or once it is removed its trustee, or the trustee's when that is gone too. */
export function caretakerOf(ledger: Members, id: OrganizationId): OrganizationId {
  const standing = ledger.inactive[id];
  return standing?.status === 'removed' ? caretakerOf(ledger, standing.trustee) : id;
}
