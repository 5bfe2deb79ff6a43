import type { z } from 'zod';

/** What is told where no member of it is at fault. */
export const WHOLE = '(the whole)';
/** What somebody sent is told only where it can be a name, since it might be a value in the wrong place. */
const NAME = /^[\w@./:-]{1,64}$/;

/** Path of the first member that is missing, unknown or ill-formed, as the figures of a refusal name it; never its value. */
export function faultyMember({ issues }: z.ZodError): string {
  const [issue] = issues;
  const path = issue?.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : (issue?.path ?? []);
  const names = path.map(String);
  const odd = names.findIndex((name) => !NAME.test(name));
  return names.slice(0, odd === -1 ? names.length : odd).join('.') || WHOLE;
}
