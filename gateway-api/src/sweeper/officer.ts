import { createHash, createPrivateKey, randomBytes, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { formatInstant, instructionPayload, jwsSigningInput, uuidAt, type OfficerId } from '@tallystick/chaincode/domain';

const LIFETIME_MS = 10 * 60_000;

/** The gateway's own office: what it signs with when it ends what is over. */
export interface SigningOfficer {
  readonly id: OfficerId;
  /** Of its certificate. */
  readonly thumbprint: string;
  /** A signed instruction, as compact JWS. */
  readonly sign: (type: string, body: object) => string;
}

export function openOfficer(ledger: string, { id, certificate, privateKey }: { readonly id: OfficerId; readonly certificate: string; readonly privateKey: string }): SigningOfficer {
  const key = createPrivateKey(readFileSync(privateKey));
  const thumbprint = createHash('sha256').update(new X509Certificate(readFileSync(certificate)).raw).digest('base64url');
  return {
    id,
    thumbprint,
    sign: (type, body) => {
      const now = Date.now();
      const envelope = { type, id: uuidAt(now, randomBytes(10)), ledger, signer: id, issuedAt: formatInstant(now), expiresAt: formatInstant(now + LIFETIME_MS), body };
      const input = jwsSigningInput(thumbprint, instructionPayload(envelope));
      return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    },
  };
}
