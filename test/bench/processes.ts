import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Network } from '../../network/src/index.ts';

export interface ProcessUse {
  readonly name: string;
  readonly cpuSeconds: number;
  readonly rssMiB: number;
}

/** A process of the run. */
export interface NamedProcess {
  readonly name: string;
  readonly pid: number;
}

/** This program: it signs, sends, and reads the answers. */
export const CLIENT = 'client';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK']).toString());

/** Every node of the network and this program. */
export async function processesOf(network: Network): Promise<readonly NamedProcess[]> {
  const { nodes } = await network.status();
  const named = nodes.flatMap(({ node, pid }) => (pid === undefined ? [] : [{ name: node, pid }]));
  return [...named, { name: CLIENT, pid: process.pid }];
}

/** CPU and memory so far; a process that has died counts nothing. Linux only. */
export function useOf(processes: readonly NamedProcess[]): readonly ProcessUse[] {
  return processes.flatMap(({ name, pid }) => {
    try {
      return [{ name, cpuSeconds: cpuSeconds(pid), rssMiB: rssMiB(pid) }];
    } catch {
      return [];
    }
  });
}

/** CPU of the whole machine so far, seconds: all there was, and what nobody used. */
export interface MachineUse {
  readonly cpuSeconds: number;
  readonly idleSeconds: number;
}

export function machineUse(): MachineUse {
  const ticks = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').trim().split(/\s+/).slice(1, 9).map(Number);
  const [, , , idle = 0, waiting = 0] = ticks;
  return { cpuSeconds: ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND, idleSeconds: (idle + waiting) / TICKS_PER_SECOND };
}

/** What was used between two looks. */
export function useBetween(before: readonly ProcessUse[], after: readonly ProcessUse[]): readonly ProcessUse[] {
  return after.map((use) => ({ ...use, cpuSeconds: use.cpuSeconds - (before.find(({ name }) => name === use.name)?.cpuSeconds ?? 0) }));
}

/** CPU by kind of process (`gateway`, `chaincode`, `peer`, `orderer`, `ca`, `client`), microseconds for each of so many. */
export function microsecondsEach(use: readonly ProcessUse[], count: number): Readonly<Record<string, number>> {
  const kinds = new Map<string, number>();
  for (const { name, cpuSeconds: seconds } of use) {
    const kind = kindOf(name);
    kinds.set(kind, (kinds.get(kind) ?? 0) + seconds);
  }
  return Object.fromEntries([...kinds].map(([kind, seconds]) => [kind, count === 0 ? 0 : Math.round((seconds * 1e6) / count)]));
}

/** Memory of the largest process of a kind, MiB. */
export function highest(use: readonly ProcessUse[], kind: string): number {
  return Math.max(0, ...use.filter(({ name }) => kindOf(name) === kind).map(({ rssMiB: size }) => size));
}

function kindOf(name: string): string {
  return name.split('.')[0]?.replace(/\d+$/, '') ?? name;
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
