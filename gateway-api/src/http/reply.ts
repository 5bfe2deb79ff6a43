import type { ServerResponse } from 'node:http';
import type { Problem } from './problem.ts';
import type { Reply } from './route.ts';

/** Unless a reply has its own. */
const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};
const JSON_TYPE = 'application/json; charset=utf-8';

export function send(response: ServerResponse, { status, body, headers }: Reply): void {
  const content = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  if (content === undefined) response.writeHead(status, { ...SAFE_HEADERS, ...headers }).end();
  else response.writeHead(status, { ...SAFE_HEADERS, ...headers, 'content-type': typeOf(headers?.['content-type'], content), 'content-length': Buffer.byteLength(content) }).end(content);
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
  const asked = told.status === 401 ? { 'www-authenticate': 'Bearer' } : told.status === 429 || told.status === 503 ? { 'retry-after': '1' } : {};
  send(response, { status: told.status, headers: { 'content-type': 'application/problem+json', ...asked, ...headers }, body: JSON.stringify(told) });
}
