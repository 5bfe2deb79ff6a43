import type { TallyClient } from '../index.ts';
import { wholeRate, type RateText } from './values.ts';

/** Says rates as they are entered, in whole units, by the decimals of the tokens; one whose tokens are not known, as the ledger keeps it. */
export async function ratesOf(client: TallyClient): Promise<(stated: { readonly token: string; readonly into: string; readonly rate: RateText }) => string> {
  const { items } = await client.tokens();
  const tokens = new Map(items.map((token) => [token.id, token]));
  return ({ token, into, rate }) => {
    const [from, to] = [tokens.get(token), tokens.get(into)];
    return from === undefined || to === undefined ? `${rate.numerator}/${rate.denominator} of smallest units` : wholeRate(rate, from, to);
  };
}
