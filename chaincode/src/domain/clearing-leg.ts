import { z } from 'zod';
import { accountAt, assertCanCredit, assertCanDebit } from './account.ts';
import { formatAmount } from './amount.ts';
import { credit, debit } from './balance.ts';
import type { Book } from './book.ts';
import { closedIfSettled, treasuryOf, type Clearing, type Leg } from './clearing-cycle.ts';
import { assertClearingState, putClearing } from './clearing.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { assertMayHold } from './holder-rule.ts';
import { accountIdSchema, digestSchema, objectIdSchema, organizationIdSchema, organizationOf, referenceSchema, splitObjectId, type ObjectId, type OfficerId, type OrganizationId } from './id.ts';
import { defineInstruction } from './instruction-type.ts';
import { objectAt, putObject } from './made-object.ts';
import { asTold, transfer } from './posting.ts';
import { assertOfficer } from './right.ts';
import { assertBefore } from './time.ts';
import { assertTransferable } from './token.ts';

const ofClearing = { clearing: objectIdSchema };
const payBody = z.strictObject({ ...ofClearing, creditor: organizationIdSchema, to: accountIdSchema.meta({ description: 'The creditor’s treasury' }) });
const claimBody = z.strictObject({ ...ofClearing, creditor: organizationIdSchema, bank: z.strictObject({ reference: referenceSchema, valueDate: z.iso.date(), document: digestSchema }) });
const answerBody = z.strictObject({ ...ofClearing, debtor: organizationIdSchema, reference: referenceSchema.meta({ description: 'Of the bank, as claimed' }) });

type OfClearing = { readonly clearing: ObjectId };
const lanes = (_: string, { clearing }: OfClearing) => [clearing];
const reads = (_: string, { clearing }: OfClearing) => [['instruction', ...splitObjectId(clearing)]] as const;

/** The debtor's treasury pays a leg in the unit, also one that is claimed as paid otherwise. */
export const payLeg = defineInstruction({
  type: 'clearing.pay/1',
  signedBy: 'account',
  body: payBody,
  lanes: (treasury, { clearing }) => [treasury, clearing],
  reads: (_, body) => [...reads(_, body), ['account', body.to]],
  decide: ({ book, signer: treasury }, { clearing: id, creditor, to }) => {
    const { clearing, leg } = dueLeg(book, id, organizationOf(treasury), creditor);
    refuseUnless(treasuryOf(clearing, leg.debtor) === treasury && treasuryOf(clearing, creditor) === to, 'SIGNER_NOT_ENTITLED');
    assertCanDebit(accountAt(book, treasury));
    assertCanCredit(accountAt(book, to));
    assertTransferable(book, clearing.unit);
    assertMayHold(book, to, clearing.unit);
    debit(book, treasury, clearing.unit, leg.amount);
    credit(book, to, clearing.unit, leg.amount);
    const step = closedIfSettled(book, id, withLeg(clearing, { ...leg, state: 'settled', bankReference: undefined }));
    return putClearing(book, id, { ...step, postings: [...transfer(treasury, to, clearing.unit, formatAmount(leg.amount)), ...step.postings] });
  },
  postings: asTold,
});

/** The debtor has paid a leg by money outside, and names the bank's reference; it stands until the creditor has answered. */
export const claimLeg = defineInstruction({
  type: 'clearing.claim/1',
  signedBy: 'officer',
  body: claimBody,
  lanes,
  reads,
  decide: ({ book, signer }, { clearing: id, creditor, bank }) => {
    const debtor = organizationOf(signer);
    assertOfficer(book, signer, 'financial-operator', debtor);
    const { clearing, leg } = dueLeg(book, id, debtor, creditor);
    refuseUnless(leg.state !== 'claimed', 'CLEARING_STATE', { leg: leg.state });
    putObject(book, 'clearing', id, withLeg(clearing, { ...leg, state: 'claimed', bankReference: bank.reference }));
    return {};
  },
});

/** The creditor has the money of the reference: once for each and organization. */
export const acknowledgeLeg = defineInstruction({
  type: 'clearing.acknowledge/1',
  signedBy: 'officer',
  body: answerBody,
  lanes,
  reads: (creditor, body) => [...reads(creditor, body), ['bankReference', organizationOf(creditor), body.reference]],
  decide: ({ book, signer }, { clearing: id, debtor, reference }) => {
    const { clearing, leg } = claimedLeg(book, signer, { id, debtor, reference });
    refuseUnless(book.get('bankReference', leg.creditor, reference) === undefined, 'BANK_REFERENCE_USED', { reference });
    book.put('bankReference', [leg.creditor, reference], id);
    return putClearing(book, id, closedIfSettled(book, id, withLeg(clearing, { ...leg, state: 'settled' })));
  },
  postings: asTold,
});

/** The creditor has no money of the reference: the leg is due again. */
export const denyLeg = defineInstruction({
  type: 'clearing.deny/1',
  signedBy: 'officer',
  body: answerBody,
  lanes,
  reads,
  decide: ({ book, signer }, { clearing: id, debtor, reference }) => {
    const { clearing, leg } = claimedLeg(book, signer, { id, debtor, reference });
    putObject(book, 'clearing', id, withLeg(clearing, { ...leg, state: 'due', bankReference: undefined }));
    return {};
  },
});

/** The leg the signer's organization is owed and its debtor claims to have paid under this very reference. */
function claimedLeg(book: Book, signer: OfficerId, { id, debtor, reference }: { readonly id: ObjectId; readonly debtor: OrganizationId; readonly reference: string }) {
  const creditor = organizationOf(signer);
  assertOfficer(book, signer, 'financial-operator', creditor);
  const { clearing, leg } = dueLeg(book, id, debtor, creditor);
  refuseUnless(leg.state === 'claimed', 'CLEARING_STATE', { leg: leg.state });
  refuseUnless(leg.bankReference === reference, 'CLEARING_CLAIM_UNKNOWN', { reference: leg.bankReference ?? '' });
  return { clearing, leg };
}

/** A leg that is not settled, before the deadline. */
function dueLeg(book: Book, id: ObjectId, debtor: OrganizationId, creditor: OrganizationId): { readonly clearing: Clearing; readonly leg: Leg } {
  const clearing = objectAt(book, 'clearing', id);
  assertClearingState(clearing, 'settling');
  const leg = clearing.legs.find((one) => one.debtor === debtor && one.creditor === creditor);
  if (leg === undefined) throw new LedgerError('CLEARING_LEG_UNKNOWN', { debtor, creditor });
  refuseUnless(leg.state !== 'settled', 'CLEARING_STATE', { leg: leg.state });
  assertBefore(book, clearing.settleBy, 'DEADLINE_PAST');
  return { clearing, leg };
}

function withLeg(clearing: Clearing, leg: Leg): Clearing {
  return { ...clearing, legs: clearing.legs.map((one) => (one.debtor === leg.debtor && one.creditor === leg.creditor ? leg : one)) };
}
