import { canonicalJson, type FoundingDocument } from '../../chaincode/src/domain/index.ts';
import { issueLeaf, makeAuthority, makeKeys, toDer } from './certificates.ts';

/** A founding document with an administrator for each member, and whatever is to be otherwise. */
export async function foundingDocument(members: readonly string[], changes: Partial<FoundingDocument> = {}): Promise<string> {
  return canonicalJson({ ledger: 'testledger', organizations: await Promise.all(members.map(foundingMember)), ...changes });
}

export async function foundingMember(organizationId: string): Promise<FoundingDocument['organizations'][number]> {
  const authority = await makeAuthority(`${organizationId} users`);
  const { publicKey } = await makeKeys();
  const certificate = toDer(await issueLeaf(authority, publicKey, { name: 'administrator' }));
  return {
    organizationId,
    name: organizationId,
    userCa: toDer(authority.certificate),
    officers: [{ name: 'administrator', roles: ['administrator'], certificate }],
  };
}
