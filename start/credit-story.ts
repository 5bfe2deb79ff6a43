import { uuidv7 } from '@tallystick/client';
import type { Stage } from './stage.ts';
import { compareCredit, seeCreditBack } from './steps/agreement.ts';
import { compareBalances, type Expected } from './steps/balances.ts';
import { agreeGrant } from './steps/grant.ts';
import { agreeLimit, lowerLimit } from './steps/limit.ts';
import { buyOnCredit, preCheck, refusedOnCredit, type StoryBill } from './steps/purchase.ts';
import type { Parties, Relation } from './steps/relation.ts';
import { confirm, offerSettlement, reject } from './steps/settlement.ts';

/** In the smallest unit of the token. */
const LIMIT = 30_000n;
const LOWERED_LIMIT = 15_000n;
const ASKED = 50_000n;
const GRANTED = 40_000n;
const CAP = 20_000n;
const FIRST_BILL = 12_000n;
const SECOND_BILL = 10_000n;
const LAST_BILL = 6_000n;
const IN_TOKENS = 5_000n;

const DRAWN = FIRST_BILL + SECOND_BILL;
const BY_BANK = FIRST_BILL - IN_TOKENS;

/** Balances before credit comes in. */
export interface Before {
  readonly enterprise: Expected;
  readonly merchant: Expected;
}

/** The second act: from a credit limit to the last settlement. @returns the bill it leaves open, for the reader to go on with */
export async function playCredit(stage: Stage, parties: Parties, before: Before): Promise<StoryBill> {
  const { step } = stage.narrator;
  await step('The enterprise asks its home organization for a credit limit, and the credit officer sets it', () => agreeLimit(stage, parties, LIMIT));
  const relation = await step('The enterprise applies to the merchant for credit; the merchant approves for less', () =>
    agreeGrant(stage, parties, ASKED, { amount: GRANTED, perPayment: CAP, termDays: 30 }),
  );
  await step('A pre-check lists every rule a payment on credit would have to pass', () => preCheck(stage, relation, FIRST_BILL));
  const [first, second] = await step('Payments on credit: each makes a bill', async () => [await buyOnCredit(stage, relation, FIRST_BILL), await buyOnCredit(stage, relation, SECOND_BILL)] as const);
  await step('Over the cap, over the grant, over the limit: refused, each with its figures', () => meetEveryCeiling(stage, relation));
  await step('The limit is lowered below what is drawn: a new draw is refused', async () => {
    await lowerLimit(stage, relation, LOWERED_LIMIT, DRAWN);
    await refusedOnCredit(stage, relation, 1n, { code: 'LIMIT_EXCEEDED', figures: { limit: LOWERED_LIMIT, drawn: DRAWN, available: 0n, required: 1n } });
  });
  await step('Repayment goes on: a part of the first bill is settled in tokens', async () => {
    const offer = await offerSettlement(stage, relation, { bill: first.id, amount: IN_TOKENS });
    await confirm(stage, relation, offer, { bill: first.id, outstanding: BY_BANK });
  });
  await step('The rest is settled by bank: rejected at first, then offered again and confirmed', () => settleByBank(stage, relation, first));
  await step('The second bill is settled in tokens', async () => {
    const offer = await offerSettlement(stage, relation, { bill: second.id, amount: SECOND_BILL });
    await confirm(stage, relation, offer, { bill: second.id, outstanding: 0n });
  });
  const last = await step('The credit is back: the enterprise buys on credit again', async () => {
    await seeCreditBack(stage, relation);
    return buyOnCredit(stage, relation, LAST_BILL);
  });
  await step('Two organizations read the same balances, bills, limit and grant', () => compare(stage, relation, before, [first, second, last]));
  return last;
}

/** Each attempt is over one ceiling more than the one after it; the first rule that fails is the refusal. */
async function meetEveryCeiling(stage: Stage, relation: Relation): Promise<void> {
  const [overCap, overGrant, overLimit] = [CAP + 1n, GRANTED - DRAWN + 1n, LIMIT - DRAWN + 1n];
  stage.narrator.say('A pre-check tells all of it at once.');
  await preCheck(stage, relation, overCap, ['GRANT_CAP_EXCEEDED', 'GRANT_EXCEEDED', 'LIMIT_EXCEEDED']);
  await refusedOnCredit(stage, relation, overCap, { code: 'GRANT_CAP_EXCEEDED', figures: { cap: CAP, required: overCap } });
  await refusedOnCredit(stage, relation, overGrant, { code: 'GRANT_EXCEEDED', figures: { grant: GRANTED, drawn: DRAWN, available: GRANTED - DRAWN, required: overGrant } });
  await refusedOnCredit(stage, relation, overLimit, { code: 'LIMIT_EXCEEDED', figures: { limit: LIMIT, drawn: DRAWN, available: LIMIT - DRAWN, required: overLimit } });
}

async function settleByBank(stage: Stage, relation: Relation, { id: bill }: StoryBill): Promise<void> {
  // A bank's reference is confirmed once per creditor.
  const transfer = { reference: `TRF-${uuidv7().slice(-12)}`, statement: 'statement of the bank' };
  const early = await offerSettlement(stage, relation, { bill, amount: BY_BANK }, transfer);
  await reject(stage, relation, early, { bill, outstanding: BY_BANK });
  const again = await offerSettlement(stage, relation, { bill, amount: BY_BANK }, transfer);
  await confirm(stage, relation, again, { bill, outstanding: 0n });
}

async function compare(stage: Stage, relation: Relation, before: Before, [first, second, last]: readonly [StoryBill, StoryBill, StoryBill]): Promise<void> {
  const { enterprise, merchant, token } = relation;
  const systems = [enterprise.home, merchant.home];
  const { asOfBlock } = await stage.client(enterprise.signer, enterprise.home).bill(last.id);
  const moved = IN_TOKENS + SECOND_BILL;
  const balances = [
    [enterprise, changed(before.enterprise, token, -moved)],
    [merchant, changed(before.merchant, token, moved)],
  ] as const;
  await compareBalances(stage, balances, systems, asOfBlock);
  const standing = { limit: { amount: LOWERED_LIMIT, drawn: LAST_BILL }, grant: { amount: GRANTED, drawn: LAST_BILL }, bills: { [first.id]: 0n, [second.id]: 0n, [last.id]: LAST_BILL } };
  await compareCredit(stage, relation, standing, systems, asOfBlock);
}

function changed(balances: Expected, token: string, change: bigint): Expected {
  return { ...balances, [token]: (balances[token] ?? 0n) + change };
}
