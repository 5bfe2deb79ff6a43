import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { problem } from './problem.ts';
import type { Room } from './room.ts';
import type { Waste } from '../waste.ts';

/** Says whose request it is. */
export type AddressOf = (request: Pick<IncomingMessage, 'socket' | 'headers'>) => string;

interface Gate {
  readonly waste: Waste;
  readonly room: Room;
  readonly addressOf: AddressOf;
  /** Told of each that is turned away. */
  readonly turnedAway: () => void;
}

/**
 * Before anything is read of a request that has a body: whether there is room for it, and whether its sender has wasted too much.
 * Turning away costs some microseconds, reading and judging a hundred times that.
 */
export function gated(listener: RequestListener, { waste, room, addressOf, turnedAway }: Gate): RequestListener {
  return (request, response) => {
    if (request.method !== 'POST') return listener(request, response);
    const address = addressOf(request);
    if (!waste.isOver(address) && !room.isFull(address)) return listener(request, response);
    turnedAway();
    turnAway(request, response);
  };
}

/** The remote address; of what a trusted proxy sends, the last that it has appended to X-Forwarded-For. */
export function addressBehind(trustedProxies: readonly string[]): AddressOf {
  const trusted = new Set(trustedProxies);
  return ({ socket, headers }) => {
    const address = plain(socket.remoteAddress ?? '');
    if (!trusted.has(address)) return address;
    return String(headers['x-forwarded-for'] ?? '').split(',').at(-1)?.trim() || address;
  };
}

/** An IPv4 address is the same in either notation. */
function plain(address: string): string {
  return address.replace(/^::ffff:/i, '');
}

const BODY = JSON.stringify(problem('TOO_MANY_REQUESTS'));
const HEADERS = ['Content-Type', 'application/problem+json; charset=utf-8', 'Content-Length', String(BODY.length), 'Retry-After', '1'];
/** A body that is announced to be no longer is passed over, and the connection kept: making a new one costs both sides more. */
const PASSED_OVER = 64 * 1024;

function turnAway(request: IncomingMessage, response: ServerResponse): void {
  const isShort = Number(request.headers['content-length'] ?? Infinity) <= PASSED_OVER;
  response.writeHead(429, isShort ? HEADERS : [...HEADERS, 'Connection', 'close']).end(BODY);
}
