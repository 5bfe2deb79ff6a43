import { applicationOf, organizationOf, type Crypto } from '@tallystick/chaincode/domain';
import { HttpError } from '../http/http-error.ts';
import { readCertificateRequest } from './certificate-request.ts';

/** A key that asks to be certified for a holder: the request, and the application signed with the same key. */
export interface Applied {
  readonly holder: string;
  /** PKCS #10, PEM. */
  readonly csr: string;
  /** certificate.application/1 as compact JWS. */
  readonly application: string;
}

/**
 * Key, holder and request belong together; the ledger checks it again. The common name must be the holder, because the CA
 * enrols under that name.
 * @throws HttpError REGISTRATION_PROOF
 */
export async function assertProof(crypto: Crypto, ledger: string, { holder, csr, application }: Applied): Promise<void> {
  const request = await readCertificateRequest(csr);
  if (request?.commonName !== holder) throw new HttpError('REGISTRATION_PROOF', { member: 'csr' });
  const expected = { ledger, organization: organizationOf(holder), holder };
  const proof = applicationOf(crypto, application, request.publicKey, expected);
  if (proof?.request !== crypto.sha256(request.der)) throw new HttpError('REGISTRATION_PROOF', { member: 'application' });
}
