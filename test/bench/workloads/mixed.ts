import type { BenchAccount } from '../accounts.ts';
import type { Bench } from '../bench.ts';
import type { Measured } from '../measure.ts';
import { homeOf, TOKEN, type Ground } from '../provision.ts';
import { openLines, playScenes, writerFor, type Line, type Scene, type Writer } from '../scenes.ts';
import { confirm, groupsByHome, initiate, linesOf, payOnCredit } from './credit.ts';

const MOST_PER_SECOND = 2_500;
const WARM_UP_SECONDS = 5;
/** Of each line in a scene of twenty: five payments to another, three to the one hot merchant, one on credit. */
const TO_OTHERS = 5;
const TO_MERCHANT = 3;
const PAYMENTS_IN_SCENE = 20 * (TO_OTHERS + TO_MERCHANT + 1) + 10;
const WRITTEN_IN_SCENE = PAYMENTS_IN_SCENE + 50;
const HOUR_MS = 3600_000;

/**
 * A day's business: payments from account to account, to one hot merchant and on credit; every second line a hold that
 * is captured; the other ones a refund by who was paid; settlements of the bills.
 */
export async function mixed(bench: Bench): Promise<Measured> {
  const { ground, options: { seconds }, say } = bench;
  const lines = linesOf(ground);
  say(`opening ${lines.length} lines of credit`);
  await openLines(ground, lines);
  const groups = groupsByHome(ground, lines);
  const count = Math.ceil(((seconds + WARM_UP_SECONDS) * MOST_PER_SECOND) / PAYMENTS_IN_SCENE);
  say(`signing ${count} scenes of ${PAYMENTS_IN_SCENE} payments`);
  const writer = writerFor(ground, count * WRITTEN_IN_SCENE);
  return playScenes(bench, Array.from({ length: count }, (_, number) => sceneOf(ground, groups[number % groups.length] ?? [], writer, number)));
}

function sceneOf(ground: Ground, lines: readonly Line[], writer: Writer, number: number): Scene {
  const { payers, merchant } = ground;
  const other = (place: number, turn: number): BenchAccount => payers[(number * 31 + place * 7 + turn) % payers.length] ?? merchant;
  const pay = (payer: BenchAccount, payee: BenchAccount) => writer.write(payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount: '2' });
  const paid = lines.flatMap(({ enterprise }, place) =>
    Array.from({ length: TO_OTHERS }, (_, turn) => other(place, turn)).map((payee) => (payee === enterprise ? merchant : payee)).map((payee) => ({ payer: enterprise, payee, made: pay(enterprise, payee) })),
  );
  const hot = lines.flatMap(({ enterprise }) => Array.from({ length: TO_MERCHANT }, () => pay(enterprise, merchant)));
  const bills = lines.map((line) => payOnCredit(writer, line));
  const [holding, refunding] = [lines.filter((_, place) => place % 2 === 0), lines.filter((_, place) => place % 2 === 1)];
  const expiresAt = new Date(Date.now() + 10 * HOUR_MS).toISOString();
  const holds = holding.map(({ enterprise, merchant: payee }) => writer.write(enterprise, 'hold.place/1', { payee: payee.id, token: TOKEN, amount: '3', expiresAt }));
  const captures = holding.map(({ enterprise, merchant: payee }, place) => writer.write(payee, 'hold.capture/1', { hold: holds[place]?.object, payer: enterprise.id, amount: '2', final: true }));
  const refunds = refunding.flatMap(({ enterprise }) => paid.filter(({ payer }) => payer === enterprise).slice(0, 1)).map(({ payer, payee, made }) =>
    writer.write(payee, 'payment.refund/1', { payment: made.object, payer: payer.id, amount: '1', reason: 'RETURNED' }),
  );
  const settlements = holding.map((line) => initiate(writer, line, bills.filter((_, place) => lines[place] === line)));
  const confirmations = holding.map((line, place) => confirm(writer, line, settlements[place]));
  return {
    gateway: homeOf(ground, lines[0]?.enterprise as BenchAccount),
    acts: [[...paid.map(({ made }) => made), ...hot, ...bills, ...holds], [...captures, ...refunds, ...settlements], confirmations],
  };
}
