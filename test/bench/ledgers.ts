import type { peer } from '@hyperledger/fabric-protos';
import { readConfig } from '../../gateway-api/src/config.ts';
import { validationName } from '../../gateway-api/src/fabric/block.ts';
import { CommitWatch } from '../../gateway-api/src/fabric/commit-watch.ts';
import { addressOf, connectPeer, type Connection } from '../../gateway-api/src/fabric/connection.ts';
import { EndorsementPlan } from '../../gateway-api/src/fabric/endorsement-plan.ts';
import { Endorser } from '../../gateway-api/src/fabric/endorser.ts';
import { follow, type Follower } from '../../gateway-api/src/fabric/follow.ts';
import { LedgerClient, type BatchLedger } from '../../gateway-api/src/fabric/ledger-client.ts';
import { PeerHeights } from '../../gateway-api/src/fabric/peer-heights.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { until } from '../support/patience.ts';
import type { Ground } from './provision.ts';

export interface Ledgers {
  /** One for each organization, by its Fabric identity. */
  readonly clients: readonly BatchLedger[];
  readonly close: () => void;
}

/** The gateways' own way to the ledger without what is above it: nothing is indexed, so blocks are followed filtered. */
export async function openLedgers({ members }: Ground): Promise<Ledgers> {
  const heights = new PeerHeights();
  const organizations = members.map(({ organizationId }) => organizationId);
  const opened = members.map(({ gateway }) => {
    const { fabric } = readConfig(gateway.config);
    const [own] = fabric.peers;
    if (own === undefined) throw new Error('a gateway without a peer');
    const connection = connectPeer(fabric, addressOf(own));
    const commits = new CommitWatch();
    const follower = followFiltered(connection, heights, commits);
    const others = organizations.filter((organization) => organization !== connection.organizationId);
    const plan = new EndorsementPlan([connection.organizationId, ...others], (organization) => heights.isAlive(organization));
    const endorser = new Endorser({ connection, plan, heights, log: silentLog });
    return { connection, follower, client: new LedgerClient({ connection, endorser, commits, clock: () => undefined, log: silentLog }) };
  });
  await until('every peer tells its blocks', () => Promise.resolve(organizations.every((organization) => heights.isAlive(organization)) || undefined));
  return {
    clients: opened.map(({ client }) => client),
    close: () => {
      for (const { connection, follower } of opened) {
        follower.close();
        connection.close();
      }
    },
  };
}

function followFiltered({ organizationId, network, height }: Connection, heights: PeerHeights, commits: CommitWatch): Follower {
  return follow<peer.FilteredBlock>(
    {
      name: organizationId,
      open: async () => {
        const next = await height();
        heights.saw(organizationId, next - 1);
        return network.getFilteredBlockEvents({ startBlock: BigInt(next) });
      },
      next: (block) => {
        const number = block.getNumber();
        const transactions = block.getFilteredTransactionsList();
        commits.saw(transactions.map((it, position) => ({ transactionId: it.getTxid(), block: number, position, validation: validationName(it.getTxValidationCode()) })));
        heights.saw(organizationId, number);
      },
      lost: () => heights.lost(organizationId),
    },
    silentLog,
  );
}
