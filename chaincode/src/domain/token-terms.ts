import { z } from 'zod';
import { amountSchema, parseAmount } from './amount.ts';
import { LedgerError, refuseUnless } from './error.ts';
import { digestSchema, objectId, objectIdSchema, organizationOf, tokenIdSchema, type ObjectId, type TokenId } from './id.ts';
import { defineInstruction, type Decision } from './instruction-type.ts';
import { assertOfficer } from './right.ts';
import { byIssuer, holdersSchema, quotaOf, quotaSchema, tokenAt, type TermsChange, type Token, type TokenTerms } from './token.ts';

const none = z.literal('none');
const termsBody = z
  .strictObject({ token: tokenIdSchema, cap: amountSchema.or(none).optional(), quota: quotaSchema.or(none).optional(), holders: holdersSchema.or(none).optional(), document: digestSchema.optional() })
  .refine(({ cap, quota, holders }) => [cap, quota, holders].some((term) => term !== undefined))
  .meta({ description: 'What is absent stays as it is; `none` lifts it' });
const answerBody = z.strictObject({ token: tokenIdSchema, proposal: objectIdSchema });

const lanes = (_: string, { token }: { readonly token: TokenId }) => [token];
const reads = (_: string, { token }: { readonly token: TokenId }) => [['token', token]] as const;

/** Changes cap, quota or who may hold. A cap below what is outstanding stops issuing, nothing else; who holds a token keeps what it has. */
export const amendTerms = defineInstruction({
  type: 'token.amend/1',
  signedBy: 'officer',
  body: termsBody,
  lanes,
  reads,
  endorsedBy: byIssuer,
  decide: (decision, body) => {
    const token = tokenFor(decision, body.token);
    refuseUnless(token.twoOfficers !== true, 'TOKEN_NEEDS_TWO');
    decision.book.put('token', [token.id], { ...token, ...amended(token, body) });
    return {};
  },
});

/** A newer proposal takes the place of an older one. It says what is to change and nothing else: whatever else changes before it is confirmed stays changed. */
export const proposeTerms = defineInstruction({
  type: 'token.propose/1',
  signedBy: 'officer',
  body: termsBody,
  lanes,
  reads,
  endorsedBy: byIssuer,
  decide: (decision, { token: id, cap, quota, holders }) => {
    const token = tokenFor(decision, id);
    const proposal = { id: objectId(decision.id, decision.signer), by: decision.signer, change: { cap, quota, holders } };
    decision.book.put('token', [token.id], { ...token, proposal });
    return {};
  },
});

/** The second of two different officers. */
export const confirmTerms = defineInstruction({
  type: 'token.confirm/1',
  signedBy: 'officer',
  body: answerBody,
  lanes,
  reads,
  endorsedBy: byIssuer,
  decide: (decision, { token: id, proposal }) => {
    const { proposed, token } = proposedFor(decision, id, proposal);
    refuseUnless(proposed.by !== decision.signer, 'TOKEN_SAME_OFFICER');
    decision.book.put('token', [id], { ...token, ...amended(token, proposed.change) });
    return {};
  },
});

/** By who has proposed it. */
export const withdrawTerms = defineInstruction({
  type: 'token.withdraw/1',
  signedBy: 'officer',
  body: answerBody,
  lanes,
  reads,
  endorsedBy: byIssuer,
  decide: (decision, { token: id, proposal }) => {
    const { proposed, token } = proposedFor(decision, id, proposal);
    refuseUnless(proposed.by === decision.signer, 'SIGNER_NOT_ENTITLED');
    decision.book.put('token', [id], token);
    return {};
  },
});

/** The proposal of that id, and the token without it. @throws LedgerError TOKEN_PROPOSAL_UNKNOWN */
function proposedFor(decision: Decision, id: TokenId, proposal: ObjectId) {
  const { proposal: proposed, ...token } = tokenFor(decision, id);
  if (proposed?.id !== proposal) throw new LedgerError('TOKEN_PROPOSAL_UNKNOWN');
  return { proposed, token };
}

function tokenFor({ book, signer }: Decision, id: TokenId): Token {
  assertOfficer(book, signer, 'issuer', organizationOf(id));
  return tokenAt(book, id);
}

/** All terms as they would be. */
function amended(token: TokenTerms, body: TermsChange): TokenTerms {
  return {
    cap: next(body.cap, token.cap, parseAmount),
    quota: next(body.quota, token.quota, quotaOf),
    holders: next(body.holders, token.holders, (holders) => holders),
  };
}

function next<Given, Term>(given: Given | 'none' | undefined, now: Term | undefined, read: (given: Exclude<Given, 'none'>) => Term): Term | undefined {
  if (given === undefined) return now;
  return given === 'none' ? undefined : read(given as Exclude<Given, 'none'>);
}
