import { isAccountId, LedgerError, officerNameOf, organizationOf, parseInstant, refuseUnless, type OfficerRole } from '@tallystick/chaincode/domain';
import type { IndexedCertificate } from '../index/certificate-queries.ts';
import type { LedgerIndex } from '../index/ledger-index.ts';

/** What somebody asks for who could not ask for anything else. */
export interface Purpose {
  /** A registrar of a suspended member protects its accounts, and so goes on reading of them. */
  readonly isReading?: boolean;
  /** An administrator past its validity renews its own key. */
  readonly isRenewal?: boolean;
}

type Members = Pick<LedgerIndex, 'objects'>;

/** What a signer may do now by its certificate. */
export interface SignerStanding {
  /** Of an officer; empty for an account. */
  readonly roles: readonly OfficerRole[];
  /** Past its validity: it renews itself and does nothing else. */
  readonly isExpired: boolean;
}

/**
 * Whether a certificate speaks for its signer now: it is active and in its validity, and an officer's organization is a member in good standing.
 * @throws LedgerError CERTIFICATE_UNKNOWN, CERTIFICATE_REVOKED, CERTIFICATE_SUPERSEDED, CERTIFICATE_EXPIRED, ORGANIZATION_SUSPENDED, ORGANIZATION_REMOVED
 */
export function assertSpeaks({ certificates, objects }: Pick<LedgerIndex, 'certificates'> & Members, signer: string, thumbprint: string, { isReading = false, isRenewal = false }: Purpose = {}): SignerStanding {
  const certificate = certificates.one(thumbprint);
  if (certificate?.holder !== signer) throw new LedgerError('CERTIFICATE_UNKNOWN');
  refuseUnless(certificate.status !== 'revoked', 'CERTIFICATE_REVOKED');
  refuseUnless(certificate.status !== 'superseded', 'CERTIFICATE_SUPERSEDED');
  const roles = rolesOf({ objects }, signer);
  const isExpired = isOver(certificate);
  const mayBeOver = isRenewal && roles.includes('administrator');
  refuseUnless(parseInstant(certificate.notBefore) <= Date.now() && (mayBeOver || !isExpired), 'CERTIFICATE_EXPIRED');
  if (isAccountId(signer)) return { roles, isExpired };
  const organization = organizationOf(signer);
  const status = objects.organizations.one(organization)?.status;
  refuseUnless(status !== 'suspended' || (isReading && roles.includes('registrar')), 'ORGANIZATION_SUSPENDED', { organization });
  refuseUnless(status !== 'removed', 'ORGANIZATION_REMOVED', { organization });
  return { roles, isExpired };
}

/** Past its validity. */
function isOver({ notAfter }: Pick<IndexedCertificate, 'notAfter'>): boolean {
  return Date.now() >= parseInstant(notAfter);
}

/** An officer's; of a suspended member there are only registrars. Empty for an account. */
function rolesOf({ objects }: Members, signer: string): readonly OfficerRole[] {
  if (isAccountId(signer)) return [];
  const organization = objects.organizations.one(organizationOf(signer));
  const roles = organization?.officers.find(({ name }) => name === officerNameOf(signer))?.roles ?? [];
  return organization?.status === 'suspended' ? roles.filter((role) => role === 'registrar') : roles;
}
