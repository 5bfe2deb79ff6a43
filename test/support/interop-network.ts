import { fundAcceptance, offerTreasury, pay, setAcceptance, type Submission, type TallyClient } from '../../client/src/index.ts';
import type { Consortium, Holder } from './consortium.ts';
import { inDays } from './credit-network.ts';

/** A pool on the real network, with the treasury behind it. */
export interface NetworkPool {
  readonly token: string;
  readonly into: string;
  readonly treasury: Holder;
}

/** The organization accepts another's token, at par, and funds the pool. */
export async function openPool(consortium: Consortium, { token, into, cap, funds }: { readonly token: string; readonly into: string; readonly cap: string; readonly funds: string }): Promise<NetworkPool> {
  const organization = into.slice(into.indexOf('@') + 1);
  const treasury = await consortium.register(organization, ['enterprise']);
  await treasury.send(offerTreasury, {});
  const operator = await consortium.officer(organization, 'financial-operator');
  await operator.send(setAcceptance, {
    token, into, treasury: treasury.signer.id, rate: { numerator: '1', denominator: '1' }, validFrom: new Date(Date.now() - 60_000).toISOString(), validUntil: inDays(30), cap, direction: 'both',
  });
  await consortium.fund(treasury.signer.id, into, funds);
  await treasury.send(fundAcceptance, { token, into, amount: funds });
  return { token, into, treasury };
}

export function convert(client: TallyClient, { token, into }: Pick<NetworkPool, 'token' | 'into'>, payee: string, amount: string): Promise<Submission> {
  return client.send(pay, { payee, token, amount, into: { token: into, atLeast: '1' } });
}

export interface PoolFigures {
  readonly available: string;
  readonly taken: string;
  readonly fixed: string;
}

/** What the ledger says of a pool at an organization's peer. */
export function poolAt(consortium: Consortium, organization: string, { token, into }: Pick<NetworkPool, 'token' | 'into'>): Promise<PoolFigures> {
  return consortium.settled(async () => {
    const { fixed, pool } = await consortium.hostile(organization).query<{ readonly fixed: string; readonly pool: { readonly available: string; readonly taken: string } }>('pool', [token, into]);
    return { available: pool.available, taken: pool.taken, fixed };
  });
}
