import type { Instruction } from '@tallystick/chaincode/domain';

interface Named {
  readonly instruction: Instruction;
  readonly names: readonly string[];
}

/** What a key is about is said by the first parts after its prefix, as account and token; slots and numbers follow. */
const SUBJECT = 2;

/**
 * Those of a batch that are about one of these state keys, by the ids in the keys; with whatever shares a name with one of them,
 * so that the order of what belongs together is kept. The order given is kept as well.
 */
export function touchingAny<T extends Named>(items: readonly T[], keys: readonly string[]): ReadonlySet<T> {
  const subjects = keys.map((key) => key.split('/').slice(1, 1 + SUBJECT)).filter(({ length }) => length > 0);
  const names = new Set<string>();
  const touching = new Set<T>();
  const add = (item: T): void => {
    touching.add(item);
    for (const name of item.names) names.add(name);
  };
  for (const item of items) {
    const words = wordsOf(item);
    if (subjects.some((subject) => subject.every((part) => words.has(part)))) add(item);
  }
  for (let before = -1; before < touching.size; ) {
    before = touching.size;
    for (const item of items) if (!touching.has(item) && item.names.some((name) => names.has(name))) add(item);
  }
  return new Set(items.filter((item) => touching.has(item)));
}

function wordsOf({ instruction: { id, body }, names }: Named): ReadonlySet<string> {
  return new Set([id, ...names, ...stringsIn(body)]);
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}
