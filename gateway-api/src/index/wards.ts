import type { LedgerIndex } from './ledger-index.ts';

/** Removed organizations whose accounts an organization cares for, as their trustee or as the trustee of one that was. */
export function wardsOf({ objects }: Pick<LedgerIndex, 'objects'>, organizationId: string): readonly string[] {
  const removed = objects.organizations.all().filter(({ trustee }) => trustee !== undefined);
  const direct = removed.filter(({ trustee }) => trustee === organizationId).map(({ id }) => id);
  return direct.flatMap((id) => [id, ...wardsOf({ objects }, id)]);
}
