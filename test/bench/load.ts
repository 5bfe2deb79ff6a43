import type { BenchAccount } from './accounts.ts';
import type { Piece, PaymentOrder } from './press.ts';
import { pressAll } from './presses.ts';
import { homeOf, TOKEN, type Ground } from './provision.ts';

/** A payment that is to be signed. */
export interface Intent {
  readonly payer: BenchAccount;
  readonly payee: string;
}

export interface PressOptions {
  /** Payments in a piece. */
  readonly pieceSize: number;
  /** As often as a payment is thought to be made a second; ids are as far apart as they would be then. */
  readonly perSecond?: number;
  /** Of each payment; one unit if not told. */
  readonly amount?: string;
}

const PER_SECOND = 4_000;
const ORDER_SIZE = 20_000;

/** Signs payments beforehand, one list for each queue; the last of a queue is made now, the others before. */
export async function pressQueues({ seed, ledger }: Pick<Ground, 'seed' | 'ledger'>, queues: readonly (readonly Intent[])[], { pieceSize, perSecond = PER_SECOND, amount = '1' }: PressOptions): Promise<readonly (readonly Piece[])[]> {
  const now = Date.now();
  const perMillisecond = perSecond / 1_000 / queues.length;
  const orders = queues.flatMap((queue, turn) => partsOf(queue, pieceSize).map(({ intents, first }) => ({
    turn,
    order: orderOf(intents, { seed, ledger, amount, pieceSize, perMillisecond, at: now - (queue.length - first) / perMillisecond }),
  })));
  const pressed = await pressAll(orders.map(({ order }) => order));
  const made: Piece[][] = queues.map(() => []);
  orders.forEach(({ turn }, number) => made[turn]?.push(...(pressed[number]?.pieces ?? [])));
  return made;
}

/** By the gateway each payer pays through, in the order of the gateways. */
export function byHome(ground: Ground, intents: readonly Intent[]): readonly (readonly Intent[])[] {
  const homes = ground.members.map(({ gateway }) => gateway.url);
  const queues = homes.map((): Intent[] => []);
  for (const intent of intents) queues[homes.indexOf(homeOf(ground, intent.payer))]?.push(intent);
  return queues;
}

function partsOf(queue: readonly Intent[], pieceSize: number): readonly { readonly intents: readonly Intent[]; readonly first: number }[] {
  const size = Math.max(pieceSize, Math.floor(ORDER_SIZE / pieceSize) * pieceSize);
  return Array.from({ length: Math.ceil(queue.length / size) }, (_, number) => ({ intents: queue.slice(number * size, (number + 1) * size), first: number * size }));
}

function orderOf(intents: readonly Intent[], common: Pick<PaymentOrder, 'seed' | 'ledger' | 'amount' | 'pieceSize' | 'perMillisecond' | 'at'>): PaymentOrder {
  const payers = [...new Set(intents.map(({ payer }) => payer))];
  const payees = [...new Set(intents.map(({ payee }) => payee))];
  const payerAt = new Map(payers.map((payer, place) => [payer, place]));
  const payeeAt = new Map(payees.map((payee, place) => [payee, place]));
  const from = Uint32Array.from(intents, ({ payer }) => payerAt.get(payer) ?? 0);
  const to = Uint32Array.from(intents, ({ payee }) => payeeAt.get(payee) ?? 0);
  return { kind: 'payments', token: TOKEN, payers, payees, from, to, ...common };
}
