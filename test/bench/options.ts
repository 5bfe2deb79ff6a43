import { parseArgs } from 'node:util';

/** What a run is told on the command line. */
export interface BenchOptions {
  readonly workloads: readonly string[];
  readonly seconds: number;
  readonly payers: number;
  readonly json: string | undefined;
  readonly name: string;
  readonly basePort: number;
  /** Requests per second that an open loop offers; undefined: what the workload is asked for by itself. */
  readonly rate: number | undefined;
  /** How payments reach the gateways. */
  readonly http: 'bulk' | 'single';
  /** Of `growth`: how many accounts there are in the end, and how many payments are made on the way. */
  readonly accounts: number;
  readonly payments: number;
  /** Say where a gateway and a chaincode process spend their time. */
  readonly profile: boolean;
  /** Of `reads`: rows of the index. */
  readonly rows: number;
}

const COUNT = /^[1-9][0-9]*$/;

/** @throws Error that says which option is wrong */
export function readOptions(argv: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '20' },
      payers: { type: 'string', default: '2000' },
      rate: { type: 'string' },
      http: { type: 'string', default: 'bulk' },
      accounts: { type: 'string', default: '1000000' },
      payments: { type: 'string', default: '2000000' },
      rows: { type: 'string', default: '10000000' },
      profile: { type: 'boolean', default: false },
      json: { type: 'string' },
      name: { type: 'string', default: 'bench' },
      'base-port': { type: 'string', default: '26000' },
    },
  });
  const count = (name: 'seconds' | 'payers' | 'rate' | 'accounts' | 'payments' | 'rows' | 'base-port'): number => {
    const value = values[name] ?? '';
    if (!COUNT.test(value)) throw new Error(`--${name} is a whole number above 0`);
    return Number(value);
  };
  if (values.http !== 'bulk' && values.http !== 'single') throw new Error('--http is bulk or single');
  return {
    workloads: positionals,
    seconds: count('seconds'),
    payers: count('payers'),
    rate: values.rate === undefined ? undefined : count('rate'),
    http: values.http,
    accounts: count('accounts'),
    payments: count('payments'),
    profile: values.profile,
    rows: count('rows'),
    json: values.json,
    name: values.name,
    basePort: count('base-port'),
  };
}
