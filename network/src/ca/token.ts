import { sign } from 'node:crypto';

export interface TokenInput {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly uri: string;
  readonly body: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** What fabric-ca-server hashes: method, URI, body and certificate, each in base64 and joined by dots. */
export function tokenPayload(input: Omit<TokenInput, 'privateKey'>): string {
  return [input.method, base64(input.uri), base64(input.body), base64(input.certificate)].join('.');
}

/** The `Authorization` header by which the holder of a certificate signs a request to the certificate authority. */
export function authorizationToken(input: TokenInput): string {
  const signature = lowS(sign('sha256', Buffer.from(tokenPayload(input)), input.privateKey));
  return `${base64(input.certificate)}.${signature.toString('base64')}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Go's BCCSP refuses a P-256 signature whose s is in the upper half; s and order − s are equally valid, so take the lower. */
export function lowS(der: Buffer): Buffer {
  const rLength = der[3] ?? 0;
  const r = der.subarray(4, 4 + rLength);
  const s = BigInt(`0x${der.subarray(6 + rLength).toString('hex')}`);
  return s <= ORDER / 2n ? der : sequence(integer(r), integer(bytesOf(ORDER - s)));
}

function bytesOf(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

function integer(bytes: Buffer): Buffer {
  const positive = (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]);
  return Buffer.concat([Buffer.from([0x02, positive.length]), positive]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}
