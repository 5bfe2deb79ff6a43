import type { Amount } from './amount.ts';
import type { Address, Book } from './book.ts';
import { formatAmount } from './amount.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { assertMayHold } from './holder-rule.ts';
import type { AccountId, TokenId } from './id.ts';
import { allSlots, type SlotId } from './slot.ts';
import type { Instant } from './time.ts';

/** Money of one account in one token that its own lane has taken in. */
export interface Balance {
  readonly free: Amount;
  /** Reserved for something pending. */
  readonly held: Amount;
  /** The next parcel to fold, by slot; absent is 0. */
  readonly next: Readonly<Record<SlotId, number>>;
  /** Paid in the present period, by the hours of a period, where the rules limit it. */
  readonly paid?: Readonly<Record<string, { readonly period: number; readonly amount: Amount }>> | undefined;
}

/** Money that has arrived through one lane and is not yet in the balance. */
export interface IncomingSlot {
  /** Arrived since the last parcel was sealed. */
  readonly sum: Amount;
  /** When the first of `sum` arrived. */
  readonly since: Instant;
  /** Number of parcels sealed so far. */
  readonly sealed: number;
}

/** After this long a slot's sum becomes a parcel, which a debit can fold without touching the slot. */
export const SEAL_AFTER_MS = 1_000;

export const NO_BALANCE: Balance = { free: 0n, held: 0n, next: {} };

/**
 * Puts money into the batch's own slot of the account: no other lane writes that record, so nothing conflicts.
 * Whatever goes on to somebody goes through here, so nobody gets a token who may not have it.
 * @throws LedgerError TOKEN_HOLDER_EXCLUDED
 */
export function credit(book: Book, account: AccountId, token: TokenId, amount: Amount): void {
  assertMayHold(book, account, token);
  creditBack(book, account, token, amount);
}

/**
 * The same for money that goes back to where it came from, or to whom it belongs already: an issuer that narrows who may have its
 * token does not keep it from them. What was held goes back without it (`voidHeld`).
 */
export function creditBack(book: Book, account: AccountId, token: TokenId, amount: Amount): void {
  const slot = book.get('slot', account, token, book.slot);
  if (slot === undefined || slot.sum === 0n) {
    book.put('slot', [account, token, book.slot], { sum: amount, since: book.now, sealed: slot?.sealed ?? 0 });
  } else if (book.now - slot.since < SEAL_AFTER_MS) {
    book.put('slot', [account, token, book.slot], { ...slot, sum: slot.sum + amount });
  } else {
    book.put('parcel', [account, token, book.slot, slot.sealed], slot.sum);
    book.put('slot', [account, token, book.slot], { sum: amount, since: book.now, sealed: slot.sealed + 1 });
  }
}

/**
 * Takes money out of the balance: what is free, then the parcels and slots the gateway names, then everything there is.
 * The refusal has read every slot and every parcel they number, so it is exact.
 * @throws LedgerError FUNDS_INSUFFICIENT with the figures of that moment, AGAIN where more is sealed than one decision takes in
 */
export function debit(book: Book, account: AccountId, token: TokenId, amount: Amount): void {
  const balance = enough(book, account, token, amount);
  book.put('balance', [account, token], { ...balance, free: balance.free - amount });
}

/** Reserves money for something pending. @throws LedgerError FUNDS_INSUFFICIENT, AGAIN */
export function hold(book: Book, account: AccountId, token: TokenId, amount: Amount): void {
  const balance = enough(book, account, token, amount);
  book.put('balance', [account, token], { ...balance, free: balance.free - amount, held: balance.held + amount });
}

/** Puts money that comes out of a conversion straight into what is reserved. */
export function holdReceived(book: Book, account: AccountId, token: TokenId, amount: Amount): void {
  const balance = book.get('balance', account, token) ?? NO_BALANCE;
  book.put('balance', [account, token], { ...balance, held: balance.held + amount });
}

/** Moves reserved money to whom it was reserved for. */
export function postHeld(book: Book, from: AccountId, to: AccountId, token: TokenId, amount: Amount): void {
  if (amount === 0n) return;
  burnHeld(book, from, token, amount);
  credit(book, to, token, amount);
}

/** Takes reserved money out of the ledger: the supply falls by as much. */
export function burnHeld(book: Book, account: AccountId, token: TokenId, amount: Amount): void {
  const balance = withHeld(book, account, token, amount);
  book.put('balance', [account, token], { ...balance, held: balance.held - amount });
}

