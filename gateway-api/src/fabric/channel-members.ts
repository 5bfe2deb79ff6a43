import { common, msp, peer } from '@hyperledger/fabric-protos';
import type { PeerAddress } from './connection.ts';

/** Who takes part in the channel by its configuration, and who must endorse. */
export interface ChannelMembers {
  /** The anchor peer of each organization: where its blocks can be followed. */
  readonly peers: readonly PeerAddress[];
  /** Organizations whose endorsement counts. */
  readonly endorsers: readonly string[];
  /** How many of them a transaction needs. */
  readonly needed: number;
}

/** The members in a block that configures the channel; undefined in any other block. */
export function membersIn(block: common.Block): ChannelMembers | undefined {
  const [bytes] = block.getData()?.getDataList_asU8() ?? [];
  if (bytes === undefined) return undefined;
  const payload = common.Payload.deserializeBinary(common.Envelope.deserializeBinary(bytes).getPayload_asU8());
  const header = common.ChannelHeader.deserializeBinary(payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array());
  if (header.getType() !== common.HeaderType.CONFIG) return undefined;
  const config = common.ConfigEnvelope.deserializeBinary(payload.getData_asU8()).getConfig();
  return config === undefined ? undefined : membersOf(config);
}

export function membersOf(config: common.Config): ChannelMembers | undefined {
  const channel = config.getChannelGroup();
  const application = channel === undefined ? undefined : groupsOf(channel).get('Application');
  if (application === undefined) return undefined;
  const organizations: (readonly [string, common.ConfigGroup])[] = [];
  groupsOf(application).forEach((group, id) => organizations.push([id, group]));
  return { peers: organizations.flatMap(([id, group]) => addressOf(id, group)), ...policyOf(application, organizations.map(([id]) => id)) };
}

/** The type of a map comes from a package without types. */
interface Named<T> {
  readonly get: (name: string) => T | undefined;
  readonly forEach: (each: (item: T, name: string) => void) => void;
}

function groupsOf(group: common.ConfigGroup): Named<common.ConfigGroup> {
  const groups: unknown = group.getGroupsMap();
  return groups as Named<common.ConfigGroup>;
}

function addressOf(organizationId: string, group: common.ConfigGroup): readonly PeerAddress[] {
  const [anchor] = peer.AnchorPeers.deserializeBinary(valueOf(group, 'AnchorPeers')).getAnchorPeersList();
  if (anchor === undefined) return [];
  const definition = msp.FabricMSPConfig.deserializeBinary(msp.MSPConfig.deserializeBinary(valueOf(group, 'MSP')).getConfig_asU8());
  const tlsRoots = Buffer.concat(definition.getTlsRootCertsList_asU8().flatMap((root) => [root, Buffer.from('\n')]));
  return [{ organizationId, endpoint: `${anchor.getHost()}:${anchor.getPort()}`, tlsRoots }];
}

function valueOf(group: common.ConfigGroup, name: string): Uint8Array {
  return (group.getValuesMap() as unknown as Named<common.ConfigValue>).get(name)?.getValue_asU8() ?? new Uint8Array();
}

/** The chaincode's definition names the channel's endorsement policy: so many of these. Any other kind of policy is taken as the majority of all. */
function policyOf(application: common.ConfigGroup, all: readonly string[]): Pick<ChannelMembers, 'endorsers' | 'needed'> {
  const majority = { endorsers: all, needed: Math.floor(all.length / 2) + 1 };
  const policy = (application.getPoliciesMap() as unknown as Named<common.ConfigPolicy>).get('Endorsement')?.getPolicy();
  if (policy?.getType() !== common.Policy.PolicyType.SIGNATURE) return majority;
  const envelope = common.SignaturePolicyEnvelope.deserializeBinary(policy.getValue_asU8());
  const needed = envelope.getRule()?.getNOutOf()?.getN();
  const endorsers = envelope.getIdentitiesList().map((principal) => msp.MSPRole.deserializeBinary(principal.getPrincipal_asU8()).getMspIdentifier());
  return needed === undefined ? majority : { endorsers: [...new Set(endorsers)], needed };
}
