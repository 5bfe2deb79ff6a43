/** Something a person can put right: what is wrong, and what to do next. The command line prints both and no stack trace. */
export class NetworkFailure extends Error {
  readonly next: string | undefined;

  constructor(message: string, next?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NetworkFailure';
    this.next = next;
  }
}

/** The message of anything thrown, for a line in a log. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
