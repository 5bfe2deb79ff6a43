import { accountAt } from './account.ts';
import { formatAmount, parseAmount, type Amount } from './amount.ts';
import { decidingBalance, NO_BALANCE } from './balance.ts';
import type { Book } from './book.ts';
import type { AccountId, TokenId } from './id.ts';
import type { Rule } from './rule.ts';
import type { AccountLimit } from './rules.ts';

const HOUR_MS = 3600_000;

/** What the consortium's rules let the payer pay. Whole amounts count, credit included; what a hold reserves counts when it is placed, and is not given back. */
export function* payerLimitRules(book: Book, payer: AccountId, token: TokenId, amount: Amount): Iterable<Rule> {
  for (const { role, perPayment, perPeriod } of limitsOn(book, payer, token)) {
    const required = formatAmount(amount);
    if (perPayment !== undefined) yield { code: 'PAYMENT_LIMIT_EXCEEDED', holds: amount <= parseAmount(perPayment), figures: { role, limit: perPayment, required } };
    if (perPeriod === undefined) continue;
    const { hours, amount: limit } = perPeriod;
    const paid = paidIn(book, payer, token, hours);
    yield { code: 'PERIOD_LIMIT_EXCEEDED', holds: paid + amount <= parseAmount(limit), figures: { role, hours: String(hours), limit, paid: formatAmount(paid), required } };
  }
}

/** What they let the payee have. Read exactly, and so only where a rule asks for it; what the payee has is not told. */
export function* holdingRules(book: Book, payee: AccountId, token: TokenId, amount: Amount): Iterable<Rule> {
  for (const { role, holding } of limitsOn(book, payee, token)) {
    if (holding === undefined) continue;
    const { free, held } = decidingBalance(book, payee, token);
    yield { code: 'HOLDING_LIMIT_EXCEEDED', holds: free + held + amount <= parseAmount(holding), figures: { role, limit: holding, required: formatAmount(amount) } };
  }
}

/** Counts a payment for every period that limits the payer: in the balance, which its own lane writes. */
export function countPaid(book: Book, payer: AccountId, token: TokenId, amount: Amount): void {
  const hours = new Set(limitsOn(book, payer, token).flatMap(({ perPeriod }) => (perPeriod === undefined ? [] : [perPeriod.hours])));
  if (hours.size === 0) return;
  const counted = [...hours].map((each) => [each, { period: periodOf(book, each), amount: paidIn(book, payer, token, each) + amount }] as const);
  book.put('balance', [payer, token], { ...(book.get('balance', payer, token) ?? NO_BALANCE), paid: Object.fromEntries(counted) });
}

function limitsOn(book: Book, account: AccountId, token: TokenId): readonly AccountLimit[] {
  const ofToken = book.ledger.rules.accountLimits.filter((limit) => limit.token === token);
  if (ofToken.length === 0) return [];
  const { roles } = accountAt(book, account);
  return ofToken.filter(({ role }) => roles.includes(role));
}

function paidIn(book: Book, account: AccountId, token: TokenId, hours: number): Amount {
  const paid = book.get('balance', account, token)?.paid?.[hours];
  return paid?.period === periodOf(book, hours) ? paid.amount : 0n;
}

/** By the ledger clock, so that a refusal depends on nothing else. */
function periodOf({ clock }: Book, hours: number): number {
  return Math.floor(clock / (hours * HOUR_MS));
}
