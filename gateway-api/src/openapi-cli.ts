import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openApi } from './http/openapi.ts';
import { ROUTES } from './routes/all.ts';

/** Writes docs/openapi.json, or with `--check` says whether it is what the code says. */
const FILE = join(import.meta.dirname, '..', '..', 'docs', 'openapi.json');
const text = `${JSON.stringify(openApi(ROUTES), undefined, 2)}\n`;

if (!process.argv.includes('--check')) {
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, text);
} else if (readFileSync(FILE, 'utf8') !== text) {
  process.stderr.write('docs/openapi.json is not what the code says; run node gateway-api/src/openapi-cli.ts\n');
  process.exit(1);
}
