import { LedgerError } from '@tallystick/chaincode/domain';
import type { BillView, GrantView, LimitView } from './views.ts';

/** What an enterprise owes and may still draw, as it is and as it would be. */
export interface Exposure {
  readonly limit: (LimitView & { readonly after: Room }) | undefined;
  readonly grants: readonly (GrantView & { readonly after: Room })[];
  readonly bills: readonly (BillView & { readonly after: { readonly outstanding: string; readonly settled: boolean } })[];
}

/** Decimal strings. */
export interface Room {
  readonly drawn: string;
  readonly available: string;
}

/**
 * The credit of one enterprise in one token after settling these amounts of its bills. What is settled is given back to the
 * limit and to the grant of its creditor, by the same amount.
 * @throws LedgerError BILL_UNKNOWN, BILL_EXCEEDED
 */
export function exposureAfter(
  { limit, grants, bills }: { readonly limit: LimitView | undefined; readonly grants: readonly GrantView[]; readonly bills: readonly BillView[] },
  settle: ReadonlyMap<string, bigint>,
): Exposure {
  const byId = new Map(bills.map((bill) => [bill.id, bill]));
  const back = new Map<string, bigint>();
  for (const [id, amount] of settle) {
    const bill = byId.get(id);
    if (bill === undefined) throw new LedgerError('BILL_UNKNOWN', { bill: id });
    if (amount > BigInt(bill.outstanding)) throw new LedgerError('BILL_EXCEEDED', { outstanding: bill.outstanding, required: String(amount) });
    back.set(bill.creditor, (back.get(bill.creditor) ?? 0n) + amount);
  }
  const all = [...back.values()].reduce((sum, amount) => sum + amount, 0n);
  return {
    limit: limit === undefined ? undefined : { ...limit, after: roomAfter(limit.amount, limit.drawn, all) },
    grants: grants.map((grant) => ({ ...grant, after: roomAfter(grant.terms?.amount ?? '0', grant.drawn, back.get(grant.merchant) ?? 0n) })),
    bills: bills.map((bill) => {
      const outstanding = BigInt(bill.outstanding) - (settle.get(bill.id) ?? 0n);
      return { ...bill, after: { outstanding: String(outstanding), settled: outstanding === 0n } };
    }),
  };
}

function roomAfter(amount: string, drawn: string, back: bigint): Room {
  const left = BigInt(drawn) - back;
  const room = BigInt(amount) - left;
  return { drawn: String(left), available: String(room > 0n ? room : 0n) };
}
