import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';
import { NoRoomForBodyError } from '../turned-away.ts';

interface Arriving {
  /** Bytes, at most. */
  readonly limit: number;
  /** Told of bytes as they arrive; answers whether there is room for more. */
  readonly arrived: (length: number) => boolean;
}

/** A request's body, as it came. What is too much is not kept. @throws HttpError, NoRoomForBodyError */
export async function readBytes(request: IncomingMessage, { limit, arrived }: Arriving): Promise<Buffer> {
  const { 'content-encoding': encoding = 'identity', 'content-length': announced } = request.headers;
  if (encoding.toLowerCase() !== 'identity') throw new HttpError('CONTENT_TYPE_UNSUPPORTED');
  if (Number(announced ?? 0) > limit) throw new HttpError('BODY_TOO_LARGE');
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  let chunks: Buffer[] = [];
  let length = 0;
  let isOver = false;
  const stop = (error: Error): void => {
    isOver = true;
    chunks = [];
    reject(error);
  };
  request.on('data', (chunk: Buffer) => {
    if (isOver) return;
    length += chunk.length;
    const hasRoom = arrived(chunk.length);
    if (length > limit) stop(new HttpError('BODY_TOO_LARGE'));
    else if (!hasRoom && !request.complete) stop(new NoRoomForBodyError());
    else chunks.push(chunk);
  });
  request.on('end', () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)));
  request.on('error', () => stop(new HttpError('REQUEST_MALFORMED')));
  return promise;
}
