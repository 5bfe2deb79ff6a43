import {
  formatDay, formatInstant, organizationOf, outstandingOf, paymentState, subjectOf, type Acceptance, type Account, type Alias, type Bill, type Clearing, type CreditLimit, type CreditLine, type GrantTerms, type Hold, type HolderLink, type Mandate,
  type Organization, type Payment, type Proposal, type Recovery, type Redemption, type Rules, type Settlement, type Token, type TokenTerms,
} from '@tallystick/chaincode/domain';
import { entryId, type EntryNumber } from './entry-id.ts';

/**
 * Objects of the ledger as they are told: amounts as decimal strings, instants as RFC 3339, days as dates. They are functions
 * of the record alone, but for what only the instruction that made it says.
 */

/** When and where an object was made, and the references its instruction gave. */
export interface Making {
  readonly entry: EntryNumber;
  readonly bookedAt: string;
  readonly references: Readonly<Record<string, string>>;
  /** Of the instruction that made it, while the block is read. */
  readonly type?: string;
  readonly body?: unknown;
}

export type AccountView = ReturnType<typeof accountView>;
export function accountView({ id, status, roles, holder, treasury, registeredAt }: Account) {
  return { id, organization: organizationOf(id), status, roles, holder, treasury, registeredAt: formatInstant(registeredAt) };
}

export type AliasView = ReturnType<typeof aliasView>;
export function aliasView(organization: string, id: string, { account, releasedAt }: Alias) {
  return { id, organization, account, releasedAt: instant(releasedAt) };
}

export type OrganizationView = ReturnType<typeof organizationView>;
export function organizationView({ id, name, userAuthority, officers, standing, limitThresholds = {} }: Organization) {
  return {
    id,
    name,
    status: standing?.status ?? ('active' as const),
    trustee: standing?.status === 'removed' ? standing.trustee : undefined,
    pausedTokens: standing?.paused ?? [],
    userAuthority,
    officers: officers.map((officer) => ({ id: `${officer.name}@${id}`, name: officer.name, roles: officer.roles })),
    limitThresholds: Object.fromEntries(Object.entries(limitThresholds).map(([token, amount]) => [token, String(amount)])),
  };
}

export type TokenView = ReturnType<typeof tokenView>;
export function tokenView({ id, name, decimals, kind, transferable, twoOfficers, proposal, status, acceptance, source, document, ...terms }: Token) {
  return {
    id, organization: organizationOf(id), name, decimals, kind, ...termsOfToken(terms), transferable: transferable !== false, twoOfficers: twoOfficers === true,
    proposal, status, acceptance, source, document,
  };
}

function termsOfToken({ cap, quota, holders }: TokenTerms) {
  return { cap: text(cap), quota: quota === undefined ? undefined : { amount: String(quota.amount), hours: quota.hours }, holders };
}

export type AcceptanceView = ReturnType<typeof acceptanceView>;
export function acceptanceView({ token, into, treasury, numerator, denominator, validFrom, validUntil, cap, fixed, direction, status, version }: Acceptance) {
  return {
    id: `${token}/${into}`, token, into, organization: organizationOf(into), treasury, status, direction, version, cap: String(cap), fixed: String(fixed),
    rate: { numerator: String(numerator), denominator: String(denominator) }, validFrom: formatInstant(validFrom), validUntil: formatInstant(validUntil),
  };
}

export type ClearingView = ReturnType<typeof clearingView>;
export function clearingView(id: string, { unit, rates, parties, unfixed, positions, legs, confirmBy, settleBy, state }: Clearing, { entry, bookedAt }: Making) {
  return {
    id, state, unit, confirmBy: formatInstant(confirmBy), settleBy: formatInstant(settleBy),
    rates: rates.map(({ token, numerator, denominator }) => ({ token, numerator: String(numerator), denominator: String(denominator) })),
    parties: parties.map(({ organization, treasury }) => ({ organization, treasury, confirmed: treasury !== undefined })),
    unfixed,
    positions: positions.map(({ token, into, amount }) => ({ token, into, debtor: organizationOf(token), creditor: organizationOf(into), amount: String(amount) })),
    legs: legs.map(({ debtor, creditor, amount, state: of, bankReference }) => ({ debtor, creditor, amount: String(amount), state: of, bankReference })),
    bookedAt, entry: entryId(entry),
  };
}

export type PaymentView = ReturnType<typeof paymentView>;
export function paymentView(id: string, payment: Payment, bill: Bill | undefined, { entry, bookedAt, references }: Making) {
  const { payer, payee, token, amount, credit, refunded, converted } = payment;
  const state = paymentState(payment, bill);
  return { id, payer, payee, token, amount: String(amount), credit: String(credit), refunded: String(refunded), ...(converted !== undefined && { converted: { ...converted, received: String(converted.received), back: undefined } }), state, references, bookedAt, entry: entryId(entry) };
}

export type BillView = ReturnType<typeof billView>;
export function billView(id: string, bill: Bill, { entry, bookedAt, references }: Making) {
  const { creditor, debtor, token, dueDay, utcOffset, version, state, settlement, dispute, contested, claim } = bill;
  return {
    id, creditor, debtor, token, state,
    amount: String(bill.amount), refunded: String(bill.refunded), settled: String(bill.settled), writtenOff: String(bill.writtenOff), outstanding: String(outstandingOf(bill)),
    dueDate: formatDay(dueDay), utcOffset, grantVersion: version, settlement, contested, claim,
    dispute: dispute === undefined ? undefined : { id: dispute.id, amount: String(dispute.amount), deadline: formatInstant(dispute.deadline) },
    references, bookedAt, entry: entryId(entry),
  };
}

