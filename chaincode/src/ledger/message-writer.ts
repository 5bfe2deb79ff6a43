const LENGTH_DELIMITED = 2;
const VARINT = 0;
/** The longest start of a field: its number, and how long it is. */
const START = 6;

/** Writes a message in protobuf's wire format: the library keeps text as an array of numbers, one for each byte, before it has the bytes. */
export class MessageWriter {
  #bytes = Buffer.allocUnsafe(4_096);
  #end = 0;

  /** A field of text, bytes, or another message. */
  add(field: number, value: string | Uint8Array): void {
    const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length;
    this.#reserve(START + length);
    this.#varint((field << 3) | LENGTH_DELIMITED);
    this.#varint(length);
    if (typeof value === 'string') this.#bytes.write(value, this.#end);
    else this.#bytes.set(value, this.#end);
    this.#end += length;
  }

  addNumber(field: number, value: number): void {
    this.#reserve(START);
    this.#varint((field << 3) | VARINT);
    this.#varint(value);
  }

  /** What was written, until the next message is begun in its place. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#end);
    this.#end = 0;
    return taken;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#end++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#end++] = rest;
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafe(2 * (this.#end + length));
    bytes.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = bytes;
  }
}
