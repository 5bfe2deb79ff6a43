import { createRequire } from 'node:module';
import { common, msp, peer } from '@hyperledger/fabric-protos';
import { issueLeaf, makeAuthority, makeKeys } from './certificates.ts';

export const CHANNEL = 'tallystick';

/** A call of the chaincode by a client of Fabric. */
export interface Call {
  /** `contract:transaction` */
  readonly name: string;
  readonly arguments?: readonly (string | Uint8Array)[];
  readonly creator: Creator;
  /** Time of the transaction, milliseconds; now if not given. */
  readonly time?: number;
}

export interface Creator {
  readonly mspId: string;
  /** PEM. */
  readonly certificate: string;
}

/** A certificate as an organization's node CA issues it: the organizational unit says what its bearer is. */
export async function creatorOf(mspId: string, unit: 'admin' | 'client'): Promise<Creator> {
  const authority = await makeAuthority(`${mspId} nodes`);
  const { publicKey } = await makeKeys();
  return { mspId, certificate: (await issueLeaf(authority, publicKey, { name: `${unit},OU=${unit}` })).toString('pem') };
}

/** What a peer hands to the chaincode. */
export function chaincodeInput({ name, arguments: given = [] }: Call): peer.ChaincodeInput {
  const result = new peer.ChaincodeInput();
  result.setArgsList([name, ...given].map((argument) => Buffer.from(argument)));
  return result;
}

/** The proposal as its creator signed it, but for the signature: the chaincode does not look at it, its peer has. */
export function signedProposal(call: Call, transactionId: string): peer.SignedProposal {
  const { creator, time = Date.now() } = call;
  const identity = new msp.SerializedIdentity();
  identity.setMspid(creator.mspId);
  identity.setIdBytes(Buffer.from(creator.certificate));
  const signatureHeader = new common.SignatureHeader();
  signatureHeader.setCreator(identity.serializeBinary());
  signatureHeader.setNonce(Buffer.from(transactionId));
  const channelHeader = new common.ChannelHeader();
  channelHeader.setChannelId(CHANNEL);
  channelHeader.setTxId(transactionId);
  channelHeader.setTimestamp(timestampOf(time));
  const header = new common.Header();
  header.setChannelHeader(channelHeader.serializeBinary());
  header.setSignatureHeader(signatureHeader.serializeBinary());
  const payload = new peer.ChaincodeProposalPayload();
  payload.setInput(chaincodeInput(call).serializeBinary());
  const proposal = new peer.Proposal();
  proposal.setHeader(header.serializeBinary());
  proposal.setPayload(payload.serializeBinary());
  const signed = new peer.SignedProposal();
  signed.setProposalBytes(proposal.serializeBinary());
  return signed;
}

/** The package has no types of its own. */
export function timestampOf(time: number): ReturnType<common.ChannelHeader['getTimestamp']> {
  const { Timestamp } = createRequire(import.meta.url)('google-protobuf/google/protobuf/timestamp_pb.js') as {
    Timestamp: { fromDate: (date: Date) => ReturnType<common.ChannelHeader['getTimestamp']> };
  };
  return Timestamp.fromDate(new Date(time));
}
