import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import Mocha from 'mocha';
import { NetworkFailure } from '../network/src/index.ts';
import { closeConsortium, prepareConsortium } from './support/consortium.ts';

/**
 * Runs the suites, those without a network first: `npm test`, or `npm test -- domain e2e/credit` for some folders or files.
 * The end-to-end suites share one network, started by the first that asks for it.
 */
const SUITES = ['domain', 'contracts', 'client', 'gateway', 'network', 'bench', 'e2e/api', 'e2e/credit', 'e2e/interop', 'e2e/story', 'e2e/portal', 'e2e/attack', 'e2e/chaos', 'e2e/members', 'e2e/laws'];
const TIMEOUT_MS = 30_000;

const asked = process.argv.slice(2);
const files = SUITES.flatMap((suite) => globSync([`${suite}/**/*.test.ts`, `${suite}.test.ts`], { cwd: import.meta.dirname }).sort());
const forgotten = globSync('**/*.test.ts', { cwd: import.meta.dirname }).filter((file) => !files.includes(file));
const chosen = asked.length === 0 ? files : files.filter((file) => asked.some((part) => relative('', file).startsWith(part)));
if (chosen.length === 0 || forgotten.length > 0) {
  console.error(forgotten.length > 0 ? `No suite has ${forgotten.join(', ')}.` : `There are the suites ${SUITES.join(', ')}.`);
  process.exit(1);
}

if (chosen.some((file) => file.startsWith('e2e'))) await prepare();

const mocha = new Mocha({ timeout: TIMEOUT_MS, slow: 5_000, forbidOnly: process.env['CI'] !== undefined });
for (const file of chosen) mocha.addFile(join(import.meta.dirname, file));
await mocha.loadFilesAsync();
let passed = 0;
let failed = 0;
const runner = mocha.run(() => void finish());
runner.on('pass', () => passed++);
runner.on('fail', () => failed++);

async function prepare(): Promise<void> {
  try {
    await prepareConsortium();
  } catch (error) {
    if (!(error instanceof NetworkFailure)) throw error;
    console.error(error.lines.join('\n'));
    process.exit(1);
  }
}

async function finish(): Promise<void> {
  await closeConsortium();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}
