import { nodeCrypto } from '../../chaincode/src/crypto/index.ts';
import { endorsersOf, readBalance, readInstruction, voteFounding, ticked, canonicalJson, type AccountId, type TokenId } from '../../chaincode/src/domain/index.ts';
import { applyBatch, type BatchResult } from '../../chaincode/src/ledger/batch.ts';
import { LedgerBook } from '../../chaincode/src/ledger/ledger-book.ts';
import { issueLeaf, makeAuthority, makeKeys, toDer, type Authority, type LeafOptions } from './certificates.ts';
import { memoryState, type MemoryState } from './memory-state.ts';
import { envelopeOf, signApplication, signEnvelope, signerOf, uuidAt, type Signer } from './signer.ts';
import type { Envelope } from '../../chaincode/src/domain/instruction.ts';
export { assertConserved } from './laws.ts';

export const ORGANIZATIONS = ['NorthPay', 'EastPay', 'WestPay'] as const;
export const OFFICERS = ['administrator', 'registrar', 'issuer', 'credit-officer', 'financial-operator', 'clerk'] as const;
export const HOLDER_HASH = 'A'.repeat(43);

/** A founded ledger in memory, with real keys and certificates and a clock of its own. */
export interface World {
  readonly state: MemoryState;
  readonly authorities: Readonly<Record<string, Authority>>;
  readonly officers: Readonly<Record<string, Signer>>;
  /** What the postings of all entries come to, by account or memo account and token. */
  readonly journal: Map<string, bigint>;
  now: number;
}

export interface Answered {
  readonly code: string;
  readonly recorded: boolean;
  readonly repeat?: boolean;
  readonly figures?: Readonly<Record<string, string>> | undefined;
}

export async function foundWorld(): Promise<World> {
  const { document, authorities, officers } = await makeFounding(OFFICERS);
  const world: World = { state: memoryState(), authorities, officers, journal: new Map(), now: Date.now() };
  for (const organization of ORGANIZATIONS) await change(world, (book) => voteFounding(book, nodeCrypto, organization, document));
  return world;
}

/** A founding document of three organizations with these officers, and the keys and authorities behind it. */
export async function makeFounding(names: readonly string[]): Promise<Pick<World, 'authorities' | 'officers'> & { readonly document: string }> {
  const authorities: Record<string, Authority> = {};
  const officers: Record<string, Signer> = {};
  const organizations = [];
  for (const organizationId of ORGANIZATIONS) {
    const authority = await makeAuthority(`${organizationId} users`);
    authorities[organizationId] = authority;
    const members = [];
    for (const name of names) {
      const keys = await makeKeys();
      const certificate = toDer(await issueLeaf(authority, keys.publicKey, { name }));
      officers[`${name}@${organizationId}`] = signerOf(`${name}@${organizationId}`, keys, certificate);
      members.push({ name, roles: [name], certificate });
    }
    organizations.push({ organizationId, name: organizationId, userCa: toDer(authority.certificate), officers: members });
  }
  return { document: canonicalJson({ ledger: 'testledger', organizations }), authorities, officers };
}

/** The same ledger, to go another way from here. */
export function copyOf<T extends World>(world: T): T {
  const state = memoryState(world.state.entries, world.state.guardians);
  return { ...world, state, journal: new Map(world.journal), now: world.now };
}

/** Runs a decision on the world's book and writes what it changed. */
export async function change<T>(world: World, decision: (book: LedgerBook) => T): Promise<T> {
  const book = new LedgerBook(world.state, { now: world.now });
  const result = await book.decide(() => decision(book));
  book.keep();
  await book.record();
  return result;
}

/** Lets time pass and ticks the ledger clock. */
export async function pass(world: World, milliseconds: number): Promise<void> {
  world.now += milliseconds;
  await change(world, (book) => book.put('clock', [], ticked(book.clock, world.now)));
}

export async function apply(world: World, instructions: readonly string[], lane = 0, submitter = 'NorthPay', incoming?: object): Promise<BatchResult> {
  const changed: string[] = [];
  const putMany: MemoryState['putMany'] = (entries) => {
    changed.push(...entries.keys());
    return world.state.putMany(entries);
  };
  const result = await applyBatch({ ...world.state, putMany }, nodeCrypto, { submitter, now: world.now }, JSON.stringify({ instructions, lane, incoming }));
  assertEndorsed(world, instructions, changed);
  for (const outcome of result.outcomes) if (outcome.refusal === undefined) enter(world, outcome, instructions[outcome.index] ?? '');
  return result;
}

