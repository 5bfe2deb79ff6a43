export interface Amount {
  readonly instructions: number;
  /** Of their JWS. */
  readonly characters: number;
}

/** How much may be open at a time: of one signer, and of all. */
export interface BacklogBounds {
  readonly ofSigner: Amount;
  readonly ofAll: Amount;
}

const MI = 1024 * 1024;
/** The bound on what anybody can fill of the disk. */
const MOST: BacklogBounds = { ofSigner: { instructions: 2_000, characters: 20 * MI }, ofAll: { instructions: 50_000, characters: 500 * MI } };
const NOTHING: Amount = { instructions: 0, characters: 0 };

/** Counts what is open, of each signer and of all. */
export class BacklogRoom {
  readonly #most: BacklogBounds;
  readonly #bySigner = new Map<string, Amount>();
  #all = NOTHING;

  constructor(most = MOST) {
    this.#most = most;
  }

  isFor(signer: string): boolean {
    return isBelow(this.#all, this.#most.ofAll) && isBelow(this.of(signer), this.#most.ofSigner);
  }

  of(signer: string): Amount {
    return this.#bySigner.get(signer) ?? NOTHING;
  }

  /** @param sign −1: it is no longer open */
  add(signer: string, characters: number, sign: 1 | -1): void {
    const change = { instructions: sign, characters: sign * characters };
    this.#all = sum(this.#all, change);
    const open = sum(this.of(signer), change);
    if (open.instructions === 0) this.#bySigner.delete(signer);
    else this.#bySigner.set(signer, open);
  }
}

function sum(one: Amount, other: Amount): Amount {
  return { instructions: one.instructions + other.instructions, characters: one.characters + other.characters };
}

function isBelow(amount: Amount, most: Amount): boolean {
  return amount.instructions < most.instructions && amount.characters < most.characters;
}
