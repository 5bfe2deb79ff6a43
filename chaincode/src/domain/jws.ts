import { decodeBase64UrlText, encodeBase64Url, encodeUtf8, parseCanonicalJson, type Json } from './codec.ts';
import { LedgerError } from './error.ts';
import type { Digest } from './id.ts';

/** A compact JWS taken apart; nothing is verified yet. */
export interface Jws {
  readonly kid: Digest;
  /** Canonical JSON, parsed. */
  readonly payload: Json;
  /** The same as text: what is hashed, since ES256 signatures are malleable. */
  readonly payloadText: string;
  /** The ASCII bytes the signature covers. */
  readonly signed: string;
  /** base64url of r‖s. */
  readonly signature: string;
}

const HEADER = /^\{"alg":"ES256","kid":"([A-Za-z0-9_-]{43})"\}$/;
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/;

/** @throws LedgerError INSTRUCTION_MALFORMED, INSTRUCTION_HEADER_INVALID */
export function readJws(text: string): Jws {
  const [header, payload, signature, ...rest] = text.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) throw new LedgerError('INSTRUCTION_MALFORMED');
  const kid = HEADER.exec(decodeBase64UrlText(header))?.[1];
  if (kid === undefined) throw new LedgerError('INSTRUCTION_HEADER_INVALID');
  if (!SIGNATURE.test(signature)) throw new LedgerError('SIGNATURE_INVALID');
  const payloadText = decodeBase64UrlText(payload);
  return { kid, payload: parseCanonicalJson(payloadText), payloadText, signed: `${header}.${payload}`, signature };
}

/** The part of a compact JWS that is signed. */
export function jwsSigningInput(kid: Digest, payloadText: string): string {
  return `${encodeText(`{"alg":"ES256","kid":"${kid}"}`)}.${encodeText(payloadText)}`;
}

function encodeText(text: string): string {
  return encodeBase64Url(encodeUtf8(text));
}
