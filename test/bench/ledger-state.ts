import { assertConserved } from '../support/laws.ts';
import { newReplayer, type Replayed } from '../support/chain.ts';
import { memoryState } from '../support/memory-state.ts';
import { addressOf, connectPeer, type Connection } from '../../gateway-api/src/fabric/connection.ts';
import { readConfig } from '../../gateway-api/src/config.ts';
import type { MemberDescription } from '../../network/src/index.ts';

/** An organization's own connection to its peer. */
export function connectOwn(member: MemberDescription): Connection {
  const { fabric } = readConfig(member.gateway.config);
  const [own] = fabric.peers;
  if (own === undefined) throw new Error('no peer');
  return connectPeer(fabric, addressOf(own));
}

/** The whole chain of a peer, played again. */
export async function replayChain(member: MemberDescription): Promise<Replayed> {
  const connection = connectOwn(member);
  const height = await connection.height();
  const replayer = newReplayer();
  const events = await connection.network.getBlockEvents({ startBlock: 0n });
  try {
    for await (const block of events) {
      replayer.add(block);
      if ((block.getHeader()?.getNumber() ?? 0) >= height - 1) break;
    }
  } finally {
    events.close();
    connection.close();
  }
  return replayer.end();
}

/** Every law of the ledger, and that each (signer, id) has one outcome. @throws when one does not hold */
export async function assertLaws({ state, outcomes }: Replayed): Promise<void> {
  await assertConserved({ state: memoryState([...state].map(([key, value]) => [key, Buffer.from(value)] as const)), now: Date.now() });
  const names = new Set(outcomes.map(({ id, signer }) => `${id}/${signer}`));
  if (names.size !== outcomes.length) throw new Error(`${outcomes.length - names.size} instructions have more than one outcome`);
}
