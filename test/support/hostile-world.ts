import { define, issue, pay, register, signInstruction, createSalt, holderDigest, type Signer } from '../../client/src/index.ts';
import type { Consortium } from './consortium.ts';
import { derOf, enrol, newAccountId, signerOf } from './enrolment.ts';
import type { Brought, Hostile } from './hostile.ts';

/** Registers an account of an organization with Fabric alone: its officers and its CA, and no gateway. */
export async function registerDirectly(consortium: Consortium, organization: string): Promise<Signer> {
  const account = newAccountId(organization);
  const ledger = consortium.network.topology.name;
  const enrolled = await enrol(consortium.member(organization), { ledger, holder: account });
  const { application } = enrolled;
  const body = { account, roles: ['person' as const], holder: await anyHolder(), certificate: derOf(enrolled.certificate), application };
  const { jws } = await signInstruction(await consortium.signer(organization, 'registrar'), register, body, { ledger });
  mustRecord(await consortium.hostile(organization).bring([jws]));
  return signerOf(account, enrolled);
}

/** A token that only these suites use, and money of it for an account. */
export async function fundDirectly(consortium: Consortium, token: string, account: string, amount: string): Promise<void> {
  const organization = token.slice(token.indexOf('@') + 1);
  const issuer = await consortium.signer(organization, 'issuer');
  const ledger = consortium.network.topology.name;
  const hostile = consortium.hostile(organization);
  if ((await hostile.query('token', [token])) === null) {
    const { jws } = await signInstruction(issuer, define, { token, name: 'Unit', decimals: 2, kind: 'points', source: { code: 'UNIT', fields: {} } }, { ledger });
    mustRecord(await hostile.bring([jws]));
  }
  const { jws } = await signInstruction(issuer, issue, { token, account, amount }, { ledger });
  mustRecord(await hostile.bring([jws]));
}

/** A signed payment, sent to nobody. */
export async function paymentOf(consortium: Consortium, payer: Signer, body: { readonly payee: string; readonly token: string; readonly amount: string }, lifetimeMs?: number): Promise<string> {
  return (await signInstruction(payer, pay, body, { ledger: consortium.network.topology.name, lifetimeMs })).jws;
}

export async function freeOf(hostile: Hostile, account: string, token: string): Promise<bigint> {
  return BigInt((await hostile.query<{ free: string }>('balance', [account, token])).free);
}

export function anyHolder(): Promise<string> {
  return holderDigest('test holder', createSalt());
}

function mustRecord({ validation, answers }: Brought): void {
  if (validation !== 'VALID') throw new Error(`not recorded: ${validation ?? ''} ${JSON.stringify(answers)}`);
}
