import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { awaitHeights } from '../channel/channel.ts';
import { CHANNEL_PROFILE, configtx } from '../config/configtx.ts';
import { adminCommand, ordererFlags, peerOutput, submit, type Administration } from '../deploy/peer-command.ts';
import { readText, remove, writeFile } from '../files.ts';
import { complaint, run } from '../run.ts';
import { organizations, type PaymentSystem, type Topology } from '../topology.ts';
import { waitFor } from '../wait.ts';

/** A part of the channel's configuration, as configtxlator writes it in JSON. */
interface Group {
  readonly groups: Readonly<Record<string, Group>>;
  readonly policies: Readonly<Record<string, unknown>>;
}

/**
 * What of a topology the channel is to follow. `presence`: the organization is there, its peer may read and its clients write.
 * `whole`: the majorities count it, too. So nobody waits for a peer that is only about to come.
 */
export type Extent = 'presence' | 'whole';

const ACCESS = ['Readers', 'Writers'];

/**
 * Writes the update by which the channel follows a topology. Members come with their whole definition, and every policy that names
 * them is rewritten. Answers its file, unsigned; undefined when the channel is so already.
 */
export async function draftUpdate(admin: Administration, wanted: Topology, extent: Extent): Promise<string | undefined> {
  const folder = join(admin.files.channel.folder, 'update');
  remove(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const current = await currentConfig(admin, folder);
  const next = following(current.channel_group, await configured(admin, wanted, folder), extent);
  const [from, to] = await Promise.all([
    encoded(admin, 'common.Config', current, join(folder, 'current')),
    encoded(admin, 'common.Config', { ...current, channel_group: next }, join(folder, 'wanted')),
  ]);
  const delta = join(folder, 'delta.pb');
  const outcome = await run(admin.programs.configtxlator, ['compute_update', '--channel_id', admin.network.channel, '--original', from, '--updated', to, '--output', delta], { env: admin.env, timeout: 60_000 });
  if (!outcome.ok) {
    if (/no differences detected/.test(outcome.stderr + outcome.stdout)) return undefined;
    throw new Error(`the update of the channel cannot be computed: ${complaint(outcome)}`);
  }
  const update = await decoded(admin, 'common.ConfigUpdate', delta);
  const header = { channel_header: { channel_id: admin.network.channel, type: CONFIG_UPDATE } };
  return encoded(admin, 'common.Envelope', { payload: { header, data: { config_update: update } } }, join(folder, 'update'));
}

const CONFIG_UPDATE = 2;

/** A member, or an organization of the orderers, puts its administrator's signature under the update, in place. */
export async function signUpdate(admin: Administration, organizationId: string, update: string): Promise<void> {
  const outcome = await adminCommand(admin, organizationId, ['channel', 'signconfigtx', '-f', update]);
  if (!outcome.ok) throw new Error(`${organizationId} could not sign the update of the channel: ${complaint(outcome)}`);
}

/** Sends a signed update and waits until every peer has it. */
export async function submitUpdate(admin: Administration, member: PaymentSystem, update: string): Promise<void> {
  await submit(admin, member, ['channel', 'update', '-c', admin.network.channel, '-f', update]);
  await awaitHeights(admin);
}

/** Draft, the signature of every member that stays and of the orderers, and submission; repeated, it finds nothing to do. */
export async function updateChannel(running: Administration, wanted: Topology, extent: Extent): Promise<boolean> {
  const paymentSystems = running.network.paymentSystems.filter((it) => wanted.paymentSystems.some(({ organizationId }) => organizationId === it.organizationId));
  const [first] = paymentSystems;
  const admin = { ...running, network: { ...running.network, paymentSystems } };
  const update = await draftUpdate(admin, wanted, extent);
  if (update === undefined || first === undefined) return false;
  for (const { organizationId } of organizations(admin.network)) await signUpdate(admin, organizationId, update);
  await submitUpdate(admin, first, update);
  await waitFor({ what: 'the new configuration of the channel', next: 'Run the command again: what is done stays done.' }, async () => ((await draftUpdate(admin, wanted, extent)) === undefined ? true : undefined));
  return true;
}

interface ChannelConfig {
  readonly channel_group: Group;
}

async function currentConfig(admin: Administration, folder: string): Promise<ChannelConfig> {
  const block = join(folder, 'current-block.pb');
  const [first] = admin.network.paymentSystems;
  if (first === undefined) throw new Error('the network has no payment system');
  await peerOutput(admin, first, ['channel', 'fetch', 'config', block, '-c', admin.network.channel, ...ordererFlags(admin)]);
  return configIn(await decoded(admin, 'common.Block', block));
}

/** What configtxgen makes of the topology, were it the beginning of the channel. */
async function configured(admin: Administration, wanted: Topology, folder: string): Promise<Group> {
  const block = join(folder, 'wanted-block.pb');
  writeFile(join(folder, 'configtx.yaml'), configtx(wanted, admin.files));
  const args = ['-profile', CHANNEL_PROFILE, '-channelID', wanted.channel, '-outputBlock', block, '-configPath', folder];
  const outcome = await run(admin.programs.configtxgen, args, { env: { ...admin.env, FABRIC_CFG_PATH: folder }, timeout: 60_000 });
  if (!outcome.ok) throw new Error(`the configuration of the channel cannot be made: ${complaint(outcome)}`);
  return configIn(await decoded(admin, 'common.Block', block)).channel_group;
}

function configIn(block: unknown): ChannelConfig {
  const { data: { data: [first] } } = block as { readonly data: { readonly data: readonly { readonly payload: { readonly data: { readonly config: ChannelConfig } } }[] } };
  if (first === undefined) throw new Error('the block of the channel\'s configuration is empty');
  return first.payload.data.config;
}

/** The orderers, capabilities and whatever else the members did not decide about stay as they are. */
function following(current: Group, wanted: Group, extent: Extent): Group {
  const [application, next] = [current.groups['Application'], wanted.groups['Application']];
  if (application === undefined || next === undefined) throw new Error('the channel has no application section');
  // Who is there already keeps its definition, which may have changed since it came.
  const groups = Object.fromEntries(Object.entries(next.groups).map(([id, group]) => [id, application.groups[id] ?? group]));
  return {
    ...current,
    policies: rewritten(current.policies, wanted.policies, extent),
    groups: { ...current.groups, Application: { ...application, groups, policies: rewritten(application.policies, next.policies, extent) } },
  };
}

function rewritten(current: Group['policies'], wanted: Group['policies'], extent: Extent): Group['policies'] {
  return Object.fromEntries(Object.entries(current).map(([name, policy]) => [name, extent === 'whole' || ACCESS.includes(name) ? (wanted[name] ?? policy) : policy]));
}

async function decoded(admin: Administration, type: string, file: string): Promise<unknown> {
  const output = `${file}.json`;
  await translate(admin, ['proto_decode', '--type', type, '--input', file, '--output', output]);
  return JSON.parse(readText(output)) as unknown;
}

async function encoded(admin: Administration, type: string, value: unknown, name: string): Promise<string> {
  writeFile(`${name}.json`, JSON.stringify(value));
  await translate(admin, ['proto_encode', '--type', type, '--input', `${name}.json`, '--output', `${name}.new`]);
  renameSync(`${name}.new`, `${name}.pb`);
  return `${name}.pb`;
}

async function translate(admin: Administration, args: readonly string[]): Promise<void> {
  const outcome = await run(admin.programs.configtxlator, args, { env: admin.env, timeout: 60_000 });
  if (!outcome.ok) throw new Error(`configtxlator ${args.slice(0, 3).join(' ')}: ${complaint(outcome)}`);
}
