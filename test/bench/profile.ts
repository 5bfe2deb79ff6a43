import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../support/patience.ts';
import type { Row } from './measure.ts';

/** Where a Node process spent its time: the file of ours, or the package, that the innermost frames are of. */
export type Places = ReadonlyMap<string, number>;

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const INSPECTOR = 'http://127.0.0.1:9229/json/list';
const SAMPLING_MICROSECONDS = 500;
const SHOWN = 14;

/** Profiles a process for so many seconds; microseconds of its main thread by place. One process at a time: the inspector has one port. */
export async function profileOf(pid: number, seconds: number): Promise<Places> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await until('the inspector', inspectorUrl));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error('the inspector does not answer'));
  });
  const call = caller(socket);
  await call('Profiler.enable');
  await call('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
  await call('Profiler.start');
  await pause(seconds * 1_000);
  const { profile } = (await call('Profiler.stop')) as { readonly profile: Profile };
  // Gives the port back.
  void call('Runtime.evaluate', { expression: 'process._debugEnd()' });
  await pause(500);
  socket.close();
  return placesIn(profile);
}

/** The largest places, each as its share of the time the thread was busy. */
export function profileRows(name: string, places: Places): readonly Row[] {
  const busy = [...places].filter(([place]) => place !== '(idle)').sort(([, one], [, other]) => other - one);
  const sum = busy.reduce((total, [, time]) => total + time, 0);
  return busy.slice(0, SHOWN).map(([place, time]) => ({ process: name, place, percent: Math.round((time / sum) * 1_000) / 10 }));
}

async function inspectorUrl(): Promise<string | undefined> {
  const response = await fetch(INSPECTOR).catch(() => undefined);
  const [target] = ((await response?.json()) ?? []) as readonly { readonly webSocketDebuggerUrl?: string }[];
  return target?.webSocketDebuggerUrl;
}

function caller(socket: WebSocket): (method: string, params?: object) => Promise<unknown> {
  const waiting = new Map<number, (result: unknown) => void>();
  let last = 0;
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { readonly id?: number; readonly result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  };
  return (method, params = {}) =>
    new Promise((resolve) => {
      waiting.set(++last, resolve);
      socket.send(JSON.stringify({ id: last, method, params }));
    });
}

function placesIn({ nodes, samples, timeDeltas }: Profile): Places {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const places = new Map<string, number>();
  const known = new Map<number, string>();
  const placeOf = (id: number): string => {
    const found = known.get(id) ?? placeOfStack(stackOf(id, byId, parents));
    known.set(id, found);
    return found;
  };
  samples.forEach((id, number) => {
    const place = placeOf(id);
    places.set(place, (places.get(place) ?? 0) + (timeDeltas[number] ?? 0));
  });
  return places;
}

function stackOf(id: number, byId: ReadonlyMap<number, ProfileNode>, parents: ReadonlyMap<number, number>): readonly ProfileNode['callFrame'][] {
  const frames: ProfileNode['callFrame'][] = [];
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const node = byId.get(at);
    if (node !== undefined) frames.push(node.callFrame);
  }
  return frames;
}

/** Innermost first: what a file of ours calls counts as its own. */
function placeOfStack(frames: readonly ProfileNode['callFrame'][]): string {
  const [innermost] = frames;
  if (innermost !== undefined && /^\((?:idle|garbage collector|program)\)$/.test(innermost.functionName)) return innermost.functionName;
  for (const { url } of frames) {
    const own = /\/((?:gateway-api|chaincode)\/src\/.+\.ts)$/.exec(url)?.[1];
    if (own !== undefined) return own;
  }
  for (const { url } of frames) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
    if (name !== undefined) return name;
  }
  return 'node';
}
