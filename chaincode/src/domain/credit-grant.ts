import { z } from 'zod';
import { accountAt, assertCanCredit, assertCanDebit, assertRole } from './account.ts';
import { amountSchema, parseAmount } from './amount.ts';
import type { Book } from './book.ts';
import { lineAt, putLine, type CreditLine, type GrantStatus, type GrantTerms, type LineKey } from './credit-line.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { accountIdSchema, digestSchema, objectId, objectIdSchema, referenceSchema, tokenIdSchema, type AccountId, type TokenId } from './id.ts';
import { defineInstruction, type Decision } from './instruction-type.ts';
import { instantSchema, parseInstant } from './time.ts';
import { tokenAt } from './token.ts';

export const GRANT_REASONS = ['RISK', 'OVERDUE', 'NO_RELATION', 'TERMS', 'FRAUD', 'RESOLVED', 'OTHER'] as const;

const termsSchema = z.strictObject({
  amount: amountSchema,
  validFrom: instantSchema,
  validTo: instantSchema,
  termDays: z.int().min(0).max(365),
  perPayment: amountSchema,
  utcOffset: z.int().min(-720).max(840).meta({ description: 'Minutes east of UTC at which days begin and end' }),
  stopAfterDaysOverdue: z.int().min(0).max(365).optional(),
});

const applyBody = z.strictObject({ merchant: accountIdSchema, token: tokenIdSchema, amount: amountSchema, validTo: instantSchema, purpose: referenceSchema.optional(), document: digestSchema.optional() });
const withdrawBody = z.strictObject({ merchant: accountIdSchema, token: tokenIdSchema, application: objectIdSchema });
const ofEnterprise = { enterprise: accountIdSchema, token: tokenIdSchema };
const approveBody = z.strictObject({ ...ofEnterprise, application: objectIdSchema, terms: termsSchema });
const rejectBody = z.strictObject({ ...ofEnterprise, application: objectIdSchema, reason: z.enum(GRANT_REASONS), document: digestSchema.optional() });
const reviseBody = z.strictObject({ ...ofEnterprise, version: z.int().min(1), terms: termsSchema, reason: z.enum(GRANT_REASONS) });
const stateBody = z.strictObject({ ...ofEnterprise, reason: z.enum(GRANT_REASONS), document: digestSchema.optional() });

type OfEnterprise = { readonly enterprise: AccountId; readonly token: TokenId };
const lanes = (_: AccountId, { enterprise }: OfEnterprise) => [enterprise];
const reads = (merchant: AccountId, { enterprise, token }: OfEnterprise) => [['account', enterprise], ['creditLine', enterprise, token, merchant]] as const;

/** An enterprise asks a merchant for credit; a newer application takes the place of one unanswered. */
export const applyForGrant = defineInstruction({
  type: 'grant.apply/1',
  onCredit: true,
  signedBy: 'account',
  body: applyBody,
  lanes: (enterprise) => [enterprise],
  reads: (enterprise, { merchant, token }) => [['account', merchant], ['token', token], ['creditLine', enterprise, token, merchant]],
  decide: ({ book, signer: enterprise, id }, { merchant, token, amount, validTo }) => {
    refuseUnless(merchant !== enterprise, 'GRANT_SELF');
    assertParties(book, enterprise, merchant);
    tokenAt(book, token);
    const key: LineKey = [enterprise, token, merchant];
    putLine(book, key, { ...lineAt(book, key), application: { id: objectId(id, enterprise), amount: parseAmount(amount), validTo: parseInstant(validTo) } });
    return {};
  },
});

export const withdrawApplication = defineInstruction({
  type: 'grant.withdraw/1',
  onCredit: true,
  ends: true,
  signedBy: 'account',
  body: withdrawBody,
  lanes: (enterprise) => [enterprise],
  reads: (enterprise, { merchant, token }) => [['account', merchant], ['creditLine', enterprise, token, merchant]],
  decide: ({ book, signer: enterprise }, { merchant, token, application }) => answerApplication(book, [enterprise, token, merchant], application, {}),
});

