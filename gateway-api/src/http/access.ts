import { randomUUID } from 'node:crypto';
import { formatInstant, instantSchema, isAccountId, organizationIdSchema, organizationOf, signerIdSchema, type Crypto } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import type { LedgerIndex } from '../index/ledger-index.ts';
import { wardsOf } from '../index/wards.ts';
import { HttpError } from './http-error.ts';
import { newSeals, type Seals } from './sealed.ts';
import { signedRequest } from './signed-request.ts';
import { assertSpeaks, type Purpose, type SignerStanding } from './signer-standing.ts';

/** Who reads. */
export interface Reader extends SignerStanding {
  readonly signer: string;
  readonly organizationId: string;
  /** Removed organizations whose accounts the officer's organization cares for. */
  readonly wards: readonly string[];
  /** Of the certificate it reads by. */
  readonly thumbprint?: string;
}

export interface AccessOptions {
  readonly index: LedgerIndex;
  readonly crypto: Crypto;
  readonly ledger: string;
  readonly organizationId: string;
  readonly seals?: Seals;
}

const CHALLENGE_MS = 60_000;
const TOKEN_MS = 600_000;

/** What a signer signs to read; canonical JSON, as compact JWS with the thumbprint of its certificate as kid. */
export const tokenRequestSchema = z
  .strictObject({
    type: z.literal('auth.token/1'),
    ledger: z.string(),
    gateway: organizationIdSchema,
    signer: signerIdSchema,
    challenge: z.string(),
    issuedAt: instantSchema,
  })
  .meta({ id: 'TokenRequest' });

const challengeSchema = z.object({ signer: z.string(), nonce: z.string() });
const accessSchema = z.object({ signer: z.string(), kid: z.string() });

/** Short-lived tokens for reading, bought with a signed challenge. */
export class Access {
  readonly #options: AccessOptions;
  readonly #seals: Seals;
  /** Nonces of challenges that are used, until they would have ended anyway. */
  readonly #used = new Map<string, number>();

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#seals = options.seals ?? newSeals();
  }

  /** Keeps no state, so asking costs nothing. */
  challenge(signer: string): { readonly challenge: string; readonly expiresAt: string } {
    const challenge = this.#seals.seal('challenge', { signer, nonce: randomUUID() }, CHALLENGE_MS);
    return { challenge, expiresAt: formatInstant(Date.now() + CHALLENGE_MS) };
  }

  /** @throws LedgerError, HttpError CHALLENGE_INVALID */
  token(jws: string): { readonly accessToken: string; readonly expiresIn: number } {
    // What it is good for is seen when it is used.
    const { kid, request: { signer, gateway, challenge } } = signedRequest(tokenRequestSchema, jws, this.#options, { isReading: true, isRenewal: true });
    if (gateway !== this.#options.organizationId) throw new HttpError('CHALLENGE_INVALID');
    this.#spend(challenge, signer);
    return { accessToken: this.#seals.seal('access', { signer, kid }, TOKEN_MS), expiresIn: TOKEN_MS / 1_000 };
  }

  /** @throws HttpError, LedgerError CERTIFICATE_*, ORGANIZATION_* when certificate or membership has ended since the token was given */
  reader(authorization: string | undefined, purpose: Purpose = {}): Reader {
    const [, token] = /^Bearer ([A-Za-z0-9._-]+)$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) throw new HttpError('UNAUTHENTICATED');
    const opened = accessSchema.safeParse(this.#seals.open('access', token));
    if (!opened.success) throw new HttpError('ACCESS_TOKEN_INVALID');
    const { signer, kid } = opened.data;
    const { index } = this.#options;
    const standing = assertSpeaks(index, signer, kid, purpose);
    const organizationId = organizationOf(signer);
    return { signer, organizationId, wards: isAccountId(signer) ? [] : wardsOf(index, organizationId), thumbprint: kid, ...standing };
  }

  #spend(challenge: string, signer: string): void {
    const now = Date.now();
    // In the order in which they end.
    for (const [nonce, until] of this.#used) {
      if (until >= now) break;
      this.#used.delete(nonce);
    }
    const opened = challengeSchema.safeParse(this.#seals.open('challenge', challenge));
    if (!opened.success || opened.data.signer !== signer || this.#used.has(opened.data.nonce)) throw new HttpError('CHALLENGE_INVALID');
    this.#used.set(opened.data.nonce, now + CHALLENGE_MS);
  }
}
