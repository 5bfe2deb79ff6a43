import { join } from 'node:path';
import { NetworkFailure, openNetwork, type Network } from '@tallystick/network';
import { narrator, StepFailure } from './narrator.ts';
import { readOptions, USAGE, UsageError, type StartOptions } from './options.ts';
import { Stage } from './stage.ts';
import { playStory } from './story.ts';
import { tryNext } from './try-next.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options !== undefined) return await run(options);
    print(USAGE);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) complain(`${error.message}\n\n${USAGE}`);
    else if (error instanceof NetworkFailure) complain([error.message, ...(error.next === undefined ? [] : [error.next])].join('\n'));
    else throw error;
    return 1;
  }
}

/** Network up, story, and down again: at once, or when the reader has had enough. */
async function run({ exit, name, basePort }: StartOptions): Promise<number> {
  const started = performance.now();
  const network = openNetwork({ name, basePort, say: (line) => print(`  ${line}`) });
  const { interrupted, unwatch } = watchForEnd();
  print(`Bringing up ${network.topology.name}: a Fabric network of three payment systems, with a gateway each.`);
  try {
    const up = network.up();
    await Promise.race([up, interrupted.then(() => up.catch(() => undefined))]);
    if (await isSettled(interrupted)) return 0;
    print(`The network is up after ${seconds(started)}.`);
    const status = await Promise.race([tell(network, started, !exit), interrupted.then(() => 0)]);
    if (status === 0 && !exit) await interrupted;
    return status;
  } finally {
    unwatch();
    if ((await network.status()).running) print('\nEnding the network …');
    await network.down();
  }
}

/** @param stays the reader can go on with it @returns the status for the process */
async function tell(network: Network, started: number, stays: boolean): Promise<number> {
  const { organizations, state } = network.describe();
  const stage = new Stage(organizations, join(state, 'wallets'), narrator(print));
  print('The story follows. Reads need a token bought with a signed challenge; those exchanges are left out.');
  try {
    const cast = await playStory(stage);
    print(`\nEvery step did what it says, ${seconds(started)} after the start.\n`);
    if (stays) for (const line of tryNext(stage, cast)) print(line);
    return 0;
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    complain(`\nThe story failed at step ${error.step}\n  ${error.message}\nWhat the processes said is in ${join(state, 'logs')}.`);
    return 1;
  }
}

/** `interrupted` settles when somebody wants an end, or when the process that started this one is gone. A second signal changes nothing. */
function watchForEnd(): { readonly interrupted: Promise<void>; readonly unwatch: () => void } {
  const starter = process.ppid;
  const { promise: interrupted, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  // This also keeps the process alive while it waits.
  const watch = setInterval(() => {
    if (process.ppid !== starter) resolve();
  }, 500);
  return { interrupted, unwatch: () => clearInterval(watch) };
}

async function isSettled(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))]);
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
