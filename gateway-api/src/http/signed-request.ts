import { decodeBase64Url, LedgerError, readJws, refuseUnless, type Crypto } from '@tallystick/chaincode/domain';
import type { z } from 'zod';
import type { LedgerIndex } from '../index/ledger-index.ts';
import { checked } from './body.ts';
import { assertSpeaks, type Purpose } from './signer-standing.ts';

/** What may be wrong with a signed request, apart from its form. */
export const SIGNED_REQUEST_PROBLEMS = [
  'INSTRUCTION_MALFORMED', 'INSTRUCTION_HEADER_INVALID', 'INSTRUCTION_LEDGER_DIFFERS', 'CERTIFICATE_UNKNOWN', 'SIGNATURE_INVALID', 'CERTIFICATE_REVOKED', 'CERTIFICATE_SUPERSEDED', 'CERTIFICATE_EXPIRED', 'ORGANIZATION_SUSPENDED',
  'ORGANIZATION_REMOVED',
] as const;

interface Known {
  readonly index: Pick<LedgerIndex, 'objects' | 'certificates'>;
  readonly crypto: Crypto;
  readonly ledger: string;
}

/**
 * What somebody asks of this gateway as instructions are asked of the ledger: signed, as compact JWS with the thumbprint of the certificate as kid.
 * @throws HttpError REQUEST_MALFORMED; LedgerError of SIGNED_REQUEST_PROBLEMS
 */
export function signedRequest<T extends { readonly signer: string; readonly ledger: string }>(schema: z.ZodType<T>, jws: string, { index, crypto, ledger }: Known, purpose?: Purpose): { readonly kid: string; readonly request: T } {
  const { kid, payload, signed, signature } = readJws(jws);
  const request = checked(schema, payload);
  refuseUnless(request.ledger === ledger, 'INSTRUCTION_LEDGER_DIFFERS');
  const publicKey = index.certificates.key(request.signer, kid);
  if (publicKey === undefined) throw new LedgerError('CERTIFICATE_UNKNOWN');
  refuseUnless(crypto.verify(publicKey, signed, decodeBase64Url(signature)), 'SIGNATURE_INVALID');
  assertSpeaks(index, request.signer, kid, purpose);
  return { kid, request };
}
