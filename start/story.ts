import { playCredit } from './credit-story.ts';
import { playInterop } from './interop-story.ts';
import type { Stage, Player } from './stage.ts';
import { compareBalances } from './steps/balances.ts';
import { payAcross, repeatPayment, seeAtPayee } from './steps/payment.ts';
import type { StoryBill } from './steps/purchase.ts';
import { forgePayment, overdraw } from './steps/refusal.ts';
import { registerAccount } from './steps/registration.ts';
import { defineTokens, issueTo, type Tokens } from './steps/token.ts';

/** Who and what the story leaves behind, for the reader to go on with. */
export interface Cast extends Tokens {
  readonly enterprise: Player;
  readonly merchant: Player;
  /** It is open. */
  readonly bill: StoryBill;
}

/** In the smallest unit of each token. */
const MONEY_ISSUED = 100_000n;
const POINTS_ISSUED = 500n;
const MONEY_PAID = 25_000n;
const POINTS_PAID = 120n;

/**
 * Plays the product on a running network, with real clients. Every sentence is asserted.
 * Each run registers accounts of its own, so it can be played again on the same ledger.
 */
export async function playStory(stage: Stage): Promise<Cast> {
  const { act, step, say } = stage.narrator;
  const [north, east, west] = [stage.system('NorthPay'), stage.system('EastPay'), stage.system('WestPay')];

  act('Accounts and payments');
  const { enterprise, merchant } = await step('Two payment systems register an enterprise and a merchant', async () => ({
    enterprise: await registerAccount(stage, north, 'enterprise'),
    merchant: await registerAccount(stage, east, 'merchant'),
  }));

  const { money, points } = await step('Two systems put their tokens on one standard and issue them', async () => {
    const tokens = await defineTokens(stage, north, east);
    await issueTo(stage, enterprise, tokens.money, north, MONEY_ISSUED);
    await issueTo(stage, enterprise, tokens.points, east, POINTS_ISSUED);
    return tokens;
  });

  const purchase = { from: enterprise, to: merchant, token: money, amount: MONEY_PAID };
  const paid = await step('A payment crosses systems: from an account of NorthPay to one of EastPay', async () => {
    const first = await payAcross(stage, purchase);
    await seeAtPayee(stage, purchase, first);
    return first;
  });

  const last = await step('Points of EastPay are paid by an account of NorthPay, through the gateway of WestPay', async () => {
    say('The signature gives the right, not the gateway.');
    return payAcross(stage, { from: enterprise, to: merchant, token: points, amount: POINTS_PAID }, west);
  });

  await step('A forged payment is refused', async () => {
    say('The merchant writes a payment in the name of the enterprise and signs it with its own key.');
    await forgePayment(stage, purchase);
  });

  const left = MONEY_ISSUED - MONEY_PAID;
  await step('An overdraft is refused, and the refusal is recorded', () => overdraw(stage, { ...purchase, amount: left + 1n }, left));

  await step('The first payment is sent again, to another gateway: it returns the first receipt', () => repeatPayment(stage, purchase, paid, east));

  const balances = { enterprise: { [money]: left, [points]: POINTS_ISSUED - POINTS_PAID }, merchant: { [money]: MONEY_PAID, [points]: POINTS_PAID } };
  await step('Two organizations read the same balances', () =>
    compareBalances(stage, [[enterprise, balances.enterprise], [merchant, balances.merchant]], [north, east], last.submission.receipt.record.block),
  );

  act('From credit to settlement');
  const bill = await playCredit(stage, { enterprise, merchant, token: money }, balances);

  act('Between the systems');
  await playInterop(stage, { enterprise, merchant, money, points });
  return { enterprise, merchant, money, points, bill };
}
