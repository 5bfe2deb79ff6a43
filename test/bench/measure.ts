/** What a workload counted while it was measured. */
export interface Measured {
  readonly committed: number;
  readonly refused: number;
  readonly seconds: number;
  readonly latencies: readonly number[];
}

export interface LoopOptions {
  readonly seconds: number;
  /** Not counted, first. */
  readonly warmUpSeconds: number;
  readonly workers: number;
  /** Sends the next piece of work; answers how many were committed and refused. Undefined: there is no more. */
  readonly send: (worker: number) => Promise<{ readonly committed: number; readonly refused: number } | undefined>;
}

/** Closed loop: each worker sends its next piece of work when the last is answered. */
export async function closedLoop({ seconds, warmUpSeconds, workers, send }: LoopOptions): Promise<Measured> {
  const start = performance.now() + warmUpSeconds * 1_000;
  const end = start + seconds * 1_000;
  let committed = 0;
  let refused = 0;
  const latencies: number[] = [];
  const work = async (worker: number): Promise<void> => {
    while (performance.now() < end) {
      const began = performance.now();
      const result = await send(worker);
      const now = performance.now();
      if (result === undefined) return;
      // What is answered inside the window counts, whenever it began: in a steady state the two ends cancel out.
      if (now < start || now > end) continue;
      committed += result.committed;
      refused += result.refused;
      latencies.push(now - began);
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  return { committed, refused, seconds, latencies };
}

/** Open loop: work begins at its time whether or not earlier work is answered, so waiting is not hidden. */
export async function openLoop({ seconds, rate, send }: { readonly seconds: number; readonly rate: number; readonly send: () => Promise<boolean> }): Promise<Measured> {
  const start = performance.now();
  const latencies: number[] = [];
  let committed = 0;
  let refused = 0;
  const pending: Promise<void>[] = [];
  for (let number = 0; number < seconds * rate; number++) {
    const at = start + (number * 1_000) / rate;
    const wait = at - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    pending.push(
      send().then((ok) => {
        latencies.push(performance.now() - at);
        if (ok) committed++;
        else refused++;
      }),
    );
  }
  await Promise.all(pending);
  return { committed, refused, seconds: (performance.now() - start) / 1_000, latencies };
}
