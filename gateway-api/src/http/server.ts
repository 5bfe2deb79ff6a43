import { createServer, type RequestListener, type Server } from 'node:http';
import { parse } from 'node:querystring';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Gateway } from '../gateway.ts';
import type { Log } from '../log.ts';
import { addressBehind, gated } from './gate.ts';
import { fail, handlerOf, type Handler, type HandlerParts } from './handler.ts';
import { HttpError } from './http-error.ts';
import { Room } from './room.ts';
import type { Route } from './route.ts';
import { answerUnreadable } from './unreadable.ts';
import { Waste } from '../waste.ts';

/** Within this the whole of a request must have arrived: what arrives slowly takes room from others. */
const ARRIVES_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 5_000;
/** A settlement of as many bills as there may be fits in the query of its preview. */
const HEAD_LIMIT = 32 * 1024;
const NOTHING = {};

interface Served {
  readonly route: Route;
  readonly handle: Handler;
}

/** The HTTP server of a gateway; not listening yet. */
export function newServer(gateway: Gateway, routes: readonly Route[], log: Log, trustedProxies: readonly string[] = []): Server {
  const parts: HandlerParts = { gateway, log, waste: new Waste(), room: new Room(), addressOf: addressBehind(trustedProxies) };
  const served = routes.map((route): Served => ({ route, handle: handlerOf(route, parts) }));
  const listener = gated(byPath(served, newApplication(served, parts)), { ...parts, turnedAway: gateway.metrics.turnedAway });
  const server = createServer({ connectionsCheckingInterval: LOOK_EVERY_MS, maxHeaderSize: HEAD_LIMIT, requireHostHeader: false }, listener);
  server.on('clientError', answerUnreadable);
  // What nobody has heard of is expected in vain, and the request is answered as without: Node's own answers have no code.
  server.on('checkExpectation', listener);
  server.requestTimeout = ARRIVES_WITHIN_MS;
  server.headersTimeout = 10_000;
  server.keepAliveTimeout = 65_000;
  return server;
}

/** Paths without parameters are found by their name: matching a hundred patterns one by one costs more than reading a payment. The rest is the application's. */
function byPath(served: readonly Served[], application: Express): RequestListener {
  const handlers = new Map(served.map(({ route, handle }) => [`${route.method.toUpperCase()} ${route.path}`, handle]));
  return (request, response) => {
    const { method = '', url = '' } = request;
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    const handle = handlers.get(`${method} ${path}`);
    if (handle === undefined) application(request, response);
    else void handle(request, response, { path, params: NOTHING, query: mark === -1 ? NOTHING : parse(url.slice(mark + 1)) });
  };
}

function newApplication(served: readonly Served[], { gateway, log }: HandlerParts): Express {
  const answered = gateway.metrics.requestsOf('any', 'none');
  const application = express();
  application.disable('x-powered-by').disable('etag');
  application.set('query parser', 'simple');
  for (const { route, handle } of served) application[route.method](patternOf(route), (request, response) => handle(request, response, request));
  for (const pattern of new Set(served.map(({ route }) => patternOf(route)))) {
    application.all(pattern, () => {
      throw new HttpError('METHOD_NOT_ALLOWED');
    });
  }
  application.use(() => {
    throw new HttpError('NOT_FOUND');
  });
  const failed: ErrorRequestHandler = (error: unknown, request, response, _next) => {
    const { status } = error as { readonly status?: unknown };
    fail({ log, method: request.method, path: request.path }, response, status === 400 && !(error instanceof HttpError) ? new HttpError('REQUEST_MALFORMED', { member: '(the path)' }) : error);
    answered(response.statusCode, 0);
  };
  application.use(failed);
  return application;
}

function patternOf({ path }: Route): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
