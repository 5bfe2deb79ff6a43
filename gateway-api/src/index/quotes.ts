import { exchangeAt, parseInstant, type OrganizationStatus } from '@tallystick/chaincode/domain';
import type { IndexedPool } from './pool-index.ts';
import type { AcceptanceView, TokenView } from './views.ts';

/** What a conversion would come to as the index has it; amounts as decimal strings. */
export interface Quote {
  readonly token: string;
  readonly into: string;
  readonly version: number;
  readonly repayment: boolean;
  readonly rate: { readonly numerator: string; readonly denominator: string };
  readonly receives: string;
  readonly room: string;
  readonly validUntil: string;
  readonly refusal?: string | undefined;
}

interface Asked {
  readonly amount: bigint;
  readonly repayment: boolean;
  /** As a transaction that is sent now would say it; the ledger clock may lie a minute behind. */
  readonly now: number;
  /** What is paid and what is received. */
  readonly tokens: readonly ToldToken[];
}

/** Whether a token passes, and whether its issuer is a member in good standing. */
interface ToldToken {
  readonly status: TokenView['status'];
  readonly transferable: boolean;
  readonly issuerStatus: OrganizationStatus;
}

/** One way through an acceptance: into the organization's token, or back out of its pool. Rounding and rate are the ledger's own code. */
export function quoteOf(acceptance: AcceptanceView, { available, taken }: IndexedPool, { amount, repayment, now, tokens }: Asked): Quote {
  const { token, into, version, validUntil } = acceptance;
  const [numerator, denominator] = [BigInt(acceptance.rate.numerator), BigInt(acceptance.rate.denominator)];
  const { received } = exchangeAt({ numerator, denominator }, { repayment, amount: { paid: amount, atLeast: 1n } });
  const room = repayment ? mostPaid(taken, denominator, numerator) : least(underCap(acceptance, taken), mostPaid(available, numerator, denominator));
  const rate = repayment ? { numerator: String(denominator), denominator: String(numerator) } : acceptance.rate;
  const refusal = tokenRefusalOf(tokens, repayment) ?? refusalOf(acceptance, { repayment, now }) ?? (received === 0n ? 'CONVERSION_RATE' : shortOf(acceptance, { available, taken }, { amount, received, repayment }));
  return { token, into, version, repayment, rate, receives: String(received), room: String(room), validUntil, refusal };
}

/** In the ledger's order, which looks at the tokens before the acceptance. */
function tokenRefusalOf(tokens: readonly ToldToken[], repayment: boolean): string | undefined {
  for (const { status, transferable } of tokens) {
    if (status === 'paused') return 'TOKEN_PAUSED';
    if (!transferable) return 'TOKEN_NOT_TRANSFERABLE';
  }
  const issuer = repayment ? undefined : tokens.find(({ issuerStatus }) => issuerStatus !== 'active');
  return issuer === undefined ? undefined : issuer.issuerStatus === 'suspended' ? 'ORGANIZATION_SUSPENDED' : 'ORGANIZATION_REMOVED';
}

function refusalOf({ status, validFrom, validUntil }: AcceptanceView, { repayment, now }: Pick<Asked, 'repayment' | 'now'>): string | undefined {
  if (!repayment && status === 'suspended') return 'ACCEPTANCE_SUSPENDED';
  if (now < parseInstant(validFrom)) return 'ACCEPTANCE_NOT_YET';
  return now >= parseInstant(validUntil) ? 'ACCEPTANCE_EXPIRED' : undefined;
}

function shortOf(acceptance: AcceptanceView, { available, taken }: IndexedPool, { amount, received, repayment }: { readonly amount: bigint; readonly received: bigint; readonly repayment: boolean }): string | undefined {
  if (repayment) return received > taken ? 'POOL_INSUFFICIENT' : undefined;
  if (amount > underCap(acceptance, taken)) return 'ACCEPTANCE_CAP';
  return received > available ? 'POOL_INSUFFICIENT' : undefined;
}

function underCap({ cap, fixed }: AcceptanceView, taken: bigint): bigint {
  const room = BigInt(cap) - BigInt(fixed) - taken;
  return room > 0n ? room : 0n;
}

/** The most that can be paid for what is there: the largest amount that still rounds down to no more. */
function mostPaid(there: bigint, numerator: bigint, denominator: bigint): bigint {
  return ((there + 1n) * denominator - 1n) / numerator;
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
