import type { Book } from './book.ts';
import { LedgerError, type ErrorCode } from './error.ts';
import { splitObjectId, type ObjectId } from './id.ts';
import type { MadeObjects } from './outcome.ts';

export type MadeKind = keyof MadeObjects;
export type MadeObject<K extends MadeKind> = NonNullable<MadeObjects[K]>;

const UNKNOWN: { readonly [K in MadeKind]: ErrorCode } = {
  payment: 'PAYMENT_UNKNOWN',
  bill: 'BILL_UNKNOWN',
  hold: 'HOLD_UNKNOWN',
  settlement: 'SETTLEMENT_UNKNOWN',
  mandate: 'MANDATE_UNKNOWN',
  proposal: 'PROPOSAL_UNKNOWN',
  clearing: 'CLEARING_UNKNOWN',
  recovery: 'RECOVERY_UNKNOWN',
  link: 'LINK_UNKNOWN',
  redemption: 'REDEMPTION_UNKNOWN',
};

/**
 * The object of a kind that an instruction made, as it is now. One whose named members are others is not the one meant:
 * instructions name whom they touch, so that they travel in the right lane.
 * @throws LedgerError {KIND}_UNKNOWN
 */
export function objectAt<K extends MadeKind>(book: Book, kind: K, id: ObjectId, members: Partial<MadeObject<K>> = {}): MadeObject<K> {
  const object = book.get('instruction', ...splitObjectId(id))?.[kind] as MadeObject<K> | undefined;
  if (object === undefined || !hasMembers(object, members)) throw new LedgerError(UNKNOWN[kind], { [kind]: id });
  return object;
}

/** Puts the object's next state; whatever else the instruction made stays as it is. */
export function putObject<K extends MadeKind>(book: Book, kind: K, id: ObjectId, object: MadeObject<K>): void {
  const [instruction, signer] = splitObjectId(id);
  const record = book.get('instruction', instruction, signer);
  if (record === undefined) throw new Error(`a ${kind} without its record`);
  book.put('instruction', [instruction, signer], { ...record, [kind]: object });
}

function hasMembers<T extends object>(object: T, members: Partial<T>): boolean {
  return (Object.keys(members) as (keyof T)[]).every((name) => object[name] === members[name]);
}
