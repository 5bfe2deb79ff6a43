import { BILL_STATES, endOfDay, HOLD_STATES, MANDATE_STATES, parseInstant, SETTLEMENT_STATES } from '@tallystick/chaincode/domain';
import type { Gateway } from '../gateway.ts';
import { billSchema, holdSchema, mandateSchema, settlementSchema } from '../http/credit-schemas.ts';
import type { Route } from '../http/route.ts';
import type { BillView } from '../index/views.ts';
import { ownedReads, takes, takesAbout } from './owned.ts';
import { CONVERSION_PROBLEMS, CREDIT_PROBLEMS } from './payments.ts';

const DAY_MS = 86_400_000;

const AMOUNT_PROBLEMS = ['AMOUNT_NOT_STRING', 'AMOUNT_NOT_WHOLE', 'AMOUNT_ZERO', 'AMOUNT_NEGATIVE', 'AMOUNT_TOO_LONG'] as const;
const ACCOUNT_PROBLEMS = ['ACCOUNT_UNKNOWN', 'ACCOUNT_FROZEN', 'ACCOUNT_CLOSED'] as const;
const LIVE_SETTLEMENT_PROBLEMS = ['SETTLEMENT_UNKNOWN', 'SETTLEMENT_STATE', 'SETTLEMENT_EXPIRED'] as const;

