import { isAccountId, LedgerError, organizationOf, parseInstant, refuseUnless } from '@tallystick/chaincode/domain';
import type { LedgerIndex } from '../index/ledger-index.ts';

/**
 * Whether a certificate speaks for its signer now: it is active and in its validity, and an officer's organization is a member in good standing.
 * @throws LedgerError CERTIFICATE_UNKNOWN, CERTIFICATE_REVOKED, CERTIFICATE_SUPERSEDED, CERTIFICATE_EXPIRED, ORGANIZATION_SUSPENDED, ORGANIZATION_REMOVED
 */
export function assertSpeaks({ certificates, objects }: Pick<LedgerIndex, 'certificates' | 'objects'>, signer: string, thumbprint: string): void {
  const certificate = certificates.one(thumbprint);
  if (certificate?.holder !== signer) throw new LedgerError('CERTIFICATE_UNKNOWN');
  refuseUnless(certificate.status !== 'revoked', 'CERTIFICATE_REVOKED');
  refuseUnless(certificate.status !== 'superseded', 'CERTIFICATE_SUPERSEDED');
  const now = Date.now();
  refuseUnless(parseInstant(certificate.notBefore) <= now && now < parseInstant(certificate.notAfter), 'CERTIFICATE_EXPIRED');
  if (isAccountId(signer)) return;
  const organization = organizationOf(signer);
  const status = objects.organizations.one(organization)?.status;
  refuseUnless(status !== 'suspended', 'ORGANIZATION_SUSPENDED', { organization });
  refuseUnless(status !== 'removed', 'ORGANIZATION_REMOVED', { organization });
}
