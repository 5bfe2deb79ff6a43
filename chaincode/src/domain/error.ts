/**
 * Every refusal there is, once: what it means, the HTTP status that tells it, and whether it is recorded.
 * `recorded` follows RULES §1: refusals of a rightly signed instruction are recorded under its id; what cannot be
 * attributed to its signer, or cannot be decided for certain, is answered and leaves nothing behind.
 */
interface ErrorEntry {
  readonly status: number;
  readonly recorded: boolean;
  readonly meaning: string;
}

const unrecorded = (status: number, meaning: string): ErrorEntry => ({ status, recorded: false, meaning });
const recorded = (status: number, meaning: string): ErrorEntry => ({ status, recorded: true, meaning });

const TABLE = {
  // Form: nothing is known about who sent it.
  INSTRUCTION_MALFORMED: unrecorded(400, 'The instruction is not a compact JWS over canonical JSON with exactly the members of an instruction.'),
  INSTRUCTION_TOO_LARGE: unrecorded(413, 'The instruction is longer than 16,384 characters.'),
  INSTRUCTION_HEADER_INVALID: unrecorded(400, 'The JWS header is not exactly {"alg":"ES256","kid":…}.'),
  INSTRUCTION_TYPE_UNKNOWN: unrecorded(400, 'This ledger knows no instruction of this type and version.'),
  INSTRUCTION_LEDGER_DIFFERS: unrecorded(400, 'The instruction is for another ledger.'),
  INSTRUCTION_ID_INVALID: unrecorded(400, 'The id is not a UUIDv7 whose time equals issuedAt within a second.'),
  INSTRUCTION_LIFETIME_INVALID: unrecorded(400, 'expiresAt is not after issuedAt, or more than 24 hours after it.'),
  BODY_MALFORMED: unrecorded(400, 'The body has a missing, unknown or ill-formed member.'),
  AMOUNT_NOT_STRING: unrecorded(400, 'An amount is a decimal string; no JSON number carries money.'),
  AMOUNT_NOT_WHOLE: unrecorded(400, 'An amount is a whole number of the smallest unit: digits only, no sign, fraction, exponent or leading zero.'),
  AMOUNT_ZERO: unrecorded(400, 'The amount is zero.'),
  AMOUNT_NEGATIVE: unrecorded(400, 'The amount is negative.'),
  AMOUNT_TOO_LONG: unrecorded(400, 'The amount has more than 30 digits.'),
  REFERENCE_INVALID: unrecorded(400, 'A reference has 1 to 35 characters of A-Z a-z 0-9 . _ : -; anything longer or personal belongs in a salted hash.'),

  // Attribution: the signer cannot be established.
  SIGNER_UNKNOWN: unrecorded(401, 'No account or officer of this id is recorded on the ledger.'),
  CERTIFICATE_UNKNOWN: unrecorded(401, 'The certificate named by kid is not recorded for the signer.'),
  SIGNATURE_INVALID: unrecorded(401, 'The signature is not one of the certificate named by kid over these bytes.'),
  ID_REUSED: unrecorded(409, 'The signer has used this id for another instruction.'),

  // Undecided: try again.
  AGAIN: unrecorded(503, 'The ledger cannot decide this for certain at this moment; send the same instruction again.'),
  INSTRUCTION_NOT_YET: unrecorded(409, 'issuedAt lies more than 30 seconds in the future.'),
  CLOCK_STALE: unrecorded(503, 'The ledger clock is too far behind or ahead of the transaction; a tick is needed.'),
  CLOCK_TOO_EARLY: unrecorded(409, 'The ledger clock was moved less than 30 seconds ago.'),
  TIME_SKEWED: unrecorded(503, 'The time of the transaction is more than 10 seconds from the clock of the endorser.'),

  // Time and rights.
  INSTRUCTION_EXPIRED: recorded(410, 'The ledger clock is past expiresAt: this instruction can never apply.'),
  CERTIFICATE_REVOKED: recorded(403, 'The certificate of the signature is revoked.'),
  CERTIFICATE_SUPERSEDED: recorded(403, 'The certificate of the signature was replaced by a newer one.'),
  CERTIFICATE_EXPIRED: recorded(403, 'The certificate of the signature is past its validity.'),
  SIGNER_KIND_WRONG: recorded(403, 'This instruction is signed by an account where an officer must, or the other way round.'),
  OFFICER_ROLE_MISSING: recorded(403, 'The officer does not hold the role this instruction asks for.'),
  OFFICER_ORGANIZATION_DIFFERS: recorded(403, 'The officer belongs to another organization than the object.'),
  SIGNER_NOT_ENTITLED: recorded(403, 'The signer has no right to this object.'),

  // Organizations, certificates, accounts.
  ORGANIZATION_UNKNOWN: recorded(404, 'No such organization is a member of the ledger.'),
  ORGANIZATION_LAST_ADMINISTRATOR: recorded(409, 'The last administrator of an organization cannot be removed.'),
  CERTIFICATE_MALFORMED: recorded(422, 'The certificate is not one DER encoded X.509 v3 certificate.'),
  CERTIFICATE_PROFILE: recorded(422, 'The certificate is outside the profile: P-256, ecdsa-with-SHA256, not a CA, digitalSignature, no unknown critical extension.'),
  CERTIFICATE_ISSUER: recorded(422, 'The certificate was not signed by the user CA recorded for the organization.'),
  CERTIFICATE_NOT_CURRENT: recorded(422, 'The certificate to be recorded is not yet valid, or no longer.'),
  CERTIFICATE_PROOF: recorded(422, 'The application is not one by the key of the certificate for this ledger, organization and holder.'),
  CERTIFICATE_STATE: recorded(409, 'The certificate is not in a state that allows this.'),
  KEY_IN_USE: recorded(409, 'The public key is already recorded for an account or officer.'),
  ACCOUNT_EXISTS: recorded(409, 'An account of this id exists.'),
  ACCOUNT_UNKNOWN: recorded(404, 'No such account.'),
  ACCOUNT_FROZEN: recorded(409, 'The account is frozen for this.'),
  ACCOUNT_CLOSED: recorded(409, 'The account is closed.'),
  ACCOUNT_STATE: recorded(409, 'The account is not in a state that allows this.'),
  ACCOUNT_NOT_EMPTY: recorded(409, 'The account still has a balance or an obligation.'),

  // Tokens and payments.
  TOKEN_EXISTS: recorded(409, 'A token of this id exists.'),
  TOKEN_UNKNOWN: recorded(404, 'No such token.'),
  TOKEN_PAUSED: recorded(409, 'The token is paused.'),
  TOKEN_STATE: recorded(409, 'The token is not in a state that allows this.'),
  TOKEN_CAP: recorded(409, 'The supply would exceed the cap of the token.'),
  PAYMENT_SELF: recorded(422, 'Payer and payee are the same account.'),
  PAYMENT_DUPLICATE: recorded(409, 'This payer has paid this payee under this end-to-end id; say repeat: true to pay once more.'),
  PAYMENT_UNKNOWN: recorded(404, 'No such payment.'),
  FUNDS_INSUFFICIENT: recorded(409, 'The balance does not suffice.'),
  REFUND_EXCEEDS_PAYMENT: recorded(409, 'Refunds would exceed the payment.'),

  // Founding and batches.
  FOUNDING_MALFORMED: unrecorded(400, 'The founding document is not canonical JSON of the founding schema, or one of its certificates is not fit.'),
  FOUNDING_CLOSED: unrecorded(409, 'The ledger is founded.'),
  FOUNDING_RIGHT: unrecorded(403, 'Only an admin of a member named in the founding document may vote for it.'),
  LEDGER_NOT_FOUNDED: unrecorded(503, 'The ledger is not founded yet.'),
  BATCH_MALFORMED: unrecorded(400, 'The batch is not {instructions: 1 to 500 strings, lane: 0 to 7}.'),
  SUBMITTER_UNKNOWN: unrecorded(403, 'The submitting organization is not a member of the ledger.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof TABLE;
export const ERRORS: Readonly<Record<ErrorCode, ErrorEntry>> = TABLE;

/** Values that explain a refusal; amounts as decimal strings. */
export type Figures = Readonly<Record<string, string>>;

export class LedgerError extends Error {
  readonly code: ErrorCode;
  readonly figures: Figures | undefined;

  constructor(code: ErrorCode, figures?: Figures) {
    super(code);
    this.name = 'LedgerError';
    this.code = code;
    this.figures = figures;
  }
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(TABLE, text);
}

/** The refusal, unless the rule holds. */
export function refuseUnless(rule: boolean, code: ErrorCode, figures?: Figures): asserts rule {
  if (!rule) throw new LedgerError(code, figures);
}
