import { join } from 'node:path';
import { cryptoKeeping } from '@tallystick/chaincode/crypto';
import { Checks } from './checks.ts';
import type { Config } from './config.ts';
import { openChain } from './fabric/chain.ts';
import { openEnvelopeStore } from './fabric/envelope-store.ts';
import { Directory, directoryKey } from './directory/directory.ts';
import { Access } from './http/access.ts';
import { openIndex, type LedgerIndex } from './index/ledger-index.ts';
import { isRemoved } from './index/wards.ts';
import type { Log } from './log.ts';
import { openMetrics, type Metrics } from './metrics.ts';
import { monitorReadiness, type ReadinessMonitor } from './readiness.ts';
import { certifyWith } from './registration/certificate-authority.ts';
import { Registrations } from './registration/registrations.ts';
import { openRegistrationStore } from './registration/store.ts';
import { keepClock } from './sequencer/clock-keeper.ts';
import { Backlog } from './sequencer/backlog.ts';
import { Forwarder } from './sequencer/forwarder.ts';
import { Intake } from './sequencer/intake.ts';
import { openJournal } from './sequencer/journal.ts';
import { Sequencer } from './sequencer/sequencer.ts';
import { openOfficer } from './sweeper/officer.ts';
import { keepSweeping } from './sweeper/sweeper.ts';

/** Public keys that are kept ready, 25 MB: of what a consortium pays a gateway verifies what its own accounts sign. */
const MOST_KEYS = 10_000;

/** What routes work with. */
export interface Gateway {
  readonly organizationId: string;
  readonly ledger: string;
  readonly access: Access;
  readonly index: LedgerIndex;
  readonly intake: Intake;
  readonly backlog: Backlog;
  /** Judge payments without making them. */
  readonly checks: Checks;
  readonly readiness: Pick<ReadinessMonitor, 'now'>;
  readonly registrations: Registrations;
  readonly directory: Directory;
  /** How many reads for one wait for something else to read. */
  readonly waiting: Map<string, number>;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface RunningGateway extends Gateway {
  /** Not ready any more, so that a balancer sends nothing new. */
  readonly stopping: () => void;
  readonly close: () => void;
}

/** Puts a gateway together. Neither peer nor chaincode needs to be there yet. */
export function openGateway(config: Config, { rebuild, log }: { readonly rebuild: boolean; readonly log: Log }): RunningGateway {
  const { organizationId, ledger, data } = config;
  const index = openIndex({ folder: data, rebuild, log });
  const crypto = cryptoKeeping(MOST_KEYS);
  const envelopes = openEnvelopeStore(join(data, 'envelopes'));
  const chain = openChain(config, index, log, envelopes);
  const clock = keepClock(chain.client, index.clock, log);
  const metrics = openMetrics();
  const sequencer = new Sequencer({ ledger: metrics.transactions.of(chain.client), log, clockIsStale: clock.tick, incomingFor: index.statements.incoming, isRemoved: isRemoved(index) });
  const journal = openJournal(join(data, 'journal'));
  const forwarder = new Forwarder({ neighbours: config.gateways, organizationId, log });
  const forward = (to: string, jws: string) => forwarder.forward(to, jws);
  const intake = new Intake({ ledger, organizationId, index, sequencer, journal, crypto, forward });
  const backlog = new Backlog({ index, intake, journal, log, told: metrics.told });
  const store = openRegistrationStore(join(data, 'registrations'));
  const certify = certifyWith(config.certificateAuthority, log);
  const officer = config.officer === undefined ? undefined : openOfficer(ledger, config.officer);
  const sweeper = officer === undefined ? undefined : keepSweeping({ organizationId, index, intake, officer, log });
  const readiness = monitorReadiness({ organizationId, ledger, index, heights: chain.heights, client: chain.client });
  metrics.watch({ sequencer, backlog, readiness });
  if (config.operations !== undefined) metrics.watchProcess();
  backlog.resume();
  chain.client.recover().catch((error: unknown) => log.error({ error }, 'transactions of an earlier process are left for the next start'));
  return {
    organizationId,
    ledger,
    access: new Access({ index, crypto, ledger, organizationId }),
    index,
    intake,
    backlog,
    checks: new Checks(chain.client),
    readiness,
    registrations: new Registrations({ organizationId, ledger, store, index, crypto, certify }),
    directory: new Directory({ organizationId, ledger, key: directoryKey(join(data, 'directory.key')), index, crypto, officer, neighbours: config.gateways, log }),
    waiting: new Map(),
    metrics,
    log,
    stopping: readiness.stopping,
    close: () => {
      readiness.close();
      clock.close();
      sweeper?.close();
      chain.close();
      index.close();
      journal.close();
      store.close();
    },
  };
}
