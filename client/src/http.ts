import type { Figures } from '@tallystick/chaincode/domain';
import { TallyError } from './error.ts';

/** One request and its answer, in short: for a log, or for a person who watches. */
export interface Exchange {
  readonly method: string;
  /** Scheme, host and port of the gateway. */
  readonly gateway: string;
  /** Path and query. */
  readonly path: string;
  /** Absent when there was no answer. */
  readonly status?: number;
  readonly code?: string;
  readonly milliseconds: number;
}

export interface HttpOptions {
  /** The gateway's address. */
  readonly gateway: string;
  /** Milliseconds after which a request counts as unanswered. */
  readonly timeoutMs: number;
  readonly observe?: ((exchange: Exchange) => void) | undefined;
  readonly fetch: typeof globalThis.fetch;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Text as it is (a JWS), anything else as JSON. */
  readonly body?: unknown;
  /** A status above 299 that is an answer here and not a problem. */
  readonly alsoFine?: number | undefined;
  /** So long the gateway is asked to wait before it answers: beside the time limit. */
  readonly waitMs?: number | undefined;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** The platform's own; browsers refuse it as a method of another object. */
export const platformFetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);

/** @throws TallyError with the problem's code; GATEWAY_UNREACHABLE when nobody answered, ANSWER_UNEXPECTED when it was not the API */
export async function request<T>(http: HttpOptions, { method = 'GET', path, headers, body, alsoFine, waitMs }: HttpRequest): Promise<Answer<T>> {
  const started = performance.now();
  const tell = (status?: number, code?: string): void =>
    http.observe?.({
      method,
      gateway: http.gateway,
      path,
      milliseconds: Math.round(performance.now() - started),
      ...(status !== undefined && { status }),
      ...(code !== undefined && { code }),
    });
  try {
    const { response, text } = await send(http, { method, path, headers, body, waitMs });
    const problem = response.ok || response.status === alsoFine ? undefined : problemOf(http, response, text);
    tell(response.status, problem?.code);
    if (problem !== undefined) throw problem;
    return { status: response.status, headers: response.headers, body: parse(http, response, text) as T };
  } catch (error) {
    if (error instanceof TallyError) throw error;
    tell();
    throw new TallyError('GATEWAY_UNREACHABLE', `No answer from the gateway at ${http.gateway}.`, { cause: error });
  }
}

/** The whole exchange is under one time limit, also the reading of the body. */
async function send(http: HttpOptions, { method = 'GET', path, headers, body, waitMs = 0 }: HttpRequest) {
  const type = typeof body === 'string' ? 'application/jose' : 'application/json';
  const response = await http.fetch(new URL(path, http.gateway), {
    method,
    headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': type }), ...headers },
    redirect: 'error',
    signal: AbortSignal.timeout(http.timeoutMs + waitMs),
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { response, text: await response.text() };
}

interface Problem {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly figures?: Figures;
  readonly txId?: string;
  readonly block?: number;
}

function problemOf(http: HttpOptions, response: Response, text: string): TallyError {
  const problem = parse(http, response, text) as Problem | null;
  const { status } = response;
  if (typeof problem?.code !== 'string') return unexpected(http, response);
  const { code, detail, title, figures, txId, block } = problem;
  return new TallyError(code, detail ?? title ?? code, { status, figures, txId, block });
}

function parse(http: HttpOptions, response: Response, text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    throw unexpected(http, response);
  }
}

function unexpected({ gateway }: HttpOptions, { status }: Response): TallyError {
  return new TallyError('ANSWER_UNEXPECTED', `${gateway} answered ${status}, but not as a Tallystick gateway does.`, { status });
}
