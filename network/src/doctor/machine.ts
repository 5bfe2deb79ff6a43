import { statfsSync } from 'node:fs';
import { findPrograms } from '../binaries/find.ts';
import { compilerProblem, goVersion } from '../binaries/toolchain.ts';
import { compareVersions, PROGRAMS, releaseOf } from '../binaries/versions.ts';
import type { Config } from '../config.ts';
import { silent } from '../progress.ts';
import { bad, good, warning, type Finding } from './finding.ts';

/** Node runs TypeScript as it is from this version on, without a flag and without a warning. */
const NODE_MINIMUM = '24.0.0';
const GIBIBYTE = 1024 ** 3;

export function checkNode(version = process.versions.node): Finding {
  if (compareVersions(version, NODE_MINIMUM) >= 0) return good('node', `Node ${version} runs this.`);
  return bad('node', `Node ${version} is too old, ${NODE_MINIMUM} or newer is needed.`, 'Run `npm install` and use the npm scripts, which take the Node it brings.');
}

/** Programs, and whether those that miss could be built. */
export async function checkPrograms(config: Config): Promise<readonly Finding[]> {
  const found = await findPrograms(config, silent);
  const missing = PROGRAMS.filter((program) => !found.has(program));
  const { version, problem } = await goVersion(config.buildEnvironment);
  const needed = missing.length > 0;
  const advice = 'Install it, or set FABRIC_BIN to a folder with Fabric\'s own binaries.';
  const programs = needed
    ? warning('programs', `${missing.join(', ')} of the needed versions are not on this machine yet.`, '`up` builds them.')
    : good('programs', `${PROGRAMS.map((program) => `${program} ${found.get(program)?.version ?? releaseOf(program).version} (${found.get(program)?.from ?? ''})`).join(', ')}.`);
  const go = problem === undefined
    ? good('go', `Go ${version ?? ''} can build Fabric.`)
    : needed ? bad('go', `${problem}.`, advice) : warning('go', `${problem}; nothing has to be built now.`, 'Install it before the programs must be built again.');
  const compiler = missing.includes('fabric-ca-server') ? await compilerProblem(config.buildEnvironment) : undefined;
  return [programs, go, ...(compiler === undefined ? [] : [bad('compiler', `${compiler}.`, advice)])];
}

export function checkDisk(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / GIBIBYTE;
  const sentence = `${free.toFixed(1)} GiB are free where the ledger lies.`;
  if (free < 1) return bad('disk', sentence, 'Free some space: a peer that cannot write stops.');
  return free < 5 ? warning('disk', sentence, 'Free some space; a million payments take about 2 GiB a peer.') : good('disk', sentence);
}
