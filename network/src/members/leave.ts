import { ensurePrograms } from '../binaries/build.ts';
import { NetworkFailure } from '../failure.ts';
import { networkOf, withoutMember, writeManifest } from '../manifest.ts';
import { tell } from '../processes/control.ts';
import { step } from '../progress.ts';
import type { Context } from '../up.ts';
import { updateChannel } from './channel-update.ts';
import { heldManifest } from './join.ts';

/**
 * The channel forgets the organization: its peer gets no block and its clients no answer from the next block on, and no majority counts it.
 * Then its nodes end; their folder stays, for whoever has to account for it. It is a member here until they have: repeated, each step first looks whether it is done.
 */
export async function disconnectMember(context: Context, organizationId: string): Promise<void> {
  const { network, files, config, say } = context;
  const member = network.paymentSystems.find((it) => it.organizationId === organizationId);
  if (member === undefined) return;
  if (network.paymentSystems.length <= 2) throw new NetworkFailure('two payment systems at least stay in the network', 'Remove the whole network with `reset`.');
  const without = withoutMember(heldManifest(context), organizationId);
  const programs = await ensurePrograms(config, say);
  const admin = { network, files, programs, env: config.processEnvironment };
  await step(say, `the members sign: ${organizationId} is out of the channel`, () => updateChannel(admin, networkOf(without), 'whole'));
  await step(say, `nodes of ${organizationId} end`, async () => {
    const running = (await tell(files, { verb: 'list' })).map((it) => it.node);
    const nodes = [member.gateway.node, member.chaincode.node, member.peer.node, member.ca.node];
    for (const node of nodes.filter((it) => running.includes(it))) await tell(files, { verb: 'stop', node });
  });
  writeManifest(files, without);
}