/** Frees reserved money again. */
export function voidHeld(book: Book, account: AccountId, token: TokenId, amount: Amount): void {
  if (amount === 0n) return;
  const balance = withHeld(book, account, token, amount);
  book.put('balance', [account, token], { ...balance, held: balance.held - amount, free: balance.free + amount });
}

/** What is free once enough incoming money is taken in for an amount; exact when it does not suffice. */
export function availableFor(book: Book, account: AccountId, token: TokenId, amount: Amount): Amount {
  return takeIn(book, account, token, amount).free;
}

/** @throws LedgerError FUNDS_INSUFFICIENT, AGAIN */
function enough(book: Book, account: AccountId, token: TokenId, amount: Amount): Balance {
  const balance = takeIn(book, account, token, amount);
  refuseUnless(balance.free >= amount, 'FUNDS_INSUFFICIENT', { available: formatAmount(balance.free), required: formatAmount(amount) });
  return balance;
}

function takeIn(book: Book, account: AccountId, token: TokenId, amount: Amount): Balance {
  const balance = book.get('balance', account, token) ?? NO_BALANCE;
  if (balance.free >= amount) return balance;
  const { parcels: ends = {}, slots = [] } = book.incomingHint(account, token);
  const sealed = foldParcels(book, account, token, balance, ends);
  const hinted = sealed.free >= amount ? sealed : emptySlots(book, account, token, sealed, { slots: known(book, slots), amount });
  const taken = hinted.free >= amount ? hinted : foldAll(book, account, token, hinted, amount);
  if (taken !== balance) book.put('balance', [account, token], taken);
  return taken;
}

/** Takes sealed parcels into the balance, in each slot up to the number given; it touches no slot, so no credit conflicts with it. */
export function takeInSealed(book: Book, account: AccountId, token: TokenId, ends: Readonly<Record<SlotId, number>>): void {
  const balance = book.get('balance', account, token) ?? NO_BALANCE;
  const folded = foldParcels(book, account, token, balance, ends);
  if (folded !== balance) book.put('balance', [account, token], folded);
}

/** What taking in an amount reads as hinted, when the balance does not suffice. */
export function incomingReads(book: Book, account: AccountId, token: TokenId, amount: Amount): readonly Address[] {
  const balance = book.get('balance', account, token) ?? NO_BALANCE;
  if (balance.free >= amount) return [];
  const { parcels: ends = {}, slots = [] } = book.incomingHint(account, token);
  return [...foldable(book, balance, ends).flatMap(({ slot, first, end }) => parcelAddresses(account, token, slot, first, end)), ...slotAddresses(account, token, known(book, slots))];
}

function withHeld(book: Book, account: AccountId, token: TokenId, amount: Amount): Balance {
  const balance = book.get('balance', account, token);
  if (balance === undefined || balance.held < amount) throw new Error('less is held than was reserved');
  return balance;
}

/** What an account has of a token, exactly. */
export interface BalanceView {
  /** Can be spent. */
  readonly free: Amount;
  readonly held: Amount;
}

/** The same within a decision, which takes in no more than a debit would. @throws LedgerError AGAIN where more is sealed */
export function decidingBalance(book: Book, account: AccountId, token: TokenId): BalanceView {
  expectSlots(book, account, token);
  const { next } = book.get('balance', account, token) ?? NO_BALANCE;
  const waiting = allSlots(book.ledger).reduce((sum, slot) => sum + (book.get('slot', account, token, slot)?.sealed ?? 0) - (next[slot] ?? 0), 0);
  if (waiting > MAX_FOLD) throw new LedgerError('AGAIN');
  return readBalance(book, account, token);
}

/** However much there is of it: for queries. */
export function readBalance(book: Book, account: AccountId, token: TokenId): BalanceView {
  expectSlots(book, account, token);
  const balance = book.get('balance', account, token) ?? NO_BALANCE;
  const incoming = allSlots(book.ledger).reduce((sum, slot) => {
    const { sum: unsealed, sealed } = book.get('slot', account, token, slot) ?? { sum: 0n, sealed: 0 };
    return sum + unsealed + sumOf(parcels(book, account, token, slot, balance.next[slot] ?? 0, sealed));
  }, 0n);
  return { free: balance.free + incoming, held: balance.held };
}

/** So many balances one decision looks at whole: some thousand reads at most, parcels aside. */
export function balancesAtOnce(ledger: Book['ledger']): number {
  return Math.max(1, Math.floor(MOST_READS / (1 + allSlots(ledger).length)));
}

