import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { signatureBound } from './bound.ts';
import { latencyOf } from './latency.ts';
import type { Measured } from './measure.ts';
import { readOptions, type BenchOptions } from './options.ts';
import { processUse, useBetween } from './processes.ts';
import { prepare, type Ground } from './provision.ts';
import { table, type Report } from './report.ts';
import { baseline } from './workloads/baseline.ts';
import { hotMerchant } from './workloads/hot-merchant.ts';
import { ledger } from './workloads/ledger.ts';
import { latency, single } from './workloads/single.ts';

type Workload = (ground: Ground, options: BenchOptions, say: (line: string) => void) => Promise<Measured>;

const WORKLOADS: Readonly<Record<string, Workload>> = { 'hot-merchant': hotMerchant, single, latency, ledger };
/** What is compared with the usual contract; the others would only take time. */
const COMPARED = ['hot-merchant', 'ledger'];

const options = readOptions(process.argv.slice(2));
const workload = WORKLOADS[options.workload];
if (workload === undefined) {
  console.error(`Usage: npm run bench -- WORKLOAD [--seconds N] [--payers N] [--rate N] [--json FILE]\nWorkloads: ${Object.keys(WORKLOADS).join(', ')}`);
  process.exit(1);
}
const say = (line: string) => console.error(line);
const ground = await prepare(options, say);
try {
  const report = await run(workload);
  console.log(table(report));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
} finally {
  await ground.network.down();
}
process.exit(0);

async function run(measured: Workload): Promise<Report> {
  say('measuring the signature bound');
  const bound = await signatureBound();
  const usual = COMPARED.includes(options.workload) ? await compared() : undefined;
  const heightBefore = await height();
  const before = await processUse(ground.network);
  say(`measuring ${options.workload}`);
  const result = await measured(ground, options, say);
  const after = await processUse(ground.network);
  const heightAfter = await height();
  const perSecond = result.committed / result.seconds;
  return {
    workload: options.workload,
    seconds: round(result.seconds),
    committedPerSecond: round(perSecond),
    baselinePerSecond: usual === undefined ? null : round(usual),
    ratioToBaseline: usual === undefined ? null : round(perSecond / usual),
    signatureBoundPerSecond: round(bound),
    ratioToBound: Math.round((perSecond / bound) * 1_000) / 1_000,
    latencyMs: latencyOf(result.latencies),
    refused: result.refused,
    conflicts: conflicts(),
    blocks: heightAfter - heightBefore,
    processes: useBetween(before, after),
  };
}

async function compared(): Promise<number> {
  say('measuring the usual token contract');
  const { committed, seconds } = await baseline(ground);
  await pause(1_000);
  return committed / seconds;
}

async function height(): Promise<number> {
  const [member] = ground.members;
  const response = await fetch(`${member?.gateway.url ?? ''}/readyz`);
  return ((await response.json()) as { readonly height: number }).height;
}

/** Transactions that gateways saw in the chain as invalid. */
function conflicts(): number {
  return ground.members.reduce((sum, { gateway }) => sum + ground.network.logs(gateway.node).split('transaction is in the chain as invalid').length - 1, 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
