import { addTie } from './account.ts';
import { formatAmount, type Amount } from './amount.ts';
import type { Bill } from './bill.ts';
import type { Book } from './book.ts';
import { daysToMs, endOfDay, type Day } from './calendar.ts';
import { availableOf, limitAt, limitRules } from './credit-limit.ts';
import type { AccountId, ObjectId, TokenId } from './id.ts';
import type { Rule } from './rule.ts';
import { isEarly, isPast, type Instant } from './time.ts';

/** What a merchant promises: the terms a payment on credit is judged by and its bill keeps. */
export interface GrantTerms {
  readonly amount: Amount;
  readonly validFrom: Instant;
  readonly validTo: Instant;
  /** Days from payment to due date. */
  readonly termDays: number;
  readonly perPayment: Amount;
  /** Minutes east of UTC at which its days begin and end. */
  readonly utcOffset: number;
  /** No new draw while an undisputed bill is overdue by more than this. */
  readonly stopAfterDaysOverdue?: number | undefined;
}

export interface GrantApplication {
  readonly id: ObjectId;
  readonly amount: Amount;
  readonly validTo: Instant;
}

/** Of the newest grant. */
export const GRANT_STATUSES = ['active', 'suspended', 'revoked'] as const;
export type GrantStatus = (typeof GRANT_STATUSES)[number];
/** How things stand between the two, as it is told: an application comes before the grant in force. */
export const GRANT_STATES = ['none', 'requested', ...GRANT_STATUSES] as const;

/** Everything between one enterprise and one merchant in one token: the grant in force, what is drawn on it, what is asked for. */
export interface CreditLine {
  /** Of the newest grant; a payment on credit names it. */
  readonly version: number;
  readonly grant?: { readonly status: GrantStatus; readonly terms: GrantTerms } | undefined;
  readonly application?: GrantApplication | undefined;
  /** Σ outstanding of its bills + uncaptured credit holds; a replacement takes it over. */
  readonly drawn: Amount;
  /** Open undisputed bills by due day: what decides whether one is overdue, without looking at each. */
  readonly due: DayCounts;
  /** The same of undisputed bills in a live settlement: an offer is not a payment, so they are overdue all the same. */
  readonly settling: DayCounts;
}

export type DayCounts = Readonly<Record<Day, number>>;

export type LineKey = readonly [enterprise: AccountId, token: TokenId, merchant: AccountId];

export const NO_LINE: CreditLine = { version: 0, drawn: 0n, due: {}, settling: {} };

export function lineAt(book: Book, key: LineKey): CreditLine {
  return book.get('creditLine', ...key) ?? NO_LINE;
}

/** Puts the line; both accounts count the lines that keep them from closing. */
export function putLine(book: Book, key: LineKey, line: CreditLine): void {
  const change = Number(isLive(line)) - Number(isLive(lineAt(book, key)));
  const [enterprise, , merchant] = key;
  if (change !== 0) for (const account of [enterprise, merchant]) addTie(book, account, change);
  book.put('creditLine', [...key], line);
}

export interface Draw {
  readonly key: LineKey;
  readonly amount: Amount;
  /** Of the grant, as the payer saw it. */
  readonly version: number;
}

/** The rules a draw on credit has to pass: grant, cap, overdue bills, limit. */
export function* drawRules(book: Book, { key, amount, version }: Draw): Iterable<Rule> {
  const line = lineAt(book, key);
  const { grant } = line;
  const isThere = grant !== undefined && grant.status !== 'revoked';
  yield { code: 'GRANT_NONE', holds: isThere };
  if (isThere) yield* grantRules(book, line, grant, amount, version);
  const [enterprise, token] = key;
  yield* limitRules(book, enterprise, token, amount);
}

/** Draws on line and limit (a negative amount gives back): the only place where what is drawn changes. */
export function draw(book: Book, key: LineKey, amount: Amount): void {
  const [enterprise, token] = key;
  const line = lineAt(book, key);
  putLine(book, key, { ...line, drawn: line.drawn + amount });
  const limit = limitAt(book, enterprise, token);
  if (limit === undefined) throw new Error('a draw without a limit');
  book.put('creditLimit', [enterprise, token], { ...limit, drawn: limit.drawn + amount });
}

/** Follows a bill from one state to the next (undefined: not there yet): drawn and due change with it, in the same transaction. */
export function followBill(book: Book, before: Bill | undefined, after: Bill): void {
  const key: LineKey = [after.debtor, after.token, after.creditor];
  const change = outstandingOf(after) - (before === undefined ? 0n : outstandingOf(before));
  if (change !== 0n) draw(book, key, change);
  const due = Number(countsAsDue(after)) - Number(before !== undefined && countsAsDue(before));
  const settling = Number(countsAsSettling(after)) - Number(before !== undefined && countsAsSettling(before));
  if (due === 0 && settling === 0) return;
  const line = lineAt(book, key);
  putLine(book, key, { ...line, due: counted(line.due, after.dueDay, due), settling: counted(line.settling, after.dueDay, settling) });
}

function counted(counts: DayCounts, day: Day, change: number): DayCounts {
  const { [day]: number = 0, ...others } = counts;
  return number + change === 0 ? others : { ...others, [day]: number + change };
}

/** What a bill still asks for. */
export function outstandingOf({ amount, refunded, settled, writtenOff }: Bill): Amount {
  return amount - refunded - settled - writtenOff;
}

/** Open and undisputed, and no bank claim waits for the creditor's word. */
export function countsAsDue(bill: Bill): boolean {
  return bill.state === 'open' && isUndisputed(bill);
}

/** The same in a live settlement. */
export function countsAsSettling(bill: Bill): boolean {
  return bill.state === 'settling' && isUndisputed(bill);
}

function isUndisputed({ contested, claim }: Bill): boolean {
  return contested !== true && claim === undefined;
}

function* grantRules(book: Book, line: CreditLine, grant: NonNullable<CreditLine['grant']>, amount: Amount, version: number): Iterable<Rule> {
  const { terms } = grant;
  yield { code: 'GRANT_CHANGED', holds: version === line.version, figures: { version: String(line.version) } };
  yield { code: 'GRANT_SUSPENDED', holds: grant.status === 'active' };
  yield { code: 'GRANT_NOT_YET', holds: !isEarly(book, terms.validFrom) };
  yield { code: 'GRANT_EXPIRED', holds: !isPast(book, terms.validTo) };
  yield { code: 'GRANT_CAP_EXCEEDED', holds: amount <= terms.perPayment, figures: { cap: formatAmount(terms.perPayment), required: formatAmount(amount) } };
  const figures = { grant: formatAmount(terms.amount), drawn: formatAmount(line.drawn), available: formatAmount(availableOf({ amount: terms.amount, drawn: line.drawn })), required: formatAmount(amount) };
  yield { code: 'GRANT_EXCEEDED', holds: line.drawn + amount <= terms.amount, figures };
  if (terms.stopAfterDaysOverdue !== undefined) yield { code: 'GRANT_OVERDUE', holds: !isOverdueBy(book, line, terms.stopAfterDaysOverdue, terms.utcOffset) };
}

function isOverdueBy(book: Book, { due, settling }: CreditLine, days: number, utcOffset: number): boolean {
  const oldest = [...Object.keys(due), ...Object.keys(settling)].map(Number).sort((one, other) => one - other)[0];
  return oldest !== undefined && isPast(book, endOfDay(oldest, utcOffset) + daysToMs(days));
}

function isLive({ grant, application, drawn }: CreditLine): boolean {
  return drawn > 0n || application !== undefined || (grant !== undefined && grant.status !== 'revoked');
}
