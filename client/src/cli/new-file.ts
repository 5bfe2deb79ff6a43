import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { Mistake } from './mistake.ts';

/**
 * For what is told only once: its file is there, the owner's alone, before it is asked for, so that it is on disk before anything else can fail.
 * @throws Mistake when the file is there already or cannot be made
 */
export async function intoNewFile<T>(path: string, ask: () => Promise<T>, contentOf: (answer: T) => Uint8Array): Promise<T> {
  const file = open(path);
  try {
    const answer = await ask().catch((error: unknown) => {
      rmSync(path);
      throw error;
    });
    writeFileSync(file, contentOf(answer), { flush: true });
    return answer;
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'is there already' : 'cannot be written';
    throw new Mistake(`The file ${path} ${why}.`, 'Name another one with --out; nothing was asked for yet.');
  }
}
