#!/usr/bin/env node
// The command line client. It is TypeScript, which Node runs as it is from version 24 on: an older one hands over to the
// Node that npm has installed with the other packages.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 24;
const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) {
  await import('../src/cli/main.ts');
} else {
  const args = ['--disable-warning=ExperimentalWarning', pathOf('../src/cli/main.ts'), ...process.argv.slice(2)];
  const { status, error } = spawnSync(pathOf('../../node_modules/.bin/node'), args, { stdio: 'inherit' });
  if (error !== undefined) console.error(`Node ${OLDEST_NODE} or newer is needed; "npm ci" installs it with the other packages.`);
  process.exitCode = status ?? 1;
}
