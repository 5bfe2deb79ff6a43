const HALF = 32;
const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** ES256's r‖s as a DER ECDSA-Sig-Value; undefined unless it is 64 bytes. Byte by byte, and in the pool of buffers: every instruction passes here. */
export function derSignature(signature: Uint8Array): Uint8Array | undefined {
  if (signature.length !== 2 * HALF) return undefined;
  const der = Buffer.allocUnsafe(2 + 2 * (2 + 1 + HALF));
  const afterR = writeInteger(der, 2, signature, 0);
  const end = writeInteger(der, afterR, signature, HALF);
  der[0] = SEQUENCE;
  der[1] = end - 2;
  return der.subarray(0, end);
}

/** The shortest form of a magnitude of 32 bytes: no leading zeros but one that keeps it positive. Answers where it ends. */
function writeInteger(der: Uint8Array, start: number, bytes: Uint8Array, from: number): number {
  const last = from + HALF - 1;
  let first = from;
  while (first < last && bytes[first] === 0) first++;
  const padding = (bytes[first] ?? 0) >= 0x80 ? 1 : 0;
  const length = last - first + 1;
  der[start] = INTEGER;
  der[start + 1] = padding + length;
  der[start + 2] = 0;
  der.set(bytes.subarray(first, last + 1), start + 2 + padding);
  return start + 2 + padding + length;
}
