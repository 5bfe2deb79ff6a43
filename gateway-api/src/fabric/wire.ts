const LENGTH_DELIMITED = 2;

/**
 * The occurrences of one field of a protobuf message whose fields all have a length, as bytes. For messages of which most is not
 * looked at: a read set is longer than what was written, and making objects of it takes most of the reading of a block.
 */
export function fieldsOf(message: Uint8Array, field: number): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('a protobuf message ends too early');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    if ((tag & 7) !== LENGTH_DELIMITED) throw new Error(`a protobuf field of wire type ${tag & 7}`);
    const length = varint();
    if (at + length > message.length) throw new Error('a protobuf message ends too early');
    if (tag >>> 3 === field) found.push(message.subarray(at, at + length));
    at += length;
  }
  return found;
}
