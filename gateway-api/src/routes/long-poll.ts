import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Gateway } from '../gateway.ts';

const LONGEST_WAIT_S = 30;

/** Members of the query of a read that can wait. */
export const waitQuery = {
  tag: z.string().max(50).optional().meta({ description: 'From the answer before' }),
  wait: z.string().regex(/^\d{1,2}$/).transform(Number).pipe(z.int().min(0).max(LONGEST_WAIT_S)).optional().meta({ description: 'Seconds' }),
};

/** Reads until it is something else than at the tag, or the time is over. What is read changes with blocks and with registrations. */
export async function longPoll<T extends object>({ index, registrations }: Gateway, { tag: known, wait = 0 }: { readonly tag?: string | undefined; readonly wait?: number | undefined }, read: () => T): Promise<T & { readonly tag: string }> {
  const until = Date.now() + wait * 1_000;
  for (;;) {
    const found = read();
    const tag = createHash('sha256').update(JSON.stringify(found)).digest('base64url');
    const left = until - Date.now();
    if (tag !== known || left <= 0) return { ...found, tag };
    await Promise.race([index.nextRead(left), registrations.nextChange(left)]);
  }
}