export type HoldView = ReturnType<typeof holdView>;
export function holdView(id: string, { payer, payee, token, balance, credit, expiresAt, state }: Hold, { entry, bookedAt, references }: Making) {
  return { id, payer, payee, token, balance: String(balance), credit: String(credit), expiresAt: formatInstant(expiresAt), state, references, bookedAt, entry: entryId(entry) };
}

export type SettlementView = ReturnType<typeof settlementView>;
export function settlementView(id: string, settlement: Settlement, { entry, bookedAt }: Making) {
  const { debtor, creditor, token, bills, net, bankReference, paidWith, deadline, state } = settlement;
  const allocations = bills.map((allocation) => ({ bill: allocation.bill, debtor: allocation.debtor, amount: String(allocation.amount) }));
  return { id, debtor, creditor, token, bills: allocations, net: String(net), bankReference, paidWith: paidWith === undefined ? undefined : { token: paidWith.token, amount: String(paidWith.amount) }, deadline: formatInstant(deadline), state, bookedAt, entry: entryId(entry) };
}

export type MandateView = ReturnType<typeof mandateView>;
export function mandateView(id: string, { debtor, creditor, token, cap, used, validTo, state }: Mandate, { entry, bookedAt }: Making) {
  return { id, debtor, creditor, token, cap: String(cap), used: String(used), validTo: formatInstant(validTo), state, bookedAt, entry: entryId(entry) };
}

export type RecoveryView = ReturnType<typeof recoveryView>;
export function recoveryView(id: string, { account, reason, document, proposedBy, confirmedBy, key, effectiveAt, deadline, state }: Recovery, { entry, bookedAt }: Making) {
  const { thumbprint: certificate } = key;
  return { id, account, reason, document, proposedBy, confirmedBy, certificate, effectiveAt: instant(effectiveAt), deadline: formatInstant(deadline), state, bookedAt, entry: entryId(entry) };
}

export type LinkView = ReturnType<typeof linkView>;
export function linkView(id: string, { proposer, account, confirmedBy, deadline, state }: HolderLink, { entry, bookedAt }: Making) {
  return { id, proposer, account, confirmedBy, deadline: formatInstant(deadline), state, bookedAt, entry: entryId(entry) };
}

export type RedemptionView = ReturnType<typeof redemptionView>;
export function redemptionView(id: string, { holder, token, amount, payout, deadline, state, bankReference }: Redemption, { entry, bookedAt, references }: Making) {
  return { id, holder, issuer: organizationOf(token), token, amount: String(amount), payout, deadline: formatInstant(deadline), state, bankReference, references, bookedAt, entry: entryId(entry) };
}

export type LimitView = ReturnType<typeof limitView>;
export function limitView(enterprise: string, token: string, { status, amount, validTo, drawn, request, proposal }: CreditLimit) {
  return {
    id: `${enterprise}/${token}`, enterprise, token, status, amount: String(amount), drawn: String(drawn), available: available(amount, drawn), validTo: instant(validTo),
    request: request === undefined ? undefined : { id: request.id, amount: String(request.amount) },
    proposal: proposal === undefined ? undefined : { id: proposal.id, by: proposal.by, amount: String(proposal.amount), validTo: instant(proposal.validTo) },
  };
}

export type GrantView = ReturnType<typeof grantView>;
export function grantView(enterprise: string, token: string, merchant: string, { version, grant, application, drawn }: CreditLine) {
  return {
    id: `${enterprise}/${token}/${merchant}`, enterprise, token, merchant, version, drawn: String(drawn),
    state: application !== undefined ? ('requested' as const) : (grant?.status ?? ('none' as const)),
    status: grant?.status, terms: grant === undefined ? undefined : termsView(grant.terms),
    available: grant === undefined ? '0' : available(grant.terms.amount, drawn),
    application: application === undefined ? undefined : { id: application.id, amount: String(application.amount), validTo: formatInstant(application.validTo) },
  };
}

export type ProposalView = ReturnType<typeof proposalView>;
export function proposalView(id: string, { by, change, closesAt, votes, state }: Proposal, { entry, bookedAt }: Making) {
  return {
    id, by, kind: change.kind, subject: subjectOf(change), change, closesAt: formatInstant(closesAt),
    votes: Object.entries(votes).map(([organization, vote]) => ({ organization, ...vote })),
    state, bookedAt, entry: entryId(entry),
  };
}

export type RulesView = ReturnType<typeof rulesView>;
export function rulesView({ activatedAt, ...rules }: Rules) {
  return { ...rules, activatedAt: formatInstant(activatedAt) };
}

function termsView({ amount, perPayment, validFrom, validTo, ...rest }: GrantTerms) {
  return { amount: String(amount), perPayment: String(perPayment), validFrom: formatInstant(validFrom), validTo: formatInstant(validTo), ...rest };
}

function available(amount: bigint, drawn: bigint): string {
  return String(amount > drawn ? amount - drawn : 0n);
}

function text(amount: bigint | undefined): string | undefined {
  return amount === undefined ? undefined : String(amount);
}

function instant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : formatInstant(at);
}
