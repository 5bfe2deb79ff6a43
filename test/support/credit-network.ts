import { applyForGrant, approveGrant, confirmSettlement, initiateSettlement, pay, type reviseGrant, setLimit, TallyClient, type Submission } from '../../client/src/index.ts';
import type { InstructionType } from '../../chaincode/src/domain/index.ts';
import type { Consortium, Holder } from './consortium.ts';

const DAY_MS = 24 * 3600_000;

/** An enterprise and a merchant of different systems with a limit and a grant between them, on the real network. */
export interface Relation {
  readonly enterprise: Holder;
  readonly merchant: Holder;
  readonly token: string;
}

export interface RelationOptions {
  readonly limit?: string;
  readonly grant?: string;
  readonly perPayment?: string;
}

export async function openRelation(consortium: Consortium, { limit = '1000', grant = '500', perPayment = '300' }: RelationOptions = {}): Promise<Relation> {
  const [enterprise, merchant] = [await consortium.register('NorthPay', ['enterprise', 'merchant']), await consortium.register('EastPay', ['merchant', 'enterprise'])];
  const token = await consortium.token('NorthPay');
  const officer = await consortium.officer('NorthPay', 'credit-officer');
  await officer.send(setLimit, { account: enterprise.signer.id, token, amount: limit, reason: 'GRANTED' });
  await openGrant({ enterprise, merchant, token }, grant, perPayment);
  return { enterprise, merchant, token };
}

/** The enterprise applies, the merchant approves. */
export async function openGrant({ enterprise, merchant, token }: Relation, amount: string, perPayment: string): Promise<void> {
  const { receipt } = await enterprise.send(applyForGrant, { merchant: merchant.signer.id, token, amount, validTo: inDays(90) });
  await merchant.send(approveGrant, { enterprise: enterprise.signer.id, token, application: nameOf({ receipt }), terms: termsOf(amount, perPayment) });
}

export function termsOf(amount: string, perPayment: string): TermsBody {
  return { amount, perPayment, termDays: 30, validFrom: new Date(Date.now() - 60_000).toISOString(), validTo: inDays(90), utcOffset: 0 };
}

type TermsBody = typeof reviseGrant extends InstructionType<infer Body> ? (Body extends { readonly terms: infer Terms } ? Terms : never) : never;

/** The id of what an instruction made. */
export function nameOf({ receipt }: Pick<Submission, 'receipt'>): string {
  return `${receipt.id}.${receipt.signer}`;
}

export function inDays(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString();
}

/** The same signer at another organization's gateway. */
export function at(consortium: Consortium, holder: Holder, organization: string): TallyClient {
  return new TallyClient({ gateway: consortium.gateway(organization), signer: holder.signer });
}

export function buy(client: TallyClient, { merchant, token }: Relation, amount: string, version = 1): Promise<Submission> {
  return client.send(pay, { payee: merchant.signer.id, token, amount, credit: { amount, version } });
}

export function offer(client: TallyClient, { merchant, token }: Relation, bill: string, amount: string, reference?: string): Promise<Submission> {
  const bank = reference === undefined ? {} : { bank: { reference, valueDate: '2026-11-21', document: 'D'.repeat(43) } };
  return client.send(initiateSettlement, { creditor: merchant.signer.id, token, bills: [{ bill, amount }], deadline: inDays(1), ...bank });
}

export function confirm(client: TallyClient, { enterprise, merchant }: Relation, settlement: string): Promise<Submission> {
  return client.send(confirmSettlement, { settlement, debtor: enterprise.signer.id, creditor: merchant.signer.id });
}

/** What is drawn, as the ledger itself says at an organization's peer. */
export async function drawnAt(consortium: Consortium, organization: string, { enterprise, merchant, token }: Relation): Promise<{ readonly line: string; readonly limit: string }> {
  return consortium.settled(async () => {
    const hostile = consortium.hostile(organization);
    const line = await hostile.query<{ readonly drawn: string }>('creditLine', [enterprise.signer.id, token, merchant.signer.id]);
    const limit = await hostile.query<{ readonly drawn: string }>('creditLimit', [enterprise.signer.id, token]);
    return { line: line.drawn, limit: limit.drawn };
  });
}
