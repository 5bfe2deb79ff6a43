import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Workload } from './bench.ts';
import { signatureBound } from './bound.ts';
import { latencyOf } from './latency.ts';
import { openMeter } from './meter.ts';
import { readOptions, type BenchOptions } from './options.ts';
import { microsecondsEach } from './processes.ts';
import { networkOf, prepare, type Ground } from './provision.ts';
import { table, type Report } from './report.ts';
import { baseline } from './workloads/baseline.ts';
import { credit } from './workloads/credit.ts';
import { flood } from './workloads/flood.ts';
import { ledger } from './workloads/ledger.ts';
import { mixed } from './workloads/mixed.ts';
import { growth } from './workloads/growth.ts';
import { soak } from './workloads/soak.ts';
import { hotMerchant, hotPayer, latency, manyToMany } from './workloads/payments.ts';

const WORKLOADS: Readonly<Record<string, Workload>> = { 'hot-merchant': hotMerchant, 'many-to-many': manyToMany, 'hot-payer': hotPayer, credit, mixed, latency, growth, ledger, flood, soak };
/** What is compared with the usual contract; the others would only take time. */
const COMPARED = ['hot-merchant', 'ledger'];
const USAGE = `Usage: npm run bench -- WORKLOAD [--seconds N] [--json FILE] [--payers N] [--http bulk|single] [--rate N] [--accounts N] [--payments N] [--rows N]
Workloads: ${Object.keys(WORKLOADS).join(', ')}`;

const say = (line: string): void => console.error(line);

const options = checkedOptions();
const workload = WORKLOADS[options.workload];
if (workload === undefined) fail(USAGE);
const network = networkOf(options, say);
try {
  const ground = await prepare(network, options.payers, say);
  const report = await run(ground, workload);
  console.log(table(report));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
} finally {
  await network.down();
}
process.exit(0);

async function run(ground: Ground, measured: Workload): Promise<Report> {
  say('measuring the signature bound');
  const bound = await signatureBound();
  const usual = COMPARED.includes(options.workload) ? await compared(ground) : undefined;
  const meter = await openMeter(ground);
  const result = await measured({ ground, options, meter, say });
  const { blocks, transactions, invalid, processes } = await meter.used();
  const perSecond = result.committed / result.seconds;
  return {
    workload: options.workload === 'hot-merchant' ? `hot-merchant ${options.http}` : options.workload,
    seconds: round(result.seconds),
    committedPerSecond: round(perSecond),
    baselinePerSecond: usual === undefined ? null : round(usual),
    ratioToBaseline: usual === undefined ? null : round(perSecond / usual),
    signatureBoundPerSecond: round(bound),
    ratioToBound: Math.round((perSecond / bound) * 1_000) / 1_000,
    latencyMs: latencyOf(result.latencies),
    refused: result.refused,
    conflicts: (invalid['MVCC_READ_CONFLICT'] ?? 0) + (invalid['PHANTOM_READ_CONFLICT'] ?? 0),
    blocks,
    transactions,
    invalid,
    processes: processes.map((use) => ({ ...use, cpuSeconds: round(use.cpuSeconds) })),
    cpuMicrosecondsPerPayment: microsecondsEach(processes, result.committed),
    rows: result.rows ?? [],
  };
}

/** The usual contract on the same network, a moment before. */
async function compared(on: Ground): Promise<number> {
  say('measuring the usual token contract');
  const { committed, seconds } = await baseline(on);
  await pause(1_000);
  return committed / seconds;
}

function checkedOptions(): BenchOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
