import type { Paths } from './config/paths.ts';
import { NetworkFailure } from './failure.ts';
import { readIfThere, writeFile } from './files.ts';
import { DEFAULT_BASE_PORT, freeOffset, topology, type Placed, type ProfileName, type Topology } from './topology.ts';

/** What a state folder was made for. Ports and profile are in certificates and in the genesis block, so they cannot change; members can. */
export interface Manifest {
  readonly name: string;
  readonly basePort: number;
  readonly profile: ProfileName;
  /** Payment systems beside those of the beginning, in the order in which they came. */
  readonly added?: readonly Joined[];
  readonly removed?: readonly string[];
}

/** While it joins it is no part of the network: everything but the joining goes on as without it. */
export interface Joined extends Placed {
  readonly joining?: true;
}

export function readManifest(path: string): Manifest | undefined {
  const text = readIfThere(path);
  return text === undefined ? undefined : (JSON.parse(text) as Manifest);
}

/** Completes what was asked for by what the state folder holds, and refuses a contradiction. */
export function settle(asked: { readonly name: string; readonly basePort?: number | undefined; readonly profile?: ProfileName | undefined }, held: Manifest | undefined): Manifest {
  const { name, basePort = held?.basePort ?? DEFAULT_BASE_PORT, profile = held?.profile ?? 'single' } = asked;
  if (held !== undefined && (held.basePort !== basePort || held.profile !== profile)) {
    throw new NetworkFailure(
      `network ${name} exists with base port ${held.basePort} and profile ${held.profile}; these cannot change`,
      `Use it as it is, choose another name, or remove it with \`reset --name ${name}\`.`,
    );
  }
  return { ...held, name, basePort, profile };
}

/** The network as it is, or as it will be with an organization that joins. */
export function networkOf(manifest: Manifest, joining?: string): Topology {
  const { added = [] } = manifest;
  return topology({ ...manifest, added: added.filter((it) => it.joining !== true || it.organizationId === joining) });
}

/** Gives an organization that is to join its ports; again, it is the same. */
export function withJoining(manifest: Manifest, organizationId: string, title: string): Manifest {
  const { added = [], profile } = manifest;
  if (added.some((it) => it.organizationId === organizationId)) return manifest;
  const offset = freeOffset(profile, added);
  if (offset === undefined) throw new NetworkFailure('the ports of this network are used up', 'A network on one machine has room for a few organizations only.');
  return { ...manifest, added: [...added, { organizationId, title, offset, joining: true }] };
}

/** It is a member like those of the beginning. */
export function withMember(manifest: Manifest, organizationId: string): Manifest {
  return { ...manifest, added: manifest.added?.map((it) => (it.organizationId === organizationId ? { organizationId, title: it.title, offset: it.offset } : it)) ?? [] };
}

export function withoutMember(manifest: Manifest, organizationId: string): Manifest {
  return { ...manifest, removed: [...new Set([...(manifest.removed ?? []), organizationId])] };
}

export function writeManifest(files: Paths, manifest: Manifest): void {
  writeFile(files.manifest, `${JSON.stringify(manifest)}\n`);
}
