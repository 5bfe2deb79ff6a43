import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 100;

/** Asks until there is an answer; fails when it has not come in time. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, limitMs = 20_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`${what} did not come within ${limitMs / 1_000} s`);
    await sleep(INTERVAL_MS);
  }
}

/** The code of a refusal of the chaincode inside Fabric's own words. */
export function refusalCode(message: string): string | undefined {
  return /\b([A-Z]+(?:_[A-Z]+)+) \{/.exec(message)?.[1];
}
