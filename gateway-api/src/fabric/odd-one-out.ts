import { createHash } from 'node:crypto';
import type { Gateway, Proposal } from '@hyperledger/fabric-gateway';
import { common, gateway as gatewayProtos, peer } from '@hyperledger/fabric-protos';

/** What each organization's peer would write, by a digest; an organization that does not answer is left out. */
export type Verdicts = ReadonlyMap<string, string>;

/**
 * Asks each organization alone for its endorsement of the same signed proposal. The proposal keeps its id and time, so
 * honest answers at the same height are equal to the byte.
 */
export async function askEach(gateway: Gateway, proposal: Proposal, organizations: readonly string[]): Promise<Verdicts> {
  const bytes = proposal.getBytes();
  const asked = organizations.map(async (organization): Promise<readonly [string, string] | undefined> => {
    const transaction = await gateway.newProposal(addressedTo(organization, bytes)).endorse().catch(() => undefined);
    return transaction === undefined ? undefined : [organization, payloadDigest(transaction.getBytes())];
  });
  return new Map((await Promise.all(asked)).filter((verdict) => verdict !== undefined));
}

/** Who stands against a majority of all who were asked; nobody when there is none. */
export function oddOnesOut(verdicts: Verdicts, organizations: number): readonly string[] {
  const groups = Map.groupBy(verdicts, ([, digest]) => digest);
  const majority = [...groups.values()].find((group) => group.length * 2 > organizations);
  if (majority === undefined) return [];
  const agreeing = new Set(majority.map(([organization]) => organization));
  return [...verdicts.keys()].filter((organization) => !agreeing.has(organization));
}

/** The same proposal for the endorsement of one organization alone. */
export function addressedTo(organization: string, bytes: Uint8Array): Uint8Array {
  const proposed = gatewayProtos.ProposedTransaction.deserializeBinary(bytes);
  proposed.setEndorsingOrganizationsList([organization]);
  return proposed.serializeBinary();
}

/** What an endorser signs: read and write set, event and result. */
function payloadDigest(preparedTransaction: Uint8Array): string {
  const envelope = gatewayProtos.PreparedTransaction.deserializeBinary(preparedTransaction).getEnvelope();
  const payload = common.Payload.deserializeBinary(envelope?.getPayload_asU8() ?? new Uint8Array());
  const [action] = peer.Transaction.deserializeBinary(payload.getData_asU8()).getActionsList();
  const actionPayload = peer.ChaincodeActionPayload.deserializeBinary(action?.getPayload_asU8() ?? new Uint8Array());
  return createHash('sha256').update(actionPayload.getAction()?.getProposalResponsePayload_asU8() ?? '').digest('base64url');
}
