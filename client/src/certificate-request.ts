import 'reflect-metadata';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { applicationPayload, formatInstant, fromBase64, organizationOf, type SignerId } from '@tallystick/chaincode/domain';
import { sha256 } from './digest.ts';
import { signJws } from './jws.ts';
import type { Key } from './key.ts';

/** What an applicant hands to its business system. */
export interface CertificateRequest {
  /** PKCS #10 in PEM. */
  readonly csr: string;
  /** `certificate.application/1` as compact JWS: proof that the applicant holds the key. */
  readonly application: string;
}

/**
 * Asks for a certificate for a key: an account's first, or the next of an account or officer.
 * The subject is the holder's id, never a person's name: the certificate goes on the ledger.
 */
export async function requestCertificate(key: Key, { ledger, holder }: { readonly ledger: string; readonly holder: SignerId }): Promise<CertificateRequest> {
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [holder] }],
    keys: key,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  const payload = applicationPayload({
    type: 'certificate.application/1',
    ledger,
    organization: organizationOf(holder),
    holder,
    request: await sha256(new Uint8Array(request.rawData)),
    issuedAt: formatInstant(Date.now()),
  });
  return { csr: request.toString('pem'), application: await signJws(key, await sha256(fromBase64(key.spki)), payload) };
}
