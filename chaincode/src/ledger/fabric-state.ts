import { peer } from '@hyperledger/fabric-protos';
import { KeyEndorsementPolicy } from 'fabric-shim';
import type { ChaincodeStub } from 'fabric-shim-api';
import type { OrganizationId } from '../domain/id.ts';
import { MessageWriter } from './message-writer.ts';
import { batchLimits, type MessageHandler } from './peer-batching.ts';
import type { State } from './state.ts';

/** Fields of GetStateMultiple, WriteBatchState and its WriteRecord: a payment reads and writes several keys, and the library is slow with text. */
const KEYS = 1;
const RECORDS = 1;
const RECORD_KEY = 1;
const RECORD_VALUE = 2;
const RECORD_TYPE = 5;

interface StubInternals {
  readonly handler: MessageHandler;
  readonly channel_id: string;
  readonly txId: string;
}

/** The world state behind a stub: in messages of many keys where the peer takes them, key by key where it does not. */
export function fabricState(stub: ChaincodeStub): State {
  const internals = stub as unknown as StubInternals;
  const limits = batchLimits(internals.handler);
  return {
    getMany: limits.read === 0 ? (keys) => getEach(stub, keys) : (keys) => getBatched(internals, keys, limits.read),
    guardMany: limits.write === 0 ? (guardians) => guardEach(stub, guardians) : (guardians) => guardBatched(internals, guardians, limits.write),
    putMany: limits.write === 0 ? (entries) => putEach(stub, entries) : (entries) => putBatched(internals, entries, limits.write),
  };
}

async function getEach(stub: ChaincodeStub, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
  const values: (Uint8Array | undefined)[] = [];
  for (const key of keys) values.push(present(await stub.getState(key)));
  return values;
}

async function putEach(stub: ChaincodeStub, entries: ReadonlyMap<string, Uint8Array | undefined>): Promise<void> {
  for (const [key, value] of entries) await (value === undefined ? stub.deleteState(key) : stub.putState(key, value));
}

async function guardEach(stub: ChaincodeStub, guardians: ReadonlyMap<string, OrganizationId>): Promise<void> {
  for (const [key, guardian] of guardians) await stub.setStateValidationParameter(key, endorsedByPeerOf(guardian));
}

async function getBatched(stub: StubInternals, keys: readonly string[], limit: number): Promise<readonly (Uint8Array | undefined)[]> {
  const values: (Uint8Array | undefined)[] = [];
  for (const part of partsOf(keys, limit)) {
    const request = new MessageWriter();
    for (const key of part) request.add(KEYS, key);
    const answer = await ask(stub, peer.ChaincodeMessage.Type.GET_STATE_MULTIPLE, request.take());
    const found = peer.GetStateMultipleResult.deserializeBinary(answer).getValuesList_asU8();
    // A peer whose state database fails answers with no values and no error; that must not read as absence.
    if (found.length !== part.length) throw new Error(`the peer answered ${found.length} values for ${part.length} keys`);
    values.push(...found.map(present));
  }
  return values;
}

function putBatched(stub: StubInternals, entries: ReadonlyMap<string, Uint8Array | undefined>, limit: number): Promise<void> {
  const record = new MessageWriter();
  return writeBatched(stub, [...entries], limit, ([key, value]) => {
    record.add(RECORD_KEY, key);
    if (value !== undefined) record.add(RECORD_VALUE, value);
    record.addNumber(RECORD_TYPE, value === undefined ? peer.WriteRecord.Type.DEL_STATE : peer.WriteRecord.Type.PUT_STATE);
    return record.take();
  });
}

function guardBatched(stub: StubInternals, guardians: ReadonlyMap<string, OrganizationId>, limit: number): Promise<void> {
  return writeBatched(stub, [...guardians], limit, ([key, guardian]) => guardRecord(key, guardian).serializeBinary());
}

async function writeBatched<T>(stub: StubInternals, entries: readonly T[], limit: number, recordOf: (entry: T) => Uint8Array): Promise<void> {
  for (const part of partsOf(entries, limit)) {
    const request = new MessageWriter();
    for (const entry of part) request.add(RECORDS, recordOf(entry));
    await ask(stub, peer.ChaincodeMessage.Type.WRITE_BATCH_STATE, request.take());
  }
}

function guardRecord(key: string, guardian: OrganizationId): peer.WriteRecord {
  const metadata = new peer.StateMetadata();
  metadata.setMetakey('VALIDATION_PARAMETER');
  metadata.setValue(endorsedByPeerOf(guardian));
  const record = new peer.WriteRecord();
  record.setKey(key);
  record.setType(peer.WriteRecord.Type.PUT_STATE_METADATA);
  record.setMetadata(metadata);
  return record;
}

/** A signature policy that any peer of the organization satisfies, whichever peers it has at that time. */
function endorsedByPeerOf(organization: OrganizationId): Buffer {
  const policy = new KeyEndorsementPolicy();
  policy.addOrgs('PEER', organization);
  return Buffer.from(policy.getPolicy());
}

function ask({ handler, channel_id, txId }: StubInternals, type: number, payload: Uint8Array): Promise<Uint8Array> {
  const message = new peer.ChaincodeMessage();
  message.setType(type as peer.ChaincodeMessage.TypeMap[keyof peer.ChaincodeMessage.TypeMap]);
  message.setPayload(payload);
  message.setTxid(txId);
  message.setChannelId(channel_id);
  return handler._askPeerAndListen(message, 'Batch');
}

function partsOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, part) => items.slice(part * size, (part + 1) * size));
}

/** Fabric gives an absent key as an empty value; no record is empty. */
function present(value: Uint8Array): Uint8Array | undefined {
  return value.length === 0 ? undefined : value;
}
