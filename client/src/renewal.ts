import { renewCertificate, type Digest } from '@tallystick/chaincode/domain';
import type { CertificateRequest } from './certificate-request.ts';
import type { TallyClient } from './client.ts';
import type { Submission } from './receipt.ts';

/** The next key of an account or officer, asked for by its holder. */
export interface RenewalRequest extends CertificateRequest {
  readonly holder: string;
}

/** Has the organization's CA certify the next key. @returns the certificate, DER in base64; it counts for nothing until it is recorded */
export async function certifyNextKey(officer: TallyClient, { holder, csr, application }: RenewalRequest): Promise<string> {
  const { certificate } = await officer.post<{ readonly certificate: string }>('/certificates/requests', { holder, csr, application });
  return certificate;
}

/** Records a certificate in the place of another, by the registrar (accounts) or administrator (officers). */
export function recordNextKey(
  officer: TallyClient,
  { holder, application }: RenewalRequest,
  { supersedes, certificate }: { readonly supersedes: Digest; readonly certificate: string },
): Promise<Submission> {
  return officer.send(renewCertificate, { holder, supersedes, certificate, application });
}
