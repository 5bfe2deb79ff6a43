import { pay, type SignedInstruction, type Submission } from '@tallystick/client';
import { claim } from '../claim.ts';
import { shorten } from '../narrator.ts';
import type { Player, Stage, System } from '../stage.ts';

/** Money of one kind on its way. */
export interface Transfer {
  readonly from: Player;
  readonly to: Player;
  readonly token: string;
  readonly amount: bigint;
}

/** A payment with the bytes that made it. */
export interface Paid {
  readonly signed: SignedInstruction;
  readonly submission: Submission;
}

/** The payer signs; any gateway takes it, its own unless told. */
export async function payAcross(stage: Stage, { from, to, token, amount }: Transfer, via: System = from.home): Promise<Paid> {
  const client = stage.client(from.signer, via);
  const signed = await client.sign(pay, { payee: to.account, token, amount: amount.toString(), references: { endToEndId: `story-${Date.now()}` } });
  const submission = await client.submit(signed, '/payments');
  const { check, record } = submission.receipt;
  claim('check result', check.passed, true);
  stage.narrator.result(
    `check passed, recorded in block ${record.block}, transaction ${record.transaction.slice(0, 12)}: ` +
      `${from.role} ${shorten(from.account)} paid ${amount} ${token} to ${to.role} ${shorten(to.account)}`,
  );
  return { signed, submission };
}

/** The payee sees it at its own gateway. */
export async function seeAtPayee(stage: Stage, { to, amount }: Transfer, { submission: { receipt } }: Paid): Promise<void> {
  const client = stage.client(to.signer, to.home);
  const payment = await client.payment(`${receipt.id}.${receipt.signer}`, { minBlock: receipt.record.block });
  claim('amount the payee sees', payment.amount, amount.toString());
  stage.narrator.result(`the ${to.role} sees it at ${to.home.organizationId}: ${payment.state}`);
}

/** The same bytes again, at another gateway: the first receipt, and nothing moves. */
export async function repeatPayment(stage: Stage, { from }: Transfer, { signed, submission: first }: Paid, via: System): Promise<void> {
  const second = await stage.client(from.signer, via).submit(signed, '/payments');
  claim('told to be a repeat', second.repeated, true);
  claim('transaction of the repeat', second.receipt.record.transaction, first.receipt.record.transaction);
  stage.narrator.result(`the first receipt again: transaction ${second.receipt.record.transaction.slice(0, 12)}, block ${second.receipt.record.block}`);
}
