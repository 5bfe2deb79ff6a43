import { parseInstant } from '@tallystick/chaincode/domain';
import type { BatchLedger } from '../fabric/ledger-client.ts';
import type { Log } from '../log.ts';

const TICK_AFTER_MS = 60_000;
const LOOK_EVERY_MS = 5_000;

export interface ClockKeeper {
  /** Moves the clock now; one attempt at a time, whoever asks. */
  readonly tick: () => Promise<void>;
  readonly close: () => void;
}

/** Moves the ledger clock when it is a minute old. Any gateway does; some chance keeps them from doing it at once. */
export function keepClock(ledger: Pick<BatchLedger, 'tick'>, clock: () => string | undefined, log: Log): ClockKeeper {
  let ticking: Promise<void> | undefined;
  const attempt = async (): Promise<void> => {
    const result = await ledger.tick();
    if (result.kind === 'committed') log.debug({ block: result.block }, 'moved the ledger clock');
    // Another gateway was quicker: the clock is moved all the same.
    else log.debug({ result }, 'did not move the ledger clock');
  };
  const tick = (): Promise<void> => {
    ticking ??= attempt().finally(() => (ticking = undefined));
    return ticking;
  };
  let patience = newPatience();
  const timer = setInterval(() => {
    const at = clock();
    if (at === undefined || Date.now() - parseInstant(at) < patience) return;
    patience = newPatience();
    tick().catch((error: unknown) => log.warn({ error }, 'the ledger clock could not be moved'));
  }, LOOK_EVERY_MS);
  timer.unref();
  return { tick, close: () => clearInterval(timer) };
}

function newPatience(): number {
  return TICK_AFTER_MS + Math.random() * 15_000;
}
