import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { send, type Target } from './http.ts';

/**
 * What a flooder is told. Of instructions that are in the chain already: to send them again and again, or with signatures that are none, or elsewhere, to a listener
 * of its own. Of new payments by one account: to send each to all gateways at the same time, or each to one of them. Of payments that
 * are none yet (JSON): to have them checked by each gateway in turn.
 */
export interface FloodOrder {
  readonly kind: 'elsewhere' | 'same ids' | 'bad signatures' | 'new ids' | 'one payer' | 'checks';
  readonly gateways: readonly string[];
  /** Of checks: by gateway. */
  readonly authorizations?: readonly string[] | undefined;
  readonly instructions: readonly string[];
  /** Requests begun each second, over all gateways. */
  readonly rate: number;
}

/** How many requests were answered with what, by HTTP status. */
export type FloodAnswers = Readonly<Record<string, number>>;

/** Another address of this machine, as another client has. */
const ADDRESS = '127.0.0.2';
const SLICE_MS = 20;
/** More than this many open requests are not made: who floods has sockets enough, but not without end. */
const MOST_OPEN = 300;

/** Sends until it is told to stop; then says what was answered. A process of its own. */
process.on('message', (message: FloodOrder | 'stop') => {
  if (message === 'stop') {
    process.send?.(Object.fromEntries(answers), () => process.exit(0));
  } else if (message.kind === 'elsewhere') {
    const listener = createServer((request, response) => void request.resume().on('end', () => response.writeHead(429).end()));
    listener.listen(0, '127.0.0.1', () => flood({ ...message, gateways: [`http://127.0.0.1:${(listener.address() as AddressInfo).port}`] }));
  } else flood(message);
});

const answers = new Map<string, number>();
let open = 0;

function flood({ kind, gateways, authorizations, instructions, rate }: FloodOrder): void {
  const copies = kind === 'new ids' ? gateways.length : 1;
  let turn = 0;
  const began = performance.now();
  setInterval(() => {
    const due = Math.floor((((performance.now() - began) / 1_000) * rate) / copies);
    for (; turn < due && open < MOST_OPEN; turn++) {
      const instruction = instructions[turn % instructions.length] ?? '';
      for (let copy = 0; copy < copies; copy++) {
        const at = (turn + copy) % gateways.length;
        void one(targetOf(gateways[at] ?? '', authorizations?.[at]), kind === 'bad signatures' ? forged(instruction) : instruction);
      }
    }
    // What could not be sent in its time is not made up for.
    turn = Math.max(turn, due);
  }, SLICE_MS);
}

function targetOf(gateway: string, authorization: string | undefined): Target {
  if (authorization === undefined) return { url: `${gateway}/instructions`, contentType: 'application/jose', from: ADDRESS };
  return { url: `${gateway}/payments/check`, contentType: 'application/json', headers: { authorization }, from: ADDRESS };
}

async function one(target: Target, instruction: string): Promise<void> {
  open++;
  const name = await send(target, Buffer.from(instruction)).then(({ status }) => String(status), () => 'no answer');
  open--;
  answers.set(name, (answers.get(name) ?? 0) + 1);
}

/** Other bytes each time, so that nobody can know them from the last time. */
function forged(instruction: string): string {
  return `${instruction.slice(0, instruction.lastIndexOf('.') + 1)}${randomBytes(64).toString('base64url')}`;
}
