import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS } from '../chaincode/src/domain/index.ts';

/** Writes the pages that the code already says; with `--check` only compares. */
const pages: Readonly<Record<string, string>> = { 'errors.md': errorsPage() };

const stale = Object.entries(pages).filter(([name, text]) => read(name) !== text);
if (!process.argv.includes('--check')) for (const [name, text] of stale) writeFileSync(join(import.meta.dirname, name), text);
else if (stale.length > 0) {
  console.error(`docs/${stale.map(([name]) => name).join(', docs/')} is not what the code says. Run: npm run docs`);
  process.exit(1);
}

function errorsPage(): string {
  const rows = Object.entries(ERRORS)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([code, { status, recorded, meaning }]) => `| \`${code}\` | ${status} | ${recorded ? 'yes' : 'no'} | ${meaning} |`);
  return [
    '# Refusals of the ledger',
    '',
    'Written by `npm run docs` from the table in `chaincode/src/domain/error.ts`. *Recorded*: the refusal is the outcome of the instruction, for ever; otherwise nothing is left behind.',
    '',
    '| Code | HTTP | Recorded | Meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function read(name: string): string | undefined {
  try {
    return readFileSync(join(import.meta.dirname, name), 'utf8');
  } catch {
    return undefined;
  }
}
