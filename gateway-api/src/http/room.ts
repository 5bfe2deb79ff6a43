/** Bytes of all request bodies that are being worked on: the bound on the memory they take. */
const MOST_BYTES = 64 * 1024 * 1024;
/** What one address may have of it. */
const SHARE = 1 / 4;

/** The memory of request bodies, booked as they arrive: what is only announced takes none from anybody. */
export class Room {
  readonly #most: number;
  readonly #byAddress = new Map<string, number>();
  #bytes = 0;

  constructor(most = MOST_BYTES) {
    this.#most = most;
  }

  isFull(address: string): boolean {
    return this.#bytes >= this.#most || (this.#byAddress.get(address) ?? 0) >= this.#most * SHARE;
  }

  /** It is there and takes its room, until it is given back. */
  take(address: string, bytes: number): void {
    this.#add(address, bytes);
  }

  giveBack(address: string, bytes: number): void {
    this.#add(address, -bytes);
  }

  #add(address: string, bytes: number): void {
    this.#bytes += bytes;
    const sum = (this.#byAddress.get(address) ?? 0) + bytes;
    if (sum === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, sum);
  }
}
