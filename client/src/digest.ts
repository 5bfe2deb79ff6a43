import { encodeBase64Url, encodeUtf8, type Digest } from '@tallystick/chaincode/domain';

/** SHA-256, base64url without padding; a text by its UTF-8 bytes. */
export async function sha256(data: string | Uint8Array<ArrayBuffer>): Promise<Digest> {
  const bytes = typeof data === 'string' ? encodeUtf8(data) : data;
  return encodeBase64Url(new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes)));
}

/** 128 random bits, base64url. */
export function createSalt(): string {
  return encodeBase64Url(globalThis.crypto.getRandomValues(new Uint8Array(16)));
}

/**
 * What stands on the ledger for a holder's registration number or LEI: every member's peer keeps it, so it is salted.
 * Number and salt stay with the holder and its home organization; both together prove the link.
 */
export function holderDigest(identifier: string, salt: string): Promise<Digest> {
  return sha256(`${salt}.${identifier}`);
}
