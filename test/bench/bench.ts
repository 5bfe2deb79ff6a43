import type { Measured } from './measure.ts';
import type { Meter } from './meter.ts';
import type { BenchOptions } from './options.ts';
import type { Ground, Say } from './provision.ts';

/** What a workload works with. */
export interface Bench {
  readonly ground: Ground;
  readonly options: BenchOptions;
  readonly meter: Meter;
  readonly say: Say;
}

export type Workload = (bench: Bench) => Promise<Measured>;
