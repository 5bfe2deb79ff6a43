import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NetworkFailure, openNetwork, type Network } from '../../network/src/index.ts';
import { watchForInterruption } from '../../start/interruption.ts';
import type { BenchOptions } from './options.ts';
import type { Say } from './provision.ts';

/** A file in the state folder of a network that the bench has made: only such a one is removed. */
const MARK = 'made-by-bench';

/**
 * Brings up a network for `work` and ends it whatever happens. What it held is removed, unless something failed: then there are logs to read.
 * @throws NetworkFailure when a network of this name exists that is not the bench's, or on interruption
 */
export async function withOwnNetwork<T>({ name, basePort }: Pick<BenchOptions, 'name' | 'basePort'>, say: Say, work: (network: Network) => Promise<T>): Promise<T> {
  const network = openNetwork({ name, basePort, say });
  await clear(network);
  const interruption = watchForInterruption();
  const up = network.up({ chaincodeFolder: join(import.meta.dirname, 'baseline') });
  try {
    const result = await Promise.race([up.then(() => work(network)), interruption.happened.then(() => { throw new NetworkFailure('interrupted'); })]);
    await network.reset();
    return result;
  } catch (error) {
    // Whoever brings it up holds its lock.
    await up.catch(() => undefined);
    say(`${await network.down()} processes ended; logs are kept in ${network.paths.state}`);
    throw error;
  } finally {
    interruption.unwatch();
  }
}

/** Removes what an earlier run has left: what is measured does not depend on what was measured before. */
export async function clear(network: Network): Promise<void> {
  const { state, manifest } = network.paths;
  const mark = join(state, MARK);
  if (existsSync(manifest) && !existsSync(mark)) {
    throw new NetworkFailure(`network ${network.topology.name} exists, and the bench has not made it`, 'Choose another --name: the bench removes what its network held.');
  }
  await network.reset();
  mkdirSync(state, { recursive: true });
  writeFileSync(mark, '');
}
