import {
  close, define, freeze, INSTRUCTION_TYPES, issue, pause, pay, refund, register, renewCertificate, resume, revokeCertificate, unfreeze,
  objectId, type AccountStatus, type CertificateFacts, type Digest, type InstructionType, type Outcome, type PayBody, type Posting, type SignerId, type Token,
  type TokenId,
} from '@tallystick/chaincode/domain';

/** An applied instruction with what its outcome says. */
export interface AppliedInstruction {
  readonly id: string;
  readonly signer: SignerId;
  readonly type: string;
  readonly body: unknown;
  readonly outcome: Pick<Outcome, 'token'>;
}

/** What an applied instruction changes in the index, in words of the domain. */
export type Change =
  | { readonly kind: 'account'; readonly id: string; readonly roles: readonly string[]; readonly holder: Digest }
  | { readonly kind: 'account-status'; readonly id: string; readonly status: AccountStatus }
  | { readonly kind: 'certificate'; readonly holder: SignerId; readonly certificate: string; readonly facts: CertificateFacts }
  | { readonly kind: 'certificate-status'; readonly thumbprint: Digest; readonly status: 'superseded' | 'revoked' }
  | { readonly kind: 'token'; readonly id: TokenId; readonly body: BodyOf<typeof define> }
  | { readonly kind: 'token-status'; readonly id: TokenId; readonly status: Token['status'] }
  | { readonly kind: 'issued'; readonly token: TokenId; readonly amount: string }
  | { readonly kind: 'payment'; readonly id: string; readonly payer: SignerId; readonly body: PayBody }
  | { readonly kind: 'refund'; readonly payment: string; readonly amount: string };

export type BodyOf<T> = T extends InstructionType<infer Body> ? Body : never;
type ReadCertificate = (certificate: string) => CertificateFacts;
type Projection = (instruction: AppliedInstruction, readCertificate: ReadCertificate) => readonly Change[];

const PROJECTIONS: ReadonlyMap<string, Projection> = new Map([
  of(register, ({ account, roles, holder, certificate }, _, read) => [
    { kind: 'account', id: account, roles, holder },
    { kind: 'certificate', holder: account, certificate, facts: read(certificate) },
  ]),
  of(freeze, ({ account, mode }) => [{ kind: 'account-status', id: account, status: `frozen-${mode}` }]),
  of(unfreeze, ({ account }) => [{ kind: 'account-status', id: account, status: 'active' }]),
  of(close, ({ account }) => [{ kind: 'account-status', id: account, status: 'closed' }]),
  of(renewCertificate, ({ holder, supersedes, certificate }, _, read) => [
    { kind: 'certificate-status', thumbprint: supersedes, status: 'superseded' },
    { kind: 'certificate', holder, certificate, facts: read(certificate) },
  ]),
  of(revokeCertificate, ({ thumbprint }) => [{ kind: 'certificate-status', thumbprint, status: 'revoked' }]),
  of(define, (body) => [{ kind: 'token', id: body.token, body }]),
  of(issue, ({ token, amount }) => [{ kind: 'issued', token, amount }]),
  of(pause, ({ token }) => [{ kind: 'token-status', id: token, status: 'paused' }]),
  of(resume, ({ token }) => [{ kind: 'token-status', id: token, status: 'active' }]),
  of(pay, (body, { id, signer }) => [{ kind: 'payment', id: objectId(id, signer), payer: signer, body }]),
  of(refund, ({ payment, amount }) => [{ kind: 'refund', payment, amount }]),
]);

/** @throws when the type is not known here: an index that skips what it does not know would be wrong for ever */
export function changesOf(instruction: AppliedInstruction, readCertificate: ReadCertificate): readonly Change[] {
  const projection = PROJECTIONS.get(instruction.type);
  if (projection === undefined) throw new Error(`the index does not know instructions of type ${instruction.type}`);
  return projection(instruction, readCertificate);
}

/** The lines of its entry; they sum to zero per token. */
export function postingsOf({ type, signer, body, outcome }: AppliedInstruction): readonly Posting[] {
  return INSTRUCTION_TYPES.get(type)?.postings?.(signer, body, outcome) ?? [];
}

function of<Body>(
  { type }: InstructionType<Body>,
  project: (body: Body, instruction: AppliedInstruction, readCertificate: ReadCertificate) => readonly Change[],
): readonly [string, Projection] {
  // What a majority endorsed under this type has passed this type's schema.
  return [type, (instruction, readCertificate) => project(instruction.body as Body, instruction, readCertificate)];
}
