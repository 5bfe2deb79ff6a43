/**
 * Lets so many run at once; the others wait in the order they came, before they have read anything. Whoever runs longer than
 * its peer waits for it has been given up there: its place is free again, so nothing can hold a place for ever.
 */
export class Gate {
  readonly #patienceMs: number;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor({ atOnce, patienceMs }: { readonly atOnce: number; readonly patienceMs: number }) {
    this.#free = atOnce;
    this.#patienceMs = patienceMs;
  }

  async pass<T>(action: () => Promise<T>): Promise<T> {
    await this.#enter();
    let isInside = true;
    const leave = (): void => {
      if (isInside) this.#leave();
      isInside = false;
    };
    // It frees a place; it cannot change what anything reads or writes.
    // eslint-disable-next-line no-restricted-globals
    const timer = setTimeout(leave, this.#patienceMs);
    timer.unref();
    try {
      return await action();
    } finally {
      clearTimeout(timer);
      leave();
    }
  }

  #enter(): Promise<void> | undefined {
    if (this.#free === 0) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#free--;
    return undefined;
  }

  /** A place goes to whoever waits longest. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
