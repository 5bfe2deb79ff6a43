import type { TallyError } from '../index.ts';

/** The next step after a refusal or failure, where there is one that a person at the command line can take. */
const ADVICE: Readonly<Record<string, string>> = {
  GATEWAY_UNREACHABLE: 'Is the network running ("npm start") and the address right (--gateway)?',
  ANSWER_UNEXPECTED: 'Check the address of the gateway (--gateway).',
  SIGNATURE_INVALID: 'The wallet and the certificate recorded on the ledger do not belong together; choose another with --wallet.',
  SIGNER_UNKNOWN: 'Is this wallet of another ledger? Ask with "tally registration status", or register again with a new wallet.',
  CERTIFICATE_UNKNOWN: 'Is this wallet of another ledger? Ask with "tally registration status", or register again with a new wallet.',
  CERTIFICATE_REVOKED: 'Ask the registrar of the home organization for a new certificate ("tally certificate request").',
  CERTIFICATE_SUPERSEDED: 'Put the new one in use with "tally certificate install", or use the wallet that has it.',
  CERTIFICATE_EXPIRED: 'Ask the registrar of the home organization for a new certificate ("tally certificate request").',
  BODY_MALFORMED: 'Look at the member it names; --help says what it takes.',
  NOT_ENTITLED: 'Use the wallet of the account itself, or of an officer of its organization.',
  AMOUNT_NOT_WHOLE: 'Give the amount in the smallest unit, for example 1250 for 12.50.',
  FUNDS_INSUFFICIENT: 'See what there is with "tally balance".',
  PAYMENT_DUPLICATE: 'If it is meant, pay once more with --repeat.',
  LIMIT_NONE: 'Ask for one with "tally limit request".',
  LIMIT_EXCEEDED: 'Settle what is drawn ("tally bill list --role debtor"), or ask for more with "tally limit request".',
  LIMIT_NEEDS_TWO: 'Propose it with "tally limit propose"; another credit officer confirms.',
  LIMIT_SAME_OFFICER: 'Use the wallet of another credit officer.',
  GRANT_NONE: 'Ask for credit with "tally grant apply".',
  GRANT_CHANGED: 'See the terms of the new version with "tally grant show", and name that version.',
  GRANT_EXCEEDED: 'Settle what is drawn ("tally bill list --role debtor"), or ask for more with "tally grant apply".',
  GRANT_CAP_EXCEEDED: 'See what one payment may come to with "tally grant show".',
  GRANT_OVERDUE: 'Settle what is overdue: "tally bill list --role debtor --state open".',
  BILL_STATE: 'See where it stands with "tally bill show".',
  SETTLEMENT_STATE: 'See where it stands with "tally settlement show".',
  SETTLEMENT_EXPIRED: 'End it with "tally settlement expire".',
  HOLD_EXPIRED: 'End it with "tally hold expire".',
  TOKEN_UNKNOWN: 'See which tokens there are with "tally tokens".',
  INSTRUCTION_EXPIRED: 'It can never apply now; sign a new one.',
  OUTCOME_UNKNOWN: 'Send the same again with "tally instruction send FILE".',
  REGISTRATION_STATE: 'An application for this account is there already; use a new wallet (--wallet) to start over.',
  KEY_NOT_TAKEN: 'The applicant takes it with "tally registration take-key"; approve again afterwards.',
  INSTRUCTION_PENDING: 'Ask again with "tally instruction status".',
  INSTRUCTION_NOT_YET: 'The clock of this computer is ahead; set it.',
  OFFICER_ROLE_MISSING: 'Use the wallet of the officer with this role ("tally officer import").',
  OFFICER_ORGANIZATION_DIFFERS: 'Use the wallet of an officer of that organization ("tally officer import").',
  SIGNER_KIND_WRONG: 'Use the wallet of an officer ("tally officer import"), or of an account, as the meaning says.',
};

export function adviceFor({ code }: TallyError): string | undefined {
  return ADVICE[code];
}
