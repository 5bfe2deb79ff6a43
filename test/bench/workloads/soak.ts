import type { Bench } from '../bench.ts';
import { assertLaws, connectOwn, replayChain } from '../ledger-state.ts';
import { byHome, pressQueues, type Intent } from '../load.ts';
import { openLoop, type Counted, type Measured, type Row } from '../measure.ts';
import { highest } from '../processes.ts';
import { sendBulk, type Ground } from '../provision.ts';
import { until } from '../../support/patience.ts';

const RATE = 2_000;
const BULK = 200;
const WARM_UP_SECONDS = 10;
const SAMPLES = 20;
const NOTHING: Counted = { committed: 0, refused: 0 };

/** Payments to one merchant at a constant rate for long: memory, heights and index on the way; in the end the laws over the whole chain. */
export async function soak(bench: Bench): Promise<Measured> {
  const { ground, options: { seconds, rate = RATE }, say, meter } = bench;
  const { payers, merchant, members } = ground;
  const count = rate * (seconds + WARM_UP_SECONDS);
  say(`signing ${count} payments`);
  const intents = Array.from({ length: count }, (_, number): Intent => ({ payer: payers[number % payers.length] ?? merchant, payee: merchant.id }));
  const queues = (await pressQueues(ground, byHome(ground, intents), { pieceSize: BULK, perSecond: rate })).map((pieces) => pieces.values());
  let turn = 0;
  let committed = 0;
  const send = async (): Promise<Counted> => {
    const place = turn++ % queues.length;
    const piece = queues[place]?.next().value;
    if (piece === undefined) return NOTHING;
    const counted = await sendBulk(members[place]?.gateway.url ?? '', piece);
    committed += counted.committed;
    return counted;
  };
  const rows: Row[] = [];
  const began = performance.now();
  const sample = async (): Promise<void> => {
    const row = await sampleOf(bench, Math.round((performance.now() - began) / 1_000), committed);
    rows.push(row);
    say(JSON.stringify(row));
  };
  const sampling = setInterval(() => void sample(), (seconds * 1_000) / SAMPLES);
  say(`measuring at ${rate}/s`);
  const measured = await openLoop({ seconds, warmUpSeconds: WARM_UP_SECONDS, rate: rate / BULK, send, span: meter });
  clearInterval(sampling);
  await sample();
  say('measured');
  await assertSound(ground, say);
  return { ...measured, rows };
}

async function sampleOf({ ground, meter }: Bench, second: number, committed: number): Promise<Row> {
  const use = meter.look();
  const told = await Promise.all(ground.members.map(({ gateway }) => readinessOf(gateway.url)));
  const heights = told.map(({ height }) => height);
  return {
    second,
    committed,
    peerMiB: highest(use, 'peer'),
    chaincodeMiB: highest(use, 'chaincode'),
    gatewayMiB: highest(use, 'gateway'),
    ordererMiB: highest(use, 'orderer'),
    height: Math.max(...heights),
    blocksApart: Math.max(...heights) - Math.min(...heights),
    indexBehind: Math.max(...told.map(({ height, asOfBlock }) => height - 1 - asOfBlock)),
  };
}

/** Heights are equal, every index has caught up, and the laws hold over the whole chain. @throws what does not hold */
async function assertSound({ members }: Ground, say: Bench['say']): Promise<void> {
  const heights = await until('equal heights', async () => {
    const told = await Promise.all(members.map(heightOf));
    return new Set(told).size === 1 ? told : undefined;
  });
  const [height = 0] = heights;
  await until('indexes that have caught up', async () => {
    const told = await Promise.all(members.map(({ gateway }) => readinessOf(gateway.url)));
    return told.every(({ asOfBlock }) => asOfBlock >= height - 1) ? true : undefined;
  });
  say(`every peer has ${height} blocks, every index too; playing the chain again`);
  const [first] = members;
  if (first === undefined) throw new Error('no organization');
  const replayed = await replayChain(first);
  await assertLaws(replayed);
  say(`the laws hold over ${replayed.state.size} keys and ${replayed.outcomes.length} outcomes, each of one (signer, id)`);
}

async function heightOf(member: Ground['members'][number]): Promise<number> {
  const connection = connectOwn(member);
  try {
    return await connection.height();
  } finally {
    connection.close();
  }
}

async function readinessOf(gateway: string): Promise<{ readonly height: number; readonly asOfBlock: number }> {
  return (await (await fetch(`${gateway}/readyz`)).json()) as { readonly height: number; readonly asOfBlock: number };
}
