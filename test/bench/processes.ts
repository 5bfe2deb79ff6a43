import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Network } from '../../network/src/index.ts';

export interface ProcessUse {
  readonly name: string;
  readonly cpuSeconds: number;
  readonly rssMiB: number;
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK']).toString());

/** CPU and memory of every node of the network and of this program, so far. Linux only. */
export async function processUse(network: Network): Promise<readonly ProcessUse[]> {
  const { nodes } = await network.status();
  const named = nodes.flatMap(({ node, pid }) => (pid === undefined ? [] : [[node, pid] as const]));
  return [...named, ['load generator', process.pid] as const].map(([name, pid]) => ({ name, cpuSeconds: cpuSeconds(pid), rssMiB: rssMiB(pid) }));
}

/** What was used between two looks. */
export function useBetween(before: readonly ProcessUse[], after: readonly ProcessUse[]): readonly ProcessUse[] {
  return after.map((use) => ({ ...use, cpuSeconds: round(use.cpuSeconds - (before.find(({ name }) => name === use.name)?.cpuSeconds ?? 0)) }));
}

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [userTicks = '0', systemTicks = '0'] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13);
  return (Number(userTicks) + Number(systemTicks)) / TICKS_PER_SECOND;
}

function rssMiB(pid: number): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return Math.round(Number(kib) / 1024);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
