/** A number that others wait for. It may also go back. */
export function milestone(first: number) {
  let now = first;
  let next = Promise.withResolvers<void>();
  return {
    now: (): number => now,
    /** Resolves when it is set the next time. */
    next: (): Promise<void> => next.promise,
    set: (number: number): void => {
      now = number;
      next.resolve();
      next = Promise.withResolvers();
    },
    /** Resolves when it is this or more. */
    reached: async (number: number): Promise<void> => {
      while (now < number) await next.promise;
    },
  };
}