/** The merchant's promise, also for less or on other terms than asked; it replaces a live grant and takes over what is drawn. */
export const approveGrant = defineInstruction({
  type: 'grant.approve/1',
  onCredit: true,
  signedBy: 'account',
  body: approveBody,
  lanes,
  reads,
  decide: ({ book, signer: merchant }, { enterprise, token, application, terms }) => {
    assertParties(book, enterprise, merchant);
    assertCanDebit(accountAt(book, merchant));
    const key: LineKey = [enterprise, token, merchant];
    return answerApplication(book, key, application, newGrant(lineAt(book, key), terms));
  },
});

export const rejectApplication = defineInstruction({
  type: 'grant.reject/1',
  onCredit: true,
  ends: true,
  signedBy: 'account',
  body: rejectBody,
  lanes,
  reads,
  decide: ({ book, signer: merchant }, { enterprise, token, application }) => answerApplication(book, [enterprise, token, merchant], application, {}),
});

/** A new version of the terms; a payment that names the old one is refused with GRANT_CHANGED. */
export const reviseGrant = defineInstruction({
  type: 'grant.revise/1',
  onCredit: true,
  signedBy: 'account',
  body: reviseBody,
  lanes,
  reads,
  decide: (decision, { enterprise, token, version, terms }) => {
    assertCanDebit(accountAt(decision.book, decision.signer));
    const { key, line, grant } = liveGrant(decision, enterprise, token);
    refuseUnless(version === line.version, 'GRANT_CHANGED', { version: String(line.version) });
    const revised = newGrant(line, terms);
    putLine(decision.book, key, { ...line, version: revised.version, grant: { ...revised.grant, status: grant.status } });
    return {};
  },
});

export const suspendGrant = changeGrantStatus('grant.suspend/1', ['active'], 'suspended');
export const resumeGrant = changeGrantStatus('grant.resume/1', ['suspended'], 'active');
export const revokeGrant = changeGrantStatus('grant.revoke/1', ['active', 'suspended'], 'revoked');

function newGrant({ version }: CreditLine, terms: z.infer<typeof termsSchema>): { readonly version: number; readonly grant: NonNullable<CreditLine['grant']> } {
  return { version: version + 1, grant: { status: 'active', terms: readTerms(terms) } };
}

function readTerms(terms: z.infer<typeof termsSchema>): GrantTerms {
  const { amount, perPayment, validFrom, validTo, ...rest } = terms;
  const read = { ...rest, amount: parseAmount(amount), perPayment: parseAmount(perPayment), validFrom: parseInstant(validFrom), validTo: parseInstant(validTo) };
  refuseUnless(read.validFrom < read.validTo && read.perPayment <= read.amount, 'GRANT_TERMS');
  return read;
}

function answerApplication(book: Book, key: LineKey, application: string, changes: Partial<CreditLine>) {
  const line = lineAt(book, key);
  refuseUnless(line.application?.id === application, 'GRANT_APPLICATION_UNKNOWN');
  putLine(book, key, { ...line, ...changes, application: undefined });
  return {};
}

function liveGrant({ book, signer: merchant }: Decision, enterprise: AccountId, token: TokenId) {
  const key: LineKey = [enterprise, token, merchant];
  const line = lineAt(book, key);
  const { grant } = line;
  if (grant === undefined || grant.status === 'revoked') throw new LedgerError('GRANT_NONE');
  return { key, line, grant };
}

function changeGrantStatus(type: string, from: readonly string[], to: GrantStatus) {
  return defineInstruction({
    type,
    onCredit: true,
    signedBy: 'account',
    body: stateBody,
    lanes,
    reads,
    decide: (decision, { enterprise, token }) => {
      const { key, line, grant } = liveGrant(decision, enterprise, token);
      refuseUnless(from.includes(grant.status), 'GRANT_STATE', { status: grant.status });
      putLine(decision.book, key, { ...line, grant: { ...grant, status: to } });
      return {};
    },
  });
}

/** Both are who the relation needs, and neither is closed or frozen in full. */
function assertParties(book: Book, enterprise: AccountId, merchant: AccountId): void {
  const parties = [[enterprise, 'enterprise'], [merchant, 'merchant']] as const;
  for (const [id, role] of parties) {
    const account = accountAt(book, id);
    assertCanCredit(account);
    assertRole(account, role);
  }
}
