import type { Paths } from './config/paths.ts';
import { NetworkFailure } from './failure.ts';
import { readIfThere, writeFile } from './files.ts';
import { DEFAULT_BASE_PORT, type ProfileName, type Topology } from './topology.ts';

/** What a state folder was made for. Ports and profile are in certificates and in the genesis block, so they cannot change. */
export interface Manifest {
  readonly name: string;
  readonly basePort: number;
  readonly profile: ProfileName;
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
  return { name, basePort, profile };
}

export function writeManifest(files: Paths, { name, basePort, profile }: Topology): void {
  writeFile(files.manifest, `${JSON.stringify({ name, basePort, profile })}\n`);
}
