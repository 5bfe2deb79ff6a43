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
  INSTRUCTION_TOO_LARGE: unrecorded(413, 'The instruction is longer than 49,152 characters.'),
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
  CERTIFICATE_ROLE: recorded(403, 'The role of the key does not sign this.'),
  CERTIFICATE_CAP: recorded(403, 'It is more than this key may spend of the token in one payment, or on this day.'),
  SIGNER_KIND_WRONG: recorded(403, 'This instruction is signed by an account where an officer must, or the other way round.'),
  OFFICER_ROLE_MISSING: recorded(403, 'The officer does not hold the role this instruction asks for.'),
  OFFICER_ORGANIZATION_DIFFERS: recorded(403, 'The officer belongs to another organization than the object.'),
  SIGNER_NOT_ENTITLED: recorded(403, 'The signer has no right to this object.'),

  // Organizations, certificates, accounts.
  ORGANIZATION_UNKNOWN: recorded(404, 'No such organization is a member of the ledger.'),
  ORGANIZATION_EXISTS: recorded(409, 'An organization of this id is a member, or was: ids are not given again.'),
  ORGANIZATION_SUSPENDED: recorded(403, 'The organization is suspended by the members: it admits nobody, and its officers and credit limits rest.'),
  ORGANIZATION_REMOVED: recorded(403, 'The organization was removed by the members.'),
  ORGANIZATION_STATE: recorded(409, 'The organization is not in a state that allows this.'),
  ORGANIZATION_LAST_ADMINISTRATOR: recorded(409, 'The last administrator of an organization cannot be removed.'),
  CERTIFICATE_MALFORMED: recorded(422, 'The certificate is not one DER encoded X.509 v3 certificate.'),
  CERTIFICATE_PROFILE: recorded(422, 'The certificate is outside the profile: P-256, ecdsa-with-SHA256, not a CA, digitalSignature, no unknown critical extension.'),
  CERTIFICATE_ISSUER: recorded(422, 'The certificate was not signed by the user CA recorded for the organization.'),
  CERTIFICATE_NOT_CURRENT: recorded(422, 'The certificate to be recorded is not yet valid, or no longer.'),
  CERTIFICATE_PROOF: recorded(422, 'The application is not one by the key of the certificate for this ledger, organization and holder.'),
  CERTIFICATE_STATE: recorded(409, 'The certificate is not in a state that allows this.'),
  CERTIFICATE_CONSENT: recorded(422, 'The consent is not one, in time, by an active owner key of the account, for this key, role and caps.'),
  CERTIFICATE_TOO_MANY: recorded(409, 'The account has as many active certificates as it may have.'),
  KEY_IN_USE: recorded(409, 'The public key is already recorded for an account or officer.'),
  RECOVERY_UNKNOWN: recorded(404, 'No such recovery of this account.'),
  RECOVERY_STATE: recorded(409, 'The recovery is not in a state that allows this.'),
  RECOVERY_PENDING: recorded(409, 'A recovery of this account is under way.'),
  RECOVERY_SAME_OFFICER: recorded(403, 'Whoever proposed a recovery cannot confirm it.'),
  RECOVERY_TOO_SHORT: recorded(409, 'The delay that the rules ask for would end past the deadline of the recovery.'),
  RECOVERY_EXPIRED: recorded(409, 'The recovery is past its deadline: it can only expire.'),
  LINK_UNKNOWN: recorded(404, 'No such link of these accounts.'),
  LINK_STATE: recorded(409, 'The link is not in a state that allows this.'),
  LINK_SAME_SYSTEM: recorded(422, 'A link is between accounts of two organizations.'),
  LINK_EXISTS: recorded(409, 'The accounts are linked.'),
  LINK_TOO_MANY: recorded(409, 'The account has as many links as it may have.'),
  LINK_EXPIRED: recorded(409, 'The link is past its deadline: it can only expire.'),
  ACCOUNT_EXISTS: recorded(409, 'An account of this id exists.'),
  ACCOUNT_UNKNOWN: recorded(404, 'No such account.'),
  ACCOUNT_FROZEN: recorded(409, 'The account is frozen for this, or is being closed.'),
  ACCOUNT_CLOSED: recorded(409, 'The account is closed.'),
  ACCOUNT_STATE: recorded(409, 'The account is not in a state that allows this.'),
  ACCOUNT_NOT_EMPTY: recorded(409, 'The account still has a balance or an obligation.'),

  ALIAS_TAKEN: recorded(409, 'The alias is registered for an account.'),
  ALIAS_UNKNOWN: recorded(404, 'The alias is not registered for this account.'),
  ALIAS_ATTESTATION: recorded(403, 'The attestation is not one by an active registrar of the home organization for this account and alias, in time and after the last release.'),

  // Tokens and payments.
  TOKEN_EXISTS: recorded(409, 'A token of this id exists.'),
  TOKEN_TOO_MANY: recorded(409, 'The organization has as many tokens as it may have.'),
  TOKEN_UNKNOWN: recorded(404, 'No such token.'),
  TOKEN_PAUSED: recorded(409, 'The token is paused.'),
  TOKEN_STATE: recorded(409, 'The token is not in a state that allows this.'),
  TOKEN_CAP: recorded(409, 'The supply would exceed the cap of the token.'),
  TOKEN_QUOTA: recorded(409, 'More would be issued in this period than the quota of the token.'),
  TOKEN_NOT_TRANSFERABLE: recorded(409, 'The token passes only from its issuer and back to it.'),
  TOKEN_HOLDER_EXCLUDED: recorded(409, 'The account is not one that may hold this token.'),
  TOKEN_NEEDS_TWO: recorded(403, 'The terms of this token are proposed by one issuer officer and confirmed by another.'),
  TOKEN_SAME_OFFICER: recorded(403, 'Whoever proposed the terms of a token cannot confirm them.'),
  TOKEN_PROPOSAL_UNKNOWN: recorded(404, 'No such proposal is pending for this token.'),
  REDEMPTION_UNKNOWN: recorded(404, 'No such redemption of this holder in this token.'),
  REDEMPTION_STATE: recorded(409, 'The redemption has ended.'),
  REDEMPTION_EXPIRED: recorded(409, 'The redemption is past its deadline: it can only expire.'),
  PAYMENT_SELF: recorded(422, 'Payer and payee are the same account.'),
  PAYMENT_DUPLICATE: recorded(409, 'This payer has paid this payee under this end-to-end id; say repeat: true to pay once more.'),
  PAYMENT_UNKNOWN: recorded(404, 'No such payment.'),
  FUNDS_INSUFFICIENT: recorded(409, 'The balance does not suffice.'),
  REFUND_EXCEEDS_PAYMENT: recorded(409, 'Refunds would exceed the payment.'),

  REFUND_UNPAID: recorded(409, 'What is outstanding on a bill is not paid yet: there is nothing to get back of it.'),
  CREDIT_EXCEEDS_AMOUNT: unrecorded(400, 'The part on credit is more than the payment.'),
  HOLD_UNKNOWN: recorded(404, 'No such hold of this payer.'),
  HOLD_STATE: recorded(409, 'The hold has ended.'),
  HOLD_EXPIRED: recorded(409, 'The hold is past its end.'),
  HOLD_EXCEEDED: recorded(409, 'The hold has less left than that.'),
  HOLD_TOO_LONG: recorded(422, 'A hold on credit ends within the validity of grant and limit.'),
  DEADLINE_PAST: recorded(409, 'The deadline has passed.'),
  DEADLINE_TOO_FAR: recorded(422, 'A deadline is at most 366 days ahead of the ledger clock.'),
  DEADLINE_NOT_REACHED: unrecorded(409, 'The deadline has not passed yet: only then may anybody end this.'),

  // Interoperability.
  ACCEPTANCE_NONE: recorded(409, 'The organization does not accept this token into that one.'),
  ACCEPTANCE_OWN: recorded(422, 'An organization accepts the tokens of others.'),
  ACCEPTANCE_TERMS: recorded(422, 'The terms do not fit together, or name another token or treasury than those of the acceptance.'),
  ACCEPTANCE_STATE: recorded(409, 'The acceptance is not in a state that allows this.'),
  ACCEPTANCE_SUSPENDED: recorded(409, 'The acceptance is suspended: only repayment goes on.'),
  ACCEPTANCE_NOT_YET: recorded(409, 'The rate of the acceptance is not valid yet.'),
  ACCEPTANCE_EXPIRED: recorded(409, 'The rate of the acceptance is past its validity.'),
  ACCEPTANCE_DIRECTION: recorded(409, 'The acceptance gives nothing back: its direction is only inwards.'),
  ACCEPTANCE_CAP: recorded(409, 'The accepting organization would be owed more of the token than its cap.'),
  TREASURY_ORGANIZATION_DIFFERS: recorded(422, 'A treasury is an account of the organization itself.'),
  TREASURY_CONSENT: recorded(409, 'The holder of the account has not offered it as a treasury.'),
  POOL_INSUFFICIENT: recorded(409, 'The pool has less of the token than that.'),
  CONVERSION_RATE: recorded(409, 'The conversion comes to a worse amount than the payer takes.'),
  CLEARING_UNKNOWN: recorded(404, 'No such clearing cycle.'),
  CLEARING_STATE: recorded(409, 'The clearing cycle, or the leg of it, is not in a state that allows this.'),
  CLEARING_TERMS: recorded(422, 'A cycle names each pool once, a rate for each token that is cleared and no other, and confirms before it settles.'),
  CLEARING_EMPTY: recorded(409, 'No pool that the organization is a side of has taken anything in: it has nothing to clear.'),
  CLEARING_LEG_UNKNOWN: recorded(404, 'The cycle has no leg between these organizations.'),
  CLEARING_CLAIM_UNKNOWN: recorded(409, 'The leg is claimed as paid under another bank reference than the one that is answered.'),
  CONVERSION_ON_CREDIT: unrecorded(400, 'Only what is paid from balance is converted.'),

  // Credit.
  ACCOUNT_ROLE_MISSING: recorded(409, 'The account does not have the role this takes.'),
  LIMIT_NONE: recorded(409, 'The enterprise has no credit limit in this token.'),
  LIMIT_SUSPENDED: recorded(409, 'The credit limit is suspended.'),
  LIMIT_EXPIRED: recorded(409, 'The credit limit is past its validity.'),
  LIMIT_EXCEEDED: recorded(409, 'The credit limit has less available than that.'),
  LIMIT_STATE: recorded(409, 'The credit limit is not in a state that allows this.'),
  LIMIT_NEEDS_TWO: recorded(403, 'Above the threshold of the organization a limit is proposed by one officer and confirmed by another.'),
  LIMIT_SAME_OFFICER: recorded(403, 'Whoever proposed a limit cannot confirm it.'),
  LIMIT_REQUEST_UNKNOWN: recorded(404, 'No such request is pending for this limit.'),
  LIMIT_PROPOSAL_UNKNOWN: recorded(404, 'No such proposal is pending for this limit.'),
  GRANT_SELF: recorded(422, 'Enterprise and merchant are the same account.'),
  GRANT_NONE: recorded(409, 'The merchant grants this enterprise no credit in this token.'),
  GRANT_SUSPENDED: recorded(409, 'The credit grant is suspended.'),
  GRANT_NOT_YET: recorded(409, 'The credit grant is not valid yet.'),
  GRANT_EXPIRED: recorded(409, 'The credit grant is past its validity.'),
  GRANT_CHANGED: recorded(409, 'The credit grant has another version than the one named.'),
  GRANT_EXCEEDED: recorded(409, 'The credit grant has less available than that.'),
  GRANT_CAP_EXCEEDED: recorded(409, 'The amount is over the cap per payment of the grant.'),
  GRANT_OVERDUE: recorded(409, 'An undisputed bill is overdue by more than the grant allows.'),
  GRANT_STATE: recorded(409, 'The credit grant is not in a state that allows this.'),
  GRANT_TERMS: recorded(422, 'The terms do not fit together: validity must not end before it begins, nor the cap exceed the amount.'),
  GRANT_APPLICATION_UNKNOWN: recorded(404, 'No such application is pending.'),
  OFFICER_EXISTS: recorded(409, 'An office of this name exists, or did: names are not given again.'),
  OFFICER_TOO_MANY: recorded(409, 'The organization has as many offices as it may have, those that have ended counted.'),
  OFFICER_UNKNOWN: recorded(404, 'No such officer is in office.'),

  // Bills and settlement.
  BILL_UNKNOWN: recorded(404, 'No such bill of these parties.'),
  BILL_STATE: recorded(409, 'The bill is not in a state that allows this.'),
  BILL_EXCEEDED: recorded(409, 'The bill has less outstanding, or less disputed, than that.'),
  SETTLEMENT_UNKNOWN: recorded(404, 'No such settlement of this debtor.'),
  SETTLEMENT_STATE: recorded(409, 'The settlement is not in a state that allows this.'),
  SETTLEMENT_EXPIRED: recorded(409, 'The settlement is past its deadline: it can only expire.'),
  SETTLEMENT_BILL_TWICE: recorded(409, 'A bill is in one live settlement, once.'),
  SETTLEMENT_NET_NEGATIVE: recorded(422, 'The net debtor initiates: the bills of the other direction are worth more.'),
  SETTLEMENT_NETTING_WHOLE: recorded(422, 'A settlement of both directions is confirmed whole.'),
  SETTLEMENT_CONFIRM_EXCEEDED: recorded(409, 'More is confirmed of a bill than was offered.'),
  BANK_REFERENCE_USED: recorded(409, 'The money of this bank reference was counted before.'),
  MANDATE_UNKNOWN: recorded(404, 'No such mandate of these parties.'),
  MANDATE_STATE: recorded(409, 'The mandate is not in a state that allows this.'),
  MANDATE_EXPIRED: recorded(409, 'The mandate is past its validity.'),
  MANDATE_BILLS: recorded(422, 'A mandate is executed on undisputed bills of its parties, oldest first, none left out, each once.'),
  MANDATE_NOT_DUE: recorded(409, 'A bill is not due yet.'),
  MANDATE_NOTHING_TO_PAY: recorded(409, 'Balance or cap leave nothing to pay with.'),

  // What the members decide.
  PROPOSAL_UNKNOWN: recorded(404, 'No such proposal.'),
  PROPOSAL_STATE: recorded(409, 'The proposal is decided or has ended.'),
  PROPOSAL_OPEN: recorded(409, 'The organization has an open proposal about this already.'),
  PROPOSAL_EXPIRED: recorded(409, 'The proposal is past its deadline: it can only expire.'),
  PROPOSAL_TOO_LONG: recorded(422, 'A proposal waits for votes no longer than the rules say.'),
  PROPOSAL_VOTED: recorded(409, 'The organization has voted on this.'),
  ADMISSION_MALFORMED: recorded(422, 'The entry of an organization needs a user CA whose key certifies for no other member, an administrator, each office once, and a key of its own for each.'),
  CONSORTIUM_TOO_SMALL: recorded(409, 'Two members at least stay active.'),
  CONSORTIUM_FULL: recorded(409, 'A ledger has at most 64 organizations, those removed counted.'),
  RULES_CHANGED: recorded(409, 'The rules in force are not the version that the proposal takes the place of.'),
  OFFICES_SEPARATE: recorded(409, 'The rules do not let one officer hold these offices together.'),
  RULES_DENIED: recorded(403, 'The rules do not let any role of the signer sign this.'),
  PAYMENT_LIMIT_EXCEEDED: recorded(409, 'The amount is over what the rules let an account of this role pay at once.'),
  PERIOD_LIMIT_EXCEEDED: recorded(409, 'With this payment the account would pay more in the period than the rules let its role.'),
  HOLDING_LIMIT_EXCEEDED: recorded(409, 'The payee would have more of the token than the rules let its role.'),

  // Founding and batches.
  FOUNDING_MALFORMED: unrecorded(400, 'The founding document is not canonical JSON of the founding schema, or one of its certificates is not fit.'),
  FOUNDING_CLOSED: unrecorded(409, 'The ledger is founded.'),
  FOUNDING_RIGHT: unrecorded(403, 'Only an admin of a member named in the founding document may vote for it.'),
  LEDGER_NOT_FOUNDED: unrecorded(503, 'The ledger is not founded yet.'),
  LEDGER_SCHEMA: unrecorded(503, 'The ledger was written by chaincode whose records this one cannot read.'),
  BATCH_MALFORMED: unrecorded(400, 'The batch is not {instructions: 1 to 500 strings, lane: 0 to 7}.'),
  SUBMITTER_UNKNOWN: unrecorded(403, 'The submitting organization is not a member of the ledger.'),
  SUBMITTER_SUSPENDED: unrecorded(403, 'The submitting organization is suspended by the members.'),
  SUBMITTER_REMOVED: unrecorded(403, 'The submitting organization was removed by the members.'),
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
