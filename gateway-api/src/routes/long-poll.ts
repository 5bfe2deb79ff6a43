import { createHash } from 'node:crypto';
import { z } from 'zod';
import { addTo } from '../count.ts';
import type { Gateway } from '../gateway.ts';
import { HttpError } from '../http/http-error.ts';
import { pause } from '../wait.ts';

const LONGEST_WAIT_S = 30;

/** Members of the query of a read that can wait. */
export const waitQuery = {
  tag: z.string().max(50).optional().meta({ description: 'From the answer before' }),
  wait: z.string().regex(/^\d{1,2}$/).transform(Number).pipe(z.int().min(0).max(LONGEST_WAIT_S)).optional().meta({ description: 'Seconds' }),
};

/** However many blocks a second has, nobody looks more often. */
const LOOK_EVERY_MS = 1_000;
/** Reads for one that wait at a time. */
const MOST_WAITING = 8;

interface Waiting {
  /** For whom, or of what. */
  readonly name: string;
  readonly query: { readonly tag?: string | undefined; readonly wait?: number | undefined };
  /** Resolves when nobody waits any more. */
  readonly gone: () => Promise<unknown>;
}

/** Reads until it is something else than at the tag, the time is over, or nobody waits any more. What is read changes with blocks and with registrations. @throws HttpError TOO_MANY_REQUESTS */
export async function longPoll<T extends object>({ index, registrations, waiting }: Gateway, { name, query: { tag: known, wait = 0 }, gone }: Waiting, read: () => T): Promise<T & { readonly tag: string }> {
  const until = Date.now() + wait * 1_000;
  const isGone = gone().then(() => true);
  for (let hasLeft = false; ; ) {
    const found = read();
    const tag = createHash('sha256').update(JSON.stringify(found)).digest('base64url');
    const left = until - Date.now();
    if (tag !== known || left <= 0 || hasLeft) return { ...found, tag };
    if ((waiting.get(name) ?? 0) >= MOST_WAITING) throw new HttpError('TOO_MANY_REQUESTS');
    addTo(waiting, name, 1);
    const changed = Promise.all([Promise.race([index.nextRead(left), registrations.nextChange(left)]), pause(Math.min(left, LOOK_EVERY_MS))]);
    hasLeft = await Promise.race([isGone, changed.then(() => false)]).finally(() => addTo(waiting, name, -1));
  }
}
