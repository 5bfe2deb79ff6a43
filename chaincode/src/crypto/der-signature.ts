const HALF = 32;

/** ES256's r‖s as a DER ECDSA-Sig-Value; undefined unless it is 64 bytes. */
export function derSignature(signature: Uint8Array): Uint8Array | undefined {
  if (signature.length !== 2 * HALF) return undefined;
  const integers = [signature.subarray(0, HALF), signature.subarray(HALF)].flatMap(derInteger);
  return Uint8Array.from([0x30, integers.length, ...integers]);
}

function derInteger(bytes: Uint8Array): readonly number[] {
  const first = bytes.findIndex((byte) => byte !== 0);
  const magnitude = first === -1 ? [0] : [...bytes.subarray(first)];
  const positive = (magnitude[0] ?? 0) >= 0x80 ? [0, ...magnitude] : magnitude;
  return [0x02, positive.length, ...positive];
}
