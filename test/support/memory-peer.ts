import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { peer } from '@hyperledger/fabric-protos';
import { contracts } from '../../chaincode/src/index.ts';
import { CHANNEL, chaincodeInput, signedProposal, type Call } from './proposal.ts';

/**
 * A peer in memory, talking to the chaincode in the shim's own messages: the contracts run behind the very dispatcher,
 * stub and stream handler that Fabric runs them behind, and only the peer is ours.
 */
export interface MemoryPeer {
  readonly entries: ReadonlyMap<string, Uint8Array>;
  /** Simulates a transaction; where the chaincode succeeds its writes are committed. */
  readonly submit: (call: Call) => Promise<Simulated>;
  /** Simulates a transaction and forgets its writes. */
  readonly evaluate: (call: Call) => Promise<Simulated>;
}

export interface MemoryPeerOptions {
  /** The state to begin with. */
  readonly state?: ReadonlyMap<string, Uint8Array>;
  /** Most keys in one message; 0 is a peer that knows single keys only. */
  readonly batch?: number;
  /** A fault of the state database: multi-key reads come back without values and without an error. */
  readonly databaseFails?: () => boolean;
}

export interface Simulated {
  readonly status: number;
  /** The refusal, as a client of Fabric gets to see it. */
  readonly message: string;
  readonly result: unknown;
  readonly event: { readonly name: string; readonly payload: unknown } | undefined;
  /** Keys in the order they were read. */
  readonly reads: readonly string[];
  /** Value as text; undefined removes the key. */
  readonly writes: ReadonlyMap<string, string | undefined>;
  /** The endorsement policy a key gets, base64. */
  readonly policies: ReadonlyMap<string, string>;
  /** How many messages state access took. */
  readonly messages: number;
}

const { Type } = peer.ChaincodeMessage;
const require = createRequire(import.meta.url);

interface Dispatcher {
  readonly Invoke: (stub: unknown) => Promise<unknown>;
}

export function memoryPeer({ state = new Map(), batch = 0, databaseFails = () => false }: MemoryPeerOptions = {}): MemoryPeer {
  quieten();
  const entries = new Map(state);
  const peerSide = new PeerSide(entries, batch, databaseFails);
  const { ChaincodeMessageHandler } = require('fabric-shim/lib/handler.js') as { ChaincodeMessageHandler: new (stream: PeerSide, chaincode: Dispatcher) => { chat: (message: peer.ChaincodeMessage) => void } };
  const registration = new peer.ChaincodeMessage();
  registration.setType(Type.REGISTER);
  new ChaincodeMessageHandler(peerSide, dispatcher()).chat(registration);
  const submit = async (call: Call): Promise<Simulated> => {
    const simulated = await peerSide.simulate(call);
    if (simulated.status >= 400) return simulated;
    for (const [key, value] of simulated.writes) {
      if (value === undefined) entries.delete(key);
      else entries.set(key, Buffer.from(value));
    }
    return simulated;
  };
  return { entries, submit, evaluate: (call) => peerSide.simulate(call) };
}

/** The peer's end of the stream; to the shim it is the stream. */
class PeerSide extends EventEmitter {
  readonly #entries: ReadonlyMap<string, Uint8Array>;
  readonly #batch: number;
  readonly #databaseFails: () => boolean;
  readonly #running = new Map<string, Run>();
  #count = 0;

  constructor(entries: ReadonlyMap<string, Uint8Array>, batch: number, databaseFails: () => boolean) {
    super();
    this.#entries = entries;
    this.#batch = batch;
    this.#databaseFails = databaseFails;
  }

  simulate(call: Call): Promise<Simulated> {
    const transactionId = `tx${++this.#count}`;
    const { promise, resolve } = Promise.withResolvers<Simulated>();
    this.#running.set(transactionId, { reads: [], writes: new Map(), policies: new Map(), messages: 0, resolve });
    const message = new peer.ChaincodeMessage();
    message.setType(Type.TRANSACTION);
    message.setPayload(chaincodeInput(call).serializeBinary());
    message.setProposal(signedProposal(call, transactionId));
    this.#send(message, transactionId);
    return promise;
  }

  /** What the chaincode says. */
  write(message: peer.ChaincodeMessage): void {
    const type = message.getType();
    if (type === Type.REGISTER) this.#welcome();
    else if (type === Type.COMPLETED) this.#complete(message);
    else this.#answer(message, this.#run(message));
  }

  end(): void {
    this.removeAllListeners();
  }

