import type { common, peer } from '@hyperledger/fabric-protos';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { readBlock, type LedgerBlock } from './block.ts';
import { CommitWatch } from './commit-watch.ts';
import { membersIn, membersOf, type ChannelMembers } from './channel-members.ts';
import { addressOf, connectPeer, type Connection, type PeerAddress } from './connection.ts';
import { EndorsementPlan } from './endorsement-plan.ts';
import { Endorser } from './endorser.ts';
import type { EnvelopeStore } from './envelope-store.ts';
import { follow, type Follower } from './follow.ts';
import { LedgerClient } from './ledger-client.ts';
import { OtherPeers } from './other-peers.ts';
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
 * their heights matter. Who the others are, the channel's configuration says; until it is read, the gateway's own. Nothing
 * needs to be running yet.
 */
export function openChain(config: Config, reader: BlockReader, log: Log, envelopes?: EnvelopeStore): Chain {
  const [own, ...hinted] = config.fabric.peers.map(addressOf) as [PeerAddress, ...PeerAddress[]];
  const connection = connectPeer(config.fabric, own);
  const heights = new PeerHeights();
  const commits = new CommitWatch();
  const others = new OtherPeers((peer) => followOther(connectPeer(config.fabric, peer), heights, log));
  others.follow(hinted);
  // Nobody is asked before the channel says who the members are: the majority of those in the configuration may be too few by now.
  const plan = new EndorsementPlan([], (organization) => heights.isAlive(organization));
  const learn = ({ peers, endorsers, needed }: ChannelMembers): void => {
    const isOwn = (organization: string): boolean => organization === own.organizationId;
    plan.follow([...endorsers.filter(isOwn), ...endorsers.filter((organization) => !isOwn(organization))], needed);
    others.follow(peers.filter(({ organizationId }) => !isOwn(organizationId)));
  };
  const endorser = new Endorser({ connection, plan, heights, log });
  const follower = followOwn(connection, { chaincode: config.fabric.chaincode, reader, heights, commits, learn }, log);
  return {
    client: new LedgerClient({ connection, endorser, commits, clock: reader.clock ?? (() => undefined), log, ...(envelopes !== undefined && { envelopes }) }),
    heights,
    close: () => {
      follower.close();
      others.follow([]);
      connection.close();
    },
  };
}

interface Own {
  readonly chaincode: string;
  readonly reader: BlockReader;
  readonly heights: PeerHeights;
  readonly commits: CommitWatch;
  /** The channel's configuration is another. */
  readonly learn: (members: ChannelMembers) => void;
}

function followOwn(connection: Connection, { chaincode, reader, heights, commits, learn }: Own, log: Log): Follower {
  const { organizationId, network } = connection;
  // Older blocks, read again for the index, tell who the members were.
  let present = Number.MAX_SAFE_INTEGER;
  return follow<common.Block>(
    {
      name: organizationId,
      open: async () => {
        present = await connection.height();
        heights.saw(organizationId, present - 1);
        const members = membersOf(await connection.configuration());
        if (members !== undefined) learn(members);
        return network.getBlockEvents({ startBlock: BigInt(reader.nextBlock()) });
      },
      next: (block) => {
        const read = readBlock(block, chaincode);
        reader.read(read);
        const members = read.number >= present ? membersIn(block) : undefined;
        if (members !== undefined) learn(members);
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
  let isClosed = false;
  const saw = (block: number): void => {
    if (!isClosed) heights.saw(organizationId, block);
  };
  const follower = follow<peer.FilteredBlock>(
    {
      name: organizationId,
      open: async () => {
        const height = await connection.height();
        saw(height - 1);
        return network.getFilteredBlockEvents({ startBlock: BigInt(height) });
      },
      next: (block) => saw(block.getNumber()),
      lost: () => heights.lost(organizationId),
    },
    log,
  );
  return {
    close: () => {
      isClosed = true;
      follower.close();
      connection.close();
      heights.forget(organizationId);
    },
  };
}
