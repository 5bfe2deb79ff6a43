import { Agent, request } from 'node:https';
import { authorizationToken } from './token.ts';

/** One certificate authority of a fabric-ca-server, which may serve several. */
export interface CertificateAuthority {
  readonly url: string;
  readonly name: string;
  /** PEM of the root that the server's own TLS certificate comes from. */
  readonly tlsRootCertificate: string;
}

/** PEM certificate and PKCS #8 key of whoever signs a request to the authority. */
export interface Holder {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface Attribute {
  readonly name: string;
  readonly value: string;
  /** Put it into every certificate of the identity. */
  readonly ecert?: boolean;
}

export interface Registration {
  readonly id: string;
  /** Becomes the OU of the certificate: client, peer, orderer, admin. */
  readonly type: string;
  readonly secret?: string;
  readonly attributes?: readonly Attribute[];
  /** How often the secret may be used; −1 is without end. */
  readonly maxEnrollments?: number;
}

export interface Enrollment {
  readonly id: string;
  readonly secret: string;
  /** PEM; its common name must be the id. */
  readonly csr: string;
}

export interface CaClient {
  /** Answers the secret to enroll with. Fails with code 74 when the identity exists. */
  readonly register: (registrar: Holder, registration: Registration) => Promise<string>;
  /** Gives a registered identity a new secret. */
  readonly renewSecret: (registrar: Holder, registration: Registration & { readonly secret: string }) => Promise<void>;
  /** Answers the certificate in PEM. */
  readonly enroll: (enrollment: Enrollment) => Promise<string>;
}

/** The authority refused, or did not answer. `code` is fabric-ca-server's own number, 0 when there was no answer to read. */
export class CaError extends Error {
  readonly status: number;
  readonly code: number;

  constructor(message: string, status: number, code: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CaError';
    this.status = status;
    this.code = code;
  }
}

/** The identity is registered already. */
export const ALREADY_REGISTERED = 74;

/** A client for one certificate authority. Certificates are revoked on the ledger alone. */
export function caClient(authority: CertificateAuthority): CaClient {
  const agent = new Agent({ ca: authority.tlsRootCertificate, keepAlive: true, maxSockets: 4 });
  const caname = authority.name;
  const call = <T>(method: string, path: string, body: object, authorization: Authorization): Promise<T> =>
    send<T>({ agent, url: authority.url, method, uri: `/api/v1/${path}`, body: JSON.stringify({ ...body, caname }), authorization });
  return {
    register: async (registrar, it) => (await call<{ secret: string }>('POST', 'register', registrationBody(it), registrar)).secret,
    renewSecret: async (registrar, it) => {
      await call('PUT', `identities/${encodeURIComponent(it.id)}`, { secret: it.secret, ...limit(it) }, registrar);
    },
    enroll: async ({ id, secret, csr }) => decode((await call<{ Cert: string }>('POST', 'enroll', { certificate_request: csr }, { id, secret })).Cert),
  };
}

type Authorization = Holder | { readonly id: string; readonly secret: string };

interface Call {
  readonly agent: Agent;
  readonly url: string;
  readonly method: string;
  readonly uri: string;
  readonly body: string;
  readonly authorization: Authorization;
}

interface Envelope<T> {
  readonly success: boolean;
  readonly result: T;
  readonly errors?: readonly { readonly code: number; readonly message: string }[];
}

function send<T>(call: Call): Promise<T> {
  const { agent, url, method, uri, body } = call;
  return new Promise((resolve, reject) => {
    const fail = (problem: string, cause?: unknown): void => reject(new CaError(`certificate authority ${url}: ${problem}`, 0, 0, { cause }));
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...authorizationHeader(call) };
    const sent = request(new URL(uri, url), { agent, method, headers, timeout: 30_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => fail(error.message, error));
      response.on('end', () => {
        try {
          resolve(open<T>(Buffer.concat(chunks).toString(), response.statusCode ?? 0));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within 30 s')));
    sent.on('error', (error) => fail(error.message, error));
    sent.end(body);
  });
}

function open<T>(text: string, status: number): T {
  let envelope: Envelope<T>;
  try {
    envelope = JSON.parse(text) as Envelope<T>;
  } catch (error) {
    throw new CaError(`the certificate authority answered ${status} without JSON`, status, 0, { cause: error });
  }
  if (envelope.success) return envelope.result;
  const first = envelope.errors?.[0];
  throw new CaError(`the certificate authority refused: ${first?.message ?? `status ${status}`}`, status, first?.code ?? 0);
}

function authorizationHeader({ authorization, method, uri, body }: Call): { readonly authorization: string } {
  if ('secret' in authorization) {
    return { authorization: `Basic ${Buffer.from(`${authorization.id}:${authorization.secret}`).toString('base64')}` };
  }
  return { authorization: authorizationToken({ method, uri, body, ...authorization }) };
}

function registrationBody(it: Registration): object {
  return { id: it.id, type: it.type, affiliation: '', attrs: it.attributes ?? [], ...(it.secret === undefined ? {} : { secret: it.secret }), ...limit(it) };
}

function limit(it: Registration): object {
  return it.maxEnrollments === undefined ? {} : { max_enrollments: it.maxEnrollments };
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
