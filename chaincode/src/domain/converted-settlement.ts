import { acceptanceAt } from './acceptance.ts';
import { countPaid, payerLimitRules } from './account-limit.ts';
import type { Amount } from './amount.ts';
import { debit, holdReceived } from './balance.ts';
import type { Book } from './book.ts';
import { conversionRules, convert, exchangeAt, exchangePostings, poolOf, type Wish } from './conversion.ts';
import type { AccountId } from './id.ts';
import type { Posting } from './posting.ts';
import { refuseByFirst } from './rule.ts';
import { assertTransferable } from './token.ts';

/**
 * Pays what a settlement holds in another token. The bills' token was counted when the bills were made; the one that is paid with
 * is spent now, so the rules for payers count it, and as with a hold it is not given back when the settlement comes to nothing.
 * @returns what was paid, and the entry of the conversion
 */
export function holdConverted(book: Book, debtor: AccountId, wish: Wish): { readonly paid: Amount; readonly postings: readonly Posting[] } {
  assertTransferable(book, wish.from);
  refuseByFirst(conversionRules(book, wish, debtor));
  const { paid } = exchangeAt(acceptanceAt(book, poolOf(wish)), wish);
  refuseByFirst(payerLimitRules(book, debtor, wish.from, paid));
  countPaid(book, debtor, wish.from, paid);
  debit(book, debtor, wish.from, paid);
  // After this point it must succeed.
  const exchange = convert(book, wish);
  holdReceived(book, debtor, wish.to, exchange.received);
  return { paid, postings: exchangePostings(debtor, debtor, exchange) };
}
