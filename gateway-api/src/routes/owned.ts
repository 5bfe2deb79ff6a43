import { accountIdSchema, isAccountId, objectIdSchema, tokenIdSchema } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import type { Gateway } from '../gateway.ts';
import type { Reader } from '../http/access.ts';
import { assertMayRead, mayRead } from '../http/entitlement.ts';
import { HttpError } from '../http/http-error.ts';
import type { ProblemCode } from '../http/problem.ts';
import { receiptSchema } from '../http/receipt.ts';
import { instructionRoute, readerRoute, type Route } from '../http/route.ts';
import type { LedgerIndex } from '../index/ledger-index.ts';
import type { Filter, Objects } from '../index/object-table.ts';
import { INSTRUCTION_PROBLEMS, INSTRUCTION_REPLIES, submitted } from './instruction-reply.ts';
import { listOf, minBlockQuery, pageQuery, readOne, readPage, readReceipts, reading } from './listing.ts';
import { assertAbout } from './noun-instruction.ts';

/** Objects that stand between two accounts: who of them is who, and how they are read, listed and told. */
export interface OwnedNoun<T> extends VisibleNoun<T> {
  readonly title: string;
  readonly roles: readonly [string, string];
  readonly states: readonly string[];
}

/** What one of them takes to be read. */
export interface VisibleNoun<T> {
  /** Plural, as in the path. */
  readonly noun: string;
  /** What the parameter in the path is called. */
  readonly member: string;
  /** Whom it belongs to: the sides, as members of the object and columns of its table. */
  readonly roles: readonly string[];
  readonly schema: z.ZodObject;
  readonly objects: (index: LedgerIndex) => Objects<T>;
  readonly told?: (object: T, gateway: Gateway) => object;
}

/** GET list, GET one and GET its history. */
export function ownedReads<T extends object>(noun: OwnedNoun<T>): readonly Route[] {
  return [listRoute(noun), ...oneReads(noun)];
}

/** GET one and GET its history: to whom it belongs, on any side. */
export function oneReads<T extends object>(noun: VisibleNoun<T>): readonly Route[] {
  return [oneRoute(noun), historyRoute(noun)];
}

function listRoute<T extends object>({ noun, title, roles, states, schema, objects, told }: OwnedNoun<T>): Route {
  const [first, second] = roles;
  return readerRoute({
    method: 'get',
    path: `/${noun}`,
    tag: noun,
    summary: `${title} of an account, newest first`,
    query: z.strictObject({
      account: accountIdSchema.optional().meta({ description: 'Whose; an officer must say it, an account means itself' }),
      role: z.enum([first, second]).meta({ description: 'Which side the account is on' }),
      counterparty: accountIdSchema.optional(),
      token: tokenIdSchema.optional(),
      state: z.enum(states as [string, ...string[]]).optional(),
      ...(noun === 'bills' ? { dueBy: z.iso.date().optional().meta({ description: 'Due on this day or before' }) } : {}),
      ...pageQuery,
    }),
    replies: { 200: { description: 'A page', schema: listOf(schema) } },
    errors: ['NOT_ENTITLED', 'INDEX_BEHIND'],
    handle: (gateway, { query }, reader) => {
      const account = ownAccount(reader, query.account);
      const other = query.role === first ? second : first;
      const filter: Filter = { [query.role]: account, [other]: query.counterparty, token: query.token, state: query.state, 'due_date<=': 'dueBy' in query ? (query.dueBy as string | undefined) : undefined };
      return readPage(gateway, query, (page) => {
        const { items, ...rest } = objects(gateway.index).list(filter, page);
        return { items: items.map((object) => told?.(object, gateway) ?? object), ...rest };
      });
    },
  });
}

function oneRoute<T extends object>(noun: VisibleNoun<T>): Route {
  return readerRoute({
    method: 'get',
    path: `/${noun.noun}/{${noun.member}}`,
    tag: noun.noun,
    summary: `One of the ${noun.noun}`,
    params: paramsOf(noun.member),
    query: z.strictObject(minBlockQuery),
    replies: { 200: { description: 'As it is now', schema: reading(noun.schema) } },
    errors: ['NOT_FOUND', 'INDEX_BEHIND'],
    handle: (gateway, { params, query }, reader) =>
      readOne(gateway, query, () => {
        const object = visible(noun, gateway, reader, idIn(params));
        return object === undefined ? undefined : (noun.told?.(object, gateway) ?? object);
      }),
  });
}

function historyRoute<T extends object>(noun: VisibleNoun<T>): Route {
  return readerRoute({
    method: 'get',
    path: `/${noun.noun}/{${noun.member}}/history`,
    tag: noun.noun,
    summary: 'The instructions that made and changed it, with their signers, newest first',
    params: paramsOf(noun.member),
    query: z.strictObject(pageQuery),
    replies: { 200: { description: 'A page of receipts', schema: listOf(receiptSchema) } },
    errors: ['NOT_FOUND', 'INDEX_BEHIND'],
    handle: (gateway, { params, query }, reader) => {
      if (visible(noun, gateway, reader, idIn(params)) === undefined) throw new HttpError('NOT_FOUND');
      return readReceipts(gateway, query, (page) => gateway.index.instructions.history(idIn(params), page));
    },
  });
}

/** The object, to each side and their organizations' officers; to others as if it were not there. */
function visible<T extends object>({ roles, objects }: VisibleNoun<T>, { index }: Gateway, reader: Reader, id: string): T | undefined {
  const object = objects(index).one(id);
  if (object === undefined) return undefined;
  const owners = roles.map((role) => String((object as Readonly<Record<string, unknown>>)[role]));
  return owners.some((owner) => mayRead(reader, owner)) ? object : undefined;
}

/** Whose objects are asked for. @throws HttpError NOT_ENTITLED, REQUEST_MALFORMED when an officer does not say it */
export function ownAccount(reader: Reader, asked: string | undefined): string {
  const account = asked ?? (isAccountId(reader.signer) ? reader.signer : undefined);
  if (account === undefined) throw new HttpError('REQUEST_MALFORMED', { member: 'account' });
  assertMayRead(reader, account);
  return account;
}

/** A route that takes instructions of these types about anything. */
export function takes(path: string, tag: string, summary: string, types: readonly string[], errors: readonly ProblemCode[] = []): Route {
  return instructionRoute({
    method: 'post', path, tag, summary, types,
    description: `Takes ${types.map((type) => `\`${type}\``).join(', ')}.`,
    replies: INSTRUCTION_REPLIES,
    errors: [...INSTRUCTION_PROBLEMS, ...errors],
    handle: (gateway, { body, header }) => submitted(gateway, body, header('prefer')),
  });
}

/** A route that takes one type of instruction about the object in its path. */
export function takesAbout(path: string, member: string, summary: string, type: string, errors: readonly ProblemCode[] = []): Route {
  return instructionRoute({
    method: 'post', path, tag: path.split('/')[1] ?? '', summary, types: [type],
    params: paramsOf(member),
    replies: INSTRUCTION_REPLIES,
    errors: [...INSTRUCTION_PROBLEMS, 'OBJECT_DIFFERS', 'SIGNER_NOT_ENTITLED', ...errors],
    handle: (gateway, { params, body, header }) => {
      assertAbout<Readonly<Record<string, unknown>>>(body.instruction, (about) => about[member] === idIn(params));
      return submitted(gateway, body, header('prefer'));
    },
  });
}

function paramsOf(member: string) {
  return z.strictObject({ [member]: objectIdSchema });
}

function idIn(params: Readonly<Record<string, unknown>>): string {
  return String(Object.values(params)[0]);
}
