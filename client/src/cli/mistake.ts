/** What the person at the command line can put right: what is wrong, and what to do next. */
export class Mistake extends Error {
  readonly next: string | undefined;

  constructor(message: string, next?: string) {
    super(message);
    this.name = 'Mistake';
    this.next = next;
  }
}
