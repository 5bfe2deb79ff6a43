import type { AsOf, TallyClient } from '@tallystick/client';
import { claim } from '../claim.ts';
import type { Player, Stage, System } from '../stage.ts';
import type { Relation } from './relation.ts';

/** How credit must stand in the end. */
export interface Standing {
  readonly limit: { readonly amount: bigint; readonly drawn: bigint };
  readonly grant: { readonly amount: bigint; readonly drawn: bigint };
  /** Outstanding, by the bill's id. */
  readonly bills: Readonly<Record<string, bigint>>;
}

/** Nothing is drawn any more: limit and grant are available in full. */
export async function seeCreditBack(stage: Stage, { enterprise, merchant, token }: Relation): Promise<void> {
  const client = stage.client(enterprise.signer, enterprise.home);
  const [limit, grant] = [await client.limit(enterprise.account, token), await client.grant(enterprise.account, token, merchant.account)];
  claim('drawn on limit and grant', [limit.drawn, grant.drawn], ['0', '0']);
  claim('available on limit and grant', [limit.available, grant.available], [limit.amount, grant.terms?.amount]);
  stage.narrator.result(`nothing is drawn: ${limit.available} available on the limit, ${grant.available} on the grant`);
}

/** Reads limit, grant and bills at each system: they say the same, and what is expected. */
export async function compareCredit(stage: Stage, { enterprise, merchant, token }: Relation, { limit, grant, bills }: Standing, systems: readonly System[], minBlock: number): Promise<void> {
  const { result } = stage.narrator;
  const everywhere = `the same at ${systems.map(({ organizationId }) => organizationId).join(' and ')}`;
  const at = { minBlock };

  const limitFound = await same(stage, 'limit', enterprise, systems, (client) => client.limit(enterprise.account, token, at));
  claim('the limit', { amount: limitFound.amount, drawn: limitFound.drawn }, texts(limit));
  result(`limit: ${limit.drawn} of ${limit.amount} drawn, ${limitFound.available} available (${everywhere})`);

  const grantFound = await same(stage, 'grant', merchant, systems, (client) => client.grant(enterprise.account, token, merchant.account, at));
  claim('the grant', { amount: grantFound.terms?.amount, drawn: grantFound.drawn }, texts(grant));
  result(`grant: ${grant.drawn} of ${grant.amount} drawn, ${grantFound.available} available (${everywhere})`);

  for (const [player, role] of [[enterprise, 'debtor'], [merchant, 'creditor']] as const) {
    const { items } = await same(stage, `bills of the ${player.role}`, player, systems, (client) => client.bills({ role, ...at }));
    claim(`bills of the ${player.role}`, Object.fromEntries(items.map(({ id, outstanding }) => [id, outstanding])), texts(bills));
    result(`bills of the ${player.role}: ${items.map(({ amount, state }) => `${amount} ${state}`).join(', ')} (${everywhere})`);
  }
}

/** One reader asks every system. */
async function same<T extends AsOf>(stage: Stage, what: string, { signer }: Player, systems: readonly System[], read: (client: TallyClient) => Promise<T>): Promise<Omit<T, 'asOfBlock'>> {
  const views: Omit<T, 'asOfBlock'>[] = [];
  for (const system of systems) {
    const { asOfBlock: _, ...found } = await read(stage.client(signer, system));
    views.push(found);
  }
  const [first, ...others] = views;
  if (first === undefined) throw new Error('nowhere to read');
  others.forEach((other, index) => claim(`${what} at ${systems[index + 1]?.organizationId}`, other, first));
  return first;
}

function texts(figures: Readonly<Record<string, bigint>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, value.toString()]));
}
