import { accessSync, constants } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import type { Say } from '../progress.ts';
import { run } from '../run.ts';
import { fits, PROGRAMS, releaseOf, type Program, type Release } from './versions.ts';

export interface Found {
  readonly path: string;
  readonly from: 'FABRIC_BIN' | 'PATH' | 'cache';
  readonly version: string;
}

/** The programs there are already: in FABRIC_BIN, on the PATH, or in the cache, whichever fits first. */
export async function findPrograms(config: Config, say: Say): Promise<ReadonlyMap<Program, Found>> {
  const found = await Promise.all(PROGRAMS.map(async (program) => [program, await findProgram(config, program, say)] as const));
  return new Map(found.flatMap(([program, it]) => (it === undefined ? [] : [[program, it] as const])));
}

/** Folder of the cache that holds a release. */
export function cacheOf(config: Config, release: Release): string {
  return join(config.cacheFolder, `${release.folder}-${release.version}`);
}

async function findProgram(config: Config, program: Program, say: Say): Promise<Found | undefined> {
  const release = releaseOf(program);
  if (config.fabricBin !== undefined) {
    const path = join(config.fabricBin, program);
    const version = await versionOf(path, program);
    if (version !== undefined && fits(release, version)) return { path, from: 'FABRIC_BIN', version };
    say(`FABRIC_BIN has ${version === undefined ? `no usable ${program}` : `${program} ${version}`}, ${release.version} or newer of its line is needed: looking elsewhere`);
  }
  for (const folder of config.searchPath) {
    const path = join(folder, program);
    const version = await versionOf(path, program);
    if (version !== undefined && fits(release, version)) return { path, from: 'PATH', version };
  }
  const path = join(cacheOf(config, release), program);
  return executable(path) ? { path, from: 'cache', version: release.version } : undefined;
}

async function versionOf(path: string, program: Program): Promise<string | undefined> {
  if (!executable(path)) return undefined;
  // osnadmin cannot say its version; the peer it came with can.
  if (program === 'osnadmin') return versionOf(join(dirname(path), 'peer'), 'peer');
  const { stdout } = await run(path, [program === 'configtxgen' ? '-version' : 'version'], { timeout: 20_000 });
  return /Version:\s*v?(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
