import { closeSync, openSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { NetworkFailure, type Network } from '../../network/src/index.ts';
import type { Workload } from './bench.ts';
import { signatureBound } from './bound.ts';
import type { Row } from './measure.ts';
import { openMeter } from './meter.ts';
import { readOptions, type BenchOptions } from './options.ts';
import { useBetween, useOf, type ProcessUse } from './processes.ts';
import { profileOf, profileRows } from './profile.ts';
import { withOwnNetwork } from './own-network.ts';
import { prepare, type Ground } from './provision.ts';
import { reportOf, table, type Report } from './report.ts';
import { baseline } from './workloads/baseline.ts';
import { credit } from './workloads/credit.ts';
import { flood } from './workloads/flood.ts';
import { ledger } from './workloads/ledger.ts';
import { mixed } from './workloads/mixed.ts';
import { growth } from './workloads/growth.ts';
import { reads } from './workloads/reads.ts';
import { soak } from './workloads/soak.ts';
import { hotMerchant, hotPayer, latency, manyToMany } from './workloads/payments.ts';

const WORKLOADS: Readonly<Record<string, Workload>> = { 'hot-merchant': hotMerchant, 'many-to-many': manyToMany, 'hot-payer': hotPayer, credit, mixed, latency, growth, ledger, flood, soak };
/** What pays as fast as it can, and so is compared with the usual contract. */
const COMPARED = ['hot-merchant', 'ledger', 'many-to-many', 'hot-payer', 'credit', 'mixed'];
const USAGE = `Usage: npm run bench -- WORKLOAD… [--seconds N] [--json FILE] [--payers N] [--http bulk|single] [--rate N] [--accounts N] [--payments N] [--rows N] [--profile] [--name NAME] [--base-port PORT]
Workloads: ${[...Object.keys(WORKLOADS), 'reads'].join(', ')}; several run one after the other on one ledger, reads alone.`;

const say = (line: string): void => console.error(line);

if (process.argv.includes('--help')) {
  say(USAGE);
  process.exit(0);
}
const options = checkedOptions();
const isReads = options.workloads.join() === 'reads';
const workloads = isReads ? [] : options.workloads.map((name) => ({ name, workload: WORKLOADS[name] ?? fail(`There is no workload ${name}.\n${USAGE}`) }));
if (workloads.length === 0 && !isReads) fail(USAGE);
if (options.json !== undefined) tryOut(options.json);
try {
  const reports = isReads ? [await runReads()] : await withOwnNetwork(options, say, runAll);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2)}\n`);
} catch (error) {
  // A library listens to what nobody catches, and would have the process end as if all were well.
  fail(error instanceof NetworkFailure ? error.lines.join('\n') : String(error instanceof Error ? error.stack : error));
}
process.exit(0);

async function runAll(network: Network): Promise<readonly Report[]> {
  const made: Report[] = [];
  const ground = await prepare(network, options.payers, say);
  say('measuring the signature bound');
  const bound = await signatureBound();
  const usual = workloads.some(({ name }) => COMPARED.includes(name)) ? await compared(ground) : undefined;
  for (const { name, workload } of workloads) {
    const meter = await openMeter(ground);
    const profile = options.profile ? newProfile(ground) : undefined;
    const result = await workload({ ground, options, meter: { ...meter, begin: () => (meter.begin(), profile?.begin()) }, say });
    const rows = [...(result.rows ?? []), ...((await profile?.rows()) ?? [])];
    made.push(told(reportOf(name === 'hot-merchant' ? `${name} ${options.http}` : name, { ...result, rows }, { bound, usual: COMPARED.includes(name) ? usual : undefined, used: await meter.used() })));
  }
  return made;
}

/** Of the first organization's gateway and chaincode, each for a third of the measured span. */
function newProfile({ network, members: [member] }: Ground) {
  let rows: Promise<readonly Row[]> = Promise.resolve([]);
  const take = async (): Promise<readonly Row[]> => {
    const taken: Row[] = [];
    for (const node of [member?.gateway.node, member?.chaincode.node]) {
      const pid = (await network.status()).nodes.find((each) => each.node === node)?.pid;
      if (node !== undefined && pid !== undefined) taken.push(...profileRows(node, await profileOf(pid, options.seconds / 3)));
    }
    return taken;
  };
  return { begin: () => void (rows = take()), rows: () => rows };
}

async function runReads(): Promise<Report> {
  const bound = await signatureBound();
  let used: readonly ProcessUse[] = [];
  const measured = await reads(options, say, (processes) => {
    const before = useOf(processes);
    return { begin: () => undefined, end: () => (used = useBetween(before, useOf(processes))) };
  });
  return told(reportOf('reads', measured, { bound, usual: undefined, used: { blocks: 0, transactions: 0, invalid: {}, processes: used, machine: { cpuSeconds: 0, idleSeconds: 0 } } }));
}

function told(report: Report): Report {
  console.log(`${table(report)}\n`);
  return report;
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

/** What cannot be written is told before anything is measured. */
function tryOut(file: string): void {
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    fail(`--json ${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
