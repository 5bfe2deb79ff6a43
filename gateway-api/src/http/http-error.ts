import type { Figures } from '@tallystick/chaincode/domain';

/** What can be wrong with a request before or beside the ledger: code → HTTP status and meaning. */
const TABLE = {
  REQUEST_MALFORMED: [400, 'The request is ill-formed, or a member of it is missing, unknown or ill-formed.'],
  JSON_INVALID: [400, 'The body is not JSON.'],
  UTF8_INVALID: [400, 'The body is not UTF-8.'],
  CURSOR_INVALID: [400, 'The cursor is not one this list gave.'],
  UNAUTHENTICATED: [401, 'This needs a bearer token: POST /auth/challenges, sign, POST /auth/tokens.'],
  ACCESS_TOKEN_INVALID: [401, 'The bearer token is not valid, or no longer.'],
  CHALLENGE_INVALID: [401, 'The challenge is not one this gateway gave to this signer, is used, or is too old.'],
  NOT_ENTITLED: [403, 'The reader has no right to this.'],
  NOT_FOUND: [404, 'There is nothing here for this reader.'],
  METHOD_NOT_ALLOWED: [405, 'The path exists, the method does not.'],
  REQUEST_TIMEOUT: [408, 'The request did not arrive in time: 10 seconds for its head, 15 for all of it.'],
  REGISTRATION_STATE: [409, 'The registration is not in a state that allows this.'],
  BODY_TOO_LARGE: [413, 'The body is larger than this route takes.'],
  CONTENT_TYPE_UNSUPPORTED: [415, 'The body has another content type or encoding than this route takes.'],
  INSTRUCTION_TYPE_WRONG: [422, 'This route takes another type of instruction.'],
  DOCUMENT_LIMIT: [409, 'The registration has as many documents as it may have.'],
  DOCUMENT_INVALID: [422, 'The document is larger than 2 MiB, not base64, or not of the type it says.'],
  OBJECT_DIFFERS: [422, 'The instruction is about another object than the path, or than what was registered.'],
  REGISTRATION_PROOF: [422, 'The certificate request or the application is not one by this key, for this account and ledger.'],
  TOO_MANY_REQUESTS: [429, 'There is no room for more at this moment; come back after the time in Retry-After.'],
  HEAD_TOO_LARGE: [431, 'The head of the request is larger than 32 KB.'],
  INTERNAL: [500, 'The gateway has failed.'],
  CERTIFICATE_AUTHORITY_UNAVAILABLE: [503, 'The certificate authority does not answer, or refused.'],
  INDEX_BEHIND: [503, 'The index does not have this block yet.'],
  OUTCOME_UNKNOWN: [504, 'The outcome is not known yet, and this is not a refusal: ask GET /instructions/{id}, or send the same instruction again.'],
} as const satisfies Record<string, readonly [number, string]>;

export type HttpErrorCode = keyof typeof TABLE;

export const HTTP_ERRORS: Readonly<Record<HttpErrorCode, { readonly status: number; readonly meaning: string }>> = Object.fromEntries(
  Object.entries(TABLE).map(([code, [status, meaning]]) => [code, { status, meaning }]),
) as Record<HttpErrorCode, { status: number; meaning: string }>;

/** Leaves a handler as a problem of its code. */
export class HttpError extends Error {
  readonly code: HttpErrorCode;
  readonly figures: Figures | undefined;

  constructor(code: HttpErrorCode, figures?: Figures) {
    super(code);
    this.name = 'HttpError';
    this.code = code;
    this.figures = figures;
  }
}
