import type { Book } from './book.ts';
import type { SigningKey } from './certificate.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { officerNameOf, organizationOf, type OfficerId, type OrganizationId, type TokenId } from './id.ts';
import type { Amount } from './amount.ts';
import type { Standing } from './standing.ts';

export const OFFICER_ROLES = ['administrator', 'registrar', 'issuer', 'credit-officer', 'financial-operator', 'auditor', 'notary', 'clerk'] as const;
export type OfficerRole = (typeof OFFICER_ROLES)[number];

/** Who acts for an organization. */
export interface Officer {
  readonly name: string;
  readonly roles: readonly OfficerRole[];
  readonly keys: readonly SigningKey[];
}

/** A consortium member: a payment system with its own MSP, CA, peers and gateway. */
export interface Organization {
  readonly id: OrganizationId;
  readonly name: string;
  /** Certificate of the CA that certifies its users and officers; base64 DER. */
  readonly userAuthority: string;
  readonly officers: readonly Officer[];
  /** Of its own, in the order in which it has defined them; absent: none. */
  readonly tokens?: readonly TokenId[] | undefined;
  /** Absent: active. */
  readonly standing?: Standing | undefined;
  /** Above it a credit limit in this token takes two officers. */
  readonly limitThresholds?: Readonly<Record<TokenId, Amount>> | undefined;
}

/** @throws LedgerError ORGANIZATION_UNKNOWN */
export function organizationAt(book: Book, id: OrganizationId): Organization {
  const organization = book.get('organization', id);
  if (organization === undefined) throw new LedgerError('ORGANIZATION_UNKNOWN');
  return organization;
}

/** Every token there is, organization by organization: so that each of an account's balances can be looked at without a range query. */
export function definedTokens(book: Book): readonly TokenId[] {
  const { organizations } = book.ledger;
  book.expect(organizations.map((id) => ['organization', id]));
  return organizations.flatMap((id) => organizationAt(book, id).tokens ?? []);
}

export function officerAt(book: Book, id: OfficerId): Officer | undefined {
  return book.get('organization', organizationOf(id))?.officers.find(({ name }) => name === officerNameOf(id));
}

/** The organization with other keys for one officer. */
export function withOfficerKeys(organization: Organization, name: string, change: (keys: readonly SigningKey[]) => readonly SigningKey[]): Organization {
  return { ...organization, officers: organization.officers.map((officer) => (officer.name === name ? { ...officer, keys: change(officer.keys) } : officer)) };
}

/** @throws LedgerError ORGANIZATION_LAST_ADMINISTRATOR when nobody could administer it any more */
export function assertAdministered(organization: Organization): Organization {
  const isAdministered = organization.officers.some(({ roles, keys }) => roles.includes('administrator') && keys.some(({ status }) => status === 'active'));
  refuseUnless(isAdministered, 'ORGANIZATION_LAST_ADMINISTRATOR');
  return organization;
}
