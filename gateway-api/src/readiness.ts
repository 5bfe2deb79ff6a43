import { CLOCK_WINDOW_MS, parseInstant } from '@tallystick/chaincode/domain';
import type { LedgerClient } from './fabric/ledger-client.ts';
import type { PeerHeight, PeerHeights } from './fabric/peer-heights.ts';
import { refusalIn } from './fabric/failure.ts';
import type { LedgerIndex } from './index/ledger-index.ts';

/** Why a gateway should get no work at this moment. */
export type ReadinessReason =
  | 'PEER_UNREACHABLE'
  | 'PEER_BEHIND'
  | 'CHAINCODE_UNAVAILABLE'
  | 'LEDGER_NOT_FOUNDED'
  | 'LEDGER_DIFFERS'
  | 'INDEX_BEHIND'
  | 'INDEX_STOPPED'
  | 'CLOCK_STALE'
  | 'STOPPING';

export interface Readiness {
  readonly ready: boolean;
  readonly ledger: string;
  readonly organizationId: string;
  /** Number of blocks of the own peer. */
  readonly height: number;
  /** Number of the last block in the index. */
  readonly asOfBlock: number;
  readonly clock?: string;
  readonly reasons: readonly ReadinessReason[];
}

export interface ReadinessMonitor {
  readonly now: () => Readiness;
  readonly stopping: () => void;
  readonly close: () => void;
}

export interface MonitorOptions {
  readonly organizationId: string;
  readonly ledger: string;
  readonly index: Pick<LedgerIndex, 'block' | 'clock' | 'fault'>;
  readonly heights: PeerHeights;
  readonly client: Pick<LedgerClient, 'ledger'>;
}

const PROBE_EVERY_MS = 3_000;
/** A chaincode that hangs holds its peer up with every call: it is asked less often. */
const PROBE_HANGING_EVERY_MS = 12_000;
/** A peer that takes no block for this long while most others have more is behind. */
const STILL_MS = 10_000;
/** The index takes a block in some milliseconds; so many behind is more than a burst. At the start it has to have all there are: an earlier process may have told of them. */
const BLOCKS_BEHIND = 20;

/** Watches peer, chaincode and index. A clock that no longer moves shows a chain that stands still, for whatever reason. */
export function monitorReadiness({ organizationId, ledger, index, heights, client }: MonitorOptions): ReadinessMonitor {
  let chaincode: ReadinessReason | undefined = 'CHAINCODE_UNAVAILABLE';
  let stopping = false;
  let hangs = false;
  let caughtUp = false;
  let othersAheadFrom: number | undefined;
  /** How long nobody looked counts for nothing: on a quiet ledger every block comes to some peer first. */
  const standsStill = (): boolean => {
    const { alive, grewAt } = heights.of(organizationId);
    othersAheadFrom = alive && heights.isBehind(organizationId) ? (othersAheadFrom ?? Date.now()) : undefined;
    return othersAheadFrom !== undefined && Date.now() - Math.max(grewAt, othersAheadFrom) > STILL_MS;
  };
  const probe = async (): Promise<void> => {
    standsStill();
    chaincode = await client.ledger().then(
      (found) => ((found as { readonly ledger?: unknown }).ledger === ledger ? undefined : 'LEDGER_DIFFERS'),
      (error: unknown) => reasonOf(String(error)),
    );
  };
  const reasonOf = (message: string): ReadinessReason => {
    hangs = message.includes('DEADLINE_EXCEEDED');
    return refusalIn(message)?.code === 'LEDGER_NOT_FOUNDED' ? 'LEDGER_NOT_FOUNDED' : 'CHAINCODE_UNAVAILABLE';
  };
  let timer: NodeJS.Timeout | undefined;
  const probeForEver = (): void => {
    hangs = false;
    void probe().finally(() => (timer = setTimeout(probeForEver, hangs ? PROBE_HANGING_EVERY_MS : PROBE_EVERY_MS).unref()));
  };
  probeForEver();

  const isBehind = ({ alive, block }: PeerHeight): boolean => {
    caughtUp ||= alive && index.block() >= block;
    return index.block() < block - (caughtUp ? BLOCKS_BEHIND : 0);
  };
  const reasons = (): readonly ReadinessReason[] => {
    const own = heights.of(organizationId);
    const clock = index.clock();
    const found: (ReadinessReason | undefined | false)[] = [
      stopping && 'STOPPING',
      !own.alive && 'PEER_UNREACHABLE',
      standsStill() && 'PEER_BEHIND',
      chaincode,
      index.fault() !== undefined && 'INDEX_STOPPED',
      isBehind(own) && 'INDEX_BEHIND',
      clock === undefined ? own.alive && index.block() >= own.block && 'LEDGER_NOT_FOUNDED' : Date.now() - parseInstant(clock) > CLOCK_WINDOW_MS && 'CLOCK_STALE',
    ];
    return [...new Set(found.filter((reason) => reason !== undefined && reason !== false))];
  };
  return {
    now: () => {
      const because = reasons();
      const clock = index.clock();
      const common = { ready: because.length === 0, ledger, organizationId, height: heights.of(organizationId).block + 1, asOfBlock: index.block() };
      return clock === undefined ? { ...common, reasons: because } : { ...common, clock, reasons: because };
    },
    stopping: () => {
      stopping = true;
    },
    close: () => clearTimeout(timer),
  };
}