function enter({ journal }: World, outcome: BatchResult['outcomes'][number], text: string): void {
  const { type, signer, body } = readInstruction(text, nodeCrypto);
  for (const { account, token, amount } of type.postings?.(signer, body, outcome) ?? []) {
    const name = `${account} ${token}`;
    journal.set(name, (journal.get(name) ?? 0n) + BigInt(amount));
  }
}

/** Whoever guards a record that was changed is one of those whom the instructions say they are endorsed by. */
function assertEndorsed({ state }: World, instructions: readonly string[], changed: readonly string[]): void {
  const guardians = new Set(changed.flatMap((key) => state.guardians.get(key) ?? []));
  if (guardians.size === 0) return;
  const endorsers = new Set(instructions.flatMap((instruction) => endorsersOf(readInstruction(instruction, nodeCrypto))));
  for (const guardian of guardians) if (!endorsers.has(guardian)) throw new Error(`changed what ${guardian} guards without saying so`);
}

/** Applies one instruction text and says what became of it. */
export async function send(world: World, instruction: string, lane = 0): Promise<Answered> {
  const { outcomes, answers } = await apply(world, [instruction], lane);
  const [outcome] = outcomes;
  if (outcome !== undefined) return { code: outcome.refusal?.code ?? 'applied', recorded: true, figures: outcome.refusal?.figures };
  const [answer] = answers;
  if (answer === undefined) throw new Error('no answer');
  if ('repeat' in answer) return { code: answer.repeat.refusal?.code ?? 'applied', recorded: false, repeat: true };
  return { code: answer.refusal.code, recorded: false, figures: answer.refusal.figures };
}

export function instruct(world: World, signer: Signer, type: string, body: unknown, changes: Partial<Envelope> = {}): string {
  return signEnvelope(signer, envelopeOf(signer, type, body, world.now, changes));
}

/** Signs, sends, and says what became of it. */
export async function act(world: World, signer: Signer, type: string, body: unknown, changes: Partial<Envelope> = {}): Promise<Answered> {
  return send(world, instruct(world, signer, type, body, changes));
}

export interface Applicant {
  readonly signer: Signer;
  readonly body: { account: AccountId; roles: string[]; holder: string; certificate: string; application: string };
}

/** Somebody with a key, a certificate and a proof, about to be registered. */
export async function applicant(world: World, organization: string, options: LeafOptions & { readonly roles?: string[] } = {}): Promise<Applicant> {
  const authority = world.authorities[organization];
  if (authority === undefined) throw new Error(`no authority of ${organization}`);
  const keys = await makeKeys();
  const leaf = await issueLeaf(authority, keys.publicKey, options);
  const account = `${uuidAt(world.now)}@${organization}`;
  const certificate = toDer(leaf);
  const application = signApplication(keys, new Uint8Array(leaf.publicKey.rawData), account, world.now);
  return { signer: signerOf(account, keys, certificate), body: { account, roles: options.roles ?? ['person'], holder: HOLDER_HASH, certificate, application } };
}

export async function registerAccount(world: World, organization: string, options: LeafOptions = {}): Promise<Signer> {
  const { signer, body } = await applicant(world, organization, options);
  const answer = await act(world, officer(world, `registrar@${organization}`), 'account.register/1', body);
  if (answer.code !== 'applied') throw new Error(`registration: ${answer.code}`);
  return signer;
}

export function officer(world: World, id: string): Signer {
  const signer = world.officers[id];
  if (signer === undefined) throw new Error(`no officer ${id}`);
  return signer;
}

export async function defineToken(world: World, token: TokenId, changes: object = {}): Promise<Answered> {
  const body = { token, name: 'Test unit', decimals: 2, kind: 'money', source: { code: 'TST', fields: {} }, ...changes };
  return act(world, officer(world, `issuer@${token.slice(token.indexOf('@') + 1)}`), 'token.define/1', body);
}

export async function issueTo(world: World, account: AccountId, token: TokenId, amount: bigint): Promise<Answered> {
  return act(world, officer(world, `issuer@${token.slice(token.indexOf('@') + 1)}`), 'token.issue/1', { token, account, amount: String(amount) });
}

export async function balanceOf(world: World, account: AccountId, token: TokenId): Promise<bigint> {
  return (await balanceViewOf(world, account, token)).free;
}

export async function balanceViewOf(world: World, account: AccountId, token: TokenId) {
  return new LedgerBook(world.state, { now: world.now }).decide((book) => readBalance(book, account, token));
}

