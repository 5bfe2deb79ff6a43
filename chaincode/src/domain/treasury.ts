import { z } from 'zod';
import { accountAt, addTie, assertCanCredit } from './account.ts';
import type { Book } from './book.ts';
import { refuseUnless } from './error.ts';
import { organizationOf, type AccountId, type OrganizationId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';

/** The holder lets its account be a treasury of its home organization: only then do officers tie it to acceptances and clearing cycles, which keep it from closing. */
export const offerTreasury = putTreasury('treasury.offer/1', true);

/** What it is tied to by then stays; nothing is added. */
export const withdrawTreasury = putTreasury('treasury.withdraw/1', undefined);

/** Ties an account to something of its organization. @throws LedgerError TREASURY_ORGANIZATION_DIFFERS, TREASURY_CONSENT, ACCOUNT_* */
export function tieTreasury(book: Book, organization: OrganizationId, treasury: AccountId): void {
  refuseUnless(organizationOf(treasury) === organization, 'TREASURY_ORGANIZATION_DIFFERS');
  const account = accountAt(book, treasury);
  assertCanCredit(account);
  refuseUnless(account.treasury === true, 'TREASURY_CONSENT', { account: treasury });
  addTie(book, treasury, 1);
}

function putTreasury(type: string, treasury: true | undefined) {
  return defineInstruction({
    type,
    ...(treasury === undefined && { ends: true as const }),
    signedBy: 'account',
    body: z.strictObject({}),
    lanes: (account) => [account],
    reads: () => [],
    decide: ({ book, signer }) => {
      book.put('account', [signer], { ...accountAt(book, signer), treasury });
      return {};
    },
  });
}
