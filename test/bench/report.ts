import type { Latency } from './latency.ts';
import type { ProcessUse } from './processes.ts';

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
  readonly conflicts: number;
  readonly blocks: number;
  readonly processes: readonly ProcessUse[];
}

export function table(report: Report): string {
  const { latencyMs: { p50, p95, p99 } } = report;
  const rows: readonly (readonly [string, string])[] = [
    ['workload', `${report.workload}, ${report.seconds} s`],
    ['committed payments/s', String(report.committedPerSecond)],
    ['usual token contract/s', report.baselinePerSecond === null ? 'not run' : `${report.baselinePerSecond} (ratio ${report.ratioToBaseline ?? 0})`],
    ['signature bound/s', `${report.signatureBoundPerSecond} (reached ${Math.round(report.ratioToBound * 100)} %)`],
    ['latency ms', `p50 ${p50}, p95 ${p95}, p99 ${p99}`],
    ['refused', String(report.refused)],
    ['invalid transactions', String(report.conflicts)],
    ['blocks', String(report.blocks)],
  ];
  const uses = report.processes.map(({ name, cpuSeconds, rssMiB }) => [name, `${cpuSeconds.toFixed(1)} s CPU, ${rssMiB} MiB`] as const);
  return [...rows, ...uses].map(([name, value]) => `${name.padEnd(28)}${value}`).join('\n');
}
