import { canonicalJson } from '../../chaincode/src/domain/index.ts';
import { signText, type Signer } from '../support/signer.ts';
import { send } from './http.ts';

/** A gateway, and the ledger that it belongs to. */
export interface ReadAt {
  readonly url: string;
  readonly gateway: string;
  readonly ledger: string;
}

/** The header by which a signer reads at a gateway for ten minutes. */
export async function bearerFor({ url, gateway, ledger }: ReadAt, signer: Signer): Promise<{ readonly authorization: string }> {
  const post = async (path: string, body: unknown) => JSON.parse((await send({ url: url + path, contentType: 'application/json' }, Buffer.from(JSON.stringify(body)))).body.toString()) as Readonly<Record<string, string>>;
  const { challenge } = await post('/auth/challenges', { signer: signer.id });
  const request = { type: 'auth.token/1', ledger, gateway, signer: signer.id, challenge, issuedAt: new Date().toISOString() };
  const { accessToken } = await post('/auth/tokens', { token: signText(signer, canonicalJson(request)) });
  if (accessToken === undefined) throw new Error('the gateway gave no token');
  return { authorization: `Bearer ${accessToken}` };
}
