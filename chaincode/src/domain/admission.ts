import { type z } from 'zod';
import type { Book } from './book.ts';
import { applicationJwsSchema, assertCertifiable, assertKeyFree, certificateReads, recordCertificate } from './certificate.ts';
import type { Crypto } from './crypto.ts';
import { refuseUnless } from './error.ts';
import { MAX_ORGANIZATIONS, memberSchema, officerEntrySchema } from './founding.ts';
import type { OrganizationId } from './id.ts';
import { assertSeparate } from './officer.ts';
import { organizationAt, type Organization } from './organization.ts';

/** A founding entry after the founding: here each officer proves its key, since nobody else vouches for it. */
export const admittedOfficerSchema = officerEntrySchema.extend({ application: applicationJwsSchema });
export const admissionSchema = memberSchema(admittedOfficerSchema);
export type Admission = z.infer<typeof admissionSchema>;
export type AdmittedOfficer = z.infer<typeof admittedOfficerSchema>;

/** Everything about the entry that can be judged now. @throws LedgerError ORGANIZATION_EXISTS, CONSORTIUM_FULL, ADMISSION_MALFORMED, OFFICES_SEPARATE, CERTIFICATE_*, KEY_IN_USE */
export function assertAdmissible(book: Book, crypto: Crypto, entry: Admission): void {
  const { organizations } = book.ledger;
  const { organizationId, userCa, officers } = entry;
  refuseUnless(!organizations.includes(organizationId), 'ORGANIZATION_EXISTS', { organization: organizationId });
  refuseUnless(organizations.length < MAX_ORGANIZATIONS, 'CONSORTIUM_FULL');
  refuseUnless(new Set(officers.map(({ name }) => name)).size === officers.length, 'ADMISSION_MALFORMED', { member: 'officers' });
  refuseUnless(officers.some(({ roles }) => roles.includes('administrator')), 'ADMISSION_MALFORMED', { member: 'administrator' });
  book.expect([...organizations.map((id) => ['organization', id] as const), ...officers.flatMap(({ certificate }) => certificateReads(crypto, certificate))]);
  // Who certifies for one member must not certify for another, under whatever certificate.
  const authority = crypto.authorityKey(userCa);
  refuseUnless(organizations.every((id) => crypto.authorityKey(organizationAt(book, id).userAuthority) !== authority), 'ADMISSION_MALFORMED', { member: 'userCa' });
  const organization = organizationOf(entry);
  const keys = officers.map(({ name, roles, certificate, application }) => {
    assertSeparate(book, roles);
    const { facts } = assertCertifiable(book, crypto, { organization, holder: `${name}@${organizationId}`, certificate, application });
    assertKeyFree(book, crypto, facts);
    return facts.publicKey;
  });
  refuseUnless(new Set(keys).size === keys.length, 'ADMISSION_MALFORMED', { member: 'keys' });
}

/** The organization becomes a member with its officers. The caller has asserted that it can. */
export function admit(book: Book, crypto: Crypto, entry: Admission): void {
  const organization = organizationOf(entry);
  const officers = entry.officers.map(({ name, roles, certificate, application }) => {
    const key = recordCertificate(book, crypto, { organization, holder: `${name}@${organization.id}`, certificate, application });
    return { name, roles, keys: [key] };
  });
  book.put('organization', [organization.id], { ...organization, officers });
  book.put('ledger', [], { ...book.ledger, organizations: [...book.ledger.organizations, organization.id] });
}

/** An administrator by vote: a name nobody had, certified by the organization's own CA. @throws LedgerError ADMISSION_MALFORMED, OFFICER_EXISTS, OFFICES_SEPARATE, CERTIFICATE_*, KEY_IN_USE */
export function assertAppointable(book: Book, crypto: Crypto, id: OrganizationId, { name, roles, certificate, application }: AdmittedOfficer): void {
  const organization = organizationAt(book, id);
  refuseUnless(roles.includes('administrator'), 'ADMISSION_MALFORMED', { member: 'administrator' });
  refuseUnless(organization.officers.every((officer) => officer.name !== name), 'OFFICER_EXISTS');
  assertSeparate(book, roles);
  assertKeyFree(book, crypto, assertCertifiable(book, crypto, { organization, holder: `${name}@${id}`, certificate, application }).facts);
}

/** The caller has asserted that it can be. */
export function appointAdministrator(book: Book, crypto: Crypto, id: OrganizationId, { name, roles, certificate, application }: AdmittedOfficer): void {
  const organization = organizationAt(book, id);
  const key = recordCertificate(book, crypto, { organization, holder: `${name}@${id}`, certificate, application });
  book.put('organization', [id], { ...organization, officers: [...organization.officers, { name, roles, keys: [key] }] });
}

function organizationOf({ organizationId, name, userCa }: Admission): Organization {
  return { id: organizationId, name, userAuthority: userCa, officers: [] };
}
