import { createHash } from 'node:crypto';
import { HttpError } from './http-error.ts';
import type { Reply, Route } from './route.ts';

const MARK_BYTES = 6;

interface PageQuery {
  readonly cursor?: string;
  readonly limit?: number;
  readonly minBlock?: number;
}

/** Whether it answers in pages. */
export function isList({ query }: Route): boolean {
  return 'cursor' in query.shape;
}

/**
 * Answers a list with cursors that are its own: outside they bear a mark of path, filters and reader, so that another list does not go on in the
 * middle of itself. The mark is no secret: a cursor only says where, not what may be read.
 */
export function handledByPages(route: Route): Route['handle'] {
  const { path, handle } = route;
  if (!isList(route)) return handle;
  return async (gateway, asked, reader): Promise<Reply> => {
    const { cursor, limit: _limit, minBlock: _minBlock, ...filter }: PageQuery = asked.query;
    const mark = createHash('sha256').update(JSON.stringify([path, asked.params, filter, reader?.signer])).digest().subarray(0, MARK_BYTES);
    const inside = cursor === undefined ? asked : { ...asked, query: { ...(asked.query as PageQuery), cursor: opened(mark, cursor) } as never };
    const { body, ...reply } = await handle(gateway, inside, reader);
    const { cursor: next } = body as { readonly cursor?: string };
    return { ...reply, body: next === undefined ? body : { ...(body as object), cursor: Buffer.concat([mark, Buffer.from(next)]).toString('base64url') } };
  };
}

function opened(mark: Buffer, cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  if (!bytes.subarray(0, MARK_BYTES).equals(mark)) throw new HttpError('CURSOR_INVALID');
  return bytes.subarray(MARK_BYTES).toString();
}
