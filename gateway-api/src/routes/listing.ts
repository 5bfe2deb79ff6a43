import { z } from 'zod';
import type { Gateway } from '../gateway.ts';
import { HttpError } from '../http/http-error.ts';
import { fullReceiptOf } from '../http/receipt.ts';
import type { Reply } from '../http/route.ts';
import type { IndexedInstruction } from '../index/instruction-queries.ts';
import { pageRequest, type Page, type PageRequest } from '../index/page.ts';

/** A read waits this long for a block it asks for. */
const MIN_BLOCK_WAIT_MS = 10_000;

const whole = z.string().regex(/^\d{1,9}$/);

/** Members every read's query may have. */
export const minBlockQuery = {
  minBlock: whole.transform(Number).optional().meta({ description: 'Wait until the index has this block: read your own write on another gateway' }),
};

/** Members every list's query may have. */
export const pageQuery = {
  ...minBlockQuery,
  cursor: z.string().max(100).optional().meta({ description: 'Where the page before of the same list ended' }),
  limit: whole.transform(Number).pipe(z.int().min(1).max(500)).optional().meta({ description: '1 to 500, 50 by default' }),
};

export interface PageQuery {
  readonly minBlock?: number | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** An object with the height it is read at. */
export function reading<T extends z.ZodRawShape>(object: z.ZodObject<T>) {
  return object.extend({ asOfBlock: z.int().meta({ description: 'Last block in the index' }) });
}

/** A page of a list. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), cursor: z.string().optional().meta({ description: 'For the next page; absent on the last' }), asOfBlock: z.int() });
}

/** @throws HttpError INDEX_BEHIND */
export async function waitForBlock({ index }: Gateway, { minBlock }: { readonly minBlock?: number | undefined }): Promise<void> {
  if (minBlock !== undefined && !(await index.reaches(minBlock, MIN_BLOCK_WAIT_MS))) throw new HttpError('INDEX_BEHIND', { asOfBlock: String(index.block()) });
}

/** Waits, reads, and says the height. @throws HttpError NOT_FOUND for undefined, INDEX_BEHIND */
export async function readOne(gateway: Gateway, query: { readonly minBlock?: number | undefined }, read: () => object | undefined): Promise<Reply> {
  await waitForBlock(gateway, query);
  const found = read();
  if (found === undefined) throw new HttpError('NOT_FOUND');
  return { status: 200, body: { ...found, asOfBlock: gateway.index.block() } };
}

/** @throws HttpError CURSOR_INVALID, INDEX_BEHIND */
export async function readPage<T>(gateway: Gateway, query: PageQuery, read: (page: PageRequest) => Page<T>): Promise<Reply> {
  await waitForBlock(gateway, query);
  const asOfBlock = gateway.index.block();
  const page = pageRequest(query.cursor, query.limit ?? 50, asOfBlock);
  if (page === undefined) throw new HttpError('CURSOR_INVALID');
  return { status: 200, body: { ...read(page), asOfBlock } };
}

/** A page of instructions as whole receipts. @throws HttpError CURSOR_INVALID, INDEX_BEHIND */
export function readReceipts(gateway: Gateway, query: PageQuery, read: (page: PageRequest) => Page<IndexedInstruction>): Promise<Reply> {
  return readPage(gateway, query, (page) => {
    const { items, ...rest } = read(page);
    return { items: items.map((instruction) => fullReceiptOf(instruction, gateway.index)), ...rest };
  });
}
