import { uuidAt } from '@tallystick/chaincode/domain';

/** A UUIDv7 (RFC 9562) of a moment. */
export function uuidv7(now: number = Date.now()): string {
  return uuidAt(now, globalThis.crypto.getRandomValues(new Uint8Array(10)));
}
