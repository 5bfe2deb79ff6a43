import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { NetworkFailure } from '../failure.ts';
import { readIfThere } from '../files.ts';
import { identityOf, isAlive, type ProcessIdentity } from './identity.ts';

/** Runs `work` while no other command changes the same network. A lock whose owner died counts for nothing. */
export async function locked<T>(path: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  for (let attempt = 0; !take(path); attempt += 1) {
    const owner = ownerOf(path);
    if (owner !== undefined && isAlive(owner)) {
      throw new NetworkFailure(`another command (process ${owner.pid}) is at work on this network`, 'Wait until it is done, then try again.');
    }
    if (attempt > 3) throw new NetworkFailure(`the lock ${path} cannot be taken`, 'Remove this file if no other command runs.');
    rmSync(path, { force: true });
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Takes the lock by a link, which appears with its content or not at all. */
function take(path: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(identityOf(process.pid)));
  try {
    linkSync(draft, path);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function ownerOf(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readIfThere(path) ?? '') as ProcessIdentity;
  } catch {
    return undefined;
  }
}
