import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the surroundings decide. This is the only file of the package that reads the environment. */
export interface Config {
  /** Folder with Fabric's programs, as the user gave it. */
  readonly fabricBin: string | undefined;
  readonly searchPath: readonly string[];
  /** Where built programs are kept, outside the checkout. */
  readonly cacheFolder: string;
  /** The checkout this package is part of. */
  readonly repository: string;
  readonly temporaryFolder: string;
  /** Environment for the compiler: the user's own. */
  readonly buildEnvironment: Readonly<Record<string, string | undefined>>;
  /** Environment for the network's processes: small, so that no CORE_ or ORDERER_ variable of the user's shell changes them. */
  readonly processEnvironment: Readonly<Record<string, string>>;
}

export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const cacheRoot = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return {
    fabricBin: env['FABRIC_BIN'] || undefined,
    searchPath: (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    cacheFolder: join(cacheRoot, 'tallystick'),
    repository: dirname(dirname(dirname(fileURLToPath(import.meta.url)))),
    temporaryFolder: tmpdir(),
    buildEnvironment: env,
    processEnvironment: { PATH: env['PATH'] ?? '/usr/bin:/bin', HOME: homedir(), TMPDIR: tmpdir() },
  };
}
