import { QueueFullError } from '../turned-away.ts';

/**
 * Takes a signer's instruction unless one before it was turned away for want of room: the order of what comes together is kept.
 * @param turnedAway signers of whom one was, up to now @throws QueueFullError, and what `take` throws
 */
export function inOrder<T>(signer: string, turnedAway: Set<string>, take: () => T): T {
  if (turnedAway.has(signer)) throw new QueueFullError();
  try {
    return take();
  } catch (error) {
    if (error instanceof QueueFullError) turnedAway.add(signer);
    throw error;
  }
}
