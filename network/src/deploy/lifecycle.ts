import { reason } from '../failure.ts';
import { writeFile } from '../files.ts';
import { complaint } from '../run.ts';
import type { PaymentSystem } from '../topology.ts';
import { chaincodePackage } from './package.ts';
import { endorserFlags, peerCommand, peerOutput, submit, type Administration } from './peer-command.ts';

/** A chaincode definition as committed on the channel. */
export interface Definition {
  readonly sequence: number;
  readonly version: string;
}

export interface Deployment {
  readonly definition: Definition;
  readonly packageId: string;
  /** False when everything was as wanted already. */
  readonly changed: boolean;
}

/**
 * Sees that every peer has the package, that every organization has approved the definition with this version, and that it is committed.
 * Each step asks first, because Fabric calls a repeated install or approval an error.
 */
export async function deploy(admin: Administration, version: string): Promise<Deployment> {
  const { network } = admin;
  const members = network.paymentSystems;
  const { bytes, packageId } = chaincodePackage(network.chaincode);
  writeFile(admin.files.package, bytes);
  const [committed] = await Promise.all([committedDefinition(admin), ...members.map((it) => install(admin, it, packageId))]);
  if (committed?.version !== version) return agree(admin, { version, sequence: (committed?.sequence ?? 0) + 1 }, packageId);
  try {
    const approvals = await Promise.all(members.map((it) => approve(admin, it, committed, packageId)));
    return { definition: committed, packageId, changed: approvals.includes(true) };
  } catch (error) {
    // An approval is private to its organization. A peer that lost its ledger cannot get it back, nor give it again for the same sequence.
    if (!reason(error).includes(LOST_APPROVAL)) throw error;
    return agree(admin, { version, sequence: committed.sequence + 1 }, packageId);
  }
}

/** Has the peer of one organization take the package, and the organization approve the definition that the channel has. */
export async function adopt(admin: Administration, member: PaymentSystem): Promise<Definition> {
  const { bytes, packageId } = chaincodePackage(admin.network.chaincode);
  writeFile(admin.files.package, bytes);
  const [committed] = await Promise.all([committedDefinition(admin), install(admin, member, packageId)]);
  if (committed === undefined) throw new Error('the channel has no chaincode definition');
  await approve(admin, member, committed, packageId);
  return committed;
}

const LOST_APPROVAL = 'private data matching public hash version is not available';

/** Has every organization approve a new definition, and commits it. */
async function agree(admin: Administration, definition: Definition, packageId: string): Promise<Deployment> {
  await Promise.all(admin.network.paymentSystems.map((it) => approve(admin, it, definition, packageId)));
  await commit(admin, definition);
  return { definition, packageId, changed: true };
}

/** The definition the channel has, or undefined when there is none. */
export async function committedDefinition(admin: Administration): Promise<Definition | undefined> {
  const { channel, chaincode, paymentSystems: [first] } = admin.network;
  if (first === undefined) return undefined;
  const outcome = await peerCommand(admin, first, ['lifecycle', 'chaincode', 'querycommitted', '-C', channel, '-n', chaincode, '-O', 'json']);
  if (outcome.ok) return JSON.parse(outcome.stdout) as Definition;
  const why = complaint(outcome);
  if (/is not defined|not found/.test(why)) return undefined;
  throw new Error(`the chaincode definition cannot be read: ${why}`);
}

/** The package ids installed on the peer of a payment system. */
export async function installedPackages(admin: Administration, member: PaymentSystem): Promise<readonly string[]> {
  const text = await peerOutput(admin, member, ['lifecycle', 'chaincode', 'queryinstalled', '-O', 'json']);
  const { installed_chaincodes: installed = [] } = JSON.parse(text) as { installed_chaincodes?: { package_id: string }[] };
  return installed.map((it) => it.package_id);
}

/** The package id that an organization has approved for a definition, or undefined when it approved none or another definition. */
export async function approvedPackage(admin: Administration, member: PaymentSystem, wanted: Definition): Promise<string | undefined> {
  const { channel, chaincode } = admin.network;
  const args = ['lifecycle', 'chaincode', 'queryapproved', '-C', channel, '-n', chaincode, '--sequence', String(wanted.sequence), '-O', 'json'];
  const outcome = await peerCommand(admin, member, args);
  if (!outcome.ok) return undefined;
  const approval = JSON.parse(outcome.stdout) as Approval;
  return approval.version === wanted.version ? approval.source?.Type?.LocalPackage?.package_id : undefined;
}

interface Approval {
  readonly version: string;
  readonly source?: { readonly Type?: { readonly LocalPackage?: { readonly package_id?: string } } };
}

async function install(admin: Administration, member: PaymentSystem, packageId: string): Promise<void> {
  if ((await installedPackages(admin, member)).includes(packageId)) return;
  await peerOutput(admin, member, ['lifecycle', 'chaincode', 'install', admin.files.package]);
}

async function approve(admin: Administration, member: PaymentSystem, wanted: Definition, packageId: string): Promise<boolean> {
  if ((await approvedPackage(admin, member, wanted)) === packageId) return false;
  await submit(admin, member, ['lifecycle', 'chaincode', 'approveformyorg', ...definitionFlags(admin, wanted), '--package-id', packageId]);
  return true;
}

async function commit(admin: Administration, wanted: Definition): Promise<void> {
  const members = admin.network.paymentSystems;
  const [first] = members;
  if (first === undefined) return;
  await submit(admin, first, ['lifecycle', 'chaincode', 'commit', ...definitionFlags(admin, wanted), ...endorserFlags(admin, members)]);
}

function definitionFlags({ network }: Administration, { version, sequence }: Definition): readonly string[] {
  return ['-C', network.channel, '-n', network.chaincode, '--version', version, '--sequence', String(sequence)];
}
