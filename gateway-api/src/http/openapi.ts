import { INSTRUCTION_TYPES, MAX_INSTRUCTION_LENGTH } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { instructionBodySchema } from './body.ts';
import { PROBLEM_CODES, problemEntry, problemSchema, type ProblemCode } from './problem.ts';
import { tokenRequestSchema } from './access.ts';
import { isList } from './cursor.ts';
import type { Route } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

/** Any route may answer with these: none takes a query with members it does not know. */
const EVERYWHERE: readonly ProblemCode[] = ['REQUEST_MALFORMED', 'NOT_FOUND', 'METHOD_NOT_ALLOWED', 'INTERNAL'];
const WITH_BODY: readonly ProblemCode[] = ['JSON_INVALID', 'UTF8_INVALID', 'CONTENT_TYPE_UNSUPPORTED', 'BODY_TOO_LARGE', 'REQUEST_TIMEOUT'];
const OF_LIST: readonly ProblemCode[] = ['CURSOR_INVALID'];
/** What the gate turns away. */
const OF_POST: readonly ProblemCode[] = ['TOO_MANY_REQUESTS'];
const WITH_TOKEN: readonly ProblemCode[] = ['UNAUTHENTICATED', 'ACCESS_TOKEN_INVALID', 'CERTIFICATE_REVOKED', 'CERTIFICATE_SUPERSEDED', 'CERTIFICATE_EXPIRED', 'ORGANIZATION_SUSPENDED', 'ORGANIZATION_REMOVED'];

const INTRODUCTION = `
Everything that changes the ledger is an **instruction** signed by whoever wants it: a compact JWS, ES256, whose header is exactly
\`{"alg":"ES256","kid":"…"}\` (kid = SHA-256 of the certificate’s DER encoding, base64url) and whose payload is canonical JSON (RFC 8785) of
\`{"body":…,"expiresAt":…,"id":…,"issuedAt":…,"ledger":…,"signer":…,"type":…}\`. The ledger verifies it; a gateway relays it and can neither forge,
alter nor replay it. \`id\` is a UUIDv7 made by the client: (signer, id) has one outcome, for ever, at whichever gateway. At most
${MAX_INSTRUCTION_LENGTH} characters; lifetime at most 24 hours. The schemas \`Instruction …\` say what each type’s body is.

**Order.** A gateway brings a signer’s instructions in in the order in which it takes them. One that is answered 429 or 503 was not taken, or is not
applied, and holds nothing back: what its signer sends after it in another request may be applied before it comes again. Whoever needs an order waits for
each answer, or sends one bulk: there, what follows an instruction of the same signer that was turned away with 429 is turned away as well; with
\`Prefer: respond-async\` those that were accepted keep their order also when one has to be tried again, up to five times. Requests sent at once, or to several gateways, have none.

Amounts are decimal strings of the smallest unit; times are RFC 3339 in UTC with milliseconds. Errors are problem details (RFC 9457) with a
\`code\`. A refusal that the ledger recorded carries its receipt; **504 OUTCOME_UNKNOWN is not a refusal**.
`.trim();

/** The API's description, OpenAPI 3.1, from the schemas that check it. */
export function openApi(routes: readonly Route[]): Json {
  const components = new Components();
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operation(route, components);
  for (const type of INSTRUCTION_TYPES.values()) components.add(instructionSchema(type.type, type.body, type.signedBy));
  components.add(tokenRequestSchema);
  return {
    openapi: '3.1.0',
    info: { title: 'Tallystick gateway', version: '0.1.0', description: INTRODUCTION, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components.schemas(),
      securitySchemes: { reader: { type: 'http', scheme: 'bearer', description: 'From POST /auth/tokens' } },
    },
    'x-error-codes': Object.fromEntries(PROBLEM_CODES.map((code) => [code, problemEntry(code)])),
  };
}

/** Collects named schemas, so that each stands in the document once. */
class Components {
  readonly #found: Record<string, Json> = {};

  /** A reference to it, or itself where it has no name. */
  add(schema: z.ZodType): Json {
    const { $defs = {}, $schema: _, ...root } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'draft-2020-12' }) as Json & { $defs?: Record<string, Json> };
    for (const [name, definition] of Object.entries($defs)) this.#found[name] = relocated(withoutId(definition));
    const name = schema.meta()?.id;
    // A named schema comes as a reference into its own definitions, or as itself.
    if (name === undefined || '$ref' in root) return relocated(root);
    this.#found[name] = relocated(withoutId(root));
    return { $ref: `#/components/schemas/${name}` };
  }

  schemas(): Json {
    return Object.fromEntries(Object.entries(this.#found).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  }
}

function operation(route: Route, components: Components): Json {
  const { method, path, tag, summary, description, access, params, query, body } = route;
  const parameters = [...parametersOf('path', params, components), ...parametersOf('query', query, components)];
  return {
    operationId: `${method}${path.replaceAll(/[{}]/g, '').split('/').map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')}`,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(route, components) } }),
    responses: responsesOf(route, components),
    security: access === 'reader' ? [{ reader: [] }] : [],
  };
}

function parametersOf(place: 'path' | 'query', schema: z.ZodObject, components: Components): readonly Json[] {
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, member]) => ({
    name,
    in: place,
    required: place === 'path' || !member.safeParse(undefined).success,
    schema: components.add(member),
  }));
}

function contentOf({ body }: Route, components: Components): Json {
  if (body === undefined) return {};
  if (body.kind === 'json') return { 'application/json': { schema: components.add(body.schema) } };
  const note = body.types === undefined ? 'Any type of instruction' : `Only ${body.types.join(', ')}`;
  return {
    'application/jose': { schema: { type: 'string', maxLength: MAX_INSTRUCTION_LENGTH, description: `Compact JWS. ${note}.` } },
    'application/json': { schema: components.add(instructionBodySchema) },
  };
}

function responsesOf(route: Route, components: Components): Json {
  const { replies, errors = [], access, body, method } = route;
  const success = Object.entries(replies).map(([status, { description, schema }]): readonly [string, Json] => [
    status,
    { description, ...(schema === undefined ? {} : { content: { 'application/json': { schema: components.add(schema) } } }) },
  ]);
  const codes = new Set([...errors, ...EVERYWHERE, ...(body === undefined ? [] : WITH_BODY), ...(isList(route) ? OF_LIST : []), ...(method === 'post' ? OF_POST : []), ...(access === 'reader' ? WITH_TOKEN : [])]);
  const byStatus = Map.groupBy(codes, (code) => String(problemEntry(code).status));
  const failures = [...byStatus].filter(([status]) => !(Number(status) in replies)).map(([status, found]): readonly [string, Json] => [
    status,
    {
      description: found.map((code) => `\`${code}\`: ${problemEntry(code).meaning}`).join('\n\n'),
      content: { 'application/problem+json': { schema: components.add(problemSchema) } },
    },
  ]);
  return Object.fromEntries([...success, ...failures].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function instructionSchema(type: string, body: z.ZodType, signedBy: string): z.ZodType {
  const name = type.split(/[./]/).map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('');
  const description = `Payload of \`${type}\`, signed by ${signedBy === 'either' ? 'an account or an officer' : signedBy === 'account' ? 'an account' : 'an officer'}`;
  return z
    .strictObject({ type: z.literal(type), id: z.string(), ledger: z.string(), signer: z.string(), issuedAt: z.string(), expiresAt: z.string(), body })
    .meta({ id: `Instruction${name}`, description });
}

function withoutId({ id: _, $id: __, ...rest }: Json): Json {
  return rest;
}

/** zod refers to `#/$defs/…`; here the definitions stand among the components. */
function relocated(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}

