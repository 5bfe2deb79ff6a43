import { until } from '../../support/patience.ts';
import type { Bench } from '../bench.ts';
import { assertLaws, replayChain } from '../ledger-state.ts';
import { byHome, pressQueues, type Intent } from '../load.ts';
import { openLoop, type Counted, type Measured } from '../measure.ts';
import { highest } from '../processes.ts';
import { sendBulk, type Ground } from '../provision.ts';
import { heightOf } from '../transactions.ts';
import { hotMerchant } from './payments.ts';

const BULK = 200;
const WARM_UP_SECONDS = 10;
const SAMPLES = 20;
const NOTHING: Counted = { committed: 0, refused: 0 };
/** Without a rate, of what the gateways take at most: for so long that it is sustained, not sprinted. */
const TRIAL_SECONDS = 20;
const SHARE_OF_MOST = 0.8;
/** Flat: from the second quarter to the last the mean grows by no more than this. Shorter runs are told, not judged. */
const MOST_GROWTH = 0.1;
const JUDGED_SECONDS = 300;
/** MiB (DESIGN §7). */
const MOST_MEMORY = { peer: 400, gateway: 500 } as const;

interface Sample {
  readonly second: number;
  readonly committed: number;
  readonly peerMiB: number;
  readonly chaincodeMiB: number;
  readonly gatewayMiB: number;
  readonly ordererMiB: number;
  readonly height: number;
  readonly blocksApart: number;
  readonly indexBehind: number;
}

/**
 * Payments to one merchant at a constant rate for long: memory, heights and index on the way; in the end the laws over the
 * whole chain. @throws what does not hold
 */
export async function soak(bench: Bench): Promise<Measured> {
  const { ground, options: { seconds }, say, meter } = bench;
  const rate = bench.options.rate ?? (await sustainedRate(bench));
  const queues = await pressed(bench, rate);
  let turn = 0;
  let committed = 0;
  const send = async (): Promise<Counted> => {
    const place = turn++ % queues.length;
    const piece = queues[place]?.next().value;
    if (piece === undefined) return NOTHING;
    const counted = await sendBulk(ground.members[place]?.gateway.url ?? '', piece);
    committed += counted.committed;
    return counted;
  };
  const samples: Sample[] = [];
  const began = performance.now();
  const sample = async (): Promise<void> => {
    const taken = await sampleOf(bench, Math.round((performance.now() - began) / 1_000), committed);
    samples.push(taken);
    say(JSON.stringify(taken));
  };
  const sampling = setInterval(() => void sample().catch((error: unknown) => say(`no sample: ${String(error)}`)), ((seconds + WARM_UP_SECONDS) * 1_000) / SAMPLES);
  say(`measuring at ${rate}/s`);
  const measured = await openLoop({ seconds, warmUpSeconds: WARM_UP_SECONDS, rate: rate / BULK, send, span: meter }).finally(() => clearInterval(sampling));
  say('measured');
  await assertSound(ground, say);
  assertFlat(samples, seconds, say);
  if (measured.refused > 0) throw new Error(`${measured.refused} payments were refused: ${rate} a second is more than is sustained`);
  return { ...measured, rows: samples.map((taken) => ({ ...taken })) };
}

async function sustainedRate(bench: Bench): Promise<number> {
  const { committed, seconds } = await hotMerchant({ ...bench, options: { ...bench.options, http: 'bulk', seconds: TRIAL_SECONDS } });
  return Math.floor((SHARE_OF_MOST * committed) / seconds / BULK) * BULK;
}

async function pressed({ ground, options: { seconds }, say }: Bench, rate: number) {
  const { payers, merchant } = ground;
  const count = rate * (seconds + WARM_UP_SECONDS);
  say(`signing ${count} payments`);
  const intents = Array.from({ length: count }, (_, number): Intent => ({ payer: payers[number % payers.length] ?? merchant, payee: merchant.id }));
  const pieces = await pressQueues(ground, byHome(ground, intents), { pieceSize: BULK, perSecond: rate });
  return pieces.map((queue) => queue.values());
}

async function sampleOf({ ground, meter }: Bench, second: number, committed: number): Promise<Sample> {
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

/** Memory neither grows nor is more than it may be. @throws Error of what does or is, in a run that is long enough to tell */
function assertFlat(samples: readonly Sample[], seconds: number, say: Bench['say']): void {
  const quarter = Math.floor(samples.length / 4);
  const mean = (part: readonly Sample[], member: 'peerMiB' | 'gatewayMiB' | 'chaincodeMiB') => part.reduce((sum, one) => sum + one[member], 0) / part.length;
  const faults = (['peerMiB', 'gatewayMiB', 'chaincodeMiB'] as const).flatMap((member) => {
    const [early, late] = [mean(samples.slice(quarter, 2 * quarter), member), mean(samples.slice(-quarter), member)];
    say(`${member}: ${Math.round(early)} in the second quarter, ${Math.round(late)} in the last`);
    return late > early * (1 + MOST_GROWTH) ? [`${member} grows`] : [];
  });
  for (const kind of ['peer', 'gateway'] as const) {
    const most = Math.max(...samples.map((one) => one[`${kind}MiB`]));
    if (most > MOST_MEMORY[kind]) faults.push(`a ${kind} had ${most} MiB`);
  }
  if (faults.length > 0 && seconds >= JUDGED_SECONDS) throw new Error(faults.join(', '));
  if (faults.length > 0) say(`too short to judge: ${faults.join(', ')}`);
}

/** Heights are equal, every index has caught up, and the laws hold over the whole chain. @throws what does not hold */
async function assertSound({ members }: Ground, say: Bench['say']): Promise<void> {
  const heights = await until('equal heights', async () => {
    const told = await Promise.all(members.map((member) => heightOf({ members: [member] })));
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

async function readinessOf(gateway: string): Promise<{ readonly height: number; readonly asOfBlock: number }> {
  return (await (await fetch(`${gateway}/readyz`)).json()) as { readonly height: number; readonly asOfBlock: number };
}
