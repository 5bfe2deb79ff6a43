import { readFileSync } from 'node:fs';
import * as grpc from '@grpc/grpc-js';
import { connect, GatewayError, hash, type Contract, type Gateway, type Network, type Transaction } from '@hyperledger/fabric-gateway';
import { common } from '@hyperledger/fabric-protos';
import type { Config, PeerConfig } from '../config.ts';
import { nativeSigner } from './signer.ts';

/** How long each stage of a transaction may take; the client sets no deadline by itself. */
const DEADLINE_MS = { evaluate: 5_000, endorse: 10_000, submit: 5_000, commitStatus: 30_000 } as const;

const CHANNEL_OPTIONS: grpc.ClientOptions = {
  // A peer closes connections that are pinged more often than once a minute.
  'grpc.keepalive_time_ms': 120_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.max_receive_message_length': 100 * 1024 * 1024,
  'grpc.max_send_message_length': 100 * 1024 * 1024,
};

/** What the system chaincode says of a transaction that its peer does not have. */
const NO_SUCH_TRANSACTION = /no such transaction|failed to get transaction with id/i;

/** Where a peer is reached, and what proves that it is the one. */
export interface PeerAddress {
  readonly organizationId: string;
  readonly endpoint: string;
  /** PEM. */
  readonly tlsRoots: Buffer;
}

/** The gateway service of one peer. */
export interface Connection {
  readonly organizationId: string;
  readonly gateway: Gateway;
  readonly network: Network;
  readonly contract: Contract;
  /** Name of the chaincode. */
  readonly chaincode: string;
  /** The transaction with its envelope signed. */
  readonly signed: (transaction: Transaction) => Promise<Transaction>;
  /** A transaction from bytes that were kept. */
  readonly stored: (bytes: Uint8Array) => Transaction;
  /** Whether the peer has it in a block, as valid or not; undefined: the peer does not answer. */
  readonly isInChain: (transactionId: string) => Promise<boolean | undefined>;
  /** Number of blocks the peer has. */
  readonly height: () => Promise<number>;
  /** The channel's configuration, as the peer has it. */
  readonly configuration: () => Promise<common.Config>;
  readonly close: () => void;
}

/** Connects lazily: it can be made before the peer is there, and finds it again by itself. */
export function connectPeer({ channel, chaincode, identity }: Config['fabric'], peer: PeerAddress): Connection {
  const client = new grpc.Client(peer.endpoint, grpc.credentials.createSsl(peer.tlsRoots), CHANNEL_OPTIONS);
  const sign = nativeSigner(readFileSync(identity.privateKey, 'utf8'));
  const gateway = connect({
    client,
    identity: { mspId: identity.mspId, credentials: readFileSync(identity.certificate) },
    signer: sign,
    hash: hash.none,
    evaluateOptions: deadline(DEADLINE_MS.evaluate),
    endorseOptions: deadline(DEADLINE_MS.endorse),
    submitOptions: deadline(DEADLINE_MS.submit),
    commitStatusOptions: deadline(DEADLINE_MS.commitStatus),
  });
  const network = gateway.getNetwork(channel);
  const system = network.getContract('qscc');
  return {
    organizationId: peer.organizationId,
    gateway,
    network,
    contract: network.getContract(chaincode),
    chaincode,
    signed: async (transaction) => gateway.newSignedTransaction(transaction.getBytes(), await sign(transaction.getDigest())),
    stored: (bytes) => gateway.newTransaction(bytes),
    isInChain: (transactionId) =>
      system.evaluateTransaction('GetTransactionByID', channel, transactionId).then(
        () => true,
        (error: unknown) => (error instanceof GatewayError && NO_SUCH_TRANSACTION.test(error.message) ? false : undefined),
      ),
    height: async () => common.BlockchainInfo.deserializeBinary(await system.evaluateTransaction('GetChainInfo', channel)).getHeight(),
    configuration: async () => common.Config.deserializeBinary(await network.getContract('cscc').evaluateTransaction('GetChannelConfig', channel)),
    close: () => {
      gateway.close();
      client.close();
    },
  };
}

export function addressOf({ organizationId, endpoint, tlsRootCertificate }: PeerConfig): PeerAddress {
  return { organizationId, endpoint, tlsRoots: readFileSync(tlsRootCertificate) };
}

function deadline(milliseconds: number): () => grpc.CallOptions {
  return () => ({ deadline: Date.now() + milliseconds });
}
