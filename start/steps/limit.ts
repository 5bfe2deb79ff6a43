import { requestLimit, setLimit } from '@tallystick/client';
import { claim } from '../claim.ts';
import type { Stage } from '../stage.ts';
import type { Parties } from './relation.ts';

/** The enterprise asks its home organization, whose credit officer sees it and sets it. */
export async function agreeLimit(stage: Stage, parties: Parties, amount: bigint): Promise<void> {
  const { enterprise, token } = parties;
  const { receipt } = await stage.client(enterprise.signer, enterprise.home).send(requestLimit, { token, amount: amount.toString(), purpose: 'WORKING-CAPITAL' }, '/limits');
  const officer = await stage.officer('credit-officer', enterprise.home);
  const { request } = await officer.limit(enterprise.account, token, { minBlock: receipt.record.block });
  claim('amount asked for', request?.amount, amount.toString());
  await setTo(stage, parties, amount, 'GRANTED');
  stage.narrator.result(`the enterprise may draw up to ${amount} ${token} in all`);
}

/** Below what is drawn, too: that only stops new draws. */
export async function lowerLimit(stage: Stage, parties: Parties, amount: bigint, drawn: bigint): Promise<void> {
  const limit = await setTo(stage, parties, amount, 'RISK');
  claim('drawn on the limit', limit.drawn, drawn.toString());
  claim('available on the limit', limit.available, '0');
  stage.narrator.result(`the limit is ${amount} now, with ${drawn} drawn: nothing is available`);
}

async function setTo(stage: Stage, { enterprise, token }: Parties, amount: bigint, reason: 'GRANTED' | 'RISK') {
  const officer = await stage.officer('credit-officer', enterprise.home);
  const { receipt } = await officer.send(setLimit, { account: enterprise.account, token, amount: amount.toString(), reason }, '/limits');
  const limit = await officer.limit(enterprise.account, token, { minBlock: receipt.record.block });
  claim('amount of the limit', limit.amount, amount.toString());
  claim('request still pending', limit.request, undefined);
  return limit;
}
