import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Seals small values so that only this process can make them; they end with the process. */
export interface Seals {
  /** @param purpose keeps a value of one kind from being used as another */
  readonly seal: (purpose: string, value: object, lifetimeMs: number) => string;
  /** The value, unless it is not ours, of another purpose, or too old. */
  readonly open: (purpose: string, text: string) => unknown;
}

export function newSeals(now: () => number = Date.now): Seals {
  const secret = randomBytes(32);
  const mac = (purpose: string, payload: string): Buffer => createHmac('sha256', secret).update(`${purpose}.${payload}`).digest();
  return {
    seal: (purpose, value, lifetimeMs) => {
      const payload = Buffer.from(JSON.stringify([now() + lifetimeMs, value])).toString('base64url');
      return `${payload}.${mac(purpose, payload).toString('base64url')}`;
    },
    open: (purpose, text) => {
      const [payload = '', given = ''] = text.split('.');
      const expected = mac(purpose, payload);
      const found = Buffer.from(given, 'base64url');
      if (found.length !== expected.length || !timingSafeEqual(found, expected)) return undefined;
      const [expires, value] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as readonly [number, unknown];
      return now() < expires ? value : undefined;
    },
  };
}
