import {
  applyForGrant, approveGrant, confirmSettlement, initiateSettlement, pay, rejectSettlement, requestLimit, setLimit, type Submission,
} from '@tallystick/client';
import { claim, claimRefusal } from '../claim.ts';
import type { Player, Stage } from '../stage.ts';

/** Who owes whom, in what, and the version of the grant payments rely on. */
export interface Relation {
  readonly enterprise: Player;
  readonly merchant: Player;
  readonly token: string;
}

/** A bill of the story. */
export interface StoryBill {
  readonly id: string;
  readonly amount: bigint;
}

const DAY_MS = 24 * 3600_000;
const DOCUMENT = 'c3Rvcnkgb2YgYSBiYW5rIHN0YXRlbWVudCwgaGFzaGVk';

/** The enterprise asks, its home credit officer sets. */
export async function agreeLimit(stage: Stage, { enterprise, token }: Relation, amount: bigint): Promise<void> {
  const client = stage.client(enterprise.signer, enterprise.home);
  await client.send(requestLimit, { token, amount: amount.toString(), purpose: 'WORKING-CAPITAL' });
  await changeLimit(stage, { enterprise, token }, amount);
  stage.narrator.result(`credit limit of the enterprise: ${amount} ${token}, set by the credit officer of ${enterprise.home.organizationId}`);
}

export async function changeLimit(stage: Stage, { enterprise, token }: Pick<Relation, 'enterprise' | 'token'>, amount: bigint): Promise<void> {
  const officer = await stage.officer('credit-officer', enterprise.home);
  await officer.send(setLimit, { account: enterprise.account, token, amount: amount.toString(), reason: 'REVIEW' });
}

/** The enterprise applies, the merchant approves for less. */
export async function agreeGrant(stage: Stage, { enterprise, merchant, token }: Relation, asked: bigint, granted: bigint, perPayment: bigint): Promise<void> {
  const validTo = new Date(Date.now() + 90 * DAY_MS).toISOString();
  const { receipt } = await stage.client(enterprise.signer, enterprise.home).send(applyForGrant, { merchant: merchant.account, token, amount: asked.toString(), validTo });
  const terms = { amount: granted.toString(), perPayment: perPayment.toString(), termDays: 30, validFrom: new Date(Date.now() - 60_000).toISOString(), validTo, utcOffset: 60, stopAfterDaysOverdue: 10 };
  await stage.client(merchant.signer, merchant.home).send(approveGrant, { enterprise: enterprise.account, token, application: `${receipt.id}.${receipt.signer}`, terms });
  stage.narrator.result(`the merchant grants ${granted} of the ${asked} asked for: at most ${perPayment} a payment, due after 30 days`);
}

/** What would a payment come to? Every rule is listed, nothing changes. */
export async function preCheck(stage: Stage, { enterprise, merchant, token }: Relation, amount: bigint): Promise<readonly string[]> {
  const body = { payer: enterprise.account, payee: merchant.account, token, amount: amount.toString(), credit: { amount: amount.toString(), version: 1 } };
  const { rules } = await stage.client(enterprise.signer, enterprise.home).post<{ readonly rules: readonly { readonly code: string; readonly holds: boolean }[] }>('/payments/check', body);
  const failing = rules.filter(({ holds }) => !holds).map(({ code }) => code);
  stage.narrator.result(`${amount} on credit: ${rules.length} rules, ${failing.length === 0 ? 'all hold' : `failing: ${failing.join(', ')}`}`);
  return failing;
}

export async function buyOnCredit(stage: Stage, relation: Relation, amount: bigint): Promise<StoryBill> {
  const { receipt } = await attemptOnCredit(stage, relation, amount);
  const id = `${receipt.id}.${receipt.signer}`;
  stage.narrator.result(`${amount} paid on credit: a bill of ${amount} is open`);
  return { id, amount };
}

export async function refusedOnCredit(stage: Stage, relation: Relation, amount: bigint, code: string): Promise<void> {
  const refusal = await claimRefusal(code, attemptOnCredit(stage, relation, amount));
  stage.narrator.result(`${amount} on credit is refused: ${refusal.message}${figuresOf(refusal.figures)}`);
}

/** The debtor offers, the creditor's word is still out. Answers the settlement's id. */
export async function offerSettlement(stage: Stage, { enterprise, merchant, token }: Relation, { id, amount }: StoryBill, bankReference?: string): Promise<string> {
  const bank = bankReference === undefined ? {} : { bank: { reference: bankReference, valueDate: new Date().toISOString().slice(0, 10), document: DOCUMENT.slice(0, 43) } };
  const { receipt } = await stage.client(enterprise.signer, enterprise.home).send(initiateSettlement, {
    creditor: merchant.account,
    token,
    bills: [{ bill: id, amount: amount.toString() }],
    deadline: new Date(Date.now() + 7 * DAY_MS).toISOString(),
    ...bank,
  });
  stage.narrator.result(`the enterprise offers ${amount} ${bankReference === undefined ? 'in tokens, which are held' : `by bank, reference ${bankReference}`}`);
  return `${receipt.id}.${receipt.signer}`;
}

export async function answerSettlement(stage: Stage, { enterprise, merchant }: Relation, settlement: string, answer: 'confirm' | 'reject'): Promise<void> {
  const client = stage.client(merchant.signer, merchant.home);
  if (answer === 'confirm') await client.send(confirmSettlement, { settlement, debtor: enterprise.account, creditor: merchant.account });
  else await client.send(rejectSettlement, { settlement, debtor: enterprise.account, reason: 'NOT_RECEIVED' });
  stage.narrator.result(answer === 'confirm' ? 'the merchant confirms: the bill is settled and the credit is back' : 'the merchant rejects: the bill is open again');
}

/** Two systems tell the same of a bill. */
export async function compareBill(stage: Stage, { enterprise, merchant }: Relation, { id }: StoryBill, state: string, minBlock?: number): Promise<void> {
  for (const { signer, home } of [enterprise, merchant]) {
    const bill = await stage.client(signer, home).read<{ readonly state: string }>(`/bills/${id}`, minBlock === undefined ? {} : { minBlock });
    claim(`state of the bill at ${home.organizationId}`, bill.state, state);
  }
  stage.narrator.result(`the bill is ${state} (the same at ${enterprise.home.organizationId} and ${merchant.home.organizationId})`);
}

function attemptOnCredit(stage: Stage, { enterprise, merchant, token }: Relation, amount: bigint): Promise<Submission> {
  const credit = { amount: amount.toString(), version: 1 };
  return stage.client(enterprise.signer, enterprise.home).send(pay, { payee: merchant.account, token, amount: amount.toString(), credit });
}

function figuresOf(figures: Readonly<Record<string, string>> | undefined): string {
  return figures === undefined ? '' : ` (${Object.entries(figures).map(([name, value]) => `${name} ${value}`).join(', ')})`;
}
