import { applyForGrant, approveGrant, type TallyClient } from '@tallystick/client';
import { claim } from '../claim.ts';
import type { Stage } from '../stage.ts';
import { inDays, madeBy, type Parties, type Relation } from './relation.ts';

/** What the merchant is ready to grant. */
export interface Offer {
  readonly amount: bigint;
  readonly perPayment: bigint;
  readonly termDays: number;
}

const VALID_DAYS = 90;
const WAIT_S = 10;

/** The enterprise applies, the merchant finds it in its inbox and approves for less. @returns what payments on credit rely on */
export async function agreeGrant(stage: Stage, parties: Parties, asked: bigint, { amount, perPayment, termDays }: Offer): Promise<Relation> {
  const { enterprise, merchant, token } = parties;
  const { say, result } = stage.narrator;
  const validTo = inDays(VALID_DAYS);
  const application = madeBy(
    await stage.client(enterprise.signer, enterprise.home).send(applyForGrant, { merchant: merchant.account, token, amount: asked.toString(), validTo }, '/grants'),
  );

  const client = stage.client(merchant.signer, merchant.home);
  say('The merchant looks into its inbox.');
  claim('application in the inbox', await applicationIn(client), { id: application, amount: asked.toString(), validTo });
  const terms = {
    amount: amount.toString(),
    perPayment: perPayment.toString(),
    termDays,
    // A clock a little behind must not make it a grant that has not begun.
    validFrom: new Date(Date.now() - 60_000).toISOString(),
    validTo,
    utcOffset: 60,
    stopAfterDaysOverdue: 10,
  };
  const { receipt } = await client.send(approveGrant, { enterprise: enterprise.account, token, application, terms }, '/grants');
  const grant = await client.grant(enterprise.account, token, merchant.account, { minBlock: receipt.record.block });
  claim('state of the grant', grant.state, 'active');
  claim('terms of the grant', grant.terms, terms);
  result(`the merchant grants ${amount} of the ${asked} asked for, at most ${perPayment} a payment, due after ${termDays} days: version ${grant.version}`);
  return { ...parties, version: grant.version };
}

/** Its gateway may be a block behind: then it answers when there is something. */
async function applicationIn(merchant: TallyClient): Promise<unknown> {
  const now = await merchant.inbox();
  const { items } = now.items.length > 0 ? now : await merchant.inbox({ tag: now.tag, wait: WAIT_S });
  return items[0]?.kind === 'grant-application' ? items[0].object.application : undefined;
}
