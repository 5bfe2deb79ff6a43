import type { Admission } from '../../chaincode/src/domain/index.ts';
import { issueLeaf, makeAuthority, makeKeys, toDer, type Authority } from './certificates.ts';
import { signApplication, signerOf, uuidAt, type Signer } from './signer.ts';
import { act, officer, type World } from './world.ts';

/** An organization that is about to join: its entry, and the keys behind it. */
export interface Joining {
  readonly entry: Admission;
  readonly authority: Authority;
  readonly officers: Readonly<Record<string, Signer>>;
}

export async function joining(world: World, organizationId: string, names: readonly string[] = ['administrator', 'registrar', 'issuer']): Promise<Joining> {
  const authority = await makeAuthority(`${organizationId} users`);
  const officers: Record<string, Signer> = {};
  const entries: Admission['officers'] = [];
  for (const name of names) {
    const id = `${name}@${organizationId}`;
    const keys = await makeKeys();
    const leaf = await issueLeaf(authority, keys.publicKey, { name });
    const certificate = toDer(leaf);
    officers[id] = signerOf(id, keys, certificate);
    entries.push({ name, roles: [name as 'administrator'], certificate, application: signApplication(keys, new Uint8Array(leaf.publicKey.rawData), id, world.now) });
  }
  return { entry: { organizationId, name: organizationId, userCa: toDer(authority.certificate), officers: entries }, authority, officers };
}

/** The world with the officers and the authority of whoever joined. */
export function withMember<T extends World>(world: T, { entry, authority, officers }: Joining): T {
  return { ...world, authorities: { ...world.authorities, [entry.organizationId]: authority }, officers: { ...world.officers, ...officers } };
}

/** Proposes a change for an organization; answers the proposal's id, or the code of the refusal. */
export async function proposeAs(world: World, organization: string, change: object, minutes = 60): Promise<string> {
  const signer = officer(world, `administrator@${organization}`);
  const id = uuidAt(world.now);
  const { code } = await act(world, signer, 'consortium.propose/1', { change, closesAt: new Date(world.now + minutes * 60_000).toISOString() }, { id });
  return code === 'applied' ? `${id}.${signer.id}` : code;
}

export async function voteAs(world: World, organization: string, proposal: string, approve = true): Promise<string> {
  return (await act(world, officer(world, `administrator@${organization}`), 'consortium.vote/1', { proposal, approve })).code;
}

/** Proposed by the first and voted for by the others. */
export async function decide(world: World, change: object, [proposer, ...voters]: readonly string[] = ['NorthPay', 'EastPay']): Promise<void> {
  const proposal = await proposeAs(world, proposer ?? '', change);
  const codes = [];
  for (const voter of voters) codes.push(await voteAs(world, voter, proposal));
  if (codes.some((code) => code !== 'applied')) throw new Error(`${proposal}: ${codes.join(' ')}`);
}
