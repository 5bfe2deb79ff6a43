import type { OrganizationId } from './id.ts';
import type { Rules } from './rules.ts';
import type { Standing } from './standing.ts';

/** What every batch reads once: which ledger this is, who its members are, which rules are in force. */
export interface LedgerRecord {
  readonly ledger: string;
  readonly rules: Rules;
  /** Every organization ever admitted, whatever became of it: its slots may hold money. */
  readonly organizations: readonly OrganizationId[];
  /** Those of them that the members have suspended or removed. */
  readonly inactive: Readonly<Record<OrganizationId, Standing>>;
}
