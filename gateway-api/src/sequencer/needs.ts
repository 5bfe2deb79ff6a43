import { debitsOf, isAccountId, type Instruction } from '@tallystick/chaincode/domain';
import type { Needs } from '../index/statement-queries.ts';

/** What a batch debits. */
export function needsOf(items: readonly { readonly instruction: Instruction; readonly names: readonly string[] }[]): Needs {
  const needs = new Map<string, Map<string, bigint> | undefined>();
  for (const { instruction, names } of items) {
    const debits = debitsOf(instruction);
    for (const name of debits === undefined ? names.filter(isAccountId) : []) needs.set(name, undefined);
    for (const { account, token, amount } of debits ?? []) {
      if (!needs.has(account)) needs.set(account, new Map());
      const tokens = needs.get(account);
      tokens?.set(token, (tokens.get(token) ?? 0n) + amount);
    }
  }
  return needs;
}
