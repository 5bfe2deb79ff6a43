import { TallyError } from './error.ts';

/** How long to go on with something that may be tried again, and how to wait between two attempts. */
export interface Patience {
  /** Milliseconds from the first attempt after which no other is begun. */
  readonly limitMs: number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;

export function patience(limitMs: number): Patience {
  return { limitMs, sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)) };
}

/** Waits that double, each shortened at random so that many clients do not return together. */
export function* waits(): Generator<number, never> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) yield wait * (0.5 + Math.random() / 2);
}

/** Tries again as long as `mayRetry` says so and patience lasts; then throws what the last attempt threw. */
export async function retrying<T>({ limitMs, sleep }: Patience, mayRetry: (error: TallyError) => boolean, attempt: () => Promise<T>): Promise<T> {
  const started = performance.now();
  for (const wait of waits()) {
    try {
      return await attempt();
    } catch (error) {
      const isOver = performance.now() - started + wait > limitMs;
      if (isOver || !(error instanceof TallyError) || !mayRetry(error)) throw error;
    }
    await sleep(wait);
  }
  throw new Error('unreachable');
}

/** The gateway is there and says: later. */
export function isBusy({ status }: TallyError): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}

/** The same, or it is not there yet. */
export function isAway(error: TallyError): boolean {
  return error.code === 'GATEWAY_UNREACHABLE' || isBusy(error);
}

/**
 * Nobody can tell whether an instruction was taken: the same signed bytes may be sent again, a new one must not be signed.
 * A gateway that fails, or answers what nobody can read, may have had it recorded before.
 */
export function isUndecided(error: TallyError): boolean {
  const { code, status = 0 } = error;
  return code === 'INSTRUCTION_NOT_YET' || code === 'ANSWER_UNEXPECTED' || status >= 500 || isAway(error);
}
