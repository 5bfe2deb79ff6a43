import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The folder of a network holds keys: nobody else looks into what is made in it. */
const FOLDER_MODE = 0o700;

/** Writes a file whole or not at all, and makes its folder. `secret` keeps it from other users. */
export function writeFile(path: string, content: string | Uint8Array, kind: 'open' | 'secret' = 'open'): void {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, content, { mode: kind === 'secret' ? 0o600 : 0o644 });
  renameSync(draft, path);
}

export function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

/** The text of a file, or undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readText(path) : undefined;
}

export function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
