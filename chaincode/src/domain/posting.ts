import { formatAmount, parseAmount } from './amount.ts';
import type { AccountId, TokenId } from './id.ts';

/** One line of an entry: money in (positive) or out (negative) of an account. The lines of an entry sum to zero per token. */
export interface Posting {
  /** An account, `issuance` for the token's own counter account, `pool/…` and `clearing/…` for what lies in a pool or is fixed by clearing. */
  readonly account: AccountId | typeof ISSUANCE | `pool/${string}` | `clearing/${string}`;
  readonly token: TokenId;
  /** Signed decimal string. */
  readonly amount: string;
}

/** Where issued money comes from: its balance is minus the supply. */
export const ISSUANCE = 'issuance';

/** Moves an amount (decimal string) from one account to another. */
export function transfer(from: Posting['account'], to: Posting['account'], token: TokenId, amount: string): readonly Posting[] {
  return [
    { account: from, token, amount: formatAmount(-parseAmount(amount)) },
    { account: to, token, amount },
  ];
}