/** What is owed, reserved, settled and promised between two accounts. */
export const creditRoutes: readonly Route[] = [
  ...ownedReads({
    noun: 'bills', member: 'bill', title: 'Bills', roles: ['debtor', 'creditor'], states: BILL_STATES, schema: billSchema,
    objects: ({ objects }) => objects.bills,
    told: (bill, gateway) => ({ ...bill, overdue: isOverdue(bill, gateway) }),
  }),
  takesAbout('/bills/{bill}/write-offs', 'bill', 'Write off a bill, wholly or partly', 'bill.write-off/1', ['BILL_UNKNOWN', 'BILL_STATE', 'BILL_EXCEEDED']),
  takesAbout('/bills/{bill}/disputes', 'bill', 'Dispute a bill', 'dispute.open/1', ['BILL_UNKNOWN', 'BILL_STATE', 'BILL_EXCEEDED', 'DEADLINE_PAST', 'DEADLINE_TOO_FAR']),
  takesAbout('/bills/{bill}/disputes/withdrawal', 'bill', 'Withdraw the dispute', 'dispute.withdraw/1', ['BILL_UNKNOWN', 'BILL_STATE']),
  takesAbout('/bills/{bill}/disputes/acceptance', 'bill', 'Accept the dispute: the bill is reduced', 'dispute.accept/1', ['BILL_UNKNOWN', 'BILL_STATE', 'BILL_EXCEEDED']),
  takesAbout('/bills/{bill}/disputes/denial', 'bill', 'Deny the dispute', 'dispute.deny/1', ['BILL_UNKNOWN', 'BILL_STATE']),
  takesAbout('/bills/{bill}/disputes/expiry', 'bill', 'End a dispute past its deadline', 'dispute.expire/1', ['BILL_UNKNOWN', 'BILL_STATE']),

  ...ownedReads({
    noun: 'settlements', member: 'settlement', title: 'Settlements', roles: ['debtor', 'creditor'], states: SETTLEMENT_STATES, schema: settlementSchema,
    objects: ({ objects }) => objects.settlements,
  }),
  takes('/settlements', 'settlements', 'Initiate a settlement', ['settlement.initiate/1'], [
    ...AMOUNT_PROBLEMS, 'BILL_UNKNOWN', 'BILL_STATE', 'BILL_EXCEEDED', 'SETTLEMENT_BILL_TWICE', 'SETTLEMENT_NET_NEGATIVE', 'DEADLINE_PAST', 'DEADLINE_TOO_FAR',
    ...ACCOUNT_PROBLEMS, 'TOKEN_UNKNOWN', 'TOKEN_PAUSED', 'FUNDS_INSUFFICIENT', ...CONVERSION_PROBLEMS,
  ]),
  takesAbout('/settlements/{settlement}/confirmation', 'settlement', 'Confirm, also for less', 'settlement.confirm/1', [
    ...LIVE_SETTLEMENT_PROBLEMS, ...AMOUNT_PROBLEMS, ...ACCOUNT_PROBLEMS, 'SETTLEMENT_NETTING_WHOLE', 'SETTLEMENT_BILL_TWICE', 'SETTLEMENT_CONFIRM_EXCEEDED', 'BILL_UNKNOWN', 'BANK_REFERENCE_USED',
  ]),
  takesAbout('/settlements/{settlement}/rejection', 'settlement', 'Reject', 'settlement.reject/1', LIVE_SETTLEMENT_PROBLEMS),
  takesAbout('/settlements/{settlement}/cancellation', 'settlement', 'Cancel', 'settlement.cancel/1', LIVE_SETTLEMENT_PROBLEMS),
  takesAbout('/settlements/{settlement}/expiry', 'settlement', 'End a settlement past its deadline', 'settlement.expire/1', ['SETTLEMENT_UNKNOWN', 'SETTLEMENT_STATE', 'DEADLINE_NOT_REACHED']),

  ...ownedReads({
    noun: 'holds', member: 'hold', title: 'Holds', roles: ['payer', 'payee'], states: HOLD_STATES, schema: holdSchema,
    objects: ({ objects }) => objects.holds,
  }),
  takes('/holds', 'holds', 'Place a hold', ['hold.place/1'], [
    ...AMOUNT_PROBLEMS, ...ACCOUNT_PROBLEMS, ...CREDIT_PROBLEMS, 'PAYMENT_SELF', 'TOKEN_UNKNOWN', 'TOKEN_PAUSED', 'FUNDS_INSUFFICIENT', 'PAYMENT_LIMIT_EXCEEDED', 'PERIOD_LIMIT_EXCEEDED', 'HOLDING_LIMIT_EXCEEDED', 'HOLD_TOO_LONG', 'DEADLINE_PAST', 'DEADLINE_TOO_FAR',
  ]),
  takesAbout('/holds/{hold}/captures', 'hold', 'Capture, wholly or partly: makes a payment', 'hold.capture/1', ['HOLD_UNKNOWN', 'HOLD_STATE', 'HOLD_EXPIRED', 'HOLD_EXCEEDED']),
  takesAbout('/holds/{hold}/release', 'hold', 'Release what is left', 'hold.release/1', ['HOLD_UNKNOWN', 'HOLD_STATE']),
  takesAbout('/holds/{hold}/expiry', 'hold', 'End a hold past its time', 'hold.expire/1', ['HOLD_UNKNOWN', 'HOLD_STATE']),

  ...ownedReads({
    noun: 'mandates', member: 'mandate', title: 'Mandates', roles: ['debtor', 'creditor'], states: MANDATE_STATES, schema: mandateSchema,
    objects: ({ objects }) => objects.mandates,
  }),
  takes('/mandates', 'mandates', 'Offer a mandate', ['mandate.grant/1']),
  takesAbout('/mandates/{mandate}/acceptance', 'mandate', 'Countersign', 'mandate.accept/1', ['MANDATE_UNKNOWN', 'MANDATE_STATE']),
  takesAbout('/mandates/{mandate}/revocation', 'mandate', 'Revoke', 'mandate.revoke/1', ['MANDATE_UNKNOWN', 'MANDATE_STATE']),
  takesAbout('/mandates/{mandate}/executions', 'mandate', 'Settle due bills', 'mandate.execute/1', ['MANDATE_UNKNOWN', 'MANDATE_STATE', 'MANDATE_BILLS', 'MANDATE_NOT_DUE', 'MANDATE_NOTHING_TO_PAY']),
];

/** The due date ends with its day at the bill's offset; the ledger clock decides. */
function isOverdue({ outstanding, dueDate, utcOffset }: BillView, { index }: Gateway): boolean {
  const clock = index.clock();
  return outstanding !== '0' && clock !== undefined && parseInstant(clock) > endOfDay(Date.parse(dueDate) / DAY_MS, utcOffset);
}
