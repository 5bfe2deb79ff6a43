import { clockOf } from '../channel/vitals.ts';
import type { Administration } from '../deploy/peer-command.ts';
import { bad, good, warning, type Finding } from './finding.ts';

/** Peers refuse a proposal 10 s off their own clock, so warn well before. */
const TOLERANCE_MS = 1_000;
/** A peer tells whole seconds. */
const GRAIN_MS = 1_000;

/** Compares this machine's clock with that of every peer, by the date in the peer's answer (whole seconds). */
export async function checkClock({ network, files }: Administration): Promise<Finding> {
  const answers = await Promise.all(network.paymentSystems.map(async ({ peer }) => {
    const before = Date.now();
    const clock = await clockOf(peer, files).catch(() => undefined);
    return { node: peer.node, skew: clock === undefined ? undefined : skewOf(clock, before, Date.now()) };
  }));
  const unknown = answers.filter((it) => it.skew === undefined);
  const off = answers.filter((it) => (it.skew ?? 0) > TOLERANCE_MS);
  if (off.length > 0) return bad('clock', `${off.map((it) => `${it.node} is ${((it.skew ?? 0) / 1000).toFixed(1)} s off`).join(', ')}.`, 'Let all machines take their time from NTP.');
  if (unknown.length > 0) return warning('clock', `${unknown.map((it) => it.node).join(', ')} did not say the time.`, 'See whether they run: `status`.');
  return good('clock', 'The clocks of all peers agree with this machine\'s.');
}

/** By how much a clock that was read at some time between two others is off at least; the answer may have taken its time. */
export function skewOf(told: number, before: number, after: number): number {
  return Math.max(0, before - (told + GRAIN_MS), told - after);
}
