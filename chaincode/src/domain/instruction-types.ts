import { defundAcceptance, endAcceptance, fundAcceptance, resumeAcceptance, setAcceptance, suspendAcceptance } from './acceptance.ts';
import { close, freeze, register, unfreeze } from './account.ts';
import { registerAlias, releaseAlias } from './alias.ts';
import { writeOff } from './bill.ts';
import { acknowledgeLeg, claimLeg, denyLeg, payLeg } from './clearing-leg.ts';
import { confirmClearing, declineClearing, openClearing, proceedClearing } from './clearing.ts';
import { applyForGrant, approveGrant, rejectApplication, resumeGrant, reviseGrant, revokeGrant, suspendGrant, withdrawApplication } from './credit-grant.ts';
import { confirmLimit, declineLimit, proposeLimit, requestLimit, resumeLimit, setLimit, setThreshold, suspendLimit } from './credit-limit.ts';
import { acceptDispute, denyDispute, expireDispute, openDispute, withdrawDispute } from './dispute.ts';
import { gather } from './gathering.ts';
import { captureHold, expireHold, placeHold, releaseHold } from './hold.ts';
import { addCertificate, capCertificate, renewCertificate, revokeCertificate } from './holder.ts';
import type { InstructionType } from './instruction-type.ts';
import { confirmLink, consentToLink, endLink, expireLink, proposeLink } from './link.ts';
import { acceptMandate, executeMandate, grantMandate, revokeMandate } from './mandate.ts';
import { appointOfficer, dismissOfficer } from './officer.ts';
import { acknowledgeRefund, pay, refund } from './payment.ts';
import { expireProposal, propose, vote, withdrawProposal } from './proposal.ts';
import { completeRecovery, confirmRecovery, expireRecovery, proposeRecovery, vetoRecovery } from './recovery.ts';
import { cancelSettlement, confirmSettlement, expireSettlement, initiateSettlement, rejectSettlement } from './settlement.ts';
import { confirmRedemption, declineRedemption, expireRedemption, requestRedemption } from './redemption.ts';
import { define, issue, pause, resume } from './token.ts';
import { offerTreasury, withdrawTreasury } from './treasury.ts';
import { amendTerms, confirmTerms, proposeTerms, withdrawTerms } from './token-terms.ts';

const ALL = [
  register, freeze, unfreeze, close, registerAlias, releaseAlias,
  proposeRecovery, confirmRecovery, vetoRecovery, completeRecovery, expireRecovery, proposeLink, consentToLink, confirmLink, endLink, expireLink,
  addCertificate, renewCertificate, capCertificate, revokeCertificate, appointOfficer, dismissOfficer,
  propose, vote, withdrawProposal, expireProposal,
  define, issue, pause, resume, amendTerms, proposeTerms, confirmTerms, withdrawTerms,
  requestRedemption, confirmRedemption, declineRedemption, expireRedemption,
  offerTreasury, withdrawTreasury,
  setAcceptance, suspendAcceptance, resumeAcceptance, fundAcceptance, defundAcceptance, endAcceptance,
  openClearing, confirmClearing, declineClearing, proceedClearing, payLeg, claimLeg, acknowledgeLeg, denyLeg,
  pay, refund, acknowledgeRefund, gather,
  placeHold, captureHold, releaseHold, expireHold,
  requestLimit, declineLimit, setLimit, proposeLimit, confirmLimit, suspendLimit, resumeLimit, setThreshold,
  applyForGrant, withdrawApplication, approveGrant, rejectApplication, reviseGrant, suspendGrant, resumeGrant, revokeGrant,
  writeOff, openDispute, withdrawDispute, acceptDispute, denyDispute, expireDispute,
  initiateSettlement, confirmSettlement, rejectSettlement, cancelSettlement, expireSettlement,
  grantMandate, acceptMandate, revokeMandate, executeMandate,
];

/** Every instruction this ledger knows, by type and version. */
export const INSTRUCTION_TYPES: ReadonlyMap<string, InstructionType> = new Map(
  // A body reaches `decide` only through the same entry's schema, so forgetting its type here is safe.
  ALL.map((type) => [type.type, type as unknown as InstructionType]),
);
