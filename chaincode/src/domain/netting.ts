import type { Amount } from './amount.ts';
import type { OrganizationId } from './id.ts';

/** What one organization owes another, in the unit everything is netted in. */
export interface Obligation {
  readonly debtor: OrganizationId;
  readonly creditor: OrganizationId;
  readonly amount: Amount;
}

/** What every organization gets (positive) or owes (negative) once everything is netted: Σ is zero, since each obligation counts for both sides alike. */
export function multilateralNets(obligations: readonly Obligation[]): ReadonlyMap<OrganizationId, bigint> {
  const nets = new Map<OrganizationId, bigint>();
  const add = (organization: OrganizationId, change: bigint) => nets.set(organization, (nets.get(organization) ?? 0n) + change);
  for (const { debtor, creditor, amount } of obligations) {
    add(debtor, -amount);
    add(creditor, amount);
  }
  return nets;
}

/**
 * The fewest steps a plain order gives: debtors and creditors by name, each debtor pays the first creditors that still get
 * something. At most one leg for a pair, fewer legs than organizations, and the same in every process.
 */
export function legsOf(nets: ReadonlyMap<OrganizationId, bigint>): readonly Obligation[] {
  const sorted = [...nets].sort(([one], [other]) => (one < other ? -1 : 1));
  const creditors = sorted.filter(([, net]) => net > 0n).map(([creditor, due]) => ({ creditor, due }));
  return sorted.flatMap(([debtor, net]) => {
    let left = net < 0n ? -net : 0n;
    return creditors.flatMap((each) => {
      const amount = left < each.due ? left : each.due;
      left -= amount;
      each.due -= amount;
      return amount === 0n ? [] : [{ debtor, creditor: each.creditor, amount }];
    });
  });
}
