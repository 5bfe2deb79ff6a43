import { MAX_ORGANIZATIONS } from '@tallystick/chaincode/domain';
import { NO_ENTRY } from './entry-id.ts';
import type { LedgerIndex } from './ledger-index.ts';

/** Whether the members have removed an organization: for good. */
export function isRemoved({ objects }: Pick<LedgerIndex, 'objects'>): (organization: string) => boolean {
  return (organization) => objects.organizations.one(organization)?.status === 'removed';
}

/** Organizations have no place in the chain, so one page holds them all. */
const ALL = { before: NO_ENTRY + 1, limit: MAX_ORGANIZATIONS } as const;

/** Removed organizations whose accounts an organization cares for, as their trustee or as the trustee of one that was. */
export function wardsOf({ objects }: Pick<LedgerIndex, 'objects'>, organizationId: string): readonly string[] {
  return objects.organizations.list({ trustee: organizationId }, ALL).items.flatMap(({ id }) => [id, ...wardsOf({ objects }, id)]);
}

/**
 * Whose affairs an organization's gateway ends once they are over: its own, its wards', and where it is the first of the active members by
 * name those of the suspended ones, whose gateways submit nothing. Anybody else may do it as well.
 */
export function sweptBy(index: Pick<LedgerIndex, 'objects'>, organizationId: string): readonly string[] {
  const all = index.objects.organizations.all();
  const [first] = all.filter(({ status }) => status === 'active').map(({ id }) => id).sort();
  const resting = all.filter(({ status }) => status === 'suspended' && first === organizationId).map(({ id }) => id);
  return [organizationId, ...resting].flatMap((id) => [id, ...wardsOf(index, id)]);
}
