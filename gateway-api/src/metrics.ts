import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Applied, BatchLedger } from './fabric/ledger-client.ts';
import type { Readiness } from './readiness.ts';

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const ENDORSEMENT_SECONDS = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4, 10];
const TRANSACTION_SECONDS = [0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 120];
const TRANSACTION_INSTRUCTIONS = [1, 8, 32, 64, 128, 250, 500];
const LOST_RACES: readonly string[] = ['MVCC_READ_CONFLICT', 'PHANTOM_READ_CONFLICT'];

/** What became of a transaction. */
type Result = 'valid' | 'answered' | 'conflict' | 'invalid' | 'refused' | 'rejected' | 'unavailable';

/** What is looked at when somebody asks for the figures. */
export interface Watched {
  readonly sequencer: { readonly waiting: number };
  readonly backlog: { readonly open: number };
  readonly readiness: { readonly now: () => Readiness };
}

export type Metrics = ReturnType<typeof openMetrics>;

/**
 * Figures of a gateway for who operates it, in Prometheus' text format. Every label has few values: names of accounts, signers or addresses
 * are none. An instruction costs one addition in a map, a request or a transaction an observation or two; the rest is done when the figures are asked for.
 */
export function openMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const transactions = transactionMetrics(registers);
  const outcomes = new Map<string, number>();
  let turnedAway = 0;
  new Counter({
    name: 'tallystick_outcomes_total',
    help: 'Instructions by what was told of them: applied, repeat, accepted (for later; counted again with its outcome), or the code of the problem.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of outcomes) this.inc({ outcome }, count);
    },
  });
  new Counter({
    name: 'tallystick_requests_turned_away_total',
    help: 'HTTP requests answered 429 as a whole.',
    registers,
    collect() {
      this.reset();
      this.inc(turnedAway);
    },
  });
  const requests = new Histogram({
    name: 'tallystick_http_request_seconds',
    help: 'Time from the head of a request to its answer, by route and class of status. What is turned away before it is read is not in it.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    registers,
  });
  return {
    /** @param outcome see tallystick_outcomes_total */
    told: (outcome: string, count = 1): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count),
    /** A request is turned away unread. */
    turnedAway: (): void => void turnedAway++,
    /** @param route with {members} @returns what to call with each answer's status */
    requestsOf: (method: string, route: string): ((status: number, milliseconds: number) => void) => {
      const labels = [1, 2, 3, 4, 5].map((hundreds) => ({ method, route, status: `${hundreds}xx` }));
      return (status, milliseconds) => {
        if (status === 429) turnedAway++;
        requests.observe(labels[Math.floor(status / 100) - 1] ?? {}, milliseconds / 1_000);
      };
    },
    transactions,
    watch: (watched: Watched): void => watch(watched, registers),
    /** Memory, CPU, event loop and garbage collection of this process. */
    watchProcess: (): void => collectDefaultMetrics({ register: registry }),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

/** Counts what goes through a ledger, by the transaction. */
function transactionMetrics(registers: Registry[]) {
  const results = new Counter({ name: 'tallystick_transactions_total', help: 'Transactions of this gateway by their end; answered: nothing was to be recorded.', labelNames: ['result'], registers });
  const running = new Gauge({ name: 'tallystick_transactions_in_flight', help: 'Transactions of this gateway whose end is not known yet.', registers });
  const instructions = new Histogram({ name: 'tallystick_transaction_instructions', help: 'Instructions in one transaction.', buckets: TRANSACTION_INSTRUCTIONS, registers });
  const endorsement = new Histogram({ name: 'tallystick_endorsement_seconds', help: 'Time until a transaction had its endorsements.', buckets: ENDORSEMENT_SECONDS, registers });
  const whole = new Histogram({ name: 'tallystick_transaction_seconds', help: 'Time until the end of a transaction was known, endorsement included.', buckets: TRANSACTION_SECONDS, registers });
  const apply = async (ledger: BatchLedger, ...[batch, endorsed]: Parameters<BatchLedger['apply']>): Promise<Applied> => {
    const began = performance.now();
    running.inc();
    try {
      const applied = await ledger.apply(batch, endorsed);
      results.inc({ result: resultOf(applied) });
      instructions.observe(batch.instructions.length);
      whole.observe((performance.now() - began) / 1_000);
      if ('endorsedIn' in applied && applied.endorsedIn !== undefined) endorsement.observe(applied.endorsedIn / 1_000);
      return applied;
    } finally {
      running.dec();
    }
  };
  return {
    /** The same ledger, counted. */
    of: (ledger: BatchLedger): BatchLedger => ({ apply: (batch, endorsed) => apply(ledger, batch, endorsed), tick: () => ledger.tick() }),
  };
}

function resultOf(applied: Applied): Result {
  if (applied.kind === 'committed') return 'valid';
  if (applied.kind !== 'conflict') return applied.kind;
  return LOST_RACES.includes(applied.validation) ? 'conflict' : 'invalid';
}

function watch({ sequencer, backlog, readiness }: Watched, registers: Registry[]): void {
  const gauge = (name: string, help: string, value: () => number | undefined): void => {
    new Gauge({
      name, help, registers,
      collect() {
        const now = value();
        if (now === undefined) this.remove();
        else this.set(now);
      },
    });
  };
  gauge('tallystick_waiting_instructions', 'Instructions that wait for a transaction.', () => sequencer.waiting);
  gauge('tallystick_backlog_instructions', 'Instructions accepted for later that have no outcome yet.', () => backlog.open);
  gauge('tallystick_ready', 'Whether /readyz answers 200.', () => Number(readiness.now().ready));
  gauge('tallystick_peer_blocks', 'Blocks of the own peer.', () => readiness.now().height);
  gauge('tallystick_index_blocks', 'Blocks in the index.', () => readiness.now().asOfBlock + 1);
  gauge('tallystick_index_lag_blocks', 'Blocks of the own peer that the index lacks.', () => {
    const { height, asOfBlock } = readiness.now();
    return Math.max(0, height - asOfBlock - 1);
  });
  gauge('tallystick_clock_age_seconds', 'How far the ledger clock is behind the clock of this machine.', () => {
    const { clock } = readiness.now();
    return clock === undefined ? undefined : (Date.now() - Date.parse(clock)) / 1_000;
  });
}
