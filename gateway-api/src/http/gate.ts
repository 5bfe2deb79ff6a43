import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { problem } from './problem.ts';
import { BULK_LIMIT } from './route.ts';
import type { Waste } from './waste.ts';

/** Bytes of all request bodies that are being worked on: the bound on the memory they take. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Before anything is read of a request that has a body: whether there is room for it, and whether its sender has wasted too much.
 * Turning away costs some microseconds, reading and judging a hundred times that.
 */
export function gated(listener: RequestListener, waste: Waste, mostBytes = MOST_BYTES): RequestListener {
  let bytes = 0;
  return (request, response) => {
    if (request.method !== 'POST') return listener(request, response);
    const length = lengthOf(request);
    if (waste.isOver(addressOf(request)) || bytes + length > mostBytes) return turnAway(response);
    bytes += length;
    response.once('close', () => (bytes -= length));
    listener(request, response);
  };
}

export function addressOf({ socket }: Pick<IncomingMessage, 'socket'>): string {
  return socket.remoteAddress ?? '';
}

/** As it says; one that does not say may have the most that any route takes. */
function lengthOf({ headers }: IncomingMessage): number {
  const length = Number(headers['content-length'] ?? BULK_LIMIT);
  return Number.isSafeInteger(length) && length >= 0 ? Math.min(length, BULK_LIMIT) : BULK_LIMIT;
}

const BODY = JSON.stringify(problem('TOO_MANY_REQUESTS'));

function turnAway(response: ServerResponse): void {
  response.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '1', connection: 'close' }).end(BODY);
}
