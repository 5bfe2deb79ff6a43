import { pay } from '@tallystick/client';
import { claim, claimRefusal } from '../claim.ts';
import type { Stage } from '../stage.ts';
import type { Transfer } from './payment.ts';

/** The merchant writes a payment in the enterprise's name, and signs with the only key it has. */
export async function forgePayment(stage: Stage, { from, to, token, amount }: Transfer): Promise<void> {
  const forger = { id: from.account, thumbprint: from.signer.thumbprint, key: to.key };
  const client = stage.forger(forger, to.home);
  const refusal = await claimRefusal('SIGNATURE_INVALID', client.send(pay, { payee: to.account, token, amount: amount.toString() }, '/payments'));
  claim('HTTP status', refusal.status, 401);
  stage.narrator.result(`refused: ${refusal.message} Nothing is recorded, since nobody signed it.`);
}

/** More than there is: the refusal is recorded, with its figures. */
export async function overdraw(stage: Stage, { from, to, token, amount }: Transfer, available: bigint): Promise<void> {
  const client = stage.client(from.signer, from.home);
  const refusal = await claimRefusal('FUNDS_INSUFFICIENT', client.send(pay, { payee: to.account, token, amount: amount.toString() }, '/payments'));
  claim('figures', refusal.figures, { available: available.toString(), required: amount.toString() });
  const { txId = '' } = refusal;
  claim('recorded under a transaction', txId.length > 0, true);
  stage.narrator.result(`refused: available ${available}, required ${amount}; the refusal is recorded in transaction ${txId.slice(0, 12)}`);
}
