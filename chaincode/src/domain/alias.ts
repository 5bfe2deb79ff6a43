import { z } from 'zod';
import { accountAt, assertCanDebit } from './account.ts';
import type { Book } from './book.ts';
import { canonicalJson, decodeBase64Url } from './codec.ts';
import type { Crypto } from './crypto.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { accountIdSchema, digestSchema, isAccountId, officerIdSchema, organizationOf, type AccountId, type Digest, type OfficerId } from './id.ts';
import { defineInstruction, type Decision } from './instruction-type.ts';
import { readJws } from './jws.ts';
import { officerAt } from './organization.ts';
import { assertOfficer } from './right.ts';
import { instantSchema, isEarly, isPast, parseInstant, type Instant } from './time.ts';

/** What a holder is known by outside. */
export const IDENTIFIER_KINDS = ['phone', 'email', 'handle', 'lei', 'registration-number', 'iban'] as const;
export type IdentifierKind = (typeof IDENTIFIER_KINDS)[number];

/**
 * Under what an account is found: a hash keyed by its home organization of something that identifies the holder outside, so
 * that nobody else can try whom it is of. Two organizations' aliases are never the same, whatever their registrars attest.
 * A released one stays, with when, until it is registered again.
 */
export interface Alias {
  readonly account?: AccountId | undefined;
  /** What its home organization attested before cannot register it again. */
  readonly releasedAt?: Instant | undefined;
}

/** The registrar's word that the holder of the account is whom the alias stands for. */
export const attestationSchema = z.strictObject({
  type: z.literal('alias.attestation/1'),
  ledger: z.string(),
  officer: officerIdSchema,
  account: accountIdSchema,
  alias: digestSchema,
  issuedAt: instantSchema,
  expiresAt: instantSchema,
});
export type Attestation = z.infer<typeof attestationSchema>;

const attestationJwsSchema = z.string().max(4096).meta({ description: 'alias.attestation/1 as compact JWS, by a registrar of the account’s home organization' });
const registerBody = z.strictObject({ alias: digestSchema, attestation: attestationJwsSchema });
const releaseBody = z.strictObject({ alias: digestSchema, account: accountIdSchema });

/** What a registrar signs, as text. */
export function attestationPayload(attestation: Attestation): string {
  return canonicalJson(attestation);
}

/** By the holder, who thereby wants to be found; with the word of its home registrar. An account may have several. */
export const registerAlias = defineInstruction({
  type: 'alias.register/1',
  signedBy: 'account',
  body: registerBody,
  lanes: (account, { alias }) => [account, aliasName(account, alias)],
  reads: (account, { alias }) => [['alias', organizationOf(account), alias], ['organization', organizationOf(account)]],
  decide: (decision, { alias, attestation }) => {
    const { book, signer: account } = decision;
    assertCanDebit(accountAt(book, account));
    const found = book.get('alias', organizationOf(account), alias);
    refuseUnless(isAttested(decision, alias, attestation, found?.releasedAt), 'ALIAS_ATTESTATION');
    refuseUnless(found?.account === undefined, 'ALIAS_TAKEN');
    book.put('alias', [organizationOf(account), alias], { account });
    return {};
  },
});

/** By the holder, or by the home registrar when it is somebody else's now. */
export const releaseAlias = defineInstruction({
  type: 'alias.release/1',
  ends: true,
  signedBy: 'either',
  body: releaseBody,
  lanes: (_, { account, alias }) => [account, aliasName(account, alias)],
  reads: (_, { account, alias }) => [['alias', organizationOf(account), alias]],
  decide: ({ book, signer }, { alias, account }) => {
    if (isAccountId(signer)) refuseUnless(signer === account, 'SIGNER_NOT_ENTITLED');
    else assertOfficer(book, signer, 'registrar', organizationOf(account));
    if (book.get('alias', organizationOf(account), alias)?.account !== account) throw new LedgerError('ALIAS_UNKNOWN');
    book.put('alias', [organizationOf(account), alias], { releasedAt: book.now });
    return {};
  },
});

/** What is to share a lane because it changes an alias. */
function aliasName(account: AccountId, alias: Digest): string {
  return `${organizationOf(account)}/${alias}`;
}

/** Whether a registrar of the account's home attests just this, in time, and after whatever released the alias. */
function isAttested({ book, crypto, signer: account }: Decision, alias: Digest, jws: string, releasedAt: Instant = 0): boolean {
  const read = readAttestation(jws);
  if (read === undefined) return false;
  const { attestation, kid, payloadText, signed, signature } = read;
  const { officer, issuedAt, expiresAt } = attestation;
  const expected: Attestation = { type: 'alias.attestation/1', ledger: book.ledger.ledger, officer, account, alias, issuedAt, expiresAt };
  if (payloadText !== attestationPayload(expected) || parseInstant(issuedAt) <= releasedAt) return false;
  return isSignedByRegistrar(book, crypto, officer, account, { kid, signed, signature }) && !isPast(book, parseInstant(expiresAt));
}

function isSignedByRegistrar(book: Book, crypto: Crypto, officer: OfficerId, account: AccountId, { kid, signed, signature }: Pick<ReturnType<typeof readJws>, 'kid' | 'signed' | 'signature'>): boolean {
  const found = organizationOf(officer) === organizationOf(account) ? officerAt(book, officer) : undefined;
  const key = found?.roles.includes('registrar') === true ? found.keys.find(({ thumbprint, status }) => thumbprint === kid && status === 'active') : undefined;
  return key !== undefined && crypto.verify(key.publicKey, signed, decodeBase64Url(signature)) && !isEarly(book, key.notBefore) && !isPast(book, key.notAfter);
}

function readAttestation(text: string): (ReturnType<typeof readJws> & { readonly attestation: Attestation }) | undefined {
  try {
    const jws = readJws(text);
    return { ...jws, attestation: attestationSchema.parse(jws.payload) };
  } catch {
    return undefined;
  }
}
