// Runs a script of this repository: `node start/bootstrap.mjs <script.ts> [arguments]`.
// The repository is TypeScript that a recent Node runs as it is; this file is plain JavaScript, so that an older Node can
// fetch the recent one together with the other packages. It has no dependencies, since it runs before there are any.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants as system, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 19];
/** From here on Node runs TypeScript without being asked to. */
const TYPE_STRIPPING_NODE = [24, 0];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.tallystick-lock');

main(process.argv.slice(2));

function main([script, ...args]) {
  if (script === undefined) fail('Usage: node start/bootstrap.mjs <script.ts> [arguments]');
  if (!isAtLeast(OLDEST_NODE)) fail(`Node ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.versions.node}. Get one from https://nodejs.org.`);
  installPackages();
  runScript(script, args);
}

function installPackages() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const digest = createHash('sha256').update(lock).digest('hex');
  if (read(stamp) === digest) return;
  if (!isInstalled(JSON.parse(lock))) runNpmCi();
  writeFileSync(stamp, digest);
}

/** Whether npm has put in place what the lockfile says, by whatever command. */
function isInstalled(lock) {
  const installed = JSON.parse(read(join(modules, '.package-lock.json')) ?? '{}').packages ?? {};
  return Object.entries(lock.packages).every(([path, wanted]) => {
    const isOurs = !path.includes('node_modules/');
    const mayBeAbsent = wanted.optional === true || wanted.devOptional === true;
    const found = installed[path];
    return isOurs || (found === undefined ? mayBeAbsent : found.version === wanted.version);
  });
}

function runNpmCi() {
  console.error('Installing the packages of package-lock.json …');
  const started = Date.now();
  // npm tells its scripts where it is; otherwise it is looked for on the path.
  const npm = process.env.npm_execpath;
  const [program, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  const options = ['ci', '--no-fund', '--no-audit', '--loglevel=error'];
  const { status, error } = spawnSync(program, [...first, ...options], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: npmEnvironment(),
  });
  if (error !== undefined) fail(`npm cannot be started (${error.message}). It comes with Node.`);
  if (status !== 0) fail('The packages could not be installed; what npm said stands above. Is the package registry reachable?');
  console.error(`Packages installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** Where there is no home, npm's cache goes next to the repository's other state. */
function npmEnvironment() {
  if (process.env.npm_config_cache !== undefined || isWritable(homeFolder())) return process.env;
  return { ...process.env, npm_config_cache: join(root, '.tallystick', 'npm-cache') };
}

function homeFolder() {
  try {
    return homedir();
  } catch {
    return '';
  }
}

function runScript(script, args) {
  const child = spawn(nodeProgram(), ['--disable-warning=ExperimentalWarning', join(root, script), ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  endWithStarter(child);
  child.on('error', ({ message }) => fail(`Node cannot be started: ${message}`));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + (system.signals[signal] ?? 0)));
}

/** npm starts scripts through a shell that may die of a signal without passing it on. */
function endWithStarter(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const starter = process.ppid;
  setInterval(() => {
    if (process.ppid !== starter) child.kill('SIGTERM');
  }, 500).unref();
}

/** The Node of the packages, the same for everybody; where there is none for this platform, the running one if it will do. */
function nodeProgram() {
  const packaged = join(modules, '.bin', 'node');
  if (existsSync(packaged) && spawnSync(packaged, ['--version']).status === 0) return packaged;
  if (isAtLeast(TYPE_STRIPPING_NODE)) return process.execPath;
  return fail(`There is no packaged Node ${TYPE_STRIPPING_NODE[0]} for ${process.platform}-${process.arch}; start this with Node ${TYPE_STRIPPING_NODE[0]} or newer.`);
}

function isAtLeast([major, minor]) {
  const [runningMajor = 0, runningMinor = 0] = process.versions.node.split('.').map(Number);
  return runningMajor > major || (runningMajor === major && runningMinor >= minor);
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
