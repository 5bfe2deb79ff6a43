import { randomBytes, createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { MemberDescription, Network, Officer } from '../../network/src/index.ts';
import type { Signer } from '../support/signer.ts';
import { userAuthorityKey } from '../support/user-authority.ts';
import { keyRing, type BenchAccount, type KeyRing } from './accounts.ts';
import { certificateForm } from './certificate-press.ts';
import { send } from './http.ts';
import type { Counted } from './measure.ts';
import { bulkPiece, signAt, type Piece, type RegistrationOrder } from './press.ts';
import { pressAll } from './presses.ts';

export const TOKEN = 'BEN@NorthPay';
const FUNDS = '1000000000000';
const BULK = 250;
const PATIENCE_MS = 180_000;

/** A network with a merchant and payers who have money: what every workload starts from. */
export interface Ground {
  readonly network: Network;
  readonly ledger: string;
  readonly members: readonly MemberDescription[];
  /** Of the run's accounts: their keys are derived from it. */
  readonly seed: string;
  readonly ring: KeyRing;
  readonly merchant: BenchAccount;
  /** Their homes are the organizations in turn. */
  readonly payers: readonly BenchAccount[];
}

export type Say = (line: string) => void;

/** Accounts with money, on a network that has just been brought up. */
export async function prepare(network: Network, payers: number, say: Say): Promise<Ground> {
  const members = network.describe().organizations;
  const [home] = members as [MemberDescription];
  const { ledger } = (await (await fetch(`${home.gateway.url}/readyz`)).json()) as { readonly ledger: string };
  const seed = randomBytes(16).toString('hex');
  const bare = { network, ledger, members, seed, ring: keyRing(seed) };
  const define = signAt(officerOf(home, 'issuer'), 'token.define/1', { token: TOKEN, name: 'Benchmark unit', decimals: 2, kind: 'money', source: { code: 'BEN', fields: {} } }, { at: Date.now(), ledger });
  await sendAll(home.gateway.url, [bulkPiece([define])]);
  say(`registering ${payers + 1} accounts`);
  const [merchant, ...registered] = await registerAccounts(bare, { first: 0, count: payers + 1, roles: ['person', 'merchant', 'enterprise'] });
  if (merchant === undefined) throw new Error('no merchant');
  say('issuing to every payer');
  await issueTo(bare, registered.map(({ id }) => id));
  return { ...bare, merchant, payers: registered };
}

export interface Registering {
  readonly first: number;
  readonly count: number;
  readonly roles: readonly string[];
}

type Bare = Pick<Ground, 'ledger' | 'members' | 'seed'>;

/** Registers the accounts of the numbers from `first` on, at all organizations in turn, all at once. */
export async function registerAccounts(bare: Bare, registering: Registering): Promise<readonly BenchAccount[]> {
  return (await pressRegistrations(bare, registering)).send();
}

/** Signs everything that their registration takes. */
export async function pressRegistrations({ ledger, members, seed }: Bare, { first, count, roles }: Registering): Promise<{ readonly send: () => Promise<readonly BenchAccount[]> }> {
  const orders = await Promise.all(members.map(async (member, turn): Promise<RegistrationOrder> => {
    const share = Math.floor(count / members.length);
    const rest = count % members.length;
    const part = { first: first + turn * share + Math.min(turn, rest), count: share + (turn < rest ? 1 : 0) };
    const form = await certificateForm(member, userAuthorityKey(member));
    return { kind: 'registrations', ledger, seed, organization: member.organizationId, roles, ...part, form, registrar: officerOf(member, 'registrar'), pieceSize: BULK };
  }));
  const pressed = await pressAll(orders);
  return {
    send: async () => {
      await Promise.all(pressed.map(({ pieces }, turn) => sendAll(members[turn]?.gateway.url ?? '', pieces)));
      const lists = pressed.map(({ accounts }) => accounts);
      return Array.from({ length: count }, (_, number) => lists[number % lists.length]?.[Math.floor(number / lists.length)]).filter((account) => account !== undefined);
    },
  };
}

/** Issues a fortune to each account. */
export async function issueTo({ ledger, members }: Bare, accounts: readonly string[]): Promise<void> {
  const [home] = members as [MemberDescription];
  const issuer = officerOf(home, 'issuer');
  const at = Date.now();
  const instructions = accounts.map((account) => signAt(issuer, 'token.issue/1', { token: TOKEN, account, amount: FUNDS }, { at, ledger }));
  await sendAll(home.gateway.url, inBulks(instructions));
}

export function inBulks(instructions: readonly string[], size = BULK): readonly Piece[] {
  return Array.from({ length: Math.ceil(instructions.length / size) }, (_, number) => bulkPiece(instructions.slice(number * size, (number + 1) * size)));
}

/** Sends in bulk, a few at a time, and insists that each is applied: what has no outcome yet is sent again. */
export async function sendAll(gateway: string, pieces: readonly Piece[]): Promise<void> {
  const left = pieces.values();
  const work = async (): Promise<void> => {
    for (const piece of left) await insist(gateway, piece);
  };
  await Promise.all(Array.from({ length: 3 }, work));
}

async function insist(gateway: string, piece: Piece): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const { committed, answer } = await sendBulk(gateway, piece);
    if (committed === piece.count) return;
    if (performance.now() > until) throw new Error(`preparation was refused: ${/\{"status":[3-5][^}]*\}/.exec(answer)?.[0] ?? answer.slice(0, 300)}`);
    await pause(2_000);
  }
}

export interface BulkAnswer extends Counted {
  readonly answer: string;
  /** The whole was turned away, to come back after so many seconds. */
  readonly turnedAwayFor?: number;
}

/** Counts what is applied, now or before, by the statuses of the outcomes; parsing the receipts would cost the client more CPU than all else. */
export async function sendBulk(gateway: string, { bytes, count }: Piece): Promise<BulkAnswer> {
  const { status, body, retryAfter = 1 } = await send({ url: `${gateway}/instructions/bulk`, contentType: 'application/json' }, bytes);
  if (status !== 200 && status !== 429) throw new Error(`bulk: ${status} ${body.toString()}`);
  const answer = body.toString('latin1');
  if (status === 429) return { committed: 0, refused: count, answer, turnedAwayFor: retryAfter };
  const committed = answer.split('"status":201').length - 1 + (answer.split('"status":200').length - 1);
  return { committed, refused: count - committed, answer };
}

/** Sends one instruction alone. */
export async function sendSingle(gateway: string, { bytes }: Piece): Promise<Counted> {
  const { status } = await send({ url: `${gateway}/instructions`, contentType: 'application/jose' }, bytes);
  return status === 201 ? { committed: 1, refused: 0 } : { committed: 0, refused: 1 };
}

export function officerOf(member: MemberDescription, name: Officer): Signer {
  const { privateKey, certificate } = member.officers[name];
  const thumbprint = createHash('sha256').update(new X509Certificate(readFileSync(certificate)).raw).digest('base64url');
  return { id: `${name}@${member.organizationId}`, key: createPrivateKey(readFileSync(privateKey, 'utf8')), thumbprint };
}

/** The gateway of an account's home organization: who pays, pays there. */
export function homeOf({ members }: Pick<Ground, 'members'>, { id }: Pick<BenchAccount, 'id'>): string {
  return members.find(({ organizationId }) => id.endsWith(`@${organizationId}`))?.gateway.url ?? '';
}
