import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { NetworkFailure } from '../failure.ts';
import { seconds, step, type Say } from '../progress.ts';
import { complaint, run, type Outcome } from '../run.ts';
import { cacheOf, findPrograms } from './find.ts';
import { compilerProblem, goVersion } from './toolchain.ts';
import { GO_MINIMUM, PROGRAMS, releaseOf, type Program, type Programs, type Release } from './versions.ts';

/** Every program a network runs: found, or built from the pinned modules into the cache. */
export async function ensurePrograms(config: Config, say: Say): Promise<Programs> {
  const found = await findPrograms(config, say);
  const paths = new Map([...found].map(([program, it]) => [program, it.path]));
  const missing = PROGRAMS.filter((program) => !paths.has(program));
  if (missing.length > 0) {
    await requireToolchain(config, missing);
    await fetchModules(config, missing, say);
    const build = async (program: Program): Promise<void> => {
      const title = `building ${program} (${missing.indexOf(program) + 1}/${missing.length})`;
      paths.set(program, await buildProgram(config, program, title, say));
    };
    // Fabric's programs share most packages, so one after the other; the CA, with its one large C file, beside them.
    await Promise.all(releasesOf(missing).map(async (release) => {
      for (const program of missing.filter((it) => releaseOf(it) === release)) await build(program);
    }));
  }
  return Object.fromEntries(paths) as Record<Program, string>;
}

async function requireToolchain(config: Config, missing: readonly Program[]): Promise<void> {
  const what = `${missing.join(', ')} must be built once`;
  const { problem } = await goVersion(config.buildEnvironment);
  if (problem !== undefined) {
    throw new NetworkFailure(`${what}, but ${problem}.`, `Install Go ${GO_MINIMUM} or newer, or set FABRIC_BIN to a folder with Fabric's own binaries.`);
  }
  if (!missing.some((program) => releaseOf(program).needsC)) return;
  const compiler = await compilerProblem(config.buildEnvironment);
  if (compiler !== undefined) {
    throw new NetworkFailure(`${what}, but ${compiler}.`, 'Install a C compiler (package gcc or clang), or set FABRIC_BIN to a folder that has fabric-ca-server.');
  }
}

async function fetchModules(config: Config, missing: readonly Program[], say: Say): Promise<void> {
  for (const release of releasesOf(missing)) {
    await step(say, `fetching the Go modules of ${release.folder} ${release.version}`, async () => {
      check(await go(config, release, ['mod', 'download']), `the Go modules of ${release.folder} could not be fetched`);
    });
  }
}

function releasesOf(programs: readonly Program[]): readonly Release[] {
  return [...new Set(programs.map(releaseOf))];
}

/** Builds into a folder of its own and moves the finished program into the cache, so two builds at once do no harm. */
async function buildProgram(config: Config, program: Program, title: string, say: Say): Promise<string> {
  const release = releaseOf(program);
  const cache = cacheOf(config, release);
  mkdirSync(cache, { recursive: true });
  const workshop = mkdtempSync(join(cache, '.building-'));
  const started = performance.now();
  const ticker = setInterval(() => say(`${title} … ${seconds(performance.now() - started)} so far`), 15_000);
  try {
    say(`${title} …`);
    const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags', release.linkerFlags, '-o', join(workshop, program), `${release.module}/cmd/${program}`];
    check(await go(config, release, args), `${program} could not be built`);
    renameSync(join(workshop, program), join(cache, program));
    say(`${title} … ${seconds(performance.now() - started)}`);
    return join(cache, program);
  } finally {
    clearInterval(ticker);
    rmSync(workshop, { recursive: true, force: true });
  }
}

function go(config: Config, release: Release, args: readonly string[]): Promise<Outcome> {
  return run('go', args, {
    cwd: join(config.repository, 'network', release.folder),
    // The toolchain on this machine and the modules pinned here, nothing that a workspace file would put in their place.
    env: { ...config.buildEnvironment, GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: release.needsC ? '1' : '0' },
  });
}

function check(outcome: Outcome, problem: string): void {
  if (!outcome.ok) throw new NetworkFailure(`${problem}: ${complaint(outcome)}`, 'See that the Go module proxy can be reached (`go env GOPROXY`), then run the command again.');
}
