import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Order, Pressed } from './press.ts';

/** Signs several orders, as many at a time as there are cores. Answers in the order of the orders. */
export async function pressAll(orders: readonly Order[]): Promise<readonly Pressed[]> {
  const results: Pressed[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let number = next++; number < orders.length; number = next++) results[number] = await pressed(orders[number] as Order);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

function pressed(order: Order): Promise<Pressed> {
  const worker = new Worker(new URL('press-worker.ts', import.meta.url), { workerData: order });
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}
