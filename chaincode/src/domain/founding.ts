import { z } from 'zod';
import type { Book } from './book.ts';
import { bindKey, certificateSchema } from './certificate.ts';
import { parseCanonicalJson } from './codec.ts';
import type { Crypto } from './crypto.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { officerNameSchema, organizationIdSchema, type Digest, type OrganizationId } from './id.ts';
import { OFFICER_ROLES, type Organization } from './organization.ts';
import { DEFAULT_RULES, keepRules, rulesSchema } from './rules.ts';

/** Those ever admitted. */
export const MAX_ORGANIZATIONS = 64;

export const officerEntrySchema = z.strictObject({ name: officerNameSchema, roles: z.array(z.enum(OFFICER_ROLES)).min(1), certificate: certificateSchema });

/** An organization as it becomes a member. */
export function memberSchema<Officer extends z.ZodType>(officer: Officer) {
  return z.strictObject({
    organizationId: organizationIdSchema,
    name: z.string().regex(/^[A-Za-z0-9 .-]{1,40}$/),
    userCa: certificateSchema,
    officers: z.array(officer).min(1).max(32),
  });
}

/** How the consortium begins: its members, their user CAs and officers. Each member votes for the same document. */
export const foundingSchema = z.strictObject({
  ledger: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/),
  // A consortium of one would be a vote of one: whoever came first could found it alone.
  organizations: z.array(memberSchema(officerEntrySchema)).min(2).max(MAX_ORGANIZATIONS),
  /** The first version of the rules, where it is not the usual one. */
  rules: rulesSchema.optional(),
});
export type FoundingDocument = z.infer<typeof foundingSchema>;
type FoundingMember = FoundingDocument['organizations'][number];

export interface FoundingVote {
  readonly document: Digest;
}

/** What a founding decision sees: there is no ledger record and no clock yet. */
export type FoundingBook = Pick<Book, 'now' | 'expect' | 'get' | 'put' | 'remove'>;

/**
 * Counts a member's vote; with the last one the ledger is founded.
 * @returns whether it is founded now
 * @throws LedgerError FOUNDING_MALFORMED, FOUNDING_RIGHT, FOUNDING_CLOSED
 */
export function voteFounding(book: FoundingBook, crypto: Crypto, voter: OrganizationId, text: string): boolean {
  refuseUnless(book.get('ledger') === undefined, 'FOUNDING_CLOSED');
  const founding = readFounding(text);
  const members = founding.organizations.map(({ organizationId }) => organizationId);
  refuseUnless(members.includes(voter), 'FOUNDING_RIGHT');
  const authorities = founding.organizations.map(({ userCa }) => crypto.authorityKey(userCa));
  refuseUnless(new Set(authorities).size === authorities.length, 'FOUNDING_MALFORMED');
  const document = crypto.sha256(text);
  book.put('foundingVote', [voter], { document });
  if (!members.every((member) => book.get('foundingVote', member)?.document === document)) return false;
  for (const member of founding.organizations) book.put('organization', [member.organizationId], organizationFrom(book, crypto, member));
  const rules = keepRules(book, { ...DEFAULT_RULES, ...founding.rules, version: 1, activatedAt: book.now });
  book.put('ledger', [], { ledger: founding.ledger, rules, organizations: members, inactive: {} });
  book.put('clock', [], book.now);
  return true;
}

/** @throws LedgerError FOUNDING_MALFORMED */
export function readFounding(text: string): FoundingDocument {
  try {
    const founding = foundingSchema.parse(parseCanonicalJson(text));
    const ids = founding.organizations.map(({ organizationId }) => organizationId);
    refuseUnless(new Set(ids).size === ids.length, 'FOUNDING_MALFORMED');
    return founding;
  } catch {
    throw new LedgerError('FOUNDING_MALFORMED');
  }
}

function organizationFrom(book: FoundingBook, crypto: Crypto, { organizationId, name, userCa, officers }: FoundingMember): Organization {
  const names = officers.map((officer) => officer.name);
  refuseUnless(new Set(names).size === names.length, 'FOUNDING_MALFORMED', { organization: organizationId });
  refuseUnless(officers.some(({ roles }) => roles.includes('administrator')), 'FOUNDING_MALFORMED', { organization: organizationId });
  return {
    id: organizationId,
    name,
    userAuthority: userCa,
    officers: officers.map((officer) => {
      const facts = crypto.readCertificate(officer.certificate);
      refuseUnless(crypto.isIssuedBy(officer.certificate, userCa), 'CERTIFICATE_ISSUER', { officer: officer.name });
      return { name: officer.name, roles: officer.roles, keys: [bindKey(book, crypto, `${officer.name}@${organizationId}`, facts)] };
    }),
  };
}
