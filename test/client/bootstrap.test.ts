import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';

const BOOTSTRAP = new URL('../../start/bootstrap.mjs', import.meta.url);
const LOCK = { packages: { '': { name: 'x' }, client: {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/rare': { version: '1.0.0', optional: true } } };

/** A checkout with a lockfile, a script, and a program in the place of npm that notes that it ran. */
describe('bootstrap', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bootstrap-'));
    write('package-lock.json', JSON.stringify(LOCK));
    write('script.ts', 'const status: number = Number(process.argv[2]);\nconsole.log(process.argv.slice(2).join(" "));\nprocess.exit(status);\n');
    // The real npm makes this folder; the Node in it is the one that runs the test.
    const npm = ['#!/bin/sh', `echo "$@" >> ${join(folder, 'npm.log')}`, `mkdir -p ${join(folder, 'node_modules', '.bin')}`, `ln -sf ${process.execPath} ${join(folder, 'node_modules', '.bin', 'node')}`];
    write('bin/npm', `${npm.join('\n')}\n`);
    chmodSync(join(folder, 'bin/npm'), 0o755);
    write('start/bootstrap.mjs', '');
    copyFileSync(BOOTSTRAP, join(folder, 'start/bootstrap.mjs'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  const environment = (): NodeJS.ProcessEnv => ({ PATH: `${join(folder, 'bin')}:/usr/bin:/bin` });
  const start = (...args: readonly string[]) => spawnSync(process.execPath, [join(folder, 'start/bootstrap.mjs'), ...args], { encoding: 'utf8', env: environment() });
  const installs = (): number => (existsSync(join(folder, 'npm.log')) ? readFileSync(join(folder, 'npm.log'), 'utf8').trim().split('\n').length : 0);

  it('installs the packages once, then runs the script with its arguments and status', () => {
    const first = start('script.ts', '3', '--exit');
    expect(first).to.include({ status: 3, stdout: '3 --exit\n' });
    expect(first.stderr).to.contain('Installing the packages');
    expect(start('script.ts', '0')).to.include({ status: 0, stdout: '0\n', stderr: '' });
    expect(installs()).to.equal(1);
    expect(readFileSync(join(folder, 'node_modules/.tallystick-lock'), 'utf8')).to.equal(createHash('sha256').update(JSON.stringify(LOCK)).digest('hex'));
  });

  it('installs again when the lockfile has changed', () => {
    start('script.ts', '0');
    write('package-lock.json', JSON.stringify({ packages: { ...LOCK.packages, 'node_modules/b': { version: '2.0.0' } } }));
    start('script.ts', '0');
    expect(installs()).to.equal(2);
  });

  for (const [what, version, expected] of [['right', '1.0.0', 0], ['another', '1.0.1', 1]] as const) {
    it(`looks at what npm has installed by another command: ${what} version`, () => {
      write('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version } } }));
      mkdirSync(join(folder, 'node_modules/.bin'));
      symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'));
      expect(start('script.ts', '0')).to.include({ status: 0 });
      expect(installs()).to.equal(expected);
    });
  }

  it('says so when the packages cannot be installed, and runs nothing', () => {
    write('bin/npm', '#!/bin/sh\necho registry is away >&2\nexit 1\n');
    const { status, stdout, stderr } = start('script.ts', '0');
    expect({ status, stdout }).to.deep.equal({ status: 1, stdout: '' });
    expect(stderr).to.contain('registry is away').and.to.contain('could not be installed');
  });

  it('passes a signal on and ends as the script does', async () => {
    write('wait.ts', 'process.on("SIGTERM", () => process.exit(7));\nsetInterval(() => undefined, 1000);\nconsole.log("up");\n');
    const child = spawn(process.execPath, [join(folder, 'start/bootstrap.mjs'), 'wait.ts'], { env: environment() });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGTERM');
    expect(await new Promise((resolve) => child.once('exit', resolve))).to.equal(7);
  });
});
