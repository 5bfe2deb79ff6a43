import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as grpc from '@grpc/grpc-js';
import { connect, GatewayError, signers, type Contract, type Gateway, type Network, type Proposal, type Signer, type Transaction } from '@hyperledger/fabric-gateway';
import { common, gateway as gatewayProtos } from '@hyperledger/fabric-protos';
import { packBatch, type IncomingHints } from '../../chaincode/src/ledger/packed-batch.ts';
import { validationName } from '../../gateway-api/src/fabric/block.ts';
import type { GatewayPeer } from '../../network/src/config/gateway-config.ts';
import { refusalCode, until } from './patience.ts';

/** Who a client of Fabric says it is, and the key it signs with; PEM. */
export interface FabricIdentity {
  readonly mspId: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** What a batch came to, as whoever submits it gets to see. */
export interface Brought {
  /** Fabric's validation code; undefined when there was nothing to record and so nothing to submit. */
  readonly validation: string | undefined;
  readonly transactionId: string;
  readonly answers: readonly { readonly index: number; readonly repeat?: unknown; readonly refusal?: { readonly code: string; readonly figures?: object } }[];
}

export interface BatchOptions {
  readonly lane?: number;
  readonly incoming?: IncomingHints;
  readonly organizations?: readonly string[];
}

/**
 * Somebody with an identity of Fabric and gRPC, and nothing of our gateway: what an organization that means ill has at
 * hand. It can sign and send whatever it likes.
 */
export class Hostile {
  readonly gateway: Gateway;
  readonly network: Network;
  readonly contract: Contract;
  readonly #client: grpc.Client;
  readonly #sign: Signer;

  constructor(identity: FabricIdentity, peer: GatewayPeer, { channel, chaincode }: { readonly channel: string; readonly chaincode: string }) {
    this.#client = new grpc.Client(peer.endpoint, grpc.credentials.createSsl(readFileSync(peer.tlsRootCertificate)), { 'grpc.max_reconnect_backoff_ms': 1_000, 'grpc.max_receive_message_length': -1 });
    this.#sign = signers.newPrivateKeySigner(createPrivateKey(identity.privateKey));
    const deadline = () => ({ deadline: Date.now() + 15_000 });
    this.gateway = connect({
      client: this.#client,
      identity: { mspId: identity.mspId, credentials: Buffer.from(identity.certificate) },
      signer: this.#sign,
      evaluateOptions: deadline,
      endorseOptions: deadline,
      submitOptions: deadline,
      commitStatusOptions: deadline,
    });
    this.network = this.gateway.getNetwork(channel);
    this.contract = this.network.getContract(chaincode);
  }

  /** Asks one organization's chaincode: its own unless told. */
  async query<T>(name: string, given: readonly string[] = [], organization = this.gateway.getIdentity().mspId): Promise<T> {
    const bytes = await this.contract.evaluate(`query:${name}`, { arguments: [...given], endorsingOrganizations: [organization] });
    return JSON.parse(Buffer.from(bytes).toString()) as T;
  }

  propose(name: string, given: readonly (string | Uint8Array)[] = [], organizations?: readonly string[]): Proposal {
    return this.contract.newProposal(name, { arguments: [...given], ...(organizations !== undefined && { endorsingOrganizations: [...organizations] }) });
  }

  proposeBatch(instructions: readonly string[], { lane = 0, incoming, organizations = ['NorthPay', 'EastPay'] }: BatchOptions = {}): Proposal {
    return this.propose('instruction:apply', [packBatch({ instructions, lane, incoming })], organizations);
  }

  /** An endorsed batch that has not been sent. */
  endorse(instructions: readonly string[], options: BatchOptions = {}): Promise<Transaction> {
    return until('two endorsers that answer alike', async () => {
      try {
        return await this.proposeBatch(instructions, options).endorse();
      } catch (error) {
        if (isMismatch(error)) return undefined;
        if (refusalCode(detailsOf(error)) !== 'CLOCK_STALE') throw error;
        await this.tick();
        return undefined;
      }
    });
  }

