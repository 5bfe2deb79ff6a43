import { copyFileSync, existsSync, mkdirSync, openSync, statSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';

const LOG_LIMIT = 20 * 1024 * 1024;

/** Opens a log for appending; answers its descriptor. */
export function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  shorten(path);
  return openSync(path, 'a');
}

/** Puts a log that has grown too long aside, in place of the one before. Whoever writes it goes on at its beginning; lines written meanwhile may be lost. */
export function shorten(path: string): void {
  if (!existsSync(path) || statSync(path).size <= LOG_LIMIT) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}
