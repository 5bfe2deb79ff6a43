import { confirmSettlement, initiateSettlement, rejectSettlement, sha256 } from '@tallystick/client';
import { claim } from '../claim.ts';
import type { Stage } from '../stage.ts';
import { inDays, madeBy, type Relation } from './relation.ts';

/** A part of a bill, or all of it, that is to be settled. */
export interface Share {
  readonly bill: string;
  readonly amount: bigint;
}

const ANSWER_DAYS = 7;

/** What the bank's statement says stays with the two of them; its hash goes on the ledger. */
export interface BankTransfer {
  readonly reference: string;
  readonly statement: string;
}

/** The debtor offers; until the creditor's word the bill is settling. @returns the settlement's id */
export async function offerSettlement(stage: Stage, { enterprise, merchant, token }: Relation, { bill, amount }: Share, transfer?: BankTransfer): Promise<string> {
  const bank = transfer === undefined ? {} : { bank: { reference: transfer.reference, valueDate: new Date().toISOString().slice(0, 10), document: await sha256(transfer.statement) } };
  const body = { creditor: merchant.account, token, bills: [{ bill, amount: amount.toString() }], deadline: inDays(ANSWER_DAYS), ...bank };
  const submission = await stage.client(enterprise.signer, enterprise.home).send(initiateSettlement, body, '/settlements');
  const settlement = madeBy(submission);
  const seen = await stage.client(merchant.signer, merchant.home).settlement(settlement, { minBlock: submission.receipt.record.block });
  claim('the settlement as the merchant sees it', { state: seen.state, net: seen.net, by: seen.bankReference }, { state: 'initiated', net: amount.toString(), by: transfer?.reference });
  stage.narrator.result(`${amount} offered ${transfer === undefined ? 'in tokens, which are held' : `by bank under reference ${transfer.reference}`}; the merchant sees it`);
  return settlement;
}

/** @returns the block that has the merchant's word */
export async function confirm(stage: Stage, relation: Relation, settlement: string, left: { readonly bill: string; readonly outstanding: bigint }): Promise<number> {
  const { enterprise, merchant } = relation;
  const { receipt } = await stage.client(merchant.signer, merchant.home).send(confirmSettlement, { settlement, debtor: enterprise.account, creditor: merchant.account }, `/settlements/${settlement}/confirmation`);
  await claimBill(stage, relation, { ...left, state: left.outstanding === 0n ? 'settled' : 'open', minBlock: receipt.record.block });
  stage.narrator.result(left.outstanding === 0n ? 'the merchant confirms: the bill is settled' : `the merchant confirms: ${left.outstanding} of the bill are left`);
  return receipt.record.block;
}

export async function reject(stage: Stage, relation: Relation, settlement: string, left: { readonly bill: string; readonly outstanding: bigint }): Promise<void> {
  const { enterprise, merchant } = relation;
  const { receipt } = await stage.client(merchant.signer, merchant.home).send(rejectSettlement, { settlement, debtor: enterprise.account, reason: 'NOT_RECEIVED' }, `/settlements/${settlement}/rejection`);
  await claimBill(stage, relation, { ...left, state: 'open', minBlock: receipt.record.block });
  stage.narrator.result(`the merchant rejects, for it has not received the money: the bill is open again, with ${left.outstanding}`);
}

interface Expected {
  readonly bill: string;
  readonly outstanding: bigint;
  readonly state: string;
  readonly minBlock: number;
}

async function claimBill(stage: Stage, { enterprise }: Relation, { bill, outstanding, state, minBlock }: Expected): Promise<void> {
  const found = await stage.client(enterprise.signer, enterprise.home).bill(bill, { minBlock });
  claim('the bill as the enterprise sees it', { state: found.state, outstanding: found.outstanding }, { state, outstanding: outstanding.toString() });
}
