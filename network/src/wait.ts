import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkFailure, reason } from './failure.ts';

export interface WaitOptions {
  /** What is awaited, for the message when it does not come. */
  readonly what: string;
  /** What to do when it does not come. */
  readonly next: string;
  readonly timeout?: number;
  readonly interval?: number;
}

/** Asks again and again until the answer is neither undefined nor an error; gives up with the last reason heard, or at once on a NetworkFailure. */
export async function waitFor<T>(options: WaitOptions, ask: () => Promise<T | undefined>): Promise<T> {
  const { what, next, timeout = 60_000, interval = 100 } = options;
  const deadline = Date.now() + timeout;
  let last = 'no answer yet';
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      if (error instanceof NetworkFailure) throw error;
      last = reason(error);
    }
    if (Date.now() > deadline) throw new NetworkFailure(`${what} did not come within ${timeout / 1000} s (${last})`, next);
    await sleep(interval);
  }
}
