import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { formatInstant, smallestUnits, type CapsBody } from '@tallystick/chaincode/domain';

/** Readers of option values. What a person types wrong is said at the option. */

const UNITS = { m: 60_000, h: 3600_000, d: 24 * 3600_000 } as const;

export const INSTANT_HELP = '30m, 12h or 90d from now; a day (2027-01-31, until its end in UTC); or a time (2027-01-31T12:00:00.000Z)';

/** A time as the ledger writes it. */
export function instantIn(text: string): string {
  const [, number, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (number !== undefined) return formatInstant(Date.now() + Number(number) * UNITS[unit as keyof typeof UNITS]);
  const time = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T23:59:59.999Z` : text);
  if (Number.isNaN(time) || !/^\d{4}-\d\d-\d\d/.test(text)) throw new InvalidArgumentError(`It is ${INSTANT_HELP}.`);
  return formatInstant(time);
}

const DIGEST = /^[A-Za-z0-9_-]{43}$/;

/** The hash of a file, which stays where it is; or the hash itself. */
export function digestIn(text: string): string {
  if (statSync(text, { throwIfNoEntry: false })?.isFile() === true) return createHash('sha256').update(readFileSync(text)).digest('base64url');
  if (!DIGEST.test(text)) throw new InvalidArgumentError(`${text} is neither a file nor a hash: SHA-256 in base64url, 43 characters.`);
  return text;
}

/** A count of days, minutes or versions; never an amount, which stays a text. */
export function wholeNumberIn(text: string): number {
  if (!/^-?\d{1,6}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}

/** `TOKEN=PER-PAYMENT/PER-DAY`, either left out, gathered from an option given more than once. */
export function capIn(text: string, earlier: CapsBody = {}): CapsBody {
  const [, token = '', perPayment = '', perDay = ''] = /^([^=]+)=(\d*)\/?(\d*)$/.exec(text) ?? [];
  if (token === '' || (perPayment === '' && perDay === '')) throw new InvalidArgumentError('It is TOKEN=PER-PAYMENT/PER-DAY, for example USD@NorthPay=10000/50000, USD@NorthPay=10000 or USD@NorthPay=/50000.');
  return { ...earlier, [token]: { ...(perPayment !== '' && { perPayment }), ...(perDay !== '' && { perDay }) } };
}

export interface RateText {
  readonly numerator: string;
  readonly denominator: string;
}

/** `9/10`, or `9` for 9/1. */
export function rateIn(text: string): RateText {
  const [, numerator = '', denominator = '1'] = /^(\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  if (numerator === '') throw new InvalidArgumentError('A rate is two whole numbers, for example 9/10.');
  return { numerator, denominator };
}

/** A rate between smallest units, as the ledger keeps it, in whole units, as people say it and `rateIn` reads it. */
export function wholeRate(rate: RateText, from: { readonly decimals: number }, into: { readonly decimals: number }): string {
  // The way back from what the ledger makes of whole units.
  const { numerator, denominator } = smallestUnits(from.decimals, into.decimals, rate);
  return `${numerator}/${denominator}`;
}

/** `TOKEN=9/10`, gathered from an option given more than once. */
export function tokenRateIn(text: string, earlier: readonly (RateText & { readonly token: string })[] = []) {
  const [token = '', rate = ''] = text.split('=');
  return [...earlier, { token, ...rateIn(rate) }];
}

/** `TOKEN/INTO`, gathered from an option given more than once. */
export function poolIn(text: string, earlier: readonly { readonly token: string; readonly into: string }[] = []) {
  const [token = '', into = ''] = text.split('/');
  return [...earlier, { token, into }];
}

/** A bill, and how much of it. */
export interface BillShare {
  readonly bill: string;
  /** What is outstanding, unless told. */
  readonly amount?: string;
}

/** `ID=AMOUNT` or `ID`, gathered from an option given more than once. */
export function billShareIn(text: string, earlier: readonly BillShare[] = []): readonly BillShare[] {
  const [bill = '', ...rest] = text.split('=');
  if (rest.length === 0) return [...earlier, { bill }];
  return [...earlier, { bill, amount: rest.join('=') }];
}
