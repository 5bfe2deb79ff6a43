import { parseArgs } from 'node:util';

/** What a run is told on the command line. */
export interface BenchOptions {
  readonly workload: string;
  readonly seconds: number;
  readonly payers: number;
  readonly json: string | undefined;
  readonly name: string;
  readonly basePort: number;
  /** Payments per second offered by the open loop. */
  readonly rate: number;
}

export function readOptions(argv: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '20' },
      payers: { type: 'string', default: '2000' },
      rate: { type: 'string', default: '200' },
      json: { type: 'string' },
      name: { type: 'string', default: 'bench' },
      'base-port': { type: 'string', default: '26000' },
    },
  });
  return {
    workload: positionals[0] ?? '',
    seconds: Number(values.seconds),
    payers: Number(values.payers),
    rate: Number(values.rate),
    json: values.json,
    name: values.name,
    basePort: Number(values['base-port']),
  };
}
