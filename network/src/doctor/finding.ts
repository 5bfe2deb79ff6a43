/** One thing looked at: in a sentence how it is, and what to do when it is not well. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'good' | 'warning' | 'bad';
  readonly sentence: string;
  readonly next?: string;
}

export function good(check: string, sentence: string): Finding {
  return { check, verdict: 'good', sentence };
}

export function warning(check: string, sentence: string, next: string): Finding {
  return { check, verdict: 'warning', sentence, next };
}

export function bad(check: string, sentence: string, next: string): Finding {
  return { check, verdict: 'bad', sentence, next };
}
