/** The organizations asked to endorse one transaction. */
export type Endorsers = readonly string[];

/** After a failure an organization is left out this long, so that a restart is not hammered at. */
export const REST_MS = 3_000;
/**
 * After silence. A chaincode that hangs holds its peer's state lock until the execute timeout, and each new call holds it again:
 * so it is left alone for longer than that.
 */
export const SILENCE_MS = 15_000;
/** After its answer was the odd one out: long, and then it is tried again. */
export const AVOID_MS = 300_000;

/**
 * Chooses which organizations endorse: as many as the majority the policy asks for, and naming them makes them run at the same
 * time. Its own organization is one of them where possible; the others change with the lane.
 */
export class EndorsementPlan {
  #organizations: readonly string[];
  #threshold: number;
  readonly #isAlive: (organizationId: string) => boolean;
  readonly #now: () => number;
  readonly #leftOutUntil = new Map<string, number>();
  readonly #avoidedUntil = new Map<string, number>();

  /** @param organizations own first; a majority of them must endorse until the policy is known, and of none nobody can be asked */
  constructor(organizations: readonly string[], isAlive: (organizationId: string) => boolean, now: () => number = Date.now) {
    this.#organizations = organizations;
    this.#threshold = Math.floor(organizations.length / 2) + 1;
    this.#isAlive = isAlive;
    this.#now = now;
  }

  /** Whose endorsement counts, own first. */
  get organizations(): readonly string[] {
    return this.#organizations;
  }

  /** The policy is another from now on. */
  follow(organizations: readonly string[], threshold: number): void {
    this.#organizations = organizations;
    this.#threshold = threshold;
  }

  /**
   * Undefined when fewer than the policy asks for can be asked, or one of those that are needed cannot.
   * @param load how much each is asked at this moment: of the others, those with the least come first
   * @param needed those without whom it counts for nothing, whatever majority endorses it
   */
  choose(lane: number, load: (organizationId: string) => number = () => 0, needed: Endorsers = []): Endorsers | undefined {
    const [own, ...others] = this.usable();
    if (own === undefined || others.length < this.#threshold - 1 || this.missing(needed).length > 0) return undefined;
    const asked = [own, ...needed.filter((organization) => organization !== own)];
    const rest = others.filter((organization) => !asked.includes(organization));
    const first = lane % Math.max(1, rest.length);
    const inTurn = [...rest.slice(first), ...rest.slice(0, first)];
    return [...asked, ...inTurn.toSorted((one, other) => load(one) - load(other)).slice(0, Math.max(0, this.#threshold - asked.length))];
  }

  /** Those of them that cannot be asked at this moment. */
  missing(needed: Endorsers): Endorsers {
    const answering = this.#answering();
    return needed.filter((organization) => !answering.includes(organization));
  }

  /** Who is avoided is asked all the same when the others are too few: its peers may agree again, and nothing goes without them. */
  usable(): readonly string[] {
    const answering = this.#answering();
    const trusted = answering.filter((organization) => this.#now() >= (this.#avoidedUntil.get(organization) ?? 0));
    return trusted.length >= this.#threshold ? trusted : answering;
  }

  #answering(): readonly string[] {
    return this.#organizations.filter((organization) => this.#isAlive(organization) && this.#now() >= (this.#leftOutUntil.get(organization) ?? 0));
  }

  /** Its answer was the odd one out. */
  avoid(organizationId: string): void {
    this.#avoidedUntil.set(organizationId, this.#now() + AVOID_MS);
  }

  leaveOut(organizationId: string, milliseconds: number): void {
    const until = Math.max(this.#leftOutUntil.get(organizationId) ?? 0, this.#now() + milliseconds);
    this.#leftOutUntil.set(organizationId, until);
  }
}
