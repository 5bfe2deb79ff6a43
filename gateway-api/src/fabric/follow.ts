import type { CloseableAsyncIterable } from '@hyperledger/fabric-gateway';
import type { Log } from '../log.ts';
import { pause } from '../wait.ts';
import { reasonOf } from './failure.ts';

const REOPEN_AFTER_MS = 500;

export interface Following<T> {
  readonly name: string;
  /** Opens the stream where reading has to go on. */
  readonly open: () => Promise<CloseableAsyncIterable<T>>;
  /** The next item waits until this one is done; a throw ends the stream and opens it anew. */
  readonly next: (item: T) => void | Promise<void>;
  /** The stream has ended or could not be opened. */
  readonly lost: (reason: string) => void;
}

export interface Follower {
  readonly close: () => void;
}

/** Reads a stream for ever: whenever it ends, it is opened again. */
export function follow<T>({ name, open, next, lost }: Following<T>, log: Log): Follower {
  let closed = false;
  let stream: CloseableAsyncIterable<T> | undefined;
  let lastReason = '';
  const read = async (): Promise<void> => {
    stream = await open();
    lastReason = '';
    for await (const item of stream) await next(item);
    throw new Error('the peer ended the stream');
  };
  const run = async (): Promise<void> => {
    while (!closed) {
      const reason = await read().then(() => '', reasonOf);
      stream?.close();
      if (closed) return;
      lost(reason);
      if (reason !== lastReason) log.warn({ stream: name, reason }, 'block stream lost; opening it again');
      lastReason = reason;
      await pause(REOPEN_AFTER_MS);
    }
  };
  void run();
  return {
    close: () => {
      closed = true;
      stream?.close();
    },
  };
}
