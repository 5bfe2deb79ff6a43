import { join } from 'node:path';
import { NetworkFailure, openNetwork, type Network } from '@tallystick/network';
import { watchForInterruption, type Interruption } from './interruption.ts';
import { playJoining } from './joining-story.ts';
import { narrator, StepFailure } from './narrator.ts';
import { readOptions, USAGE, UsageError, type StartOptions } from './options.ts';
import { Stage } from './stage.ts';
import { playStory } from './story.ts';
import { endOfSupervision } from './supervision.ts';
import { tryNext } from './try-next.ts';

/** Status of a process that was interrupted, as shells count it. */
const INTERRUPTED = 130;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

// An interrupted story may still wait for an answer: the process does not wait for it.
process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options !== undefined) return await run(options);
    print(USAGE);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) complain(`${error.message}\n\n${USAGE}`);
    else if (error instanceof NetworkFailure) complain(error.lines.join('\n'));
    else throw error;
    return 1;
  }
}

/** Network up, story, and down again: at once, or when the reader has had enough. Who brought the network up takes it down. */
async function run({ exit, name, basePort }: StartOptions): Promise<number> {
  const started = performance.now();
  const network = openNetwork({ name, basePort, say: (line) => print(`  ${line}`) });
  const title = network.topology.name;
  const isOurs = !(await network.isRunning());
  if (isOurs) print(`Bringing up ${title}: a Fabric network of three payment systems, with a gateway each.`);
  else print(`${title} is running already and is not ended with this; "npm run network -- down --name ${title}" ends it.`);
  const interruption = watchForInterruption();
  let isLost = false;
  try {
    if (!(await isUp(network, interruption))) return INTERRUPTED;
    print(`The network is up after ${seconds(started)}.`);
    const status = await Promise.race([tell(network, { started, stays: !exit, again: name === undefined ? 'npm start' : `npm start -- --name ${name}`, isOurs, interruption }), interruption.happened.then(() => INTERRUPTED)]);
    if (status !== 0 || exit) return status;
    const lost = await Promise.race([interruption.happened, endOfSupervision(network)]);
    if (lost === undefined) return status;
    isLost = true;
    complain(`\n${lost}`);
    return 1;
  } finally {
    interruption.unwatch();
    // What somebody else has ended, somebody else may have brought up again.
    if (isOurs && !isLost) await end(network);
  }
}

/** @returns whether it is up and wanted */
async function isUp(network: Network, interruption: Interruption): Promise<boolean> {
  const up = network.up();
  const first = await Promise.race([up.then(() => 'up'), interruption.happened.then(() => 'interrupted')]);
  if (first === 'interrupted') {
    print('Ending when the step under way is done …');
    // Its failure is of no interest any more.
    await up.catch(() => undefined);
  }
  return !interruption.hasHappened();
}

interface Telling {
  readonly started: number;
  /** The reader can go on with the network. */
  readonly stays: boolean;
  /** What brings it up again. */
  readonly again: string;
  /** This process brought it up, and takes it down. */
  readonly isOurs: boolean;
  readonly interruption: Interruption;
}

/** @returns the status for the process */
async function tell(network: Network, { started, stays, again, isOurs, interruption }: Telling): Promise<number> {
  const { organizations, state } = network.describe();
  const unlessInterrupted = (say: (line: string) => void) => (line: string): void => {
    if (!interruption.hasHappened()) say(line);
  };
  const stage = new Stage(organizations, join(state, 'wallets'), narrator(unlessInterrupted(print)));
  print('The story follows. Reads need a token bought with a signed challenge; those exchanges are left out.');
  try {
    const cast = await playStory(stage);
    await playJoining(network, stage, { payer: cast.enterprise, token: cast.money });
    await stage.armOfficers();
    print(`\nEvery step did what it says, ${seconds(started)} after the start.`);
    if (stays) for (const line of ['', ...tryNext(stage, cast), '', isOurs ? `Ctrl-C ends everything; the ledger is kept, and "${again}" goes on with it.` : 'Ctrl-C ends this command; the network goes on.']) print(line);
    return 0;
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    unlessInterrupted(complain)(`\nThe story failed at step ${error.step}\n  ${error.message}\nWhat the processes said is in ${join(state, 'logs')}.`);
    return 1;
  }
}

async function end(network: Network): Promise<void> {
  if (await network.isRunning()) print('\nEnding the network …');
  await network.down();
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
