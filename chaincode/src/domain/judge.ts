import { accountAt, assertCanCredit } from './account.ts';
import { keyOf, keysOf } from './holder.ts';
import type { Book } from './book.ts';
import type { SigningKey } from './certificate.ts';
import { decodeBase64Url } from './codec.ts';
import type { Crypto } from './crypto.ts';
import { ERRORS, LedgerError, refuseUnless } from './error.ts';
import { isAccountId, organizationOf, type OfficerId, type SignerId } from './id.ts';
import { chargeKey } from './spending.ts';
import type { Instruction } from './instruction.ts';
import type { Made } from './instruction-type.ts';
import { officerAt } from './organization.ts';
import type { InstructionRecord, Outcome, Refusal } from './outcome.ts';
import { assertActive, statusOf } from './standing.ts';
import { isEarly, isPast } from './time.ts';

/** What the ledger answers to one instruction. */
export type Judgement =
  /** Decided now: the record is to be written, with whatever else the decision wrote. */
  | { readonly kind: 'recorded'; readonly record: InstructionRecord; readonly outcome: Outcome }
  /** Decided before: nothing is written. */
  | { readonly kind: 'repeat'; readonly record: InstructionRecord }
  /** Not attributable or not decidable: nothing is written. */
  | { readonly kind: 'unrecorded'; readonly refusal: Refusal };

/** As far as clocks may differ: what is issued later than that is not taken yet. */
export const MAX_AHEAD_MS = 30_000;

/** Verdicts on signatures by instruction text; a decision that is run again need not verify again. */
export type SignatureCheck = (instruction: Instruction, key: SigningKey) => boolean;

export function verifySignature(crypto: Crypto): SignatureCheck {
  return ({ signed, signature }, { publicKey }) => crypto.verify(publicKey, signed, decodeBase64Url(signature));
}

/**
 * Judges one instruction in the order of RULES §1: signature, repeat, time, rights, rules.
 * The caller discards what the decision wrote to the book unless the judgement is `recorded` without a refusal.
 */
export function judge(book: Book, crypto: Crypto, instruction: Instruction, isSigned = verifySignature(crypto)): Judgement {
  try {
    const key = signingKey(book, instruction, isSigned);
    const earlier = book.get('instruction', instruction.id, instruction.signer);
    if (earlier !== undefined) {
      refuseUnless(earlier.hash === instruction.hash, 'ID_REUSED');
      return { kind: 'repeat', record: earlier };
    }
    return decide(book, crypto, instruction, key);
  } catch (error) {
    return { kind: 'unrecorded', refusal: refusalOf(error) };
  }
}

function decide(book: Book, crypto: Crypto, instruction: Instruction, key: SigningKey): Judgement {
  // What decides about new rules is judged by the old.
  const rules = book.ledger.rules.version;
  try {
    assertInTime(book, instruction);
    assertKeyMaySign(book, instruction, key);
    assertSignerKind(instruction);
    assertSignerMayAct(book, instruction);
    assertKeyRole(instruction, key);
    chargeCaps(book, instruction, key);
    const made = instruction.type.decide({ book, crypto, signer: instruction.signer, id: instruction.id, key }, instruction.body);
    return recordedAs({ book, rules }, instruction, made, undefined);
  } catch (error) {
    const refusal = refusalOf(error);
    if (!ERRORS[refusal.code].recorded) throw error;
    return recordedAs({ book, rules }, instruction, {}, refusal);
  }
}

/** The key the instruction is signed with, whatever its state. */
function signingKey(book: Book, instruction: Instruction, isSigned: SignatureCheck): SigningKey {
  refuseUnless(instruction.ledger === book.ledger.ledger, 'INSTRUCTION_LEDGER_DIFFERS');
  if (keysOf(book, instruction.signer) === undefined) throw new LedgerError('SIGNER_UNKNOWN');
  const key = keyOf(book, instruction.signer, instruction.kid);
  if (key === undefined) throw new LedgerError('CERTIFICATE_UNKNOWN');
  refuseUnless(isSigned(instruction, key), 'SIGNATURE_INVALID');
  return key;
}

