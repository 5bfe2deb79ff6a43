import type { DatabaseSync } from 'node:sqlite';
import type { InstructionQueries } from './instruction-queries.ts';
import { overQuery } from './over-query.ts';
import { openObjectTable, type ObjectTable } from './object-table.ts';
import { openPayments, PAYMENT_TABLE } from './payments.ts';
import type { AcceptanceView, AccountView, AliasView, BillView, ClearingView, GrantView, HoldView, LimitView, LinkView, MandateView, OrganizationView, ProposalView, RecoveryView, RulesView, RedemptionView, SettlementView, TokenView } from './views.ts';

/**
 * One row per object of the ledger, always equal to its record in the world state. A new noun is a new line here, in views.ts
 * and in state-writer.ts. `deadline` stands only while something can be ended by it, and `home` is the organization
 * of whom that frees.
 */
export const OBJECT_TABLES = {
  organizations: { name: 'organizations', columns: ['trustee'], owners: ['trustee'] },
  accounts: { name: 'accounts', columns: ['organization', 'status'], owners: ['organization'] },
  aliases: { name: 'aliases', columns: ['account'], owners: ['account'] },
  rules: { name: 'rules', columns: [], owners: [] },
  proposals: { name: 'proposals', columns: ['state', 'subject', 'home', 'deadline'], owners: ['state', 'subject', 'home, deadline, id'] },
  tokens: { name: 'tokens', columns: [], owners: [] },
  acceptances: { name: 'acceptances', columns: [], owners: [] },
  clearings: { name: 'clearings', columns: ['state', 'home', 'deadline'], owners: ['state', 'home, deadline, id'] },
  payments: PAYMENT_TABLE,
  bills: { name: 'bills', columns: ['debtor', 'creditor', 'token', 'state', 'due_date', 'home', 'deadline'], owners: ['debtor', 'creditor', 'home, deadline, id'] },
  holds: { name: 'holds', columns: ['payer', 'payee', 'token', 'state', 'home', 'deadline'], owners: ['payer', 'payee', 'home, deadline, id'] },
  settlements: { name: 'settlements', columns: ['debtor', 'creditor', 'token', 'state', 'home', 'deadline'], owners: ['debtor', 'creditor', 'home, deadline, id'] },
  mandates: { name: 'mandates', columns: ['debtor', 'creditor', 'token', 'state'], owners: ['debtor', 'creditor'] },
  redemptions: { name: 'redemptions', columns: ['holder', 'issuer', 'token', 'state', 'home', 'deadline'], owners: ['holder', 'issuer', 'home, deadline, id'] },
  limits: { name: 'limits', columns: ['enterprise', 'organization', 'token', 'status', 'pending'], owners: ['enterprise', 'organization', 'organization, pending, entry'] },
  grants: { name: 'grants', columns: ['enterprise', 'merchant', 'token', 'state'], owners: ['enterprise', 'merchant'] },
  recoveries: { name: 'recoveries', columns: ['account', 'state', 'home', 'deadline'], owners: ['account', 'home', 'home, deadline, id'] },
  links: { name: 'links', columns: ['proposer', 'account', 'state', 'home', 'other', 'deadline'], owners: ['proposer', 'account', 'home', 'other', 'home, deadline, id'] },
} as const satisfies Readonly<Record<string, ObjectTable>>;

export type LedgerObjects = ReturnType<typeof openObjects>;

export function openObjects(database: DatabaseSync, instructions: InstructionQueries) {
  return {
    organizations: openObjectTable<OrganizationView>(database, OBJECT_TABLES.organizations),
    accounts: openObjectTable<AccountView>(database, OBJECT_TABLES.accounts),
    aliases: openObjectTable<AliasView>(database, OBJECT_TABLES.aliases),
    rules: openObjectTable<RulesView>(database, OBJECT_TABLES.rules),
    proposals: openObjectTable<ProposalView>(database, OBJECT_TABLES.proposals),
    tokens: openObjectTable<TokenView>(database, OBJECT_TABLES.tokens),
    acceptances: openObjectTable<AcceptanceView>(database, OBJECT_TABLES.acceptances),
    clearings: openObjectTable<ClearingView>(database, OBJECT_TABLES.clearings),
    payments: openPayments(database, instructions),
    bills: openObjectTable<BillView>(database, OBJECT_TABLES.bills),
    holds: openObjectTable<HoldView>(database, OBJECT_TABLES.holds),
    settlements: openObjectTable<SettlementView>(database, OBJECT_TABLES.settlements),
    mandates: openObjectTable<MandateView>(database, OBJECT_TABLES.mandates),
    redemptions: openObjectTable<RedemptionView>(database, OBJECT_TABLES.redemptions),
    limits: openObjectTable<LimitView>(database, OBJECT_TABLES.limits),
    grants: openObjectTable<GrantView>(database, OBJECT_TABLES.grants),
    recoveries: openObjectTable<RecoveryView>(database, OBJECT_TABLES.recoveries),
    links: openObjectTable<LinkView>(database, OBJECT_TABLES.links),
    over: {
      bills: overQuery<BillView>(database, OBJECT_TABLES.bills),
      holds: overQuery<HoldView>(database, OBJECT_TABLES.holds),
      settlements: overQuery<SettlementView>(database, OBJECT_TABLES.settlements),
      proposals: overQuery<ProposalView>(database, OBJECT_TABLES.proposals),
      clearings: overQuery<ClearingView>(database, OBJECT_TABLES.clearings),
      recoveries: overQuery<RecoveryView>(database, OBJECT_TABLES.recoveries),
      links: overQuery<LinkView>(database, OBJECT_TABLES.links),
      redemptions: overQuery<RedemptionView>(database, OBJECT_TABLES.redemptions),
    },
  };
}
