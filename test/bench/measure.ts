/** What a workload counted while it was measured. */
export interface Measured {
  /** Payments, or what else the workload counts. */
  readonly committed: number;
  readonly refused: number;
  readonly seconds: number;
  /** Milliseconds, of each piece of work but those of which everything was refused: who is turned away at once would better them. */
  readonly latencies: readonly number[];
  /** What the workload has to say beside: a line each, of the same members. */
  readonly rows?: readonly Row[];
}

export type Row = Readonly<Record<string, string | number>>;

/** What came of one piece of work. */
export interface Counted {
  readonly committed: number;
  readonly refused: number;
}

/** Told when the measured span begins and when it ends. */
export interface Span {
  readonly begin: () => void;
  readonly end: () => void;
}

interface LoopOptions {
  readonly seconds: number;
  /** First, and not counted. */
  readonly warmUpSeconds: number;
  readonly span?: Span;
}

export interface ClosedLoopOptions extends LoopOptions {
  readonly workers: number;
  /** Sends the next piece of work. Undefined: there is no more. */
  readonly send: (worker: number) => Promise<Counted | undefined>;
}

/** Closed loop: each worker sends its next piece of work when the last is answered. */
export async function closedLoop({ seconds, warmUpSeconds, workers, send, span }: ClosedLoopOptions): Promise<Measured> {
  const start = performance.now() + warmUpSeconds * 1_000;
  const end = start + seconds * 1_000;
  let committed = 0;
  let refused = 0;
  const latencies: number[] = [];
  let isEmpty = false;
  const work = async (worker: number): Promise<void> => {
    while (performance.now() < end) {
      const began = performance.now();
      const result = await send(worker);
      const now = performance.now();
      if (result === undefined) {
        isEmpty ||= now < end;
        return;
      }
      // What is answered inside the span counts, whenever it began: in a steady state the two ends cancel out.
      if (now < start || now > end) continue;
      committed += result.committed;
      refused += result.refused;
      if (!isNothing(result)) latencies.push(now - began);
    }
  };
  const done = bounded(span, start, end);
  await Promise.all([...Array.from({ length: workers }, (_, worker) => work(worker)), done]);
  if (isEmpty) throw new Error('the prepared load was used up before the end: what was measured is less than what could be');
  return { committed, refused, seconds, latencies };
}

export interface OpenLoopOptions extends LoopOptions {
  /** Requests begun each second. */
  readonly rate: number;
  readonly send: () => Promise<Counted>;
}

/** Open loop: work begins at its time whether or not earlier work is answered, and its latency counts from that time, so waiting is not hidden. */
export async function openLoop({ seconds, warmUpSeconds, rate, send, span }: OpenLoopOptions): Promise<Measured> {
  const first = performance.now();
  const start = first + warmUpSeconds * 1_000;
  const end = start + seconds * 1_000;
  const latencies: number[] = [];
  let committed = 0;
  let refused = 0;
  const pending: Promise<void>[] = [];
  const done = bounded(span, start, end);
  let failed = false;
  for (let number = 0; !failed; number++) {
    const at = first + (number * 1_000) / rate;
    if (at >= end) break;
    const wait = at - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const one = send().then((result) => {
      if (at < start) return;
      if (!isNothing(result)) latencies.push(performance.now() - at);
      committed += result.committed;
      refused += result.refused;
    });
    // Seen at once and thrown below: a failure ends the run.
    one.catch(() => (failed = true));
    pending.push(one);
  }
  await Promise.all([...pending, done]);
  return { committed, refused, seconds, latencies };
}

export type DrainOptions = Omit<ClosedLoopOptions, 'seconds'>;

/** Closed loop until the prepared work is used up: measured until the first worker finds nothing more. */
export async function drain({ warmUpSeconds, workers, send, span }: DrainOptions): Promise<Measured> {
  const start = performance.now() + warmUpSeconds * 1_000;
  let end: number | undefined;
  let committed = 0;
  let refused = 0;
  const latencies: number[] = [];
  const beginning = setTimeout(() => span?.begin(), warmUpSeconds * 1_000);
  const work = async (worker: number): Promise<void> => {
    for (;;) {
      const began = performance.now();
      const result = await send(worker);
      const now = performance.now();
      if (result === undefined) {
        if (end === undefined) {
          end = now;
          span?.end();
        }
        return;
      }
      if (now < start || end !== undefined) continue;
      committed += result.committed;
      refused += result.refused;
      if (!isNothing(result)) latencies.push(now - began);
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  clearTimeout(beginning);
  if (end === undefined || end < start) throw new Error('the prepared load was used up while warming up: ask for more payments');
  return { committed, refused, seconds: (end - start) / 1_000, latencies };
}

function isNothing({ committed, refused }: Counted): boolean {
  return committed === 0 && refused > 0;
}

async function bounded(span: Span | undefined, start: number, end: number): Promise<void> {
  if (span === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, start - performance.now()));
  span.begin();
  await new Promise((resolve) => setTimeout(resolve, end - performance.now()));
  span.end();
}
