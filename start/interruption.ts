/** Whether and when somebody wants an end. */
export interface Interruption {
  /** Settles with the first signal, or when the process that started this one is gone; a second signal changes nothing. */
  readonly happened: Promise<void>;
  readonly hasHappened: () => boolean;
  readonly unwatch: () => void;
}

export function watchForInterruption(): Interruption {
  const starter = process.ppid;
  const { promise, resolve } = Promise.withResolvers<void>();
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  // This also keeps the process alive while it waits.
  const watch = setInterval(() => {
    if (process.ppid !== starter) interrupt();
  }, 500);
  return { happened: promise, hasHappened: () => interrupted, unwatch: () => clearInterval(watch) };
}
