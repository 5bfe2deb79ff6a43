import { define, issue, type TallyClient } from '@tallystick/client';
import { shorten } from '../narrator.ts';
import type { Player, Stage, System } from '../stage.ts';

/** A token as its own system describes it; on the ledger it is a record like every other. */
interface Plan {
  readonly token: string;
  readonly issuer: System;
  readonly name: string;
  readonly decimals: number;
  readonly kind: 'money' | 'points';
  readonly source: { readonly code: string; readonly fields: Record<string, string> };
}

/** The tokens of two systems on one standard. */
export interface Tokens {
  readonly money: string;
  readonly points: string;
}

export function tokensOf(money: System, points: System): Tokens {
  return { money: `NPT@${money.organizationId}`, points: `EPP@${points.organizationId}` };
}

export async function defineTokens(stage: Stage, north: System, east: System): Promise<Tokens> {
  const tokens = tokensOf(north, east);
  await ensureToken(stage, {
    token: tokens.money,
    issuer: north,
    name: 'North Pay Token',
    decimals: 2,
    kind: 'money',
    source: { code: 'np-core:NPT', fields: { currencyUnit: 'NPT', scale: '2' } },
  });
  await ensureToken(stage, {
    token: tokens.points,
    issuer: east,
    name: 'East Pay Points',
    decimals: 0,
    kind: 'points',
    source: { code: 'loyalty.points.v3', fields: { pointType: 'BASE', programme: 'EAST-01' } },
  });
  return tokens;
}

export async function issueTo(stage: Stage, player: Player, token: string, issuer: System, amount: bigint): Promise<void> {
  const client = await stage.officer('issuer', issuer);
  const { receipt } = await client.send(issue, { token, account: player.account, amount: amount.toString() }, `/tokens/${token}/issues`);
  stage.narrator.result(`${amount} ${token} issued to ${player.role} ${shorten(player.account)}: block ${receipt.record.block}`);
}

/** Ledgers outlive stories: the token may be there. */
async function ensureToken(stage: Stage, { token, issuer, ...rest }: Plan): Promise<void> {
  const { result } = stage.narrator;
  const client = await stage.officer('issuer', issuer);
  if (await isDefined(client, token)) return result(`${token} is defined already`);
  const { receipt } = await client.send(define, { token, ...rest }, '/tokens');
  result(`${token} is defined: block ${receipt.record.block}`);
}

async function isDefined(client: TallyClient, token: string): Promise<boolean> {
  const { items } = await client.tokens();
  return items.some(({ id }) => id === token);
}
