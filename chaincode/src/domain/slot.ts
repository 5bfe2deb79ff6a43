import type { OrganizationId } from './id.ts';
import type { LedgerRecord } from './ledger-record.ts';

/** Lanes per submitting organization. */
export const LANES = 8;

/** `{submitting organization}.{lane}`: only that organization's transactions in that lane write it. */
export type SlotId = string;

export function slotId(organization: OrganizationId, lane: number): SlotId {
  return `${organization}.${lane}`;
}

/** Every slot there can be: what an exact balance has to read. */
export function allSlots(ledger: LedgerRecord): readonly SlotId[] {
  return ledger.organizations.flatMap((organization) => Array.from({ length: LANES }, (_, lane) => slotId(organization, lane)));
}
