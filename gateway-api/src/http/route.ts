import type { Instruction } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import type { Gateway } from '../gateway.ts';
import type { Reader } from './access.ts';
import type { ProblemCode } from './problem.ts';

/** A request whose parts have passed their schemas. */
export interface Asked<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** A request header, lower case. */
  readonly header: (name: string) => string | undefined;
  /** Whose request it is, as far as the network tells. */
  readonly address: string;
  /** Says that work was wasted on the request, in instructions. */
  readonly wasted: (amount: number) => void;
  /** Whether its sender has wasted so much that nothing more is done for it now. */
  readonly isOver: () => boolean;
  /** Resolves when its sender has left, or is answered. */
  readonly gone: () => Promise<unknown>;
}

/** What a handler answers; JSON unless it says otherwise. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instructions on which work was wasted. */
  readonly waste?: number;
}

/** An instruction as it came and as it reads. */
export interface ReadInstruction {
  readonly jws: string;
  readonly instruction: Instruction;
}

/** What a body may be. */
export type BodyRule =
  /** One instruction: application/jose, or JSON `{"instruction": …}`, of one of these types. */
  | { readonly kind: 'instruction'; readonly types?: readonly string[] }
  | { readonly kind: 'json'; readonly schema: z.ZodType; readonly limit?: number };

export const BODY_LIMIT = 64 * 1024;
export const BULK_LIMIT = 10 * 1024 * 1024;

interface Described {
  readonly method: 'get' | 'post';
  /** With {members}. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** An administrator whose certificate is over may ask for it: without it nobody could renew that. */
  readonly evenExpired?: true;
  /** Success by status. */
  readonly replies: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>;
  readonly errors?: readonly ProblemCode[];
}

/** A route as the server and the API's description see it. */
export interface Route extends Described {
  readonly access: 'public' | 'reader';
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body?: BodyRule;
  readonly handle: (gateway: Gateway, asked: Asked<never, never, never>, reader: Reader | undefined) => Reply | Promise<Reply>;
}

interface Parts<P extends z.ZodObject, Q extends z.ZodObject> extends Described {
  readonly params?: P;
  readonly query?: Q;
}

type Handler<P extends z.ZodObject, Q extends z.ZodObject, B, R> = (gateway: Gateway, asked: Asked<z.infer<P>, z.infer<Q>, B>, reader: R) => Reply | Promise<Reply>;

const NOTHING = z.strictObject({});
type Nothing = typeof NOTHING;

/** Anyone may ask. */
export function publicRoute<P extends z.ZodObject = Nothing, Q extends z.ZodObject = Nothing>(
  parts: Parts<P, Q> & { readonly handle: Handler<P, Q, undefined, undefined> },
): Route {
  return { params: NOTHING, query: NOTHING, ...parts, access: 'public' } as unknown as Route;
}

/** Needs a bearer token. */
export function readerRoute<P extends z.ZodObject = Nothing, Q extends z.ZodObject = Nothing>(
  parts: Parts<P, Q> & { readonly handle: Handler<P, Q, undefined, Reader> },
): Route {
  return { params: NOTHING, query: NOTHING, ...parts, access: 'reader' } as unknown as Route;
}

/** Takes JSON. */
export function jsonRoute<B extends z.ZodType, P extends z.ZodObject = Nothing, Q extends z.ZodObject = Nothing, A extends Route['access'] = 'public'>(
  parts: Parts<P, Q> & { readonly access: A; readonly json: B; readonly limit?: number; readonly handle: Handler<P, Q, z.infer<B>, A extends 'reader' ? Reader : undefined> },
): Route {
  const { json, limit, ...rest } = parts;
  const body: BodyRule = limit === undefined ? { kind: 'json', schema: json } : { kind: 'json', schema: json, limit };
  return { params: NOTHING, query: NOTHING, ...rest, body } as unknown as Route;
}

/** Takes one instruction, whose signature is the authentication. */
export function instructionRoute<P extends z.ZodObject = Nothing, Q extends z.ZodObject = Nothing>(
  parts: Parts<P, Q> & { readonly types?: readonly string[]; readonly handle: Handler<P, Q, ReadInstruction, undefined> },
): Route {
  const { types, ...rest } = parts;
  const body: BodyRule = types === undefined ? { kind: 'instruction' } : { kind: 'instruction', types };
  return { params: NOTHING, query: NOTHING, ...rest, access: 'public', body } as unknown as Route;
}
