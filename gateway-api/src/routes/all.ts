import type { Route } from '../http/route.ts';
import * as accounts from './accounts.ts';
import { consortiumRoutes } from './consortium.ts';
import { creditLineRoutes } from './credit-lines.ts';
import { creditRoutes } from './credit.ts';
import { getInbox } from './inbox.ts';
import * as auth from './auth.ts';
import * as certificates from './certificates.ts';
import { directoryRoutes } from './directory.ts';
import { descriptionRoutes } from './description.ts';
import { getExposure } from './exposure.ts';
import * as health from './health.ts';
import { identityRoutes } from './identity.ts';
import * as instructions from './instructions.ts';
import { interopRoutes } from './interop.ts';
import * as organizations from './organizations.ts';
import * as payments from './payments.ts';
import { portalRoutes } from './portal.ts';
import { redemptionRoutes } from './redemptions.ts';
import * as registrations from './registrations.ts';
import * as tokens from './tokens.ts';

const NOUNS: readonly Route[] = [
  auth.newChallenge, auth.newToken,
  registrations.submitRegistration, registrations.listRegistrations, registrations.getRegistration, registrations.certifyRegistration,
  registrations.approveRegistration, registrations.rejectRegistration, registrations.askForMore, registrations.answerRequest,
  registrations.submitDocument, registrations.getDocument, registrations.takeKey,
  instructions.submitInstruction, instructions.submitBulk, instructions.listInstructions, instructions.getInstruction,
  payments.pay, payments.checkPayment, payments.acknowledgeRefund, payments.listPayments, payments.getPayment, payments.refundPayment,
  accounts.listAccounts, accounts.getAccount, accounts.getBalances, getExposure, accounts.listPostings, accounts.freezeAccount, accounts.unfreezeAccount, accounts.closeAccount,
  tokens.listTokens, tokens.defineToken, tokens.getToken, tokens.issueToken, tokens.pauseToken, tokens.resumeToken, tokens.amendToken, tokens.proposeTerms, tokens.confirmTerms, tokens.withdrawTerms, ...redemptionRoutes,
  ...consortiumRoutes, ...interopRoutes, ...creditLineRoutes, ...creditRoutes, ...directoryRoutes, ...identityRoutes, getInbox,
  organizations.changeOfficers, organizations.listOrganizations, organizations.getOrganization,
  certificates.listExpiring, certificates.renewCertificate, certificates.requestCertificate, certificates.issueCertificate, certificates.changeCaps, certificates.getCertificate, certificates.revocation,
  health.livez, health.readyz, ...portalRoutes,
];

/** Every route there is. */
export const ROUTES: readonly Route[] = [...NOUNS, ...descriptionRoutes(NOUNS)];
