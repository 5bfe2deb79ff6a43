import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Bench } from '../bench.ts';
import type { FloodAnswers, FloodOrder } from '../flooder.ts';
import { byHome, pressQueues, type Intent } from '../load.ts';
import type { Measured, Row } from '../measure.ts';
import { openMeter } from '../meter.ts';
import { instructionsOf, type Piece } from '../press.ts';
import { microsecondsEach } from '../processes.ts';
import { sharesOf } from '../report.ts';
import { sendQueues } from './payments.ts';

const MOST_PER_SECOND = 6_000;
const WARM_UP_SECONDS = 5;
const BULK = 400;
const RATE = 1_000;
const KINDS = [undefined, 'elsewhere', 'same ids', 'bad signatures'] as const;

/**
 * Honest payments to one merchant in bulk: alone; while a client on this machine sends as much to a listener of its own, which is what its requests
 * take of the processors wherever they go; while it sends the same ids to every gateway; while it sends bad signatures.
 */
export async function flood(bench: Bench): Promise<Measured> {
  const { ground, options: { seconds, rate = RATE }, say } = bench;
  const { payers, merchant } = ground;
  const count = (seconds + WARM_UP_SECONDS) * MOST_PER_SECOND;
  const rows: Row[] = [];
  let first: Measured | undefined;
  let beside: Measured | undefined;
  let known: readonly string[] = [];
  for (const kind of KINDS) {
    say(`signing ${count} payments`);
    const intents = Array.from({ length: count }, (_, number): Intent => ({ payer: payers[number % payers.length] ?? merchant, payee: merchant.id }));
    const queues = await pressQueues(ground, byHome(ground, intents), { pieceSize: BULK });
    const flooder = kind === undefined ? undefined : startFlooder({ kind, gateways: ground.members.map(({ gateway }) => gateway.url), instructions: known, rate });
    const meter = kind === undefined ? bench.meter : await openMeter(ground, flooder?.process);
    say(`honest payments, flood: ${kind ?? 'none'}`);
    const measured = await sendQueues({ ...bench, meter, options: { ...bench.options, http: 'bulk' } }, queues);
    const answers = await flooder?.stop();
    const { processes, machine } = await meter.used();
    const cpuOf = (name: string): number => Math.round((microsecondsEach(processes, 1)[name] ?? 0) / 1e5) / 10;
    known = firstOf(queues);
    first ??= measured;
    if (kind === 'elsewhere') beside = measured;
    rows.push({
      flood: kind ?? 'none',
      honestPerSecond: Math.round(measured.committed / measured.seconds),
      ofThatWithout: percent(measured.committed / first.committed),
      ofThatElsewhere: beside === undefined ? '' : percent(measured.committed / beside.committed),
      honestRefused: measured.refused,
      gatewayCpuSeconds: cpuOf('gateway'),
      flooderCpuSeconds: cpuOf('flooder'),
      ...sharesOf(machine, processes),
      floodAnswers: Object.entries(answers ?? {}).map(([status, number]) => `${status}: ${number}`).join(', '),
    });
  }
  if (first === undefined) throw new Error('nothing was measured');
  return { ...first, rows };
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}

/** What was sent first of all is in the chain by now. */
function firstOf(queues: readonly (readonly Piece[])[]): readonly string[] {
  return queues.flatMap(([piece]) => (piece === undefined ? [] : instructionsOf(piece).slice(0, 30)));
}

function startFlooder(order: FloodOrder) {
  const child = fork(new URL('../flooder.ts', import.meta.url));
  child.send(order);
  return {
    process: child.pid === undefined ? [] : [{ name: 'flooder', pid: child.pid }],
    stop: async (): Promise<FloodAnswers> => {
      const told = once(child, 'message');
      child.send('stop');
      return ((await told) as [FloodAnswers])[0];
    },
  };
}
