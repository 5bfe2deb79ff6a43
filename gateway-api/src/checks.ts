import { addTo } from './count.ts';
import type { LedgerClient } from './fabric/ledger-client.ts';
import { HttpError } from './http/http-error.ts';
import { FairQueue } from './sequencer/fair-queue.ts';

/** After each check there is none for so many times as long as it took: of the chaincode process they have a third of a place, whoever asks for how many, and tens a second while it has little to do. */
const REST = 2;
const LONGEST_REST_MS = 2_000;
/** Of one signer and of all that wait: more would only wait longer. */
const OF_SIGNER = 8;
const MOST_WAITING = 256;
/** Whose turn has not come by then is turned away. */
const PATIENCE_MS = 5_000;

interface Waiting {
  readonly since: number;
  /** @param isTurn whether it goes on; otherwise it has waited too long */
  readonly told: (isTurn: boolean) => void;
}

/** Pre-checks of payments, judged where endorsements wait behind them: one at a time with a rest after it, of each signer in turn. */
export class Checks {
  readonly #ledger: Pick<LedgerClient, 'check'>;
  readonly #waiting = new FairQueue<Waiting>();
  readonly #bySigner = new Map<string, number>();
  #isBusy = false;

  constructor(ledger: Pick<LedgerClient, 'check'>) {
    this.#ledger = ledger;
  }

  /** @param signer who asks @throws HttpError TOO_MANY_REQUESTS; as the ledger does */
  async check(signer: string, ...asked: Parameters<LedgerClient['check']>): ReturnType<LedgerClient['check']> {
    if ((this.#bySigner.get(signer) ?? 0) >= OF_SIGNER || this.#waiting.size >= MOST_WAITING) throw new HttpError('TOO_MANY_REQUESTS');
    addTo(this.#bySigner, signer, 1);
    try {
      if (!(await this.#turn(signer))) throw new HttpError('TOO_MANY_REQUESTS');
      const began = performance.now();
      return await this.#ledger.check(...asked).finally(() => this.#rest(performance.now() - began));
    } finally {
      addTo(this.#bySigner, signer, -1);
    }
  }

  #turn(signer: string): Promise<boolean> {
    return new Promise((told) => {
      this.#waiting.push(signer, { since: performance.now(), told });
      this.#next();
    });
  }

  #rest(took: number): void {
    const over = (): void => {
      this.#isBusy = false;
      this.#next();
    };
    setTimeout(over, Math.min(REST * took, LONGEST_REST_MS)).unref();
  }

  #next(): void {
    this.#waiting.drain(({ since, told }) => {
      const isTurn = performance.now() - since <= PATIENCE_MS;
      if (isTurn && this.#isBusy) return false;
      this.#isBusy ||= isTurn;
      told(isTurn);
      return true;
    });
  }
}
