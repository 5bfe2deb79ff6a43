import { issueLeaf, makeKeys, toDer } from './certificates.ts';
import { signApplication, signerOf, type Signer } from './signer.ts';
import { act, officer, type Answered, type World } from './world.ts';

/** The administrator of its organization gives an office to somebody with a new key. */
export async function appoint(world: World, id: string, roles: readonly string[]): Promise<Signer> {
  const organization = id.slice(id.indexOf('@') + 1);
  const authority = world.authorities[organization];
  if (authority === undefined) throw new Error(`no authority of ${organization}`);
  const keys = await makeKeys();
  const leaf = await issueLeaf(authority, keys.publicKey, { name: id });
  const certificate = toDer(leaf);
  const application = signApplication(keys, new Uint8Array(leaf.publicKey.rawData), id, world.now);
  const { code } = await act(world, officer(world, `administrator@${organization}`), 'officer.appoint/1', { officer: id, roles, certificate, application });
  if (code !== 'applied') throw new Error(`appointment: ${code}`);
  return signerOf(id, keys, certificate);
}

export async function dismiss(world: World, { id }: Signer): Promise<Answered> {
  return act(world, officer(world, `administrator@${id.slice(id.indexOf('@') + 1)}`), 'officer.dismiss/1', { officer: id });
}
