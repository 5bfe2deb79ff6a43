import { closedLoop, type Measured } from '../measure.ts';
import { sendBulk, signPayments, type Ground } from '../provision.ts';
import type { BenchOptions } from '../options.ts';

const BULK = 400;
const WORKERS_PER_GATEWAY = 4;
const MOST_PER_SECOND = 6_000;
const WARM_UP_SECONDS = 3;

/** Many payers to one merchant through HTTP in bulk, on all gateways at once. */
export async function hotMerchant(ground: Ground, { seconds }: BenchOptions, say: (line: string) => void): Promise<Measured> {
  const count = MOST_PER_SECOND * (seconds + WARM_UP_SECONDS);
  say(`signing ${count} payments`);
  const payments = signPayments(ground, count);
  const gateways = ground.members.map(({ gateway }) => gateway.url);
  // Everybody pays through one gateway, as people do: the payers of one are not the payers of another.
  const queues = gateways.map((_, turn) => payments.filter((_payment, number) => (number % ground.payers.length) % gateways.length === turn));
  const taken = gateways.map(() => 0);
  const send = async (worker: number) => {
    const turn = worker % gateways.length;
    const first = taken[turn] ?? 0;
    const part = queues[turn]?.slice(first, first + BULK) ?? [];
    taken[turn] = first + part.length;
    if (part.length === 0) return undefined;
    const { outcomes } = await sendBulk(gateways[turn] ?? '', part);
    const committed = outcomes.filter(({ status }) => status === 201).length;
    return { committed, refused: outcomes.length - committed };
  };
  return closedLoop({ seconds, warmUpSeconds: WARM_UP_SECONDS, workers: WORKERS_PER_GATEWAY * gateways.length, send });
}
