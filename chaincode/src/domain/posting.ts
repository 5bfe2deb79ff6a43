import { formatAmount, parseAmount, type Amount } from './amount.ts';
import type { AccountId, TokenId } from './id.ts';

/** One line of an entry: money in (positive) or out (negative) of an account. The lines of an entry sum to zero per token, memo lines apart. */
export interface Posting {
  /** An account, `issuance` for the token's own counter account, `pool/…` and `clearing/…` for what lies in a pool or is fixed by clearing, `{memo}/{account}` for what is only noted of an account. */
  readonly account: AccountId | typeof ISSUANCE | `pool/${string}` | `clearing/${string}` | `${Memo}/${AccountId}`;
  readonly token: TokenId;
  /** Signed decimal string. */
  readonly amount: string;
}

/**
 * Memo accounts of an account, beside its money: `held`, how much of its balance is reserved; `credit`, what bills ask others to pay it
 * less what they ask of it; `credit-held`, the same of credit that holds reserve.
 */
export const MEMOS = ['held', 'credit', 'credit-held'] as const;
export type Memo = (typeof MEMOS)[number];

export function memoAccount(memo: Memo, account: AccountId): `${Memo}/${AccountId}` {
  return `${memo}/${account}`;
}

/** Notes that more of an account's balance is reserved, or (negative) less. */
export function noteHeld(account: AccountId, token: TokenId, amount: Amount): readonly Posting[] {
  return amount === 0n ? [] : [{ account: memoAccount('held', account), token, amount: formatAmount(amount) }];
}

/** Notes that the debtor owes the creditor more, or (negative) less. */
export function noteCredit(memo: 'credit' | 'credit-held', { debtor, creditor }: { readonly debtor: AccountId; readonly creditor: AccountId }, token: TokenId, amount: Amount): readonly Posting[] {
  return amount === 0n ? [] : transfer(memoAccount(memo, debtor), memoAccount(memo, creditor), token, formatAmount(amount));
}

/** Where issued money comes from: its balance is minus the supply. */
export const ISSUANCE = 'issuance';

/** The entry of an instruction that tells it in its outcome, because it follows from more than body, token and amount. */
export function asTold(_: unknown, __: unknown, { postings }: { readonly postings?: readonly Posting[] | undefined }): readonly Posting[] {
  return postings ?? [];
}

/** Moves an amount (decimal string) from one account to another. */
export function transfer(from: Posting['account'], to: Posting['account'], token: TokenId, amount: string): readonly Posting[] {
  return [
    { account: from, token, amount: formatAmount(-parseAmount(amount)) },
    { account: to, token, amount },
  ];
}
