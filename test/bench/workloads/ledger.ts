import { LANES } from '../../../chaincode/src/domain/index.ts';
import type { Bench } from '../bench.ts';
import { openLedgers } from '../ledgers.ts';
import { pressQueues, type Intent } from '../load.ts';
import { closedLoop, type Measured } from '../measure.ts';
import { instructionsOf } from '../press.ts';

const BATCH = 500;
const MOST_PER_SECOND = 8_000;
const WARM_UP_SECONDS = 3;
const LANES_PER_ORGANIZATION = 3;

/** The ledger path alone: batches signed beforehand, brought by each organization's Fabric identity, no HTTP, no index. */
export async function ledger({ ground, options: { seconds }, say, meter }: Bench): Promise<Measured> {
  const { payers, merchant } = ground;
  const count = MOST_PER_SECOND * (seconds + WARM_UP_SECONDS);
  say(`signing ${count} payments`);
  const ledgers = await openLedgers(ground);
  // A payer's payments stay in one lane: batches are made of payers that are the lane's alone.
  const workers = Math.min(LANES, LANES_PER_ORGANIZATION) * ledgers.clients.length;
  const intents = Array.from({ length: workers }, (): Intent[] => []);
  for (let number = 0; number < count; number++) {
    const place = number % payers.length;
    intents[place % workers]?.push({ payer: payers[place] ?? merchant, payee: merchant.id });
  }
  // They would index every block meanwhile.
  for (const { gateway } of ground.members) await ground.network.stop(gateway.node);
  const pressed = await pressQueues(ground, intents, { pieceSize: BATCH });
  const queues = pressed.map((pieces) => pieces.map(instructionsOf).values());
  const after = new Array<number>(workers).fill(-1);
  const send = async (worker: number) => {
    const part = queues[worker]?.next().value;
    const client = ledgers.clients[worker % ledgers.clients.length];
    if (part === undefined || client === undefined) return undefined;
    for (;;) {
      const applied = await client.apply({ instructions: part, lane: Math.floor(worker / ledgers.clients.length), after: after[worker] ?? -1 });
      if (applied.kind === 'committed') {
        after[worker] = applied.block;
        return { committed: part.length - applied.answers.length, refused: applied.answers.length };
      }
      if (applied.kind === 'refused' && applied.refusal.code === 'CLOCK_STALE') await client.tick();
      else if (applied.kind === 'answered') return { committed: 0, refused: part.length };
    }
  };
  try {
    say('measuring');
    return await closedLoop({ seconds, warmUpSeconds: WARM_UP_SECONDS, workers, send, span: meter });
  } finally {
    ledgers.close();
    for (const { gateway } of ground.members) await ground.network.restart(gateway.node);
  }
}
