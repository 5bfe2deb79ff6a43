import type { AccountRole } from './account.ts';
import type { Book } from './book.ts';
import type { AccountId, OrganizationId, TokenId } from './id.ts';
import { organizationOf } from './id.ts';
import { refuseByFirst, type Rule } from './rule.ts';

/** Who may have a token: accounts of one of the roles, at home in one of the organizations. What is absent does not restrict. */
export interface HolderRule {
  readonly roles?: readonly AccountRole[] | undefined;
  readonly organizations?: readonly OrganizationId[] | undefined;
}

/** What an account has to be to be credited a token; what comes back to it from a hold is no credit. */
export function* holderRules(book: Book, account: AccountId, token: TokenId): Iterable<Rule> {
  const holders = book.get('token', token)?.holders;
  if (holders === undefined) return;
  const { roles, organizations } = holders;
  const isOfRole = roles === undefined || book.get('account', account)?.roles.some((role) => roles.includes(role)) === true;
  const isAtHome = organizations === undefined || organizations.includes(organizationOf(account));
  yield { code: 'TOKEN_HOLDER_EXCLUDED', holds: isOfRole && isAtHome, figures: { account, token } };
}

/** @throws LedgerError TOKEN_HOLDER_EXCLUDED */
export function assertMayHold(book: Book, account: AccountId, token: TokenId): void {
  refuseByFirst(holderRules(book, account, token));
}
