import { common, gateway, ledger, msp, peer } from '@hyperledger/fabric-protos';
import { fieldsOf } from './wire.ts';

/** A transaction of a block, as far as this ledger looks at it. */
export interface LedgerTransaction {
  readonly transactionId: string;
  readonly block: number;
  /** Its place in the block. */
  readonly position: number;
  /** Fabric's name of the validation code; only `VALID` has changed anything. */
  readonly validation: string;
  /** What was called; only for a valid transaction of our chaincode. */
  readonly call?: ChaincodeCall;
}

export interface ChaincodeCall {
  /** MSP of the client that submitted it. */
  readonly submitter: string;
  /** The transaction's time as the submitter set it, RFC 3339. */
  readonly time: string;
  /** `contract:transaction` */
  readonly name: string;
  readonly arguments: readonly Uint8Array[];
  /** The chaincode's event, parsed; undefined when there was none. */
  readonly event: unknown;
  /** What it wrote to the world state, in the order of the write set. */
  readonly writes: readonly StateWrite[];
}

export interface StateWrite {
  readonly key: string;
  /** Undefined: removed. */
  readonly value: Uint8Array | undefined;
}

/** A key that was read, at the version it had; absent ones have none. */
export interface StateRead {
  readonly key: string;
  readonly version: { readonly block: number; readonly position: number } | undefined;
}

export interface LedgerBlock {
  readonly number: number;
  /** Hex; tells whether a block of this number is the one that was read before. */
  readonly dataHash: string;
  readonly transactions: readonly LedgerTransaction[];
}

export const VALID = 'VALID';
/** Numbers of fields of KVRWSet. */
const READS = 1;
const WRITES = 3;

const VALIDATION_NAMES: ReadonlyMap<number | undefined, string> = new Map(Object.entries(peer.TxValidationCode).map(([name, code]) => [code, name]));

/** Fabric's name of a validation code. */
export function validationName(code: number | undefined): string {
  return VALIDATION_NAMES.get(code) ?? `CODE_${code}`;
}

/** Reads a full block. Configuration transactions are left out. */
export function readBlock(block: common.Block, chaincode: string): LedgerBlock {
  const header = required(block.getHeader(), 'block header');
  const codes = block.getMetadata()?.getMetadataList_asU8()[common.BlockMetadataIndex.TRANSACTIONS_FILTER] ?? new Uint8Array();
  const number = header.getNumber();
  const envelopes = block.getData()?.getDataList_asU8() ?? [];
  const transactions = envelopes.flatMap((envelope, position) => {
    const read = readEnvelope(envelope, validationName(codes[position]), chaincode);
    return read === undefined ? [] : [{ ...read, block: number, position }];
  });
  return { number, dataHash: Buffer.from(header.getDataHash_asU8()).toString('hex'), transactions };
}

function readEnvelope(bytes: Uint8Array, validation: string, chaincode: string): Omit<LedgerTransaction, 'block' | 'position'> | undefined {
  const payload = common.Payload.deserializeBinary(common.Envelope.deserializeBinary(bytes).getPayload_asU8());
  const header = required(payload.getHeader(), 'payload header');
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  if (channelHeader.getType() !== common.HeaderType.ENDORSER_TRANSACTION) return undefined;
  const transactionId = channelHeader.getTxId();
  const call = validation === VALID ? readCall(payload, header, channelHeader, chaincode) : undefined;
  return call === undefined ? { transactionId, validation } : { transactionId, validation, call };
}

/** One action per transaction: a peer takes no other. */
function readCall(payload: common.Payload, header: common.Header, channelHeader: common.ChannelHeader, chaincode: string): ChaincodeCall | undefined {
  const [action] = peer.Transaction.deserializeBinary(payload.getData_asU8()).getActionsList();
  const actionPayload = peer.ChaincodeActionPayload.deserializeBinary(required(action, 'action').getPayload_asU8());
  const result = readResult(actionPayload);
  if (result.getChaincodeId()?.getName() !== chaincode) return undefined;
  const [name, ...rest] = readArguments(actionPayload);
  return { submitter: readSubmitter(header), time: readTime(channelHeader), name: Buffer.from(name ?? '').toString(), arguments: rest, event: readEvent(result), writes: readWrites(result, chaincode) };
}

