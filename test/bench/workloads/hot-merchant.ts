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
  let next = 0;
  const send = async (worker: number) => {
    const part = payments.slice(next, next + BULK);
    next += part.length;
    if (part.length === 0) return undefined;
    const { outcomes } = await sendBulk(gateways[worker % gateways.length] ?? '', part);
    const committed = outcomes.filter(({ status }) => status === 201).length;
    return { committed, refused: outcomes.length - committed };
  };
  return closedLoop({ seconds, warmUpSeconds: WARM_UP_SECONDS, workers: WORKERS_PER_GATEWAY * gateways.length, send });
}
