import type { OrganizationId } from './id.ts';
import type { LedgerRecord } from './ledger-record.ts';

/** Lanes per submitting organization. */
export const LANES = 8;

/** `{submitting organization}.{lane}`: of all payments to an account, only that organization's in that lane add to it. A debit of the account may empty it, from any lane. */
export type SlotId = string;

export function slotId(organization: OrganizationId, lane: number): SlotId {
  return `${organization}.${lane}`;
}

/** What a gateway knows of money that has come in and is not in the balance. What is wrong in it costs reads or leaves money where it lies, no more. */
export interface IncomingHint {
  /** How many parcels are sealed, by slot. */
  readonly parcels?: Readonly<Record<SlotId, number>> | undefined;
  /** Slots worth emptying, in this order, when balance and parcels do not suffice. */
  readonly slots?: readonly SlotId[] | undefined;
}

/** Every slot there can be: what an exact balance has to read. */
export function allSlots(ledger: LedgerRecord): readonly SlotId[] {
  return ledger.organizations.flatMap((organization) => Array.from({ length: LANES }, (_, lane) => slotId(organization, lane)));
}