function readResult(actionPayload: peer.ChaincodeActionPayload): peer.ChaincodeAction {
  const response = required(actionPayload.getAction(), 'endorsed action').getProposalResponsePayload_asU8();
  return peer.ChaincodeAction.deserializeBinary(peer.ProposalResponsePayload.deserializeBinary(response).getExtension_asU8());
}

function readArguments(actionPayload: peer.ChaincodeActionPayload): readonly Uint8Array[] {
  const proposal = peer.ChaincodeProposalPayload.deserializeBinary(actionPayload.getChaincodeProposalPayload_asU8());
  const invocation = peer.ChaincodeInvocationSpec.deserializeBinary(proposal.getInput_asU8());
  const input = required(invocation.getChaincodeSpec()?.getInput(), 'chaincode input');
  return input.getArgsList_asU8();
}

function readWrites(action: peer.ChaincodeAction, chaincode: string): readonly StateWrite[] {
  const writes = fieldsOf(readWriteSet(action, chaincode), WRITES).map((bytes) => ledger.rwset.kvrwset.KVWrite.deserializeBinary(bytes));
  return writes.map((write) => ({ key: write.getKey(), value: write.getIsDelete() ? undefined : write.getValue_asU8() }));
}

/** What a prepared transaction has read. */
export function readsOf(preparedTransaction: Uint8Array, chaincode: string): readonly StateRead[] {
  const envelope = required(gateway.PreparedTransaction.deserializeBinary(preparedTransaction).getEnvelope(), 'envelope');
  const [action] = peer.Transaction.deserializeBinary(common.Payload.deserializeBinary(envelope.getPayload_asU8()).getData_asU8()).getActionsList();
  const result = readResult(peer.ChaincodeActionPayload.deserializeBinary(required(action, 'action').getPayload_asU8()));
  const reads = fieldsOf(readWriteSet(result, chaincode), READS).map((bytes) => ledger.rwset.kvrwset.KVRead.deserializeBinary(bytes));
  return reads.map((read) => {
    const version = read.getVersion();
    return { key: read.getKey(), version: version === undefined ? undefined : { block: version.getBlockNum(), position: version.getTxNum() } };
  });
}

/** The chaincode's own KVRWSet, as bytes. */
function readWriteSet(action: peer.ChaincodeAction, chaincode: string): Uint8Array {
  const sets = ledger.rwset.TxReadWriteSet.deserializeBinary(action.getResults_asU8()).getNsRwsetList();
  return sets.find((set) => set.getNamespace() === chaincode)?.getRwset_asU8() ?? new Uint8Array();
}

function readEvent(action: peer.ChaincodeAction): unknown {
  const bytes = action.getEvents_asU8();
  if (bytes.length === 0) return undefined;
  const event = peer.ChaincodeEvent.deserializeBinary(bytes);
  return parsed(Buffer.from(event.getPayload_asU8()).toString());
}

/** Undefined where a chaincode of another making has written no JSON: that must not stop whoever reads the chain. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The type of a timestamp comes from a package without types. */
function readTime(channelHeader: common.ChannelHeader): string {
  const timestamp = channelHeader.getTimestamp() as unknown as { readonly toDate: () => Date } | undefined;
  return timestamp?.toDate().toISOString() ?? '';
}

function readSubmitter(header: common.Header): string {
  const signatureHeader = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8());
  return msp.SerializedIdentity.deserializeBinary(signatureHeader.getCreator_asU8()).getMspid();
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`a block without ${what}`);
  return value;
}
