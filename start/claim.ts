import { deepStrictEqual } from 'node:assert';
import { TallyError } from '@tallystick/client';

/** The story asserts what it tells. @throws Error with what was expected and what came instead */
export function claim(what: string, actual: unknown, expected: unknown): void {
  try {
    deepStrictEqual(actual, expected);
  } catch {
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  }
}

/** @returns the refusal. @throws Error when it was not refused, or with another code */
export async function claimRefusal(code: string, attempt: Promise<unknown>): Promise<TallyError> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) throw new Error(`expected the refusal ${code}, but it was accepted`);
  if (!(error instanceof TallyError)) throw new Error(`expected the refusal ${code}`, { cause: error });
  claim('code of the refusal', error.code, code);
  return error;
}
