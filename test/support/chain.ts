import { createHash } from 'node:crypto';
import { common } from '@hyperledger/fabric-protos';
import { nodeCrypto } from '../../chaincode/src/crypto/index.ts';
import { isBatchEvent, readOutcomes } from '../../chaincode/src/ledger/batch-event.ts';
import { validationName } from '../../gateway-api/src/fabric/block.ts';
import { argumentsOf, chaincodeEventOf, readWriteSetOf, typeOf } from './envelope.ts';

/** An outcome as the chain's events tell it. */
export interface ChainOutcome {
  readonly id: string;
  readonly signer: string;
  readonly hash: string;
  readonly block: number;
  /** Absent: applied. */
  readonly refusal?: { readonly code: string };
}

/** What a chain says when nothing but its blocks is asked: no chaincode, no index. */
export interface Replayed {
  readonly height: number;
  /** Header and data of each block, as one digest. */
  readonly blocks: readonly string[];
  /** What the peer says its state is after each block; only Fabric's own metadata, in which peers that agree are equal. */
  readonly commitHashes: readonly string[];
  /** Whether each block names the hash of the one before it. */
  readonly linked: boolean;
  /** The state that the write sets of the valid transactions make. */
  readonly state: ReadonlyMap<string, string>;
  readonly outcomes: readonly ChainOutcome[];
  /** How many transactions there are of each validation code. */
  readonly validations: ReadonlyMap<string, number>;
}

export function replay(blocks: Iterable<common.Block>): Replayed {
  const replayer = newReplayer();
  for (const block of blocks) replayer.add(block);
  return replayer.end();
}

/** Takes block after block, so that a long chain need not be in memory. */
export function newReplayer(): { readonly add: (block: common.Block) => void; readonly end: () => Replayed } {
  const state = new Map<string, string>();
  const outcomes: ChainOutcome[] = [];
  const validations = new Map<string, number>();
  const blocks: string[] = [];
  const commitHashes: string[] = [];
  let linked = true;
  let last: common.Block | undefined;
  const add = (block: common.Block): void => {
    for (const { envelope, validation } of transactionsOf(block)) {
      validations.set(validation, (validations.get(validation) ?? 0) + 1);
      if (validation === 'VALID') applyTo(state, outcomes, envelope, block.getHeader()?.getNumber() ?? -1);
    }
    blocks.push(digest(block.getHeader()?.serializeBinary(), block.getData()?.serializeBinary()));
    commitHashes.push(Buffer.from(block.getMetadata()?.getMetadataList_asU8()[common.BlockMetadataIndex.COMMIT_HASH] ?? '').toString('hex'));
    linked &&= last === undefined || sameBytes(block.getHeader()?.getPreviousHash_asU8(), headerHash(last));
    last = block;
  };
  return { add, end: () => ({ height: blocks.length, blocks, commitHashes, linked, state, outcomes, validations }) };
}

/** Money of every account and token as the state has it: taken in, sealed, just arrived, and held. */
export function balancesIn(state: ReadonlyMap<string, string>): ReadonlyMap<string, bigint> {
  const balances = new Map<string, bigint>();
  const add = (account: string, token: string, amount: bigint): void => {
    const name = `${account}/${token}`;
    balances.set(name, (balances.get(name) ?? 0n) + amount);
  };
  for (const [key, value] of state) {
    const [kind, account = '', token = ''] = key.split('/');
    if (kind === 'p') add(account, token, BigInt(recordIn<string>(value)));
    if (kind === 's') add(account, token, BigInt(recordIn<{ sum: string }>(value).sum));
    if (kind === 'b') {
      const { free, held = '0' } = recordIn<{ free: string; held?: string }>(value);
      if (BigInt(free) < 0n || BigInt(held) < 0n) throw new Error(`${key} is ${value}`);
      add(account, token, BigInt(free) + BigInt(held));
    }
  }
  return balances;
}

/** What lies in conversion pools of each token. */
export function pooledIn(state: ReadonlyMap<string, string>): ReadonlyMap<string, bigint> {
  const pooled = new Map<string, bigint>();
  for (const [key, value] of state) {
    const [kind, token = '', into = ''] = key.split('/');
    if (kind !== 'y') continue;
    const { available, taken } = recordIn<{ available: string; taken: string }>(value);
    for (const [of, amount] of [[into, available], [token, taken]] as const) pooled.set(of, (pooled.get(of) ?? 0n) + BigInt(amount));
  }
  return pooled;
}

export function suppliesIn(state: ReadonlyMap<string, string>): ReadonlyMap<string, bigint> {
  return new Map(
    [...state].flatMap(([key, value]) => {
      if (!key.startsWith('u/')) return [];
      const { issued, redeemed } = recordIn<{ issued: string; redeemed: string }>(value);
      return [[key.slice(2), BigInt(issued) - BigInt(redeemed)] as const];
    }),
  );
}

/** Records are JSON `[schema version, record]`. */
function recordIn<T>(value: string): T {
  return (JSON.parse(value) as readonly [number, T])[1];
}

function transactionsOf(block: common.Block): readonly { readonly envelope: common.Envelope; readonly validation: string }[] {
  const codes = block.getMetadata()?.getMetadataList_asU8()[common.BlockMetadataIndex.TRANSACTIONS_FILTER] ?? new Uint8Array();
  return (block.getData()?.getDataList_asU8() ?? []).map((bytes, index) => ({ envelope: common.Envelope.deserializeBinary(bytes), validation: validationName(codes[index] ?? -1) }));
}

function applyTo(state: Map<string, string>, outcomes: ChainOutcome[], envelope: common.Envelope, block: number): void {
  if (typeOf(envelope) !== common.HeaderType.ENDORSER_TRANSACTION) return;
  const writes = readWriteSetOf(envelope)?.writes ?? new Map<string, string | undefined>();
  for (const [key, value] of writes) {
    if (value === undefined) state.delete(key);
    else state.set(key, value);
  }
  const event = chaincodeEventOf(envelope);
  if (!isBatchEvent(event)) return;
  for (const { id, signer, hash, refusal } of readOutcomes(event, argumentsOf(envelope)[1] ?? new Uint8Array(), nodeCrypto.sha256)) outcomes.push({ id, signer, hash, block, ...(refusal !== undefined && { refusal }) });
}

/** Fabric hashes a header as the ASN.1 sequence of number, previous hash and data hash. */
function headerHash(block: common.Block | undefined): Uint8Array {
  const header = block?.getHeader();
  const number = Buffer.from((header?.getNumber() ?? 0).toString(16).padStart(2, '0').replace(/^(?:.{2})*.$/, (odd) => `0${odd}`), 'hex');
  const integer = (number[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), number]) : number;
  const content = Buffer.concat([element(0x02, integer), element(0x04, header?.getPreviousHash_asU8()), element(0x04, header?.getDataHash_asU8())]);
  return createHash('sha256').update(element(0x30, content)).digest();
}

function element(tag: number, content: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}

function digest(...parts: readonly (Uint8Array | undefined)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part ?? new Uint8Array());
  return hash.digest('hex');
}

function sameBytes(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return Buffer.from(one ?? '').equals(Buffer.from(other));
}
