/** Talks to a consortium's gateways with HTTP and a key: makes keys and certificate requests, signs instructions, waits for receipts. */
export type * from './answer.ts';
export type * from './credit-answer.ts';
export type * from './interop-answer.ts';
export { requestCertificate, type CertificateRequest } from './certificate-request.ts';
export { TallyClient, type InstructionDetails, type Outbox, type TallyClientOptions } from './client.ts';
export { createSalt, holderDigest, sha256 } from './digest.ts';
export { TallyError, type ClientErrorCode, type TallyErrorDetails } from './error.ts';
export type { Exchange } from './http.ts';
export { DEFAULT_LIFETIME_MS, readSigned, signInstruction, type InstructionOptions, type SignedInstruction } from './instruction.ts';
export { signJws } from './jws.ts';
export { createKey, exportKey, importKey, type Key as KeyPair } from './key.ts';
export { fromPem, toPem, type PemLabel } from './pem.ts';
export { openPkcs12, type KeyWithCertificate } from './pkcs12.ts';
export type { InstructionStatus, Receipt, Submission } from './receipt.ts';
export {
  admitRegistration,
  answerRequest,
  applyForAccount,
  approveRegistration,
  askForMore,
  registration,
  rejectRegistration,
  submitDocument,
  takeIssuedKey,
  type Applicant,
  type IssuedKey,
  type IssuedKeyRequest,
  type Registration,
  type RegistrationDocument,
  type RegistrationRequest,
  type RegistrationTicket,
  type TaggedRegistration,
} from './registration.ts';
export { certifyNextKey, consentTo, issueNextKey, recordAddedKey, recordNextKey, type AdditionRequest, type ConsentOptions, type IssuedNextKey, type RenewalRequest } from './renewal.ts';
export type { Readiness } from './session.ts';
export { attestAlias, type AttestationOptions } from './attestation.ts';
export { createSigner, type Signer } from './signer.ts';
export { uuidv7 } from './uuid.ts';

/** The instructions there are, for `client.send(pay, {…})`, and the codes of their refusals. */
export {
  acceptDispute,
  acceptMandate,
  acknowledgeLeg,
  acknowledgeRefund,
  addCertificate,
  amendTerms,
  applyForGrant,
  appointOfficer,
  approveGrant,
  cancelSettlement,
  capCertificate,
  captureHold,
  claimLeg,
  close,
  completeRecovery,
  confirmClearing,
  confirmLimit,
  confirmLink,
  confirmRecovery,
  confirmRedemption,
  confirmSettlement,
  confirmTerms,
  consentToLink,
  declineClearing,
  declineLimit,
  declineRedemption,
  defundAcceptance,
  define,
  denyDispute,
  denyLeg,
  dismissOfficer,
  endAcceptance,
  endLink,
  ERRORS,
  executeMandate,
  expireDispute,
  expireHold,
  expireProposal,
  expireLink,
  expireRecovery,
  expireRedemption,
  expireSettlement,
  freeze,
  fundAcceptance,
  gather,
  grantMandate,
  initiateSettlement,
  INSTRUCTION_TYPES,
  issue,
  openClearing,
  openDispute,
  pause,
  pay,
  payLeg,
  placeHold,
  proceedClearing,
  propose,
  proposeLimit,
  proposeLink,
  proposeRecovery,
  proposeTerms,
  refund,
  register,
  registerAlias,
  rejectApplication,
  rejectSettlement,
  releaseAlias,
  releaseHold,
  renewCertificate,
  requestLimit,
  requestRedemption,
  resume,
  resumeAcceptance,
  resumeGrant,
  resumeLimit,
  reviseGrant,
  revokeCertificate,
  revokeGrant,
  revokeMandate,
  offerTreasury,
  setAcceptance,
  setLimit,
  setThreshold,
  suspendAcceptance,
  suspendGrant,
  suspendLimit,
  unfreeze,
  vote,
  vetoRecovery,
  withdrawApplication,
  withdrawTerms,
  withdrawDispute,
  withdrawProposal,
  withdrawTreasury,
  writeOff,
  type ErrorCode,
  type Figures,
} from '@tallystick/chaincode/domain';

/** What an application may say. */
export {
  ASK_REASONS,
  DOCUMENT_TYPES,
  MAX_DOCUMENT_BYTES,
  REGISTRATION_STATES,
  REJECTION_REASONS,
  type AskReason,
  type DocumentType,
  type RegistrationState,
  type RejectionReason,
} from '@tallystick/chaincode/domain';
