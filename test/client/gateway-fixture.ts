import { nodeCrypto } from '@tallystick/chaincode/crypto';
import { readInstruction } from '@tallystick/chaincode/domain';

/** One request as a gateway sees it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

export type Reply = (seen: Seen) => Response | Promise<Response>;

/** A gateway that answers from a script: each route's replies in turn, the last for ever. A reply may throw, like a lost connection. */
export function scriptedGateway(routes: Readonly<Record<string, readonly Reply[]>>): { readonly fetch: typeof globalThis.fetch; readonly seen: readonly Seen[] } {
  const seen: Seen[] = [];
  const turns = new Map<string, number>();
  const fetch = async (input: URL | string | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    const request = { method: init.method ?? 'GET', path: url.pathname + url.search, headers: new Headers(init.headers), body: typeof init.body === 'string' ? init.body : '' };
    seen.push(request);
    const route = `${request.method} ${url.pathname}`;
    const turn = turns.get(route) ?? 0;
    turns.set(route, turn + 1);
    const replies = routes[route] ?? [];
    const reply = replies[Math.min(turn, replies.length - 1)];
    if (reply === undefined) throw new Error(`the script has no ${route}`);
    const answer = await reply(request);
    init.signal?.throwIfAborted();
    return answer;
  };
  return { fetch, seen };
}

export const READY: Reply = () => json(200, { ready: true, ledger: 'tallystick', organizationId: 'NorthPay', height: 9, asOfBlock: 8, clock: '2026-01-01T00:00:00.000Z', reasons: [] });
export const CHALLENGE: Reply = () => json(201, { challenge: 'c', ledger: 'tallystick', expiresAt: '2026-01-01T00:00:00.000Z' });

export function accessToken(text: string, expiresIn: number): Reply {
  return () => json(201, { accessToken: text, tokenType: 'Bearer', expiresIn });
}

export const RECEIPT: Reply = ({ body }) => {
  const { id, signer, type, hash } = readInstruction(body, nodeCrypto);
  const record = { block: 7, transaction: 'tx7', index: 0, bookedAt: '2026-01-01T00:00:00.000Z' };
  return json(201, { id, signer, type: type.type, hash, status: 'applied', check: { passed: true, rules: 1 }, record });
};

export const LOST: Reply = () => {
  throw new TypeError('fetch failed');
};

export function problem(status: number, code: string, more: object = {}): Reply {
  return () => json(status, { title: code, status, code, detail: `meaning of ${code}`, ...more }, { 'content-type': 'application/problem+json' });
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}
