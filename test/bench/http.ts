import { Agent, request, type IncomingMessage } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  /** Seconds after which one may come back, where it says so. */
  readonly retryAfter: number | undefined;
}

export interface Target {
  readonly url: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Address of this machine that the connection comes from. */
  readonly from?: string;
}

const agents = new Map<string, Agent>();

/**
 * Sends a body over a connection that is kept; `fetch` would take twice the client's CPU. The other side may end a kept connection
 * just when it is used again: then it is sent once more, which signed instructions bear.
 */
export async function send(target: Target, body?: Uint8Array): Promise<Answer> {
  try {
    return await sendOnce(target, body);
  } catch (error) {
    if (!(error instanceof KeptConnectionEnded)) throw error;
    return sendOnce(target, body);
  }
}

class KeptConnectionEnded extends Error {}

function sendOnce({ url, contentType, headers = {}, from = '127.0.0.1' }: Target, body?: Uint8Array): Promise<Answer> {
  const agent = agents.get(from) ?? new Agent({ keepAlive: true, maxSockets: Infinity });
  agents.set(from, agent);
  const type = contentType === undefined ? {} : { 'content-type': contentType };
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: body === undefined ? 'GET' : 'POST', agent, localAddress: from, headers: { ...headers, ...type, ...length } }, (response) => {
      const retryAfter = response.headers['retry-after'];
      collect(response).then((read) => resolve({ status: response.statusCode ?? 0, body: read, retryAfter: retryAfter === undefined ? undefined : Number(retryAfter) }), reject);
    });
    asked.on('error', (cause) => reject(asked.reusedSocket ? new KeptConnectionEnded(cause.message, { cause }) : cause));
    asked.end(body);
  });
}

async function collect(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
