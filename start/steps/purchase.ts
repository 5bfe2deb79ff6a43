import { pay, type PaymentCheck, type Submission } from '@tallystick/client';
import { claim, claimRefusal } from '../claim.ts';
import type { Stage } from '../stage.ts';
import { madeBy, type Relation } from './relation.ts';

/** What is owed for a payment on credit. */
export interface StoryBill {
  readonly id: string;
  readonly amount: bigint;
}

const RULES_A_LINE = 6;

/** What would a payment on credit come to? Every rule is judged, and nothing changes: told are all, or those that fail. */
export async function preCheck(stage: Stage, relation: Relation, amount: bigint, failing: readonly string[] = []): Promise<void> {
  const { enterprise } = relation;
  const { passed, rules } = await stage.client(enterprise.signer, enterprise.home).check(bodyOf(relation, amount));
  claim('rules that fail', rules.filter(({ holds }) => !holds).map(({ code }) => code), failing);
  claim('passed', passed, failing.length === 0);
  const told = failing.length === 0 ? linesOf(rules) : rules.filter(({ holds }) => !holds).map(({ code, figures = {} }) => `${code}: ${figuresText(figures)}`);
  for (const line of told) stage.narrator.say(`  ${line}`);
  stage.narrator.result(`${amount} on credit: ${rules.length} rules, ${failing.length === 0 ? 'all hold' : `${failing.length} fail`}`);
}

/** @returns its bill */
export async function buyOnCredit(stage: Stage, relation: Relation, amount: bigint): Promise<StoryBill> {
  const submission = await attempt(stage, relation, amount);
  const id = madeBy(submission);
  const { merchant } = relation;
  const bill = await stage.client(merchant.signer, merchant.home).bill(id, { minBlock: submission.receipt.record.block });
  claim('outstanding of the bill', { state: bill.state, outstanding: bill.outstanding }, { state: 'open', outstanding: amount.toString() });
  stage.narrator.result(`${amount} paid on credit; the merchant sees the bill at ${merchant.home.organizationId}: ${bill.outstanding} due on ${bill.dueDate}`);
  return { id, amount };
}

export async function refusedOnCredit(stage: Stage, relation: Relation, amount: bigint, { code, figures }: { readonly code: string; readonly figures: Readonly<Record<string, bigint>> }): Promise<void> {
  const refusal = await claimRefusal(code, attempt(stage, relation, amount));
  const texts = Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, value.toString()]));
  claim('figures of the refusal', refusal.figures, texts);
  stage.narrator.result(`refused: ${refusal.message} (${figuresText(texts)})`);
}

function attempt(stage: Stage, relation: Relation, amount: bigint): Promise<Submission> {
  const { enterprise } = relation;
  return stage.client(enterprise.signer, enterprise.home).send(pay, bodyOf(relation, amount), '/payments');
}

function bodyOf({ merchant, token, version }: Relation, amount: bigint) {
  return { payee: merchant.account, token, amount: amount.toString(), credit: { amount: amount.toString(), version } };
}

function linesOf(rules: PaymentCheck['rules']): readonly string[] {
  // Of payer and payee alike: told once.
  const codes = [...new Set(rules.map(({ code }) => code))];
  return Array.from({ length: Math.ceil(codes.length / RULES_A_LINE) }, (_, line) => codes.slice(line * RULES_A_LINE, (line + 1) * RULES_A_LINE).join('  '));
}

function figuresText(figures: Readonly<Record<string, string>>): string {
  return Object.entries(figures).map(([name, value]) => `${name} ${value}`).join(', ');
}
