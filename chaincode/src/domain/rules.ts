import { z } from 'zod';
import { ACCOUNT_ROLES } from './account.ts';
import { amountSchema } from './amount.ts';
import type { Book } from './book.ts';
import { tokenIdSchema } from './id.ts';
import { OFFICER_ROLES } from './organization.ts';
import type { Instant } from './time.ts';

const DAY_S = 24 * 3600;

/** What an account of a role may pay and have in a token: the rules of auditors. Whoever has several roles keeps the rules of each. */
export const accountLimitSchema = z.strictObject({
  role: z.enum(ACCOUNT_ROLES),
  token: tokenIdSchema,
  perPayment: amountSchema.optional(),
  /** The most in all payments of a period: whole hours counted from 1970 by the ledger clock, so 24 is a day in UTC. */
  perPeriod: z.strictObject({ hours: z.int().min(1).max(24 * 31), amount: amountSchema }).optional(),
  /** The most an account may have, free and held, after a payment or an issue to it. */
  holding: amountSchema.optional(),
});

/** What the members agree on, whole: a new version takes the place of the old one. */
export const rulesSchema = z.strictObject({
  /** Seconds between the decision to recover an account and its effect. */
  recoveryDelay: z.int().min(0).max(30 * DAY_S),
  /** The longest a proposal may wait for votes, in seconds. */
  votingTime: z.int().min(3600).max(90 * DAY_S),
  /** Above it a credit limit in the token takes two officers in every organization, whatever its own threshold is. */
  limitThresholds: z.record(tokenIdSchema, amountSchema).refine((thresholds) => Object.keys(thresholds).length <= 100),
  /** Offices that one officer cannot hold together. */
  separateOffices: z.array(z.tuple([z.enum(OFFICER_ROLES), z.enum(OFFICER_ROLES)]).refine(([one, other]) => one !== other)).max(28),
  /** Instruction types, and the roles whose bearers may not sign them: refused to who has no other role. Votes, what keeps an organization able to vote, and what only ends something cannot be denied. */
  denied: z.record(z.string().max(64).regex(/^(?!consortium\.|certificate\.renew\/|officer\.(appoint|dismiss)\/)[a-z]+\.[a-z]+\/[1-9][0-9]*$/), z.array(z.enum([...ACCOUNT_ROLES, ...OFFICER_ROLES])).min(1).max(16)).refine((denied) => Object.keys(denied).length <= 64),
  accountLimits: z.array(accountLimitSchema).max(100),
});
export type RulesDocument = z.infer<typeof rulesSchema>;
export type AccountLimit = RulesDocument['accountLimits'][number];

/** A version of the rules, kept for ever; amounts as the members voted for them. */
export interface Rules extends RulesDocument {
  readonly version: number;
  readonly activatedAt: Instant;
}

/** In force where nothing else is said. */
export const DEFAULT_RULES: RulesDocument = {
  recoveryDelay: 3 * DAY_S,
  votingTime: 30 * DAY_S,
  limitThresholds: {},
  separateOffices: [],
  denied: {},
  accountLimits: [],
};

/** Keeps a version beside those before it; the caller puts it in force. */
export function keepRules(book: Pick<Book, 'put'>, rules: Rules): Rules {
  book.put('rules', [rules.version], rules);
  return rules;
}
