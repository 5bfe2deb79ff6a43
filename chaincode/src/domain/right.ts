import type { Book } from './book.ts';
import { refuseUnless } from './error.ts';
import { organizationOf, type OfficerId, type OrganizationId } from './id.ts';
import { officerAt, type OfficerRole } from './organization.ts';
import { caretakerOf } from './standing.ts';

/**
 * The officer acts for this organization in this role, or in one of these. Accounts of a removed organization keep a registrar and a clerk: its trustee's.
 * @throws LedgerError OFFICER_ORGANIZATION_DIFFERS, OFFICER_ROLE_MISSING
 */
export function assertOfficer(book: Book, officer: OfficerId, role: OfficerRole | readonly OfficerRole[], organization: OrganizationId): void {
  const isOwn = organizationOf(officer) === organization;
  const isTrustee = (role === 'registrar' || role === 'clerk') && organizationOf(officer) === caretakerOf(book.ledger, organization);
  refuseUnless(isOwn || isTrustee, 'OFFICER_ORGANIZATION_DIFFERS', { organization });
  const roles = [role].flat();
  refuseUnless(officerAt(book, officer)?.roles.some((held) => roles.includes(held)) === true, 'OFFICER_ROLE_MISSING', { role: roles.join(' or ') });
}
