import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { BenchAccount } from '../accounts.ts';
import { bearerFor } from '../bearer.ts';
import type { Bench } from '../bench.ts';
import type { FloodAnswers, FloodOrder } from '../flooder.ts';
import { byHome, pressQueues, type Intent } from '../load.ts';
import type { Measured, Row } from '../measure.ts';
import { openMeter } from '../meter.ts';
import { instructionsOf, type Piece } from '../press.ts';
import { microsecondsEach } from '../processes.ts';
import { TOKEN } from '../provision.ts';
import { sharesOf } from '../report.ts';
import { sendQueues } from './payments.ts';

const MOST_PER_SECOND = 4_000;
const WARM_UP_SECONDS = 5;
const BULK = 400;
const RATE = 1_000;
/** So few that their sender is never turned away for repeats: twenty ids a second at each of three gateways. */
const FEW = 60;
/** A flooder works a little longer than the span with its warming up. */
const MARGIN_SECONDS = 10;

interface Turn {
  readonly kind: FloodOrder['kind'] | 'none';
  /** Requests a second, where it is not what the run is told. */
  readonly perSecond?: number;
}

const TURNS: readonly Turn[] = [
  { kind: 'none' }, { kind: 'elsewhere' }, { kind: 'same ids' }, { kind: 'bad signatures' },
  { kind: 'new ids', perSecond: FEW }, { kind: 'one payer', perSecond: FEW }, { kind: 'new ids' },
  { kind: 'checks' },
];

/**
 * Honest payments to one merchant in bulk: alone; while a client on this machine sends as much to a listener of its own, which is what its requests
 * take of the processors wherever they go; while it sends the same ids to every gateway; while it sends bad signatures; while an account sends
 * each of its new payments to every gateway at the same time, or different ones to each; while it has payments checked by each.
 */
export async function flood(bench: Bench): Promise<Measured> {
  const { ground, options: { seconds, rate = RATE }, say } = bench;
  const { merchant } = ground;
  const [flooding = merchant, ...payers] = ground.payers;
  const count = (seconds + WARM_UP_SECONDS) * MOST_PER_SECOND;
  const rows: Row[] = [];
  let first: Measured | undefined;
  let beside: Measured | undefined;
  let known: readonly string[] = [];
  for (const { kind, perSecond = rate } of TURNS) {
    say(`signing ${count} payments`);
    const intents = Array.from({ length: count }, (_, number): Intent => ({ payer: payers[number % payers.length] ?? merchant, payee: merchant.id }));
    const queues = await pressQueues(ground, byHome(ground, intents), { pieceSize: BULK });
    const instructions = kind === 'checks' ? [checkOf(merchant)] : kind === 'new ids' || kind === 'one payer' ? await freshBy(bench, flooding, (seconds + MARGIN_SECONDS) * perSecond) : known;
    const authorizations = kind === 'checks' ? await readingBy(bench, flooding) : undefined;
    const flooder = kind === 'none' ? undefined : startFlooder({ kind, gateways: ground.members.map(({ gateway }) => gateway.url), authorizations, instructions, rate: perSecond });
    const meter = kind === 'none' ? bench.meter : await openMeter(ground, flooder?.process);
    say(`honest payments, flood: ${kind}`);
    const measured = await sendQueues({ ...bench, meter, options: { ...bench.options, http: 'bulk' } }, queues);
    const answers = await flooder?.stop();
    const { processes, machine, transactions, invalid } = await meter.used();
    const cpuOf = (name: string): number => Math.round((microsecondsEach(processes, 1)[name] ?? 0) / 1e5) / 10;
    known = firstOf(queues);
    first ??= measured;
    if (kind === 'elsewhere') beside = measured;
    rows.push({
      flood: kind,
      requestsPerSecond: kind === 'none' ? 0 : perSecond,
      honestPerSecond: Math.round(measured.committed / measured.seconds),
      ofThatWithout: percent(measured.committed / first.committed),
      ofThatElsewhere: beside === undefined ? '' : percent(measured.committed / beside.committed),
      honestRefused: measured.refused,
      transactions,
      invalid: Object.values(invalid).reduce((sum, each) => sum + each, 0),
      gatewayCpuSeconds: cpuOf('gateway'),
      flooderCpuSeconds: cpuOf('flooder'),
      ...sharesOf(machine, processes),
      floodAnswers: Object.entries(answers ?? {}).map(([status, number]) => `${status}: ${number}`).join(', '),
    });
  }
  if (first === undefined) throw new Error('nothing was measured');
  return { ...first, rows };
}

/** Payments that nobody has seen. */
async function freshBy({ ground }: Bench, payer: BenchAccount, count: number): Promise<readonly string[]> {
  const [pieces = []] = await pressQueues(ground, [Array.from({ length: count }, (): Intent => ({ payer, payee: ground.merchant.id }))], { pieceSize: BULK });
  return pieces.flatMap(instructionsOf);
}

/** So much that all of the payer's money is looked at. */
function checkOf({ id }: BenchAccount): string {
  return JSON.stringify({ payment: { payee: id, token: TOKEN, amount: '9'.repeat(30) } });
}

/** At each gateway, as its requests have it. */
async function readingBy({ ground: { members, ledger, ring } }: Bench, account: BenchAccount): Promise<readonly string[]> {
  return Promise.all(members.map(async ({ organizationId, gateway: { url } }) => (await bearerFor({ url, gateway: organizationId, ledger }, ring.signer(account))).authorization));
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