  #welcome(): void {
    const registered = new peer.ChaincodeMessage();
    registered.setType(Type.REGISTERED);
    this.#send(registered, '');
    const parameters = new peer.ChaincodeAdditionalParams();
    parameters.setUseWriteBatch(this.#batch > 0);
    parameters.setMaxSizeWriteBatch(this.#batch);
    parameters.setUseGetMultipleKeys(this.#batch > 0);
    parameters.setMaxSizeGetMultipleKeys(this.#batch);
    const ready = new peer.ChaincodeMessage();
    ready.setType(Type.READY);
    ready.setPayload(parameters.serializeBinary());
    this.#send(ready, '');
  }

  #answer(message: peer.ChaincodeMessage, run: Run): void {
    run.messages++;
    const response = new peer.ChaincodeMessage();
    response.setType(Type.RESPONSE);
    response.setPayload(this.#access(message.getType(), message.getPayload_asU8(), run));
    this.#send(response, message.getTxid());
  }

  #access(type: number, payload: Uint8Array, run: Run): Uint8Array {
    switch (type) {
      case Type.GET_STATE:
        return this.#read(peer.GetState.deserializeBinary(payload).getKey(), run);
      case Type.PUT_STATE: {
        const put = peer.PutState.deserializeBinary(payload);
        run.writes.set(put.getKey(), textOf(put.getValue_asU8()));
        return new Uint8Array();
      }
      case Type.DEL_STATE:
        run.writes.set(peer.DelState.deserializeBinary(payload).getKey(), undefined);
        return new Uint8Array();
      case Type.PUT_STATE_METADATA: {
        const put = peer.PutStateMetadata.deserializeBinary(payload);
        this.#guard(put.getKey(), put.getMetadata(), run);
        return new Uint8Array();
      }
      case Type.GET_STATE_MULTIPLE:
        return this.#readMany(peer.GetStateMultiple.deserializeBinary(payload).getKeysList(), run);
      case Type.WRITE_BATCH_STATE:
        return this.#writeMany(peer.WriteBatchState.deserializeBinary(payload).getRecList(), run);
      default:
        throw new Error(`this peer does not know messages of type ${type}`);
    }
  }

  #read(key: string, run: Run): Uint8Array {
    run.reads.push(key);
    return this.#entries.get(key) ?? new Uint8Array();
  }

  #readMany(keys: readonly string[], run: Run): Uint8Array {
    this.#assertSize(keys.length);
    const result = new peer.GetStateMultipleResult();
    if (!this.#databaseFails()) result.setValuesList(keys.map((key) => this.#read(key, run)));
    return result.serializeBinary();
  }

  #writeMany(records: readonly peer.WriteRecord[], run: Run): Uint8Array {
    this.#assertSize(records.length);
    for (const record of records) {
      if (record.getType() === peer.WriteRecord.Type.PUT_STATE_METADATA) {
        this.#guard(record.getKey(), record.getMetadata(), run);
        continue;
      }
      const removes = record.getType() === peer.WriteRecord.Type.DEL_STATE;
      run.writes.set(record.getKey(), removes ? undefined : textOf(record.getValue_asU8()));
    }
    return new Uint8Array();
  }

  #guard(key: string, metadata: peer.StateMetadata | undefined, run: Run): void {
    if (metadata?.getMetakey() !== 'VALIDATION_PARAMETER') throw new Error(`this peer does not know metadata ${metadata?.getMetakey() ?? ''}`);
    run.policies.set(key, Buffer.from(metadata.getValue_asU8()).toString('base64'));
  }

  #assertSize(size: number): void {
    if (size === 0 || size > this.#batch) throw new Error(`a message of ${size} keys to a peer that takes ${this.#batch}`);
  }

  #complete(message: peer.ChaincodeMessage): void {
    const run = this.#run(message);
    const response = peer.Response.deserializeBinary(message.getPayload_asU8());
    const event = message.getChaincodeEvent();
    const { reads, writes, policies, messages } = run;
    run.resolve({
      status: response.getStatus(),
      message: response.getMessage(),
      result: parse(response.getPayload_asU8()),
      event: event === undefined ? undefined : { name: event.getEventName(), payload: parse(event.getPayload_asU8()) },
      reads,
      writes,
      policies,
      messages,
    });
  }

  #run(message: peer.ChaincodeMessage): Run {
    const run = this.#running.get(message.getTxid());
    if (run === undefined) throw new Error(`no transaction ${message.getTxid()}`);
    return run;
  }

  #send(message: peer.ChaincodeMessage, transactionId: string): void {
    message.setTxid(transactionId);
    message.setChannelId(CHANNEL);
    setImmediate(() => this.emit('data', message));
  }
}

interface Run {
  readonly reads: string[];
  readonly writes: Map<string, string | undefined>;
  readonly policies: Map<string, string>;
  messages: number;
  readonly resolve: (simulated: Simulated) => void;
}

function dispatcher(): Dispatcher {
  const ChaincodeFromContract = require('fabric-shim/lib/contract-spi/chaincodefromcontract.js') as new (classes: unknown[], serializers: object) => Dispatcher;
  const { JSONSerializer } = require('fabric-contract-api') as { JSONSerializer: unknown };
  return new ChaincodeFromContract([...contracts], { transaction: 'jsonSerializer', serializers: { jsonSerializer: JSONSerializer } });
}

/** Every refusal is an error to the shim, which would print each. */
function quieten(): void {
  require('fabric-shim/lib/contract-spi/chaincodefromcontract.js');
  for (const name of ['fabric-shim/lib/logger.js', 'fabric-contract-api/lib/logger.js']) (require(name) as { setLevel: (level: string) => void }).setLevel('CRITICAL');
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

function parse(bytes: Uint8Array): unknown {
  return bytes.length === 0 ? undefined : JSON.parse(textOf(bytes));
}
