import { X509Certificate } from 'node:crypto';
import type { Paths } from '../config/paths.ts';
import { NetworkFailure, reason } from '../failure.ts';
import { readText } from '../files.ts';
import { OFFICERS, type PaymentSystem, type Topology } from '../topology.ts';
import { endorserFlags, peerOutput, submit, type Administration } from './peer-command.ts';

export interface Founding {
  readonly founded: boolean;
  readonly votes: readonly string[];
}

/** What the members agree on at the beginning. Its keys are in the order of canonical JSON: sorted. */
export function foundingDocument(network: Topology, files: Paths): string {
  const members = [...network.paymentSystems].sort((a, b) => (a.organizationId < b.organizationId ? -1 : 1));
  return JSON.stringify({ ledger: network.name, organizations: members.map((it) => founder(it, files)) });
}

/** Has every payment system vote for the founding document that has not; answers whether any had to. */
export async function found(admin: Administration): Promise<boolean> {
  const members = admin.network.paymentSystems;
  const [first] = members;
  if (first === undefined) return false;
  const before = await foundingState(admin, first);
  if (before.founded) return false;
  const document = foundingDocument(admin.network, admin.files);
  for (const member of members.filter((it) => !before.votes.includes(it.organizationId))) {
    await submit(admin, member, [
      'chaincode', 'invoke', '-C', admin.network.channel, '-n', admin.network.chaincode,
      '-c', JSON.stringify({ function: 'consortium:found', Args: [document] }),
      '--waitForEvent', ...endorserFlags(admin, members),
    ]);
  }
  const after = await foundingState(admin, first);
  if (!after.founded) throw new Error(`the ledger is not founded although ${after.votes.join(', ')} have voted`);
  return true;
}

export async function foundingState(admin: Administration, member: PaymentSystem): Promise<Founding> {
  return JSON.parse(await query(admin, member, 'query:founding')) as Founding;
}

/** Evaluates a transaction without arguments on the peer of a payment system. @throws NetworkFailure when the ledger is of another version */
export async function query(admin: Administration, member: PaymentSystem, transaction: string): Promise<string> {
  const { channel, chaincode, name } = admin.network;
  const answer = peerOutput(admin, member, ['chaincode', 'query', '-C', channel, '-n', chaincode, '-c', JSON.stringify({ function: transaction, Args: [] })]);
  return answer.catch((cause: unknown) => {
    if (!reason(cause).includes('LEDGER_SCHEMA')) throw cause;
    throw new NetworkFailure(`The ledger of network ${name} was written by another version of Tallystick, in records that this one cannot read.`, `Nothing was changed: the version that wrote it still can. \`npm run network -- reset --name ${name}\` removes the ledger with its keys, for a new one.`, { cause });
  });
}

function founder({ organizationId, title }: PaymentSystem, files: Paths): object {
  const own = files.organization(organizationId);
  return {
    name: title,
    officers: [...OFFICERS].sort().map((officer) => ({ certificate: base64Der(own.officer(officer).certificate), name: officer, roles: [officer] })),
    organizationId,
    userCa: base64Der(own.rootCertificate('user')),
  };
}

function base64Der(path: string): string {
  return new X509Certificate(readText(path)).raw.toString('base64');
}
