import { formatInstant, instructionPayload, type Envelope } from '../../chaincode/src/domain/index.ts';
import { signJws, uuidv7, type Signer } from '../../client/src/index.ts';
import { LEDGER } from './consortium.ts';

/** An answer of a gateway, whatever it is. */
export interface RawAnswer {
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Sends anything to a gateway: what the client library would not let one send. */
export async function send(url: string, body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/jose', ...headers }, body, signal: AbortSignal.timeout(40_000) });
  return answerOf(response);
}

export async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  return answerOf(await fetch(url, { headers, signal: AbortSignal.timeout(40_000) }));
}

/** Signs an instruction without looking at it: what the client library would not let one sign. */
export async function signRaw(signer: Signer, type: string, body: unknown, changes: Partial<Envelope> = {}): Promise<string> {
  return signText(signer, instructionPayload(envelopeOf(signer, type, body, changes)));
}

export function signText(signer: Signer, payload: string): Promise<string> {
  return signJws(signer.key, signer.thumbprint, payload);
}

export function envelopeOf(signer: Signer, type: string, body: unknown, changes: Partial<Envelope> = {}): Envelope {
  const now = Date.now();
  return { type, id: uuidv7(now), ledger: LEDGER, signer: signer.id, issuedAt: formatInstant(now), expiresAt: formatInstant(now + 60_000), body, ...changes };
}

/** The payload of a compact JWS. */
export function envelopeIn(jws: string): Envelope {
  return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Envelope;
}

/** A compact JWS with one part replaced. */
export function withPart(jws: string, part: 'header' | 'payload' | 'signature', text: string): string {
  const parts = jws.split('.');
  parts[['header', 'payload', 'signature'].indexOf(part)] = text;
  return parts.join('.');
}

export function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}

async function answerOf(response: Response): Promise<RawAnswer> {
  const text = await response.text();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, code: (body as { readonly code?: string } | undefined)?.code, headers: response.headers, body };
}
