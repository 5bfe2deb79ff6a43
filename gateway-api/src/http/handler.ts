import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gateway } from '../gateway.ts';
import type { Log } from '../log.ts';
import { NoRoomForBodyError } from '../turned-away.ts';
import { checked, readBody } from './body.ts';
import { readBytes } from './bytes.ts';
import { handledByPages } from './cursor.ts';
import type { AddressOf } from './gate.ts';
import { HttpError } from './http-error.ts';
import { problem, problemOf } from './problem.ts';
import { send, sendProblem } from './reply.ts';
import type { Room } from './room.ts';
import { BODY_LIMIT, type Route } from './route.ts';
import { isWasteful, wasteOfBody, type Waste } from '../waste.ts';

/** What handlers of all routes share. */
export interface HandlerParts {
  readonly gateway: Gateway;
  readonly log: Log;
  readonly waste: Waste;
  readonly room: Room;
  readonly addressOf: AddressOf;
}

/** What a request's address says, beside its route. */
export interface Placed {
  readonly path: string;
  readonly params: object;
  readonly query: object;
}

/** Answers a request; a fault is answered as well. */
export type Handler = (request: IncomingMessage, response: ServerResponse, placed: Placed) => Promise<void>;

export function handlerOf(route: Route, parts: HandlerParts): Handler {
  const { gateway, log, waste, addressOf } = parts;
  const answered = gateway.metrics.requestsOf(route.method.toUpperCase(), route.path);
  const handle = handledByPages(route);
  return async (request, response, { path, params, query }) => {
    const began = performance.now();
    const address = addressOf(request);
    let length = 0;
    try {
      const bytes = route.body === undefined ? undefined : await booked(route, parts, { request, response, address });
      length = bytes?.length ?? 0;
      const reader = route.access === 'reader' ? gateway.access.reader(request.headers.authorization, { isReading: route.method === 'get', isRenewal: route.evenExpired === true }) : undefined;
      const asked = {
        params: checked(route.params, params),
        query: checked(route.query, query),
        body: bytes === undefined ? undefined : bodyOf(gateway, route, request.headers['content-type'], bytes),
        header: (name: string) => request.headers[name],
        address,
        wasted: (amount: number) => waste.add(address, amount),
        isOver: () => waste.isOver(address),
        gone: () => new Promise((resolve) => (response.closed ? resolve(undefined) : response.once('close', resolve))),
      };
      const reply = await handle(gateway, asked as never, reader);
      if (reply.waste !== undefined && reply.waste > 0) waste.add(address, reply.waste);
      send(response, reply);
    } catch (error) {
      const told = problemOf(error);
      if (route.body !== undefined && told !== undefined && isWasteful(told)) waste.add(address, wasteOfBody(length));
      const code = fail({ log, method: route.method, path, body: route.body }, response, error);
      if (route.body?.kind === 'instruction') gateway.metrics.told(code);
    }
    const milliseconds = performance.now() - began;
    answered(response.statusCode, milliseconds);
    log.debug({ method: route.method, path, status: response.statusCode, milliseconds: Math.round(milliseconds) }, 'request');
  };
}

interface Arriving {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly address: string;
}

/** A body takes its room as it arrives, until it is answered. */
async function booked({ body }: Route, { room }: HandlerParts, { request, response, address }: Arriving): Promise<Buffer> {
  const limit = body?.kind === 'json' ? (body.limit ?? BODY_LIMIT) : BODY_LIMIT;
  let bytes = 0;
  response.once('close', () => room.giveBack(address, bytes));
  const arrived = (length: number): boolean => {
    if (response.closed) return false;
    bytes += length;
    room.take(address, length);
    return !room.isFull(address);
  };
  return readBytes(request, { limit, arrived }).catch((error: unknown) => {
    // The rest of it is not read.
    if (error instanceof NoRoomForBodyError) response.setHeader('connection', 'close').once('finish', () => request.destroy());
    throw error;
  });
}

function bodyOf({ intake }: Gateway, { body: rule }: Route, contentType: string | undefined, bytes: Buffer): unknown {
  if (rule === undefined) return undefined;
  const body = readBody(rule, contentType, bytes);
  if (rule.kind === 'json') return body;
  const jws = body as string;
  const instruction = intake.read(jws);
  if (rule.types?.includes(instruction.type.type) === false) throw new HttpError('INSTRUCTION_TYPE_WRONG');
  return { jws, instruction };
}

interface Failing {
  readonly log: Log;
  readonly method: string;
  readonly path: string;
  readonly body?: Route['body'];
}

/** Says what went wrong, and answers its code; what is no answer to a client is a fault, and stands in the log. Of an instruction a fault says nothing. */
export function fail({ log, method, path, body }: Failing, response: ServerResponse, error: unknown): string {
  const known = problemOf(error);
  const told = known ?? problem(body?.kind === 'instruction' ? 'OUTCOME_UNKNOWN' : 'INTERNAL');
  if (known === undefined) log.error({ error, method, path }, 'a request failed by a fault');
  sendProblem(response, { ...told, instance: path });
  return told.code;
}
