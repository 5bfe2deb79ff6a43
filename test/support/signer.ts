import { createHash, KeyObject, randomBytes, sign } from 'node:crypto';
import { applicationPayload } from '../../chaincode/src/domain/certificate.ts';
import { uuidAt as uuidOf, type SignerId } from '../../chaincode/src/domain/id.ts';
import { instructionPayload, type Envelope } from '../../chaincode/src/domain/instruction.ts';
import { canonicalJson } from '../../chaincode/src/domain/codec.ts';
import { jwsSigningInput, readJws } from '../../chaincode/src/domain/jws.ts';
import type { KeyPair } from './certificates.ts';

/** Somebody who signs: an account or an officer with key and certificate. */
export interface Signer {
  readonly id: SignerId;
  readonly key: KeyObject;
  readonly thumbprint: string;
}

export function signerOf(id: SignerId, keys: KeyPair, certificate: string): Signer {
  return { id, key: privateKeyOf(keys), thumbprint: createHash('sha256').update(Buffer.from(certificate, 'base64')).digest('base64url') };
}

export function privateKeyOf(keys: KeyPair): KeyObject {
  return KeyObject.from(keys.privateKey);
}

/** UUIDv7 of an instant. */
export function uuidAt(instant: number): string {
  return uuidOf(instant, randomBytes(10));
}

export function signText(signer: Signer, text: string): string {
  const input = jwsSigningInput(signer.thumbprint, text);
  return `${input}.${sign('sha256', Buffer.from(input), { key: signer.key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

export function envelopeOf(signer: Signer, type: string, body: unknown, at: number, changes: Partial<Envelope> = {}): Envelope {
  return {
    type,
    id: uuidAt(at),
    ledger: 'testledger',
    signer: signer.id,
    issuedAt: new Date(at).toISOString(),
    expiresAt: new Date(at + 60_000).toISOString(),
    body,
    ...changes,
  };
}

export function signEnvelope(signer: Signer, envelope: Envelope): string {
  return signText(signer, instructionPayload(envelope));
}

/** The applicant's proof for a key that has no certificate yet. */
export function signApplication(keys: KeyPair, publicKeyDer: Uint8Array, holder: SignerId, at: number, ledger = 'testledger'): string {
  return signApplicationWith(privateKeyOf(keys), publicKeyDer, holder, { at, ledger });
}

export function signApplicationWith(key: KeyObject, publicKeyDer: Uint8Array, holder: SignerId, { at, ledger }: { readonly at: number; readonly ledger: string }): string {
  const organization = holder.slice(holder.indexOf('@') + 1);
  const kid = createHash('sha256').update(publicKeyDer).digest('base64url');
  const request = createHash('sha256').update('certificate request').digest('base64url');
  const payload = applicationPayload({ type: 'certificate.application/1', ledger, organization, holder, request, issuedAt: new Date(at).toISOString() });
  return signText({ id: holder, key, thumbprint: kid }, payload);
}

/** A key's own word for its successor, or an owner's for one more key: for the key of the application. */
export function signConsent(signer: Signer, application: string, at: number, wanted: object = { role: 'owner' }): string {
  const { kid } = readJws(application);
  return signText(signer, canonicalJson({ type: 'certificate.consent/1', ledger: 'testledger', holder: signer.id, key: kid, ...wanted, expiresAt: new Date(at + 3600_000).toISOString() }));
}
