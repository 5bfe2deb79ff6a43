#!/usr/bin/env node
// The command line client. It is TypeScript that a recent Node runs as it is; the starter finds one.
process.argv.splice(2, 0, 'client/src/cli/main.ts');
await import('../../start/bootstrap.mjs');
