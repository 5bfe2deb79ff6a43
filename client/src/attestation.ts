import { attestationPayload, formatInstant, type AccountId, type Digest } from '@tallystick/chaincode/domain';
import { signJws } from './jws.ts';
import type { Signer } from './signer.ts';

export interface AttestationOptions {
  readonly ledger: string;
  readonly account: AccountId;
  readonly alias: Digest;
  readonly lifetimeMs?: number;
  readonly now?: number;
}

const A_WEEK_MS = 7 * 24 * 3600_000;

/** A registrar's word that the holder of the account is whom the alias stands for; the holder registers it with that. */
export function attestAlias({ id, key, thumbprint }: Signer, { ledger, account, alias, lifetimeMs = A_WEEK_MS, now = Date.now() }: AttestationOptions): Promise<string> {
  return signJws(key, thumbprint, attestationPayload({
    type: 'alias.attestation/1', ledger, officer: id, account, alias, issuedAt: formatInstant(now), expiresAt: formatInstant(now + lifetimeMs),
  }));
}
