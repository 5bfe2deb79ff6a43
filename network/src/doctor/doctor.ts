import { existsSync } from 'node:fs';
import { findPrograms } from '../binaries/find.ts';
import type { Program } from '../binaries/versions.ts';
import type { Administration } from '../deploy/peer-command.ts';
import { cause } from '../failure.ts';
import { isSupervised } from '../processes/control.ts';
import { silent } from '../progress.ts';
import { repositoryChaincode, type Context } from '../up.ts';
import { checkCertificates } from './certificates.ts';
import { checkClock } from './clock.ts';
import { bad, good, type Finding } from './finding.ts';
import { checkChaincode, checkChannel } from './ledger.ts';
import { checkDisk, checkNode, checkPrograms } from './machine.ts';
import { checkProcesses } from './processes.ts';

/** Looks at everything that has to be well, from the machine up to the chaincode's answers. It changes nothing. */
export async function doctor(context: Context): Promise<readonly Finding[]> {
  const { config, files, network } = context;
  const exists = existsSync(files.manifest);
  const machine = [checkNode(), ...await checkPrograms(config), checkDisk(exists ? files.state : config.repository)];
  const processes = await checkProcesses(context);
  if (!exists) return [...machine, ...processes, good('network', `Network ${network.name} does not exist yet; \`up\` makes it.`)];
  const state = [...machine, ...processes, ...checkCertificates(context)];
  if (!(await isSupervised(files))) {
    return [...state, bad('network', `Network ${network.name} is not running.`, 'Run `up`.')];
  }
  const programs = await findPrograms(config, silent);
  if (!programs.has('peer')) return state;
  const paths = Object.fromEntries([...programs].map(([program, it]) => [program, it.path])) as Record<Program, string>;
  const admin: Administration = { network, files, programs: paths, env: config.processEnvironment };
  const ledger = await Promise.all([
    attempt('clock', async () => [await checkClock(admin)]),
    attempt('channel', () => checkChannel(admin)),
    attempt('chaincode', () => checkChaincode(admin, repositoryChaincode(config))),
  ]);
  return [...state, ...ledger.flat()];
}

/** A check that breaks is a finding, not the end of the examination. */
async function attempt(check: string, work: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await work();
  } catch (error) {
    return [bad(check, `This could not be examined: ${cause(error)}.`, 'See the findings above it first, then the nodes\' logs.')];
  }
}
