import { z } from 'zod';
import { applicationJwsSchema, certificateSchema, recordCertificate, retireKeys } from './certificate.ts';
import { refuseUnless } from './error.ts';
import { officerIdSchema, officerNameOf, organizationOf } from './id.ts';
import type { Book } from './book.ts';
import { defineInstruction } from './instruction-type.ts';
import { OFFICER_ROLES, assertAdministered, organizationAt, type OfficerRole } from './organization.ts';
import { assertOfficer } from './right.ts';

const roles = z.array(z.enum(OFFICER_ROLES)).min(1).max(OFFICER_ROLES.length).refine((given) => new Set(given).size === given.length);
const appointBody = z.strictObject({ officer: officerIdSchema, roles, certificate: certificateSchema, application: applicationJwsSchema });
const dismissBody = z.strictObject({ officer: officerIdSchema });

/** Ever: others read the record of the organization too, so nobody makes it grow without end. Only the members' vote adds one more. */
const MAX_OFFICERS = 256;

/** An administrator gives an office; its certificate is of the organization's user CA. */
export const appointOfficer = defineInstruction({
  type: 'officer.appoint/1',
  signedBy: 'officer',
  body: appointBody,
  lanes: (_, { officer }) => [organizationOf(officer)],
  reads: (_, { officer }) => [['organization', organizationOf(officer)]],
  decide: ({ book, crypto, signer }, { officer, roles: given, certificate, application }) => {
    const id = organizationOf(officer);
    assertOfficer(book, signer, 'administrator', id);
    assertSeparate(book, given);
    const organization = organizationAt(book, id);
    refuseUnless(organization.officers.every(({ name }) => name !== officerNameOf(officer)), 'OFFICER_EXISTS');
    refuseUnless(organization.officers.length < MAX_OFFICERS, 'OFFICER_TOO_MANY', { most: String(MAX_OFFICERS) });
    const key = recordCertificate(book, crypto, { organization, holder: officer, certificate, application });
    book.put('organization', [id], { ...organization, officers: [...organization.officers, { name: officerNameOf(officer), roles: given, keys: [key] }] });
    return {};
  },
});

/** Its certificates end with the office; the name is not given again, since instructions carry it. */
export const dismissOfficer = defineInstruction({
  type: 'officer.dismiss/1',
  signedBy: 'officer',
  body: dismissBody,
  lanes: (_, { officer }) => [organizationOf(officer)],
  reads: (_, { officer }) => [['organization', organizationOf(officer)]],
  decide: ({ book, signer }, { officer }) => {
    const id = organizationOf(officer);
    assertOfficer(book, signer, 'administrator', id);
    const organization = organizationAt(book, id);
    const name = officerNameOf(officer);
    refuseUnless(organization.officers.some((one) => one.name === name && one.roles.length > 0), 'OFFICER_UNKNOWN');
    const officers = organization.officers.map((one) =>
      one.name === name ? { ...one, roles: [], keys: retireKeys(book, one.keys.map((key) => ({ ...key, status: 'revoked' }))) } : one,
    );
    book.put('organization', [id], assertAdministered({ ...organization, officers }));
    return {};
  },
});

/** @throws LedgerError OFFICES_SEPARATE */
export function assertSeparate({ ledger }: Pick<Book, 'ledger'>, roles: readonly OfficerRole[]): void {
  for (const [one, other] of ledger.rules.separateOffices) {
    refuseUnless(!roles.includes(one) || !roles.includes(other), 'OFFICES_SEPARATE', { one, other });
  }
}
