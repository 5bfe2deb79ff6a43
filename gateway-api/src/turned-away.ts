/** There is no room for the instruction. What its signer sends after it would overtake it. */
export class QueueFullError extends Error {
  constructor() {
    super('the queue of instructions is full');
    this.name = 'QueueFullError';
  }
}

/** The outcome of these bytes was told again and again. */
export class ToldTooOftenError extends Error {
  constructor() {
    super('the outcome of this instruction was told too often');
    this.name = 'ToldTooOftenError';
  }
}

/** There is no room for the body of the request, whose rest is not read. */
export class NoRoomForBodyError extends Error {
  constructor() {
    super('there is no room for the body of the request');
    this.name = 'NoRoomForBodyError';
  }
}

/** Whether it may come again in a moment: 429. */
export function isTurnedAway(error: unknown): boolean {
  return error instanceof QueueFullError || error instanceof ToldTooOftenError || error instanceof NoRoomForBodyError;
}
