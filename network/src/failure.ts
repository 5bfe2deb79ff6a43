/** Something a person can put right: what is wrong, and what to do next. The command line prints both and no stack trace. */
export class NetworkFailure extends Error {
  readonly next: string | undefined;

  constructor(message: string, next?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NetworkFailure';
    this.next = next;
  }

  /** What is printed of it. */
  get lines(): readonly string[] {
    return this.next === undefined ? [this.message] : [this.message, this.next];
  }
}

/** The message of anything thrown. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The end of the message, where programs that wrap errors in errors put the cause. */
export function cause(error: unknown, length = 200): string {
  const text = reason(error).replaceAll(/\s+/g, ' ');
  return text.length <= length ? text : `… ${text.slice(-length)}`;
}
