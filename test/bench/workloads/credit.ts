import type { BenchAccount } from '../accounts.ts';
import type { Bench } from '../bench.ts';
import type { Measured } from '../measure.ts';
import { homeOf, TOKEN, type Ground } from '../provision.ts';
import { openLines, playScenes, writerFor, type Line, type Scene, type Writer, type Written } from '../scenes.ts';

const MOST_PER_SECOND = 2_500;
const WARM_UP_SECONDS = 5;
const LINES_IN_SCENE = 20;
const BILLS = 10;
const MERCHANTS = 30;
const DEADLINE_MS = 12 * 3600_000;

/**
 * Payments on credit, ten a line, then their settlement by tokens, initiated by the enterprise and confirmed by the merchant. Counted are
 * the payments alone: what settles them is in the rows, in the latencies, and in the CPU of a payment.
 */
export async function credit(bench: Bench): Promise<Measured> {
  const { ground, options: { seconds }, say } = bench;
  const lines = linesOf(ground);
  say(`opening ${lines.length} lines of credit`);
  await openLines(ground, lines);
  const groups = groupsByHome(ground, lines);
  const count = Math.ceil(((seconds + WARM_UP_SECONDS) * MOST_PER_SECOND) / (LINES_IN_SCENE * BILLS));
  say(`signing ${count} scenes of ${LINES_IN_SCENE * BILLS} payments and ${LINES_IN_SCENE} settlements`);
  const writer = writerFor(ground, count * LINES_IN_SCENE * (BILLS + 2));
  return playScenes(bench, Array.from({ length: count }, (_, number) => sceneOf(ground, groups[number % groups.length] ?? [], writer)));
}

/** Every payer is an enterprise too; one of a few merchants grants it credit. */
export function linesOf({ payers }: Ground, most = payers.length): readonly Line[] {
  const merchants = payers.slice(0, MERCHANTS);
  return payers.slice(MERCHANTS, most + MERCHANTS).map((enterprise, number) => ({ enterprise, merchant: merchants[number % merchants.length] ?? enterprise }));
}

/** Lines of one home each, the homes in turn. */
export function groupsByHome(ground: Ground, lines: readonly Line[]): readonly (readonly Line[])[] {
  const homes = ground.members.map(({ gateway }) => lines.filter(({ enterprise }) => homeOf(ground, enterprise) === gateway.url));
  const groups = homes.map((own) => Array.from({ length: Math.floor(own.length / LINES_IN_SCENE) }, (_, number) => own.slice(number * LINES_IN_SCENE, (number + 1) * LINES_IN_SCENE)));
  const most = Math.max(...groups.map(({ length }) => length));
  return Array.from({ length: most }, (_, number) => groups.map((own) => own[number])).flat().filter((group) => group !== undefined);
}

function sceneOf(ground: Ground, lines: readonly Line[], writer: Writer): Scene {
  const bills = lines.map((line) => Array.from({ length: BILLS }, () => payOnCredit(writer, line)));
  const settlements = lines.map((line, place) => initiate(writer, line, bills[place] ?? []));
  const confirmations = lines.map((line, place) => confirm(writer, line, settlements[place]));
  return { gateway: homeOf(ground, lines[0]?.enterprise as BenchAccount), acts: [bills.flat(), settlements, confirmations] };
}

export function payOnCredit({ write }: Writer, { enterprise, merchant }: Line): Written {
  return write(enterprise, 'payment.pay/1', { payee: merchant.id, token: TOKEN, amount: '1', credit: { amount: '1', version: 1 } });
}

export function initiate({ write }: Writer, { enterprise, merchant }: Line, bills: readonly Written[]): Written {
  const deadline = new Date(Date.now() + DEADLINE_MS).toISOString();
  return write(enterprise, 'settlement.initiate/1', { creditor: merchant.id, token: TOKEN, bills: bills.map(({ object }) => ({ bill: object, amount: '1' })), deadline });
}

export function confirm({ write }: Writer, { enterprise, merchant }: Line, settlement: Written | undefined): Written {
  return write(merchant, 'settlement.confirm/1', { settlement: settlement?.object, debtor: enterprise.id, creditor: merchant.id });
}
