import type { ServerResponse } from 'node:http';
import type { Problem } from './problem.ts';
import type { Reply } from './route.ts';

const SAFE_HEADERS = [
  'X-Content-Type-Options', 'nosniff',
  'Referrer-Policy', 'no-referrer',
  'Cache-Control', 'no-store',
  'Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'",
] as const;
const JSON_TYPE = 'application/json; charset=utf-8';

export function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const { 'content-type': type, ...others } = headers;
  const content = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const described = content === undefined ? [] : ['Content-Type', typeOf(type, content), 'Content-Length', String(Buffer.byteLength(content))];
  response.writeHead(status, [...SAFE_HEADERS, ...described, ...Object.entries(others).flat()]).end(content);
}

/** Text is UTF-8. */
function typeOf(type: string | undefined, content: string | Buffer): string {
  if (type === undefined) return JSON_TYPE;
  return Buffer.isBuffer(content) || type.includes('charset=') ? type : `${type}; charset=utf-8`;
}

/** Answers with a problem, unless an answer has begun. @param headers beside those that its status asks for */
export function sendProblem(response: ServerResponse, told: Problem, headers: Readonly<Record<string, string>> = {}): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const asked = told.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : told.status === 429 || told.status === 503 ? { 'Retry-After': '1' } : {};
  send(response, { status: told.status, headers: { 'content-type': 'application/problem+json', ...asked, ...headers }, body: JSON.stringify(told) });
}
