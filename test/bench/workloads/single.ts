import { closedLoop, openLoop, type Measured } from '../measure.ts';
import type { BenchOptions } from '../options.ts';
import { signPayments, type Ground } from '../provision.ts';

const WORKERS = 256;
const MOST_PER_SECOND = 3_000;
const WARM_UP_SECONDS = 3;

/** One payment per HTTP request, as fast as the gateways take them. */
export async function single(ground: Ground, { seconds }: BenchOptions, say: (line: string) => void): Promise<Measured> {
  const next = supply(ground, MOST_PER_SECOND * (seconds + WARM_UP_SECONDS), say);
  const send = async (worker: number) => {
    const payment = next();
    if (payment === undefined) return undefined;
    const isApplied = await post(gatewayOf(ground, worker), payment);
    return { committed: isApplied ? 1 : 0, refused: isApplied ? 0 : 1 };
  };
  return closedLoop({ seconds, warmUpSeconds: WARM_UP_SECONDS, workers: WORKERS, send });
}

/** One payment per HTTP request at a given rate, whatever the answers take. */
export async function latency(ground: Ground, { seconds, rate }: BenchOptions, say: (line: string) => void): Promise<Measured> {
  const next = supply(ground, seconds * rate + rate, say);
  let turn = 0;
  return openLoop({ seconds, rate, send: () => post(gatewayOf(ground, turn++), next() ?? '') });
}

function supply(ground: Ground, count: number, say: (line: string) => void): () => string | undefined {
  say(`signing ${count} payments`);
  const payments = signPayments(ground, count);
  let next = 0;
  return () => payments[next++];
}

function gatewayOf({ members }: Ground, turn: number): string {
  return members[turn % members.length]?.gateway.url ?? '';
}

async function post(gateway: string, payment: string): Promise<boolean> {
  const response = await fetch(`${gateway}/payments`, { method: 'POST', headers: { 'content-type': 'application/jose' }, body: payment });
  await response.arrayBuffer();
  return response.status === 201;
}
