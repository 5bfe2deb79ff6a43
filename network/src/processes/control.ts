import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { Paths } from '../config/paths.ts';
import { NetworkFailure } from '../failure.ts';
import { remove } from '../files.ts';
import type { Say } from '../progress.ts';
import { waitFor } from '../wait.ts';
import { isAlive } from './identity.ts';
import type { Answer, NodeState, Request } from './protocol.ts';
import { end, orphans, readRecords } from './records.ts';

/** How asking ends when no supervisor is there, or when it dies meanwhile. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

/** Telling is at once; ending everything takes up to some 20 s. */
const PATIENCE_MS = { list: 10_000, other: 60_000 } as const;

/** Asks the network's supervisor; undefined when none runs. */
export async function ask(files: Paths, request: Request): Promise<readonly NodeState[] | undefined> {
  const answer = await exchange(files.supervisor.socket, request);
  if (answer === 'nobody') return undefined;
  if (answer === 'silence') throw new NetworkFailure('the supervisor of this network runs and does not answer', '`down` ends it, and all that it has started; then `up`.');
  if (!answer.ok) throw new NetworkFailure(`the supervisor refused: ${answer.problem}`, 'See `status` for the nodes of this network.');
  return answer.nodes;
}

/** Whether a supervisor runs; it may be silent for a while. */
export async function isSupervised(files: Paths): Promise<boolean> {
  return (await exchange(files.supervisor.socket, { verb: 'list' })) !== 'nobody';
}

/** Asks the supervisor, which must be there. */
export async function tell(files: Paths, request: Request): Promise<readonly NodeState[]> {
  const nodes = await ask(files, request);
  if (nodes === undefined) throw new NetworkFailure('the network is not running', 'Start it with `up`.');
  return nodes;
}

/** Starts the supervisor unless it runs. Processes of one that died are ended first. */
export async function ensureSupervisor(files: Paths, env: Readonly<Record<string, string>>, say: Say): Promise<void> {
  if (await isSupervised(files)) return;
  await endOrphans(files, say);
  mkdirSync(files.logs, { recursive: true });
  const program = join(import.meta.dirname, 'supervisor-main.ts');
  const { socket, records, log } = files.supervisor;
  spawn(process.execPath, [program, socket, records, log], { detached: true, stdio: 'ignore', env: { ...env }, cwd: files.state }).unref();
  const ready = { what: 'the supervisor', next: `See ${log}.`, timeout: 15_000, interval: 30 };
  await waitFor(ready, () => ask(files, { verb: 'list' }));
}

/** Ends what a supervisor that died has left running. Answers the names of these nodes. */
export async function endOrphans(files: Paths, say: Say): Promise<readonly string[]> {
  const left = orphans(readRecords(files.supervisor.records));
  if (left.length > 0) say(`ending ${left.length} processes that a dead supervisor left behind: ${left.map((it) => it.node).join(', ')}`);
  await Promise.all(left.map(({ identity }) => end(identity)));
  return left.map((it) => it.node);
}

/** Ends everything of this network; answers how many processes there were. */
export async function shutdown(files: Paths, say: Say): Promise<number> {
  const before = readRecords(files.supervisor.records);
  const there = await exchange(files.supervisor.socket, { verb: 'list' });
  if (typeof there === 'object') {
    await ask(files, { verb: 'shutdown' });
    if (before.supervisor !== undefined) await end(before.supervisor);
    return Object.keys(before.nodes).length;
  }
  // A supervisor that is alive but does not answer is ended as well, and its processes then are orphans.
  if (before.supervisor !== undefined && isAlive(before.supervisor)) await end(before.supervisor);
  const left = await endOrphans(files, say);
  remove(files.supervisor.records);
  remove(files.supervisor.socket);
  return left.length;
}

function exchange(socketPath: string, request: Request): Promise<Answer | 'nobody' | 'silence'> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (!text.endsWith('\n')) return;
      socket.destroy();
      resolve(JSON.parse(text) as Answer);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (NOBODY.has(error.code ?? '')) resolve('nobody');
      else reject(error);
    });
    socket.on('close', () => resolve('nobody'));
    socket.setTimeout(request.verb === 'list' ? PATIENCE_MS.list : PATIENCE_MS.other, () => {
      resolve('silence');
      socket.destroy();
    });
  });
}
