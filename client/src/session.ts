import { canonicalJson, formatInstant } from '@tallystick/chaincode/domain';
import { TallyError } from './error.ts';
import { request, type Answer, type HttpOptions, type HttpRequest } from './http.ts';
import { signJws } from './jws.ts';
import type { Signer } from './signer.ts';

/** What a gateway says about itself without being asked who asks. */
export interface Readiness {
  readonly ready: boolean;
  readonly ledger: string;
  readonly organizationId: string;
  readonly height: number;
  readonly asOfBlock: number;
  readonly clock: string;
  readonly reasons: readonly string[];
}

interface Token {
  readonly text: string;
  readonly endsAt: number;
}

/** A token is not used in its last seconds: it could end on the way. */
const MARGIN_MS = 10_000;

/** A signer's way to read at one gateway: buys a short-lived token with a signed challenge, and another when it ends. */
export class Session {
  readonly #http: HttpOptions;
  readonly #signer: Signer | undefined;
  #token: Promise<Token> | undefined;

  constructor(http: HttpOptions, signer: Signer | undefined) {
    this.#http = http;
    this.#signer = signer;
  }

  /** @throws TallyError SIGNER_MISSING when there is nobody to sign in */
  async accessToken(): Promise<string> {
    this.#token ??= this.#buy();
    try {
      const { text, endsAt } = await this.#token;
      if (Date.now() < endsAt) return text;
    } catch (error) {
      this.#token = undefined;
      throw error;
    }
    this.#token = undefined;
    return this.accessToken();
  }

  /** A request under the signer's token; once more with a new one if the gateway has forgotten it. */
  async request<T>(what: HttpRequest): Promise<Answer<T>> {
    try {
      return await this.#requestOnce(what);
    } catch (error) {
      if (!(error instanceof TallyError && error.status === 401 && this.#token !== undefined)) throw error;
      this.#token = undefined;
      return this.#requestOnce(what);
    }
  }

  async #requestOnce<T>(what: HttpRequest): Promise<Answer<T>> {
    const authorization = `Bearer ${await this.accessToken()}`;
    return request<T>(this.#http, { ...what, headers: { ...what.headers, authorization } });
  }

  async #buy(): Promise<Token> {
    if (this.#signer === undefined) throw new TallyError('SIGNER_MISSING', 'This needs a signer with a recorded certificate.');
    const { id: signer, key, thumbprint } = this.#signer;
    const { organizationId } = await readiness(this.#http);
    const { body: challenge } = await request<{ readonly challenge: string; readonly ledger: string }>(this.#http, {
      method: 'POST',
      path: '/auth/challenges',
      body: { signer },
    });
    const payload = canonicalJson({
      type: 'auth.token/1',
      ledger: challenge.ledger,
      gateway: organizationId,
      signer,
      challenge: challenge.challenge,
      issuedAt: formatInstant(Date.now()),
    });
    const { body } = await request<{ readonly accessToken: string; readonly expiresIn: number }>(this.#http, {
      method: 'POST',
      path: '/auth/tokens',
      body: { token: await signJws(key, thumbprint, payload) },
    });
    const lifetimeMs = body.expiresIn * 1000;
    return { text: body.accessToken, endsAt: Date.now() + lifetimeMs - Math.min(MARGIN_MS, lifetimeMs / 2) };
  }
}

/** Also an unready gateway tells which organization and ledger it is. */
export async function readiness(http: HttpOptions): Promise<Readiness> {
  const { body } = await request<Readiness>(http, { path: '/readyz', alsoFine: 503 });
  return body;
}
