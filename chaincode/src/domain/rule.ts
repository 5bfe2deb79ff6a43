import { LedgerError, type ErrorCode, type Figures } from './error.ts';

/** One rule, judged: what a decision refuses by and a pre-check lists. */
export interface Rule {
  /** The refusal when it does not hold. */
  readonly code: ErrorCode;
  readonly holds: boolean;
  readonly figures?: Figures | undefined;
}

/** The first rule that does not hold is the refusal. */
export function refuseByFirst(rules: Iterable<Rule>): void {
  for (const { code, holds, figures } of rules) if (!holds) throw new LedgerError(code, figures);
}

/** Every rule with its figures; where one cannot be judged the list ends with why. */
export function listRules(rules: Iterable<Rule>): readonly Rule[] {
  const listed: Rule[] = [];
  try {
    for (const rule of rules) listed.push(rule);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    listed.push({ code: error.code, holds: false, figures: error.figures });
  }
  return listed;
}
