import type { Bench } from '../bench.ts';
import { byHome, pressQueues, type Intent } from '../load.ts';
import { closedLoop, openLoop, type ClosedLoopOptions, type Measured, type Row } from '../measure.ts';
import { latencyOf } from '../latency.ts';
import type { Piece } from '../press.ts';
import { sendBulk, sendSingle } from '../provision.ts';

const BULK = 500;
const BULKS_PER_GATEWAY = 5;
const SINGLES_PER_GATEWAY = 700;
const MOST_PER_SECOND = { bulk: 6_000, single: 3_000 } as const;
const WARM_UP_SECONDS = 5;
const RATES = [10, 200, 1_000];

/** Many payers to one merchant through HTTP, on all gateways at once. */
export function hotMerchant(bench: Bench): Promise<Measured> {
  const { payers, merchant } = bench.ground;
  return payThrough(bench, (number) => ({ payer: payers[number % payers.length] ?? merchant, payee: merchant.id }));
}

/** Everybody pays everybody. */
export function manyToMany(bench: Bench): Promise<Measured> {
  const { payers, merchant } = bench.ground;
  const at = (number: number) => payers[number % payers.length] ?? merchant;
  // Another distance at each round; never 0, since nobody pays himself.
  return payThrough(bench, (number) => ({ payer: at(number), payee: at(number + 1 + (Math.floor(number / payers.length) * 7) % (payers.length - 1)).id }));
}

/** One account pays many: all of it is one lane of one gateway. */
export function hotPayer(bench: Bench): Promise<Measured> {
  const { payers: [payer, ...payees], merchant } = bench.ground;
  return payThrough(bench, (number) => ({ payer: payer ?? merchant, payee: (payees[number % payees.length] ?? merchant).id }), MOST_PER_SECOND.bulk / 4);
}

/** One payment per HTTP request at given rates, whatever the answers take. */
export async function latency(bench: Bench): Promise<Measured> {
  const { ground, options: { seconds, rate }, say, meter } = bench;
  const { payers, merchant } = ground;
  const rates = rate === undefined ? RATES : [rate];
  const rows: Row[] = [];
  let last: Measured | undefined;
  for (const each of rates) {
    const count = (WARM_UP_SECONDS + seconds) * each + 1;
    say(`signing ${count} payments`);
    const intents = Array.from({ length: count }, (_, number): Intent => ({ payer: payers[number % payers.length] ?? merchant, payee: merchant.id }));
    const queues = (await pressQueues(ground, byHome(ground, intents), { pieceSize: 1 })).map((queue) => queue.values());
    let turn = 0;
    const send = async () => {
      // By turns; the home of few has no more before the end.
      for (let last = turn + queues.length; turn < last; ) {
        const gateway = turn++ % queues.length;
        const piece = queues[gateway]?.next().value;
        if (piece !== undefined) return sendSingle(ground.members[gateway]?.gateway.url ?? '', piece);
      }
      throw new Error('the prepared load was used up before the end');
    };
    say(`measuring at ${each}/s`);
    last = await openLoop({ seconds, warmUpSeconds: WARM_UP_SECONDS, rate: each, send, span: meter });
    rows.push({ offeredPerSecond: each, committed: last.committed, refused: last.refused, ...latencyOf(last.latencies) });
  }
  if (last === undefined) throw new Error('no rate');
  return { ...last, rows };
}

/** Signs enough, then sends it as fast as the gateways take it. */
async function payThrough(bench: Bench, intentOf: (number: number) => Intent, perSecond?: number): Promise<Measured> {
  const { ground, options: { seconds, http }, say } = bench;
  const count = (seconds + WARM_UP_SECONDS) * (perSecond ?? MOST_PER_SECOND[http]);
  say(`signing ${count} payments`);
  const intents = Array.from({ length: count }, (_, number) => intentOf(number));
  const queues = await pressQueues(ground, byHome(ground, intents), { pieceSize: http === 'bulk' ? BULK : 1 });
  return sendQueues(bench, queues);
}

/** A queue for each gateway, in the order of the gateways; empty ones are left alone. */
export function sendQueues({ ground, options: { seconds, http }, say, meter }: Bench, queues: readonly (readonly Piece[])[]): Promise<Measured> {
  say('measuring');
  return closedLoop({ seconds, warmUpSeconds: WARM_UP_SECONDS, span: meter, ...senders(ground, queues, http) });
}

/** Workers that send what is queued for their gateway. */
export function senders({ members }: Bench['ground'], queues: readonly (readonly Piece[])[], http: 'bulk' | 'single'): Pick<ClosedLoopOptions, 'workers' | 'send'> {
  const used = queues.flatMap((pieces, turn) => (pieces.length === 0 ? [] : [{ pieces: pieces.values(), gateway: members[turn]?.gateway.url ?? '' }]));
  return {
    workers: (http === 'bulk' ? BULKS_PER_GATEWAY : SINGLES_PER_GATEWAY) * used.length,
    send: async (worker) => {
      const { pieces, gateway } = used[worker % used.length] ?? {};
      const piece = pieces?.next().value;
      if (piece === undefined || gateway === undefined) return undefined;
      return http === 'bulk' ? sendBulk(gateway, piece) : sendSingle(gateway, piece);
    },
  };
}
