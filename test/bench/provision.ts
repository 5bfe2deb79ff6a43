import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { issue, define, importKey, createSigner, signInstruction, register, TallyClient, uuidv7, type Signer as ClientSigner } from '../../client/src/index.ts';
import { openNetwork, type MemberDescription, type Network } from '../../network/src/index.ts';
import { issueLeaf, makeKeys, toDer } from '../support/certificates.ts';
import { envelopeOf, signApplication, signEnvelope, signerOf, type Signer } from '../support/signer.ts';
import { userAuthority } from '../support/user-authority.ts';
import type { BenchOptions } from './options.ts';

export const TOKEN = 'BEN@NorthPay';
const FUNDS = '1000000000000';
const BULK = 250;

/** A network with a merchant and payers who have money: what every workload starts from. */
export interface Ground {
  readonly network: Network;
  readonly ledger: string;
  readonly members: readonly MemberDescription[];
  readonly merchant: Signer;
  readonly payers: readonly Signer[];
}

export async function prepare({ name, basePort, payers }: BenchOptions, say: (line: string) => void): Promise<Ground> {
  const network = openNetwork({ name, basePort, say });
  await network.up({ chaincodeFolder: join(import.meta.dirname, 'baseline') });
  const members = network.describe().organizations;
  const [home] = members as [MemberDescription];
  const issuer = await officer(home, 'issuer');
  const { ledger } = await issuer.readiness();
  await issuer.send(define, { token: TOKEN, name: 'Benchmark unit', decimals: 2, kind: 'money', source: { code: 'BEN', fields: {} } }).catch(() => undefined);
  say(`registering ${payers + 1} accounts`);
  const [merchant, ...registered] = await registerAll(home, ledger, payers + 1);
  if (merchant === undefined) throw new Error('no merchant');
  say('issuing to every payer');
  await fundAll(home, ledger, issuer.signer as ClientSigner, registered);
  return { network, ledger, members, merchant, payers: registered };
}

/**
 * Registers accounts in bulk: their certificates are issued with the CA's own key instead of a request each, which is
 * what takes time; on the ledger nothing is different.
 */
async function registerAll(home: MemberDescription, ledger: string, count: number): Promise<readonly Signer[]> {
  const authority = await userAuthority(home);
  const registrar = await officer(home, 'registrar');
  const signers: Signer[] = [];
  const instructions: string[] = [];
  for (let number = 0; number < count; number++) {
    const keys = await makeKeys();
    const account = `${uuidv7()}@${home.organizationId}`;
    const leaf = await issueLeaf(authority, keys.publicKey, { name: account });
    const certificate = toDer(leaf);
    const application = signApplication(keys, new Uint8Array(leaf.publicKey.rawData), account, Date.now(), ledger);
    const body = { account, roles: ['person' as const], holder: 'A'.repeat(43), certificate, application };
    instructions.push((await signInstruction(registrar.signer as ClientSigner, register, body, { ledger })).jws);
    signers.push(signerOf(account, keys, certificate));
  }
  await sendAll(home.gateway.url, instructions);
  return signers;
}

async function fundAll(home: MemberDescription, ledger: string, issuer: ClientSigner, payers: readonly Signer[]): Promise<void> {
  const instructions: string[] = [];
  for (const { id } of payers) instructions.push((await signInstruction(issuer, issue, { token: TOKEN, account: id, amount: FUNDS }, { ledger })).jws);
  await sendAll(home.gateway.url, instructions);
}

/** Sends in bulk and insists that each is applied. */
async function sendAll(gateway: string, instructions: readonly string[]): Promise<void> {
  for (let first = 0; first < instructions.length; first += BULK) {
    const { outcomes } = await sendBulk(gateway, instructions.slice(first, first + BULK));
    const failed = outcomes.find(({ status }) => status !== 201 && status !== 200);
    if (failed !== undefined) throw new Error(`preparation was refused: ${JSON.stringify(failed)}`);
  }
}

export interface BulkAnswer {
  readonly outcomes: readonly { readonly status: number; readonly problem?: { readonly code: string } }[];
}

export async function sendBulk(gateway: string, instructions: readonly string[]): Promise<BulkAnswer> {
  const response = await fetch(`${gateway}/instructions/bulk`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ instructions }) });
  if (response.status === 429) return { outcomes: instructions.map(() => ({ status: 429 })) };
  if (!response.ok) throw new Error(`bulk: ${response.status} ${await response.text()}`);
  return (await response.json()) as BulkAnswer;
}

/** Signed payments of one unit to the merchant, payers in turn; what a run sends is signed before it begins. */
export function signPayments({ payers, merchant, ledger }: Ground, count: number): readonly string[] {
  const issuedAt = Date.now();
  return Array.from({ length: count }, (_, number) => {
    const payer = payers[number % payers.length] as Signer;
    const changes = { ledger, expiresAt: new Date(issuedAt + 3600_000).toISOString() };
    return signEnvelope(payer, envelopeOf(payer, 'payment.pay/1', { payee: merchant.id, token: TOKEN, amount: '1' }, issuedAt + Math.floor(number / 1_000), changes));
  });
}

async function officer(member: MemberDescription, name: 'issuer' | 'registrar'): Promise<TallyClient> {
  const { privateKey, certificate } = member.officers[name];
  const key = await importKey(readFileSync(privateKey, 'utf8'));
  const signer = await createSigner({ id: `${name}@${member.organizationId}`, key, certificate: readFileSync(certificate, 'utf8') });
  return new TallyClient({ gateway: member.gateway.url, signer });
}
