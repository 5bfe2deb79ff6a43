import type { Context } from '../up.ts';

/** One thing looked at: in a sentence how it is, and what to do if it is not well. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'good' | 'warning' | 'bad';
  readonly sentence: string;
  readonly next?: string;
}

export async function doctor(_context: Context): Promise<readonly Finding[]> {
  return [];
}
