import type { Amount } from './amount.ts';
import type { Book } from './book.ts';
import type { TokenId } from './id.ts';
import { allSlots, type SlotId } from './slot.ts';

/**
 * A conversion pool stands between a token and the one it is accepted into; its money belongs to the organization that
 * accepts. It is kept in slots, as incoming money is: payments that travel in different lanes write different records.
 */
export interface PoolSlot {
  /** Of the token paid out: put in by the accepting organization, not yet paid out. */
  readonly available: Amount;
  /** Of the token accepted: taken in, not yet given back. What the issuer owes the accepting organization. */
  readonly taken: Amount;
  /** How much more may be taken in here. Σ room ≤ cap − Σ taken − fixed: room is handed out when the slots are read together, never by what is given back. */
  readonly room: Amount;
}

/** The token accepted, and the token it is accepted into. */
export type PoolKey = readonly [token: TokenId, into: TokenId];

/** What a pool may take in besides what it has: the cap on the position, less what clearing has fixed of it. */
export type Ceiling = Amount;

const EMPTY: PoolSlot = { available: 0n, taken: 0n, room: 0n };

/** Where postings say that a pool's money is. */
export function poolAccount([token, into]: PoolKey): `pool/${string}` {
  return `pool/${token}/${into}`;
}

/**
 * The batch's own slot with at least this much of each, brought together from all slots where it has less.
 * Where the whole pool has less, the slot has all of it, so a refusal by it is exact.
 */
export function gatherPool(book: Book, key: PoolKey, ceiling: Ceiling, need: Partial<PoolSlot>): PoolSlot {
  const own = slotAt(book, key, book.slot);
  const suffices = own.available >= (need.available ?? 0n) && own.taken >= (need.taken ?? 0n) && own.room >= (need.room ?? 0n);
  return suffices ? own : sharePool(book, key, ceiling, need);
}

/** Puts the batch's own slot. */
export function putPool(book: Book, [token, into]: PoolKey, slot: PoolSlot): void {
  if (slot.available < 0n || slot.taken < 0n || slot.room < 0n) throw new Error('a pool slot below zero');
  book.put('pool', [token, into, book.slot], slot);
}

/** Deals everything out evenly over all slots, after the own one has what it needs. @returns the own slot */
export function sharePool(book: Book, key: PoolKey, ceiling: Ceiling, need: Partial<PoolSlot> = {}): PoolSlot {
  const slots = allSlots(book.ledger);
  const total = readPool(book, key);
  const room = ceiling > total.taken ? ceiling - total.taken : 0n;
  const available = deal(total.available, need.available ?? 0n, slots.length);
  const taken = deal(total.taken, need.taken ?? 0n, slots.length);
  const rooms = deal(room, need.room ?? 0n, slots.length);
  for (const slot of slots) if (slot !== book.slot) book.put('pool', [key[0], key[1], slot], { available: available.other, taken: taken.other, room: rooms.other });
  const own = { available: available.own, taken: taken.own, room: rooms.own };
  putPool(book, key, own);
  return own;
}

/** The whole pool: reads every slot. `room` is what was handed out, which may be less than there is. */
export function readPool(book: Book, key: PoolKey): PoolSlot {
  const slots = allSlots(book.ledger);
  book.expect(slots.map((slot) => ['pool', ...key, slot] as const));
  return slots.map((slot) => slotAt(book, key, slot)).reduce((sum, slot) => ({ available: sum.available + slot.available, taken: sum.taken + slot.taken, room: sum.room + slot.room }));
}

/** Takes everything taken in out of every slot. @returns how much it was */
export function emptyTaken(book: Book, [token, into]: PoolKey): Amount {
  const { taken } = readPool(book, [token, into]);
  for (const slot of allSlots(book.ledger)) {
    const found = slotAt(book, [token, into], slot);
    if (found.taken > 0n) book.put('pool', [token, into, slot], { ...found, taken: 0n });
  }
  return taken;
}

/** Takes everything out of every slot, the room too. @returns what there was */
export function emptyPool(book: Book, [token, into]: PoolKey): PoolSlot {
  const total = readPool(book, [token, into]);
  for (const slot of allSlots(book.ledger)) if (book.get('pool', token, into, slot) !== undefined) book.put('pool', [token, into, slot], EMPTY);
  return total;
}

function deal(total: Amount, need: Amount, slots: number): { readonly own: Amount; readonly other: Amount } {
  const other = total > need ? (total - need) / BigInt(slots) : 0n;
  return { own: total - other * BigInt(slots - 1), other };
}

function slotAt(book: Book, [token, into]: PoolKey, slot: SlotId): PoolSlot {
  return book.get('pool', token, into, slot) ?? EMPTY;
}
