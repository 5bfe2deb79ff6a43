import { offerTreasury } from '@tallystick/client';
import { claim } from './claim.ts';
import type { Player, Stage, System } from './stage.ts';
import { acceptToken, clearPosition, payInto, positionOf, type Exchange } from './steps/interop.ts';
import { registerAccount } from './steps/registration.ts';
import { issueTo, type Tokens } from './steps/token.ts';

/** In the smallest unit of each token: cents, and whole points. */
const PAID = 2_500n;
const RECEIVED = 250n;
const FUNDS = 1_000n;
const CAP = 1_000_000n;
/** Of whole units. */
const TEN_POINTS = { numerator: '10', denominator: '1' };

/** The third act: a user of one system pays in its token, a merchant of another receives its own; then the systems settle. */
export async function playInterop(stage: Stage, { enterprise, merchant, money, points }: Tokens & { readonly enterprise: Player; readonly merchant: Player }): Promise<void> {
  const { step, say, result } = stage.narrator;
  const [north, east, west] = [enterprise.home, merchant.home, stage.system('WestPay')];
  const exchange: Exchange = await step('Both systems name a treasury', async () => ({
    token: money, into: points, debtor: await registerTreasury(stage, north), creditor: await registerTreasury(stage, east),
  }));
  const { before, funded } = await step('EastPay takes the token of NorthPay for its own points, at a rate, up to a cap', async () => {
    await issueTo(stage, exchange.creditor, points, east, FUNDS);
    const block = await acceptToken(stage, exchange, { rate: TEN_POINTS, cap: CAP, funds: FUNDS });
    return { funded: block, before: await positionOf(stage, exchange, west, block) };
  });
  const paid = await step('A user of NorthPay pays in its token; the merchant of EastPay receives points', () =>
    payInto(stage, exchange, { from: enterprise, to: merchant, amount: PAID, receives: RECEIVED }),
  );
  const owed = await step('The same transaction has moved what the systems owe each other', async () => {
    say('No unit was made or lost: the payer’s tokens lie in the pool, which the points came from.');
    const position = await positionOf(stage, exchange, west, Math.max(paid, funded));
    claim('what NorthPay owes EastPay', position, before + PAID);
    result(`NorthPay owes EastPay ${position} ${money}, as an auditor of WestPay reads it`);
    return position;
  });
  await step('A clearing cycle: positions fixed, confirmed, settled, and nothing is owed any more', async () => {
    const closed = await clearPosition(stage, exchange, owed);
    for (const system of [north, east, west]) claim(`what is owed, at ${system.organizationId}`, await positionOf(stage, exchange, system, closed), 0n);
    result('what is owed: 0 (the same at all three systems)');
  });
}

/** Its holder lets the system name it for pools and clearing cycles. */
async function registerTreasury(stage: Stage, system: System): Promise<Player> {
  const player = await registerAccount(stage, system, 'treasury', `treasury.${system.organizationId}`);
  await stage.client(player.signer, system).send(offerTreasury, {}, '/treasuries');
  return player;
}
