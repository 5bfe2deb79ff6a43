import { readFileSync } from 'node:fs';
import * as grpc from '@grpc/grpc-js';
import { connect, hash, type Contract, type Gateway, type Network } from '@hyperledger/fabric-gateway';
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

/** The gateway service of one peer. */
export interface Connection {
  readonly organizationId: string;
  readonly gateway: Gateway;
  readonly network: Network;
  readonly contract: Contract;
  /** Number of blocks the peer has. */
  readonly height: () => Promise<number>;
  readonly close: () => void;
}

/** Connects lazily: it can be made before the peer is there, and finds it again by itself. */
export function connectPeer({ channel, chaincode, identity }: Config['fabric'], peer: PeerConfig): Connection {
  const client = new grpc.Client(peer.endpoint, grpc.credentials.createSsl(readFileSync(peer.tlsRootCertificate)), CHANNEL_OPTIONS);
  const gateway = connect({
    client,
    identity: { mspId: identity.mspId, credentials: readFileSync(identity.certificate) },
    signer: nativeSigner(readFileSync(identity.privateKey, 'utf8')),
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
    height: async () => common.BlockchainInfo.deserializeBinary(await system.evaluateTransaction('GetChainInfo', channel)).getHeight(),
    close: () => {
      gateway.close();
      client.close();
    },
  };
}

function deadline(milliseconds: number): () => grpc.CallOptions {
  return () => ({ deadline: Date.now() + milliseconds });
}