  /** Sends a transaction; answers Fabric's validation code. */
  async send(transaction: Transaction): Promise<string> {
    const { code } = await (await transaction.submit()).getStatus();
    return validationName(code);
  }

  /** Endorses and sends a batch, again when somebody else's transaction came between. */
  bring(instructions: readonly string[], options: BatchOptions = {}): Promise<Brought> {
    return until('a batch without conflict', async () => {
      const transaction = await this.endorse(instructions, options);
      const { answers } = JSON.parse(Buffer.from(transaction.getResult()).toString()) as Pick<Brought, 'answers'>;
      const transactionId = transaction.getTransactionId();
      if (answers.length === instructions.length) return { validation: undefined, transactionId, answers };
      const validation = await this.send(transaction);
      return validation === 'MVCC_READ_CONFLICT' ? undefined : { validation, transactionId, answers };
    });
  }

  /** Moves the ledger clock; answers the code of the refusal, `applied`, or Fabric's code when somebody else was first. */
  tick(): Promise<string> {
    return until('an answer to a tick', async () => {
      try {
        const validation = await this.send(await this.propose('consortium:tick', [], ['NorthPay', 'EastPay']).endorse());
        return validation === 'VALID' ? 'applied' : validation;
      } catch (error) {
        if (isMismatch(error)) return undefined;
        const code = refusalCode(detailsOf(error));
        if (code === undefined) throw error;
        return code;
      }
    });
  }

  /** Every block up to the height the peer has now. */
  async blocks(from = 0n): Promise<readonly common.Block[]> {
    const { height } = await this.chain();
    const read: common.Block[] = [];
    if (from >= BigInt(height)) return read;
    const events = await this.network.getBlockEvents({ startBlock: from });
    try {
      for await (const block of events) {
        read.push(block);
        if ((block.getHeader()?.getNumber() ?? 0) >= height - 1) break;
      }
    } finally {
      events.close();
    }
    return read;
  }

  /** Height and hash of the last block, of one organization's peer: its own unless told. */
  async chain(organization = this.gateway.getIdentity().mspId): Promise<{ readonly height: number; readonly hash: string }> {
    const bytes = await this.network.getContract('qscc').evaluate('GetChainInfo', { arguments: [this.network.getName()], endorsingOrganizations: [organization] });
    const info = common.BlockchainInfo.deserializeBinary(bytes);
    return { height: info.getHeight(), hash: Buffer.from(info.getCurrentblockhash_asU8()).toString('hex') };
  }

  /** A signed request for blocks from the first on, as peers and orderers take it. */
  async seekFirstBlock(): Promise<common.Envelope> {
    const request = this.network.newBlockEventsRequest({ startBlock: 0n });
    const envelope = common.Envelope.deserializeBinary(request.getBytes());
    envelope.setSignature(await this.#sign(request.getDigest()));
    return envelope;
  }

  close(): void {
    this.gateway.close();
    this.#client.close();
  }
}

/** The envelope of an endorsed transaction. */
export function envelopeOf(transaction: Transaction): common.Envelope {
  const envelope = gatewayProtos.PreparedTransaction.deserializeBinary(transaction.getBytes()).getEnvelope();
  if (envelope === undefined) throw new Error('a transaction without an envelope');
  return envelope;
}

/** A transaction around an envelope of any making, to be signed by whoever sends it. */
export function transactionOf(hostile: Hostile, envelope: common.Envelope, transactionId: string): Transaction {
  const prepared = new gatewayProtos.PreparedTransaction();
  prepared.setEnvelope(envelope);
  prepared.setTransactionId(transactionId);
  return hostile.gateway.newTransaction(prepared.serializeBinary());
}

/** Peers that are a block apart answer differently for a moment. */
function isMismatch(error: unknown): boolean {
  return detailsOf(error).includes('ProposalResponsePayloads do not match');
}

/** Everything Fabric says about why it did not do it, of all peers. */
export function detailsOf(error: unknown): string {
  const own = error instanceof Error ? error.message : String(error);
  return error instanceof GatewayError ? [own, ...error.details.map(({ mspId, message }) => `${mspId}: ${message}`)].join('; ') : own;
}
