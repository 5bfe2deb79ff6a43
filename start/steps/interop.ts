import { acknowledgeLeg, claimLeg, confirmClearing, fundAcceptance, openClearing, pay, setAcceptance, sha256, uuidv7 } from '@tallystick/client';
import { claim } from '../claim.ts';
import type { Player, Stage, System } from '../stage.ts';
import { inDays, madeBy } from './relation.ts';

/** A token of one system and the token it is received as, and whose treasuries stand behind both. */
export interface Exchange {
  readonly token: string;
  readonly into: string;
  readonly debtor: Player;
  readonly creditor: Player;
}

/** What the pool has taken in and clearing has not settled, smallest units. Earlier stories may have left something. */
export async function positionOf(stage: Stage, { token, into, creditor }: Exchange, at: System, minBlock: number): Promise<bigint> {
  const auditor = await stage.officer('auditor', at);
  const { items } = await auditor.positions({ token, organization: creditor.home.organizationId, minBlock });
  return BigInt(items.find((position) => position.into === into)?.amount ?? 0);
}

/** The accepting system says rate, cap and validity, and its treasury funds the pool. @returns the block that has it */
export async function acceptToken(stage: Stage, { token, into, creditor }: Exchange, { rate, cap, funds }: { readonly rate: { readonly numerator: string; readonly denominator: string }; readonly cap: bigint; readonly funds: bigint }): Promise<number> {
  const operator = await stage.officer('financial-operator', creditor.home);
  const terms = { token, into, treasury: creditor.account, rate, validFrom: new Date(Date.now() - 60_000).toISOString(), validUntil: inDays(30), cap: cap.toString(), direction: 'in' as const };
  await operator.send(setAcceptance, terms, '/acceptances');
  const { receipt } = await stage.client(creditor.signer, creditor.home).send(fundAcceptance, { token, into, amount: funds.toString() }, '/acceptances');
  stage.narrator.result(`${creditor.home.organizationId} takes ${token} for ${into} at ${rate.numerator}/${rate.denominator}, as long as it is owed no more than ${cap}; the pool has ${funds} ${into} more`);
  return receipt.record.block;
}

/** One instruction: the payer's token goes into the pool, the payee's comes out. @returns its block */
export async function payInto(stage: Stage, { token, into }: Exchange, { from, to, amount, receives }: { readonly from: Player; readonly to: Player; readonly amount: bigint; readonly receives: bigint }): Promise<number> {
  const payer = stage.client(from.signer, from.home);
  const { items } = await payer.quotes({ from: token, to: into, amount: amount.toString() });
  claim('the quote', items.map((quote) => ({ receives: quote.receives, refusal: quote.refusal })), [{ receives: receives.toString(), refusal: undefined }]);
  const submission = await payer.send(pay, { payee: to.account, token, amount: amount.toString(), into: { token: into, atLeast: receives.toString() } }, '/payments');
  const { block } = submission.receipt.record;
  const seen = await stage.client(to.signer, to.home).payment(madeBy(submission), { minBlock: block });
  claim('what the payee received', { token: seen.converted?.token, received: seen.converted?.received }, { token: into, received: receives.toString() });
  stage.narrator.result(`${from.role} of ${from.home.organizationId} paid ${amount} ${token}, ${to.role} of ${to.home.organizationId} received ${receives} ${into}`);
  return block;
}

/** Fixed by the debtor's operator, confirmed by the creditor's, paid by bank. @returns the block that closes it */
export async function clearPosition(stage: Stage, { token, into, debtor, creditor }: Exchange, owed: bigint): Promise<number> {
  const [opener, confirmer] = [await stage.officer('financial-operator', debtor.home), await stage.officer('financial-operator', creditor.home)];
  const clearing = madeBy(await opener.send(openClearing, { pools: [{ token, into }], unit: token, rates: [], treasury: debtor.account, confirmBy: inDays(1), settleBy: inDays(3) }, '/clearings'));
  const confirmed = await confirmer.send(confirmClearing, { clearing, treasury: creditor.account }, `/clearings/${clearing}/confirmation`);
  const { legs } = await opener.clearing(clearing, { minBlock: confirmed.receipt.record.block });
  claim('legs of the cycle', legs.map(({ amount, state }) => ({ amount, state })), [{ amount: owed.toString(), state: 'due' }]);
  stage.narrator.result(`both have confirmed: ${debtor.home.organizationId} pays ${creditor.home.organizationId} ${owed} ${token}`);
  const bank = { reference: `CLR-${uuidv7().slice(-12)}`, valueDate: new Date().toISOString().slice(0, 10), document: await sha256('statement of the bank') };
  await opener.send(claimLeg, { clearing, creditor: creditor.home.organizationId, bank }, `/clearings/${clearing}/claims`);
  const { receipt } = await confirmer.send(acknowledgeLeg, { clearing, debtor: debtor.home.organizationId, reference: bank.reference }, `/clearings/${clearing}/acknowledgements`);
  const { state } = await confirmer.clearing(clearing, { minBlock: receipt.record.block });
  claim('state of the cycle', state, 'closed');
  stage.narrator.result(`paid by bank under reference ${bank.reference} and acknowledged: the cycle is closed, the ${token} are with their issuer again`);
  return receipt.record.block;
}