function assertInTime(book: Book, { issuedAt, expiresAt }: Instruction): void {
  refuseUnless(!isPast(book, expiresAt), 'INSTRUCTION_EXPIRED');
  // Depends on the transaction's time, so it is told and not recorded.
  refuseUnless(issuedAt <= book.now + MAX_AHEAD_MS, 'INSTRUCTION_NOT_YET');
}

function assertKeyMaySign(book: Book, { type, signer, body }: Instruction, key: SigningKey): void {
  const { status, notBefore, notAfter } = key;
  refuseUnless(status !== 'revoked', 'CERTIFICATE_REVOKED');
  refuseUnless(status !== 'superseded', 'CERTIFICATE_SUPERSEDED');
  const replacesItself = type.replacesKey?.(signer, body, key) === true;
  refuseUnless(!isEarly(book, notBefore) && (replacesItself || !isPast(book, notAfter)), 'CERTIFICATE_EXPIRED');
}

function assertSignerKind({ type: { signedBy }, signer }: Instruction): void {
  refuseUnless(signedBy === 'either' || signedBy === (isAccountId(signer) ? 'account' : 'officer'), 'SIGNER_KIND_WRONG', { signedBy });
}

/** Only an owner signs everything: what it makes cannot be undone by taking a device away. */
function assertKeyRole({ type: { keyRoles } }: Instruction, { role }: SigningKey): void {
  if (role !== undefined) refuseUnless(keyRoles?.includes(role) === true, 'CERTIFICATE_ROLE', { role });
}

function chargeCaps(book: Book, { type, signer, body }: Instruction, key: SigningKey): void {
  if (key.caps !== undefined && type.spends !== undefined) chargeKey(book, signer, key, type.spends(book, signer, body));
}

/** Frozen in full or closed, an account signs nothing but what ends something; the officers of an organization that is not active sign nothing, but its accounts keep somebody who protects them while it is suspended. */
function assertSignerMayAct(book: Book, { type, signer }: Instruction): void {
  if (!isAccountId(signer)) assertOfficerMayAct(book, type, signer);
  else if (type.ends !== true) assertCanCredit(accountAt(book, signer));
  if (type.ends !== true) assertNotDenied(book, type.type, signer);
}

function assertOfficerMayAct(book: Book, { ends, protects }: Instruction['type'], signer: OfficerId): void {
  const isSuspended = statusOf(book.ledger, organizationOf(signer)) === 'suspended';
  const mayProtect = (ends === true || protects === true) && officerAt(book, signer)?.roles.includes('registrar') === true;
  if (!isSuspended || !mayProtect) assertActive(book.ledger, organizationOf(signer));
}

/** The rules may keep an instruction from some roles: whoever has another one may sign it. */
function assertNotDenied(book: Book, type: string, signer: SignerId): void {
  const denied: readonly string[] | undefined = book.ledger.rules.denied[type];
  if (denied === undefined) return;
  const roles: readonly string[] = isAccountId(signer) ? accountAt(book, signer).roles : (officerAt(book, signer)?.roles ?? []);
  refuseUnless(roles.some((role) => !denied.includes(role)), 'RULES_DENIED', { type, roles: roles.join(' ') });
}

function recordedAs({ book, rules }: { readonly book: Book; readonly rules: number }, { id, signer, type, hash }: Instruction, { token, moved, postings, ...made }: Made, refusal: Refusal | undefined): Judgement {
  return {
    kind: 'recorded',
    record: { hash, bookedAt: book.now, rules, refusal, ...made },
    outcome: { id, signer, type: type.type, hash, refusal, token, moved, postings },
  };
}

/** Anything but a refusal is a fault of the program: it must not become an outcome. */
function refusalOf(error: unknown): Refusal {
  if (!(error instanceof LedgerError)) throw error;
  return { code: error.code, figures: error.figures };
}
