import { encodeBase64Url, encodeUtf8, jwsSigningInput, type Digest } from '@tallystick/chaincode/domain';
import { signBytes, type Key } from './key.ts';

/** A compact JWS, ES256, over a text that is canonical JSON. */
export async function signJws(key: Key, kid: Digest, payloadText: string): Promise<string> {
  const signed = jwsSigningInput(kid, payloadText);
  return `${signed}.${encodeBase64Url(await signBytes(key, encodeUtf8(signed)))}`;
}
