import type { Instruction } from '@tallystick/chaincode/domain';
import { parseStateKey } from '@tallystick/chaincode/state';

/** An instruction and what it debits or changes. */
export interface Named {
  readonly instruction: Instruction;
  readonly names: readonly string[];
}

/** What a key is about is said by its first parts, as account and token; slots and numbers follow. */
const SUBJECT = 2;
const CONTESTED_MS = 5_000;

/**
 * Those of a batch that are about one of these state keys, by the ids in the keys; with whatever shares a name with one of them,
 * so that the order of what belongs together is kept. The order given is kept as well.
 */
export function touchingAny<T extends Named>(items: readonly T[], keys: readonly string[]): ReadonlySet<T> {
  const subjects = keys.map(subjectOf).filter(({ length }) => length > 0);
  return withRelated(items, (item) => {
    const words = wordsOf(item);
    return subjects.some((subject) => subject.every((part) => words.has(part)));
  });
}

/** What several gateways debit or change at a time: after a conflict about it, for as long as another is likely. */
export class Contested {
  /** Until when; the oldest first. */
  readonly #until = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** What of these items the keys of a conflict are about. Slots are not: whoever is paid there does not debit them. */
  learn(items: readonly Named[], keys: readonly string[]): void {
    const parts = new Set(keys.filter((key) => parseStateKey(key)?.table !== 'slot').flatMap(subjectOf));
    const now = this.#now();
    for (const name of items.flatMap(({ names }) => names)) {
      if (!parts.has(name)) continue;
      this.#until.delete(name);
      this.#until.set(name, now + CONTESTED_MS);
    }
    for (const [name, until] of this.#until) {
      if (until > now) break;
      this.#until.delete(name);
    }
  }

  isOf({ names }: Pick<Named, 'names'>): boolean {
    return this.#until.size > 0 && names.some((name) => (this.#until.get(name) ?? 0) > this.#now());
  }

  /** Those of a batch that are about it, with whatever shares a name with one of them. */
  among<T extends Named>(items: readonly T[]): ReadonlySet<T> {
    return this.#until.size === 0 ? new Set() : withRelated(items, (item) => this.isOf(item));
  }
}

function subjectOf(key: string): readonly string[] {
  return parseStateKey(key)?.parts.slice(0, SUBJECT) ?? [];
}

/** The order given is kept. */
function withRelated<T extends Named>(items: readonly T[], isMeant: (item: T) => boolean): ReadonlySet<T> {
  const found = new Set(items.filter(isMeant));
  const names = new Set([...found].flatMap((item) => item.names));
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const item of items) {
      if (found.has(item) || !item.names.some((name) => names.has(name))) continue;
      found.add(item);
      for (const name of item.names) names.add(name);
    }
  }
  return new Set(items.filter((item) => found.has(item)));
}

function wordsOf({ instruction: { id, body }, names }: Named): ReadonlySet<string> {
  return new Set([id, ...names, ...stringsIn(body)]);
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}
