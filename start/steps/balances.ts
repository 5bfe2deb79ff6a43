import { claim } from '../claim.ts';
import type { Player, Stage, System } from '../stage.ts';

/** What a player must have in the end, per token. */
export type Expected = Readonly<Record<string, bigint>>;

/** Reads every player's balances at each system and compares: with what was expected, and with one another. */
export async function compareBalances(stage: Stage, players: readonly (readonly [Player, Expected])[], systems: readonly System[], minBlock: number): Promise<void> {
  for (const [player, expected] of players) {
    const views: Readonly<Record<string, string>>[] = [];
    for (const system of systems) views.push(await balancesAt(stage, player, system, minBlock));
    const wanted = Object.fromEntries(Object.entries(expected).map(([token, amount]) => [token, amount.toString()]));
    systems.forEach(({ organizationId }, index) => claim(`balances of the ${player.role} at ${organizationId}`, views[index], wanted));
    const balances = Object.entries(wanted).map(([token, amount]) => `${amount} ${token}`).join(', ');
    stage.narrator.result(`${player.role}: ${balances} (the same at ${systems.map(({ organizationId }) => organizationId).join(' and ')})`);
  }
}

async function balancesAt(stage: Stage, { signer, account }: Player, system: System, minBlock: number): Promise<Readonly<Record<string, string>>> {
  const { items } = await stage.client(signer, system).balances(account, { minBlock });
  return Object.fromEntries(items.map(({ token, free }) => [token, free]));
}
