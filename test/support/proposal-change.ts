import { common, gateway, peer } from '@hyperledger/fabric-protos';
import { timestampOf } from './proposal.ts';

/** A proposal of another time: the time stands in a header that the client writes, and the transaction id does not cover it. */
export function atTime(proposedTransaction: Uint8Array, time: number): Uint8Array {
  const proposed = gateway.ProposedTransaction.deserializeBinary(proposedTransaction);
  const signed = proposed.getProposal();
  const proposal = peer.Proposal.deserializeBinary(signed?.getProposalBytes_asU8() ?? new Uint8Array());
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  channelHeader.setTimestamp(timestampOf(time));
  header.setChannelHeader(channelHeader.serializeBinary());
  proposal.setHeader(header.serializeBinary());
  signed?.setProposalBytes(proposal.serializeBinary());
  signed?.setSignature('');
  return proposed.serializeBinary();
}
