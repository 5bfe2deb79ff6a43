import type { Network } from '@tallystick/network';
import { addOrganization, othersThan, statusOf } from './members/organizations.ts';
import { claim } from './claim.ts';
import type { Player, Stage, System } from './stage.ts';
import { compareBalances } from './steps/balances.ts';
import { payAcross, seeAtPayee } from './steps/payment.ts';
import { registerAccount } from './steps/registration.ts';

const NEWCOMER = { organizationId: 'SouthPay', title: 'South Pay' };
/** In the smallest unit of the payer's token. */
const PAID = 700n;

/** The fourth act: a payment system joins while the network runs, registers a merchant, and the merchant is paid by a user of another. */
export async function playJoining(network: Network, stage: Stage, { payer, token }: { readonly payer: Player; readonly token: string }): Promise<void> {
  const { act, step, say } = stage.narrator;
  act('A fourth system');
  if (!(await mayJoin(network))) return say(`${NEWCOMER.organizationId} is suspended or removed in this network, so this act is left out.`);
  const south = await step('A fourth payment system joins the running network, by vote of the members', () => join(network, stage));
  const merchant = await step('It registers a merchant', () => registerAccount(stage, south, 'merchant', `merchant.${south.organizationId}`));
  await step('A user of NorthPay pays the merchant of the fourth', async () => {
    const purchase = { from: payer, to: merchant, token, amount: PAID };
    const paid = await payAcross(stage, purchase);
    await seeAtPayee(stage, purchase, paid);
    await compareBalances(stage, [[merchant, { [token]: PAID }]], [payer.home, south], paid.submission.receipt.record.block);
  });
}

/** After an earlier story the reader may have suspended or removed it. */
async function mayJoin(network: Network): Promise<boolean> {
  const status = await statusOf(await othersThan(network, NEWCOMER.organizationId), NEWCOMER.organizationId);
  return status === undefined || status === 'active';
}

async function join(network: Network, stage: Stage): Promise<System> {
  const { organizationId, title } = NEWCOMER;
  const { say, result } = stage.narrator;
  await addOrganization(network, organizationId, title, say);
  const member = network.describe().organizations.find((it) => it.organizationId === organizationId);
  if (member === undefined) throw new Error(`${organizationId} is not in the network.`);
  stage.welcome(member);
  const administrators = await othersThan(network, organizationId);
  claim('its status, at every other', await Promise.all(administrators.map((each) => statusOf([each], organizationId))), administrators.map(() => 'active'));
  result(`${organizationId} is a member; its gateway is ${member.gateway.url}`);
  return member;
}
