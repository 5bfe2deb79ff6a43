import { setTimeout as pause } from 'node:timers/promises';
import type { Network } from '@tallystick/network';

const LOOK_EVERY_MS = 3_000;

/** Resolves when nobody supervises the network any more, with what there is to say of it. */
export async function endOfSupervision(network: Network): Promise<string> {
  for (;;) {
    if (!(await network.isRunning())) {
      const { name, nodes } = await network.status();
      const left = nodes.filter(({ state }) => state === 'orphaned').length;
      return left === 0
        ? 'The network was taken down by somebody else; the ledger is kept.'
        : `The supervisor of the network has ended, and left ${left} processes that run on unwatched. The same start takes them over; "npm run network -- down --name ${name}" ends them.`;
    }
    await pause(LOOK_EVERY_MS);
  }
}