const MOST_READS = 4_000;

/** Has them loaded in one go. */
export function expectBalances(book: Book, account: AccountId, tokens: readonly TokenId[]): void {
  const slots = allSlots(book.ledger);
  book.expect(tokens.flatMap((token) => [['balance', account, token] as const, ...slotAddresses(account, token, slots)]));
}

/** The most parcels folded at once: what one message to the peer can ask for. */
export const MAX_FOLD = 500;

/** Parcels never change once sealed: reading them conflicts with nobody. One that is not there ends what is taken of its slot. */
function foldParcels(book: Book, account: AccountId, token: TokenId, balance: Balance, ends: Readonly<Record<SlotId, number>>): Balance {
  const ranges = foldable(book, balance, ends);
  book.expect(ranges.flatMap(({ slot, first, end }) => parcelAddresses(account, token, slot, first, end)));
  return ranges.reduce((folded, { slot, first, end }) => {
    const taken = parcels(book, account, token, slot, first, end);
    taken.forEach((_, index) => book.remove('parcel', account, token, slot, first + index));
    return taken.length === 0 ? folded : { ...folded, free: folded.free + sumOf(taken), next: { ...folded.next, [slot]: first + taken.length } };
  }, balance);
}

function foldable(book: Book, balance: Balance, ends: Readonly<Record<SlotId, number>>): readonly { readonly slot: SlotId; readonly first: number; readonly end: number }[] {
  let room = MAX_FOLD;
  return allSlots(book.ledger).flatMap((slot) => {
    const first = balance.next[slot] ?? 0;
    const end = Math.min(ends[slot] ?? 0, first + room);
    if (end <= first) return [];
    room -= end - first;
    return [{ slot, first, end }];
  });
}

/** What is sealed first, then what is not: after this there is no more. @throws LedgerError AGAIN */
function foldAll(book: Book, account: AccountId, token: TokenId, balance: Balance, amount: Amount): Balance {
  const slots = allSlots(book.ledger);
  expectSlots(book, account, token);
  const ends = Object.fromEntries(slots.map((slot) => [slot, book.get('slot', account, token, slot)?.sealed ?? 0]));
  const taken = emptySlots(book, account, token, foldParcels(book, account, token, balance, ends), { slots, amount });
  const hasMore = slots.some((slot) => (taken.next[slot] ?? 0) < (ends[slot] ?? 0));
  if (taken.free < amount && hasMore) throw new LedgerError('AGAIN');
  return taken;
}

/** Slot by slot until it suffices: one that need not be emptied stays as it is for those who credit it. */
function emptySlots(book: Book, account: AccountId, token: TokenId, balance: Balance, { slots, amount }: { readonly slots: readonly SlotId[]; readonly amount: Amount }): Balance {
  book.expect(slotAddresses(account, token, slots));
  return slots.reduce((before, slot) => {
    const incoming = before.free < amount ? book.get('slot', account, token, slot) : undefined;
    if (incoming === undefined || incoming.sum === 0n) return before;
    book.put('slot', [account, token, slot], { ...incoming, sum: 0n });
    return { ...before, free: before.free + incoming.sum };
  }, balance);
}

function known(book: Book, slots: readonly SlotId[]): readonly SlotId[] {
  const all = slots.length === 0 ? [] : allSlots(book.ledger);
  return slots.filter((slot) => all.includes(slot));
}

function parcels(book: Book, account: AccountId, token: TokenId, slot: SlotId, first: number, end: number): readonly Amount[] {
  const found: Amount[] = [];
  book.expect(parcelAddresses(account, token, slot, first, end));
  for (let number = first; number < end; number++) {
    const amount = book.get('parcel', account, token, slot, number);
    if (amount === undefined) break;
    found.push(amount);
  }
  return found;
}

function parcelAddresses(account: AccountId, token: TokenId, slot: SlotId, first: number, end: number): readonly Address[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, index) => ['parcel', account, token, slot, first + index]);
}

function slotAddresses(account: AccountId, token: TokenId, slots: readonly SlotId[]): readonly Address[] {
  return slots.map((slot) => ['slot', account, token, slot]);
}

function expectSlots(book: Book, account: AccountId, token: TokenId): void {
  book.expect(slotAddresses(account, token, allSlots(book.ledger)));
}

function sumOf(amounts: readonly Amount[]): Amount {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}
