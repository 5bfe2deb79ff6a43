import { run } from '../run.ts';
import { compareVersions, GO_MINIMUM } from './versions.ts';

/** The Go version in use, or why Go cannot be used. */
export async function goVersion(env: Readonly<Record<string, string | undefined>>): Promise<{ readonly version?: string; readonly problem?: string }> {
  const outcome = await run('go', ['env', 'GOVERSION'], { env: { ...env, GOTOOLCHAIN: 'local' }, timeout: 20_000 });
  const version = /^go(\d+\.\d+(?:\.\d+)?)/.exec(outcome.stdout.trim())?.[1];
  if (!outcome.ok || version === undefined) return { problem: 'Go is not installed, or `go` is not on the PATH' };
  if (compareVersions(version, GO_MINIMUM) < 0) return { version, problem: `Go ${version} is too old, ${GO_MINIMUM} or newer is needed` };
  return { version };
}

/** Why the C compiler cannot be used, or undefined when it can. */
export async function compilerProblem(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const named = (await run('go', ['env', 'CC'], { env: { ...env, GOTOOLCHAIN: 'local' }, timeout: 20_000 })).stdout.trim();
  const [compiler = 'cc'] = named.split(' ');
  const outcome = await run(compiler, ['--version'], { env, timeout: 20_000 });
  return outcome.ok ? undefined : `the C compiler ${compiler}, which the certificate authority's SQLite needs, is not installed`;
}
