import { globSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';
import { closeConsortium } from './support/consortium.ts';

/**
 * Runs the suites, those without a network first: `npm test`, or `npm test -- domain gateway` for some folders.
 * The end-to-end suites share one network, started by the first that asks for it.
 */
const SUITES = ['domain', 'contracts', 'client', 'gateway', 'network', 'start', 'e2e'];
const TIMEOUT_MS = 30_000;

const asked = process.argv.slice(2);
const suites = asked.length === 0 ? SUITES : SUITES.filter((suite) => asked.includes(suite));
if (suites.length < asked.length) {
  console.error(`There are the suites ${SUITES.join(', ')}.`);
  process.exit(1);
}

const mocha = new Mocha({ timeout: TIMEOUT_MS, slow: 5_000, forbidOnly: process.env['CI'] !== undefined });
for (const suite of suites) {
  for (const file of globSync(join(import.meta.dirname, suite, '**/*.test.ts')).sort()) mocha.addFile(file);
}
await mocha.loadFilesAsync();
let passed = 0;
let failed = 0;
const runner = mocha.run(() => void finish());
runner.on('pass', () => passed++);
runner.on('fail', () => failed++);

async function finish(): Promise<void> {
  await closeConsortium();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}
