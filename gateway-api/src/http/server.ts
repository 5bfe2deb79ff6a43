import { createServer, type Server } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response } from 'express';
import type { Gateway } from '../gateway.ts';
import type { Log } from '../log.ts';
import { checked, readBody } from './body.ts';
import { addressBehind, gated, type AddressOf } from './gate.ts';
import { HttpError } from './http-error.ts';
import { problem, problemOf, type Problem } from './problem.ts';
import { Room } from './room.ts';
import { BODY_LIMIT, type Reply, type Route } from './route.ts';
import { QueueFullError } from '../sequencer/sequencer.ts';
import { Waste } from './waste.ts';

/** Within this the whole of a request must have arrived: what arrives slowly takes room from others. */
const ARRIVES_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 5_000;

/** The HTTP server of a gateway; not listening yet. */
export function newServer(gateway: Gateway, routes: readonly Route[], log: Log, trustedProxies: readonly string[] = []): Server {
  const gate = { waste: new Waste(), room: new Room(), addressOf: addressBehind(trustedProxies) };
  const server = createServer({ connectionsCheckingInterval: LOOK_EVERY_MS }, gated(newApplication({ gateway, routes, log, ...gate }), gate));
  server.requestTimeout = ARRIVES_WITHIN_MS;
  server.headersTimeout = 10_000;
  server.keepAliveTimeout = 65_000;
  return server;
}

interface Parts {
  readonly gateway: Gateway;
  readonly routes: readonly Route[];
  readonly log: Log;
  readonly waste: Waste;
  readonly room: Room;
  readonly addressOf: AddressOf;
}

function newApplication(parts: Parts): Express {
  const { routes, log } = parts;
  const application = express();
  application.disable('x-powered-by').disable('etag');
  application.set('query parser', 'simple');
  application.use(safeHeaders, logged(log));
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    const handlers = [...(route.body === undefined ? [] : [rawBody(route, parts)]), answering(route, parts)];
    application[route.method](path, ...handlers);
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    application.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), () => {
      throw new HttpError('METHOD_NOT_ALLOWED');
    });
  }
  application.use(() => {
    throw new HttpError('NOT_FOUND');
  });
  application.use(failed(log));
  return application;
}

/** Bytes as they came: decoding and content types are judged strictly, by the route's rule. */
function rawBody({ body }: Route, { room, addressOf }: Parts): RequestHandler {
  const limit = body?.kind === 'json' ? (body.limit ?? BODY_LIMIT) : BODY_LIMIT;
  const read = express.raw({ type: () => true, limit, inflate: false }) as RequestHandler;
  return (request, response, next) => {
    const address = addressOf(request);
    let bytes = 0;
    let isOver = false;
    response.once('close', () => room.giveBack(address, bytes));
    request.on('data', ({ length }: Buffer) => {
      if (isOver || response.closed) return;
      bytes += length;
      room.take(address, length);
      if (!room.isFull(address) || request.complete) return;
      isOver = true;
      response.set('connection', 'close').once('finish', () => request.destroy());
      next(new QueueFullError());
    });
    void read(request, response, (error?: unknown) => {
      if (!isOver) next(error);
    });
  };
}

function answering(route: Route, { gateway, waste, addressOf }: Parts): RequestHandler {
  return async (request, response) => {
    const address = addressOf(request);
    const reader = route.access === 'reader' ? gateway.access.reader(request.headers.authorization, { isReading: route.method === 'get', isRenewal: route.evenExpired === true }) : undefined;
    const ask = () => ({
      params: checked(route.params, request.params),
      query: checked(route.query, request.query),
      body: bodyOf(gateway, route, request),
      header: (name: string) => request.get(name),
      wasted: (amount: number) => waste.add(address, amount),
      isOver: () => waste.isOver(address),
    });
    try {
      const reply = await route.handle(gateway, ask() as never, reader);
      if (reply.waste !== undefined && reply.waste > 0) waste.add(address, reply.waste);
      send(response, reply);
    } catch (error) {
      if (route.body !== undefined && isWasteful(error)) waste.add(address, 1);
      throw error;
    }
  };
}

/** A body that cannot be read, or is refused before it is submitted: whoever sent it is at fault. */
function isWasteful(error: unknown): boolean {
  const told = problemOf(error);
  return told !== undefined && told.status < 500 && told.status !== 429;
}

function bodyOf({ intake }: Gateway, { body: rule }: Route, request: Request): unknown {
  if (rule === undefined) return undefined;
  const body = readBody(rule, request.headers['content-type'], Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
  if (rule.kind === 'json') return body;
  const jws = body as string;
  const instruction = intake.read(jws);
  if (rule.types?.includes(instruction.type.type) === false) throw new HttpError('INSTRUCTION_TYPE_WRONG');
  return { jws, instruction };
}

function send(response: Response, { status, body, headers }: Reply): void {
  response.status(status);
  if (headers !== undefined) response.set(headers);
  if (body === undefined) response.end();
  else if (typeof body === 'string' || Buffer.isBuffer(body)) response.send(body);
  else response.json(body);
}

const safeHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  });
  next();
};

function logged(log: Log): RequestHandler {
  return (request, response, next) => {
    const began = performance.now();
    response.on('finish', () => {
      const milliseconds = Math.round(performance.now() - began);
      log.debug({ method: request.method, path: request.path, status: response.statusCode, milliseconds }, 'request');
    });
    next();
  };
}

function failed(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const told = problemOf(error) ?? bodyProblem(error) ?? problem('INTERNAL');
    if (told.code === 'INTERNAL') log.error({ error, method: request.method, path: request.path }, 'a request failed by a fault');
    sendProblem(response, { ...told, instance: request.path });
  };
}

function sendProblem(response: Response, told: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (told.status === 401) response.set('WWW-Authenticate', 'Bearer');
  if (told.status === 429 || told.status === 503) response.set('Retry-After', '1');
  response.status(told.status).type('application/problem+json').send(JSON.stringify(told));
}

/** What express says of a body it did not take. */
function bodyProblem(error: unknown): Problem | undefined {
  switch ((error as { readonly type?: unknown }).type) {
    case 'entity.too.large':
      return problem('BODY_TOO_LARGE');
    case 'encoding.unsupported':
      return problem('CONTENT_TYPE_UNSUPPORTED');
    case 'request.aborted':
    case 'request.size.invalid':
      return problem('REQUEST_MALFORMED');
    default:
      return (error as { readonly status?: unknown }).status === 400 ? problem('REQUEST_MALFORMED') : undefined;
  }
}
