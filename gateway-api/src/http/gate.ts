import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isIPv6, SocketAddress } from 'node:net';
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

/**
 * The remote address; of what a trusted proxy sends, the last that it has appended to X-Forwarded-For. Of an IPv6 address its /64:
 * who has one address there has all of them.
 */
export function addressBehind(trustedProxies: readonly string[]): AddressOf {
  const trusted = new Set(trustedProxies.map(plain));
  return ({ socket, headers }) => {
    const address = plain(socket.remoteAddress ?? '');
    const behind = trusted.has(address) ? String(headers['x-forwarded-for'] ?? '').split(',').at(-1)?.trim() : undefined;
    return networkOf(plain(behind || address));
  };
}

/** The same in every notation; an IPv4 address is one in IPv6's, too. */
function plain(address: string): string {
  if (!isIPv6(address)) return address;
  const [withoutZone] = address.split('%');
  return new SocketAddress({ family: 'ipv6', address: withoutZone }).address.replace(/^::ffff:(?=[0-9.]+$)/, '');
}

function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

const BODY = JSON.stringify(problem('TOO_MANY_REQUESTS'));
const HEADERS = ['Content-Type', 'application/problem+json; charset=utf-8', 'Content-Length', String(BODY.length), 'Retry-After', '1'];
/** A body that is announced to be no longer is passed over, and the connection kept: making a new one costs both sides more. */
const PASSED_OVER = 64 * 1024;

function turnAway(request: IncomingMessage, response: ServerResponse): void {
  const isShort = Number(request.headers['content-length'] ?? Infinity) <= PASSED_OVER;
  response.writeHead(429, isShort ? HEADERS : [...HEADERS, 'Connection', 'close']).end(BODY);
}
