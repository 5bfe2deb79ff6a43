import type { common, peer } from '@hyperledger/fabric-protos';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { readBlock, type LedgerBlock } from './block.ts';
import { CommitWatch } from './commit-watch.ts';
import { connectPeer, type Connection } from './connection.ts';
import { EndorsementPlan } from './endorsement-plan.ts';
import { Endorser } from './endorser.ts';
import type { EnvelopeStore } from './envelope-store.ts';
import { follow, type Follower } from './follow.ts';
import { LedgerClient } from './ledger-client.ts';
import { PeerHeights } from './peer-heights.ts';

/** Everything a gateway holds of Fabric. */
export interface Chain {
  readonly client: LedgerClient;
  readonly heights: PeerHeights;
  readonly close: () => void;
}

/** Where blocks go: the index. */
export interface BlockReader {
  /** Number of the block to read next. */
  readonly nextBlock: () => number;
  /** Takes the next block, wholly or not at all. */
  readonly read: (block: LedgerBlock) => void;
  /** The ledger clock as of the last block read, RFC 3339; undefined before the ledger is founded. Without it no transaction is given up. */
  readonly clock?: () => string | undefined;
}

/**
 * Connects to the peers and follows their blocks: the own peer's in full for the index, the others' filtered, since only
 * their heights matter. Nothing needs to be running yet.
 */
export function openChain(config: Config, reader: BlockReader, log: Log, envelopes?: EnvelopeStore): Chain {
  const connections = config.fabric.peers.map((peerConfig) => connectPeer(config.fabric, peerConfig));
  const [own, ...others] = connections as [Connection, ...Connection[]];
  const heights = new PeerHeights();
  const commits = new CommitWatch();
  const organizations = connections.map(({ organizationId }) => organizationId);
  const plan = new EndorsementPlan(organizations, (organization) => heights.isAlive(organization));
  const endorser = new Endorser({ connection: own, organizations, plan, heights, log });
  const followers = [
    followOwn(own, { chaincode: config.fabric.chaincode, reader, heights, commits }, log),
    ...others.map((connection) => followOther(connection, heights, log)),
  ];
  return {
    client: new LedgerClient({ connection: own, endorser, commits, clock: reader.clock ?? (() => undefined), log, ...(envelopes !== undefined && { envelopes }) }),
    heights,
    close: () => {
      for (const follower of followers) follower.close();
      for (const connection of connections) connection.close();
    },
  };
}

interface Own {
  readonly chaincode: string;
  readonly reader: BlockReader;
  readonly heights: PeerHeights;
  readonly commits: CommitWatch;
}

function followOwn(connection: Connection, { chaincode, reader, heights, commits }: Own, log: Log): Follower {
  const { organizationId, network } = connection;
  return follow<common.Block>(
    {
      name: organizationId,
      open: async () => {
        heights.saw(organizationId, (await connection.height()) - 1);
        return network.getBlockEvents({ startBlock: BigInt(reader.nextBlock()) });
      },
      next: (block) => {
        const read = readBlock(block, chaincode);
        reader.read(read);
        // Whoever waits for a transaction finds it in the index.
        commits.saw(read.transactions);
        heights.saw(organizationId, Math.max(heights.of(organizationId).block, read.number));
      },
      lost: () => heights.lost(organizationId),
    },
    log,
  );
}

function followOther(connection: Connection, heights: PeerHeights, log: Log): Follower {
  const { organizationId, network } = connection;
  return follow<peer.FilteredBlock>(
    {
      name: organizationId,
      open: async () => {
        const height = await connection.height();
        heights.saw(organizationId, height - 1);
        return network.getFilteredBlockEvents({ startBlock: BigInt(height) });
      },
      next: (block) => heights.saw(organizationId, block.getNumber()),
      lost: () => heights.lost(organizationId),
    },
    log,
  );
}
