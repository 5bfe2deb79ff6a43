import { common, ledger, peer } from '@hyperledger/fabric-protos';

/** What a transaction says it read and would write, of one chaincode. */
export interface ReadWriteSet {
  /** Key and the version it was read at, `block.transaction`; absent keys have none. */
  readonly reads: ReadonlyMap<string, string | undefined>;
  /** Value as text; undefined removes the key. */
  readonly writes: ReadonlyMap<string, string | undefined>;
  /** Whatever is written about a key and is not its value, by key and name: the policies that guard it. Base64. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** An endorser transaction taken apart down to what its endorsers signed. */
interface Parts {
  readonly payload: common.Payload;
  readonly transaction: peer.Transaction;
  readonly action: peer.ChaincodeActionPayload;
  readonly response: peer.ProposalResponsePayload;
  readonly chaincodeAction: peer.ChaincodeAction;
  readonly sets: ledger.rwset.TxReadWriteSet;
}

const CHAINCODE = 'tallystick';

/** Undefined when the envelope is no endorser transaction, but a configuration. */
export function readWriteSetOf(envelope: common.Envelope, chaincode = CHAINCODE): ReadWriteSet | undefined {
  if (typeOf(envelope) !== common.HeaderType.ENDORSER_TRANSACTION) return undefined;
  const own = partsOf(envelope).sets.getNsRwsetList().find((each) => each.getNamespace() === chaincode);
  const set = ledger.rwset.kvrwset.KVRWSet.deserializeBinary(own?.getRwset_asU8() ?? new Uint8Array());
  return {
    reads: new Map(set.getReadsList().map((read) => [read.getKey(), versionOf(read.getVersion())])),
    writes: new Map(set.getWritesList().map((write) => [write.getKey(), write.getIsDelete() ? undefined : Buffer.from(write.getValue_asU8()).toString()])),
    metadata: new Map(set.getMetadataWritesList().flatMap((write) => write.getEntriesList().map((entry) => [`${write.getKey()} ${entry.getName()}`, entry.getValue_asB64()] as const))),
  };
}

/** The same transaction with other values written: what a gateway can do to what it was given endorsed. */
export function withWrites(envelope: common.Envelope, change: (key: string, value: string) => string): common.Envelope {
  const parts = partsOf(envelope);
  for (const set of parts.sets.getNsRwsetList().filter((each) => each.getNamespace() === CHAINCODE)) {
    const content = ledger.rwset.kvrwset.KVRWSet.deserializeBinary(set.getRwset_asU8());
    for (const write of content.getWritesList()) write.setValue(Buffer.from(change(write.getKey(), Buffer.from(write.getValue_asU8()).toString())));
    set.setRwset(content.serializeBinary());
  }
  return put(parts);
}

/** The same transaction with only these endorsements. */
export function withEndorsements(envelope: common.Envelope, endorsements: readonly peer.Endorsement[]): common.Envelope {
  const parts = partsOf(envelope);
  parts.action.getAction()?.setEndorsementsList([...endorsements]);
  return put(parts);
}

export function endorsementsOf(envelope: common.Envelope): readonly peer.Endorsement[] {
  return partsOf(envelope).action.getAction()?.getEndorsementsList() ?? [];
}

export function channelHeaderOf(envelope: common.Envelope): common.ChannelHeader {
  const header = common.Payload.deserializeBinary(envelope.getPayload_asU8()).getHeader();
  return common.ChannelHeader.deserializeBinary(header?.getChannelHeader_asU8() ?? new Uint8Array());
}

export function chaincodeEventOf(envelope: common.Envelope): unknown {
  const bytes = partsOf(envelope).chaincodeAction.getEvents_asU8();
  if (bytes.length === 0) return undefined;
  return JSON.parse(Buffer.from(peer.ChaincodeEvent.deserializeBinary(bytes).getPayload_asU8()).toString());
}

/** What the chaincode was called with, its name first. */
export function argumentsOf(envelope: common.Envelope): readonly Uint8Array[] {
  const proposal = peer.ChaincodeProposalPayload.deserializeBinary(partsOf(envelope).action.getChaincodeProposalPayload_asU8());
  const input = peer.ChaincodeInvocationSpec.deserializeBinary(proposal.getInput_asU8()).getChaincodeSpec()?.getInput();
  return input?.getArgsList_asU8() ?? [];
}

export function typeOf(envelope: common.Envelope): number {
  return channelHeaderOf(envelope).getType();
}

function partsOf(envelope: common.Envelope): Parts {
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const transaction = peer.Transaction.deserializeBinary(payload.getData_asU8());
  const action = peer.ChaincodeActionPayload.deserializeBinary(transaction.getActionsList()[0]?.getPayload_asU8() ?? new Uint8Array());
  const response = peer.ProposalResponsePayload.deserializeBinary(action.getAction()?.getProposalResponsePayload_asU8() ?? new Uint8Array());
  const chaincodeAction = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8());
  return { payload, transaction, action, response, chaincodeAction, sets: ledger.rwset.TxReadWriteSet.deserializeBinary(chaincodeAction.getResults_asU8()) };
}

/** Puts the parts together again; the signature of the envelope is left to whoever sends it. */
function put({ payload, transaction, action, response, chaincodeAction, sets }: Parts): common.Envelope {
  chaincodeAction.setResults(sets.serializeBinary());
  response.setExtension$(chaincodeAction.serializeBinary());
  action.getAction()?.setProposalResponsePayload(response.serializeBinary());
  transaction.getActionsList()[0]?.setPayload(action.serializeBinary());
  payload.setData(transaction.serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  return envelope;
}

function versionOf(version: ledger.rwset.kvrwset.Version | undefined): string | undefined {
  return version === undefined ? undefined : `${version.getBlockNum()}.${version.getTxNum()}`;
}
