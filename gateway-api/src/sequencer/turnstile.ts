import { QueueFullError } from '../turned-away.ts';

/** Lets so many through at a time, in order; beyond a length of the queue nobody may join it. */
export class Turnstile {
  readonly #atOnce: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor({ atOnce, maxWaiting }: { readonly atOnce: number; readonly maxWaiting: number }) {
    this.#atOnce = atOnce;
    this.#maxWaiting = maxWaiting;
  }

  /** @throws QueueFullError at once */
  pass<T>(action: () => Promise<T>): Promise<T> {
    if (this.#inside < this.#atOnce) return this.#run(action);
    if (this.#waiting.length >= this.#maxWaiting) throw new QueueFullError();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#waiting.push(() => resolve(undefined));
    return promise.then(() => this.#run(action));
  }

  async #run<T>(action: () => Promise<T>): Promise<T> {
    this.#inside++;
    try {
      return await action();
    } finally {
      this.#inside--;
      this.#waiting.shift()?.();
    }
  }
}
