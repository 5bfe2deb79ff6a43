import { latencyOf, type Latency } from './latency.ts';
import type { Measured, Row } from './measure.ts';
import type { Used } from './meter.ts';
import { microsecondsEach, type MachineUse, type ProcessUse } from './processes.ts';

/** What a run says, as JSON and as a table. */
export interface Report {
  readonly workload: string;
  readonly seconds: number;
  readonly committedPerSecond: number;
  readonly baselinePerSecond: number | null;
  readonly ratioToBaseline: number | null;
  readonly signatureBoundPerSecond: number;
  readonly ratioToBound: number;
  readonly latencyMs: Latency;
  readonly refused: number;
  /** Transactions that lost to another one, by MVCC. */
  readonly conflicts: number;
  readonly blocks: number;
  readonly transactions: number;
  /** Invalid transactions by Fabric's code, conflicts among them. */
  readonly invalid: Readonly<Record<string, number>>;
  readonly processes: readonly ProcessUse[];
  /** CPU for each committed payment, by kind of process. */
  readonly cpuMicrosecondsPerPayment: Readonly<Record<string, number>>;
  /** Shares of the machine's CPU: of this run, of others, of nobody. */
  readonly machine: { readonly run: number; readonly others: number; readonly idle: number };
  readonly rows: readonly Row[];
}

/** What was measured of the same run, beside the workload. */
export interface Beside {
  /** Payments a second, if nothing but their signatures had to be verified. */
  readonly bound: number;
  /** Payments a second of the usual contract, where it was run. */
  readonly usual: number | undefined;
  readonly used: Used;
}

export function reportOf(workload: string, measured: Measured, { bound, usual, used: { blocks, transactions, invalid, processes, machine } }: Beside): Report {
  const perSecond = measured.committed / measured.seconds;
  return {
    workload,
    seconds: round(measured.seconds),
    committedPerSecond: round(perSecond),
    baselinePerSecond: usual === undefined ? null : round(usual),
    ratioToBaseline: usual === undefined ? null : round(perSecond / usual),
    signatureBoundPerSecond: round(bound),
    ratioToBound: Math.round((perSecond / bound) * 1_000) / 1_000,
    latencyMs: latencyOf(measured.latencies),
    refused: measured.refused,
    conflicts: (invalid['MVCC_READ_CONFLICT'] ?? 0) + (invalid['PHANTOM_READ_CONFLICT'] ?? 0),
    blocks,
    transactions,
    invalid,
    processes: processes.map((use) => ({ ...use, cpuSeconds: round(use.cpuSeconds) })),
    cpuMicrosecondsPerPayment: microsecondsEach(processes, measured.committed),
    machine: sharesOf(machine, processes),
    rows: measured.rows ?? [],
  };
}

export function table(report: Report): string {
  const { latencyMs: { p50, p95, p99 }, blocks, transactions, invalid, machine: { run, others, idle } } = report;
  const lines: readonly (readonly [string, string])[] = [
    ['workload', `${report.workload}, ${report.seconds} s`],
    ['committed/s', String(report.committedPerSecond)],
    ['usual token contract/s', report.baselinePerSecond === null ? 'not run' : `${report.baselinePerSecond} (ratio ${report.ratioToBaseline ?? 0})`],
    ['signature bound/s', `${report.signatureBoundPerSecond} (reached ${Math.round(report.ratioToBound * 100)} %)`],
    ['latency ms', `p50 ${p50}, p95 ${p95}, p99 ${p99}`],
    ['refused', String(report.refused)],
    ['MVCC conflicts', String(report.conflicts)],
    ['blocks, transactions', `${blocks}, ${transactions}${Object.entries(invalid).map(([code, count]) => `, ${code} ${count}`).join('')}`],
    ['CPU of the machine', `this run ${run} %, others ${others} %, idle ${idle} %`],
    ['CPU µs per payment', Object.entries(report.cpuMicrosecondsPerPayment).map(([kind, each]) => `${kind} ${each}`).join(', ')],
  ];
  const uses = report.processes.map(({ name, cpuSeconds, rssMiB }) => [name, `${cpuSeconds.toFixed(1)} s CPU, ${rssMiB} MiB`] as const);
  return [...[...lines, ...uses].map(([name, value]) => `${name.padEnd(28)}${value}`), ...rowLines(report.rows)].join('\n');
}

/** Whose the machine's CPU was, in percent: of the run, of others, of nobody. */
export function sharesOf({ cpuSeconds, idleSeconds }: MachineUse, processes: readonly ProcessUse[]): Report['machine'] {
  const ours = processes.reduce((sum, use) => sum + use.cpuSeconds, 0);
  const percent = (seconds: number): number => (cpuSeconds === 0 ? 0 : Math.round((seconds / cpuSeconds) * 100));
  return { run: percent(ours), others: percent(cpuSeconds - idleSeconds - ours), idle: percent(idleSeconds) };
}

/** Rows under the names of their members; those of other members are another table. */
function rowLines(rows: readonly Row[]): readonly string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const names = Object.keys(first);
  const end = rows.findIndex((row) => Object.keys(row).join() !== names.join());
  const alike = end < 0 ? rows : rows.slice(0, end);
  const widths = names.map((name) => Math.max(name.length, ...alike.map((row) => String(row[name] ?? '').length)) + 2);
  const line = (cells: readonly string[]) => cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('');
  return ['', line(names), ...alike.map((row) => line(names.map((name) => String(row[name] ?? '')))), ...rowLines(rows.slice(alike.length))];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
