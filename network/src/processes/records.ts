import { setTimeout as sleep } from 'node:timers/promises';
import { readIfThere, writeFile } from '../files.ts';
import { isAlive, signal, type ProcessIdentity } from './identity.ts';

/** The processes of a network as last written down, so that a supervisor that died leaves nobody unknown. */
export interface Records {
  readonly supervisor: ProcessIdentity | undefined;
  readonly nodes: Readonly<Record<string, ProcessIdentity>>;
}

export function readRecords(path: string): Records {
  const text = readIfThere(path);
  return text === undefined ? { supervisor: undefined, nodes: {} } : (JSON.parse(text) as Records);
}

export function writeRecords(path: string, records: Records): void {
  writeFile(path, JSON.stringify(records));
}

/** Processes of a network whose supervisor is gone. */
export function orphans(records: Records): readonly { readonly node: string; readonly identity: ProcessIdentity }[] {
  if (records.supervisor !== undefined && isAlive(records.supervisor)) return [];
  return Object.entries(records.nodes).flatMap(([node, identity]) => (isAlive(identity) ? [{ node, identity }] : []));
}

/** Asks a process to end, and after a while makes it. */
export async function end(identity: ProcessIdentity, patience = 8000): Promise<void> {
  signal(identity, 'SIGTERM');
  const deadline = Date.now() + patience;
  while (isAlive(identity)) {
    if (Date.now() > deadline) signal(identity, 'SIGKILL');
    await sleep(30);
  }
}
