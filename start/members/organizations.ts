import type { TallyClient } from '@tallystick/client';
import { NetworkFailure, type Network } from '@tallystick/network';
import { administratorsOf, decideBy } from './ballot.ts';
import { admissionEntry, type PropositionChange } from './entry.ts';

type Say = (line: string) => void;
export type Reason = Extract<PropositionChange, { readonly kind: 'suspend' }>['reason'];

/**
 * What the members of a network on one machine do together. Each step is one that a member could do alone on its own machine
 * (docs/operations.md); here one command does them all, and repeated it goes on where it stopped.
 */
export async function addOrganization(network: Network, organizationId: string, title: string, say: Say): Promise<void> {
  const administrators = await othersThan(network, organizationId);
  const status = await statusOf(administrators, organizationId);
  if (status === 'active' && network.topology.paymentSystems.some((it) => it.organizationId === organizationId)) return say(`${organizationId} is a member already`);
  if (status === 'removed') throw new NetworkFailure(`${organizationId} was removed, which is for ever`, 'Let it join under another name.');
  const joining = await network.members.prepare(organizationId, title);
  if (status === undefined) {
    await decideBy(administrators, { kind: 'admit', entry: await admissionEntry(joining, network.topology.name) }, say);
  }
  await network.members.connect(organizationId);
  await network.members.open(organizationId);
  const { gateway, officers: { registrar } } = joining;
  say(`its gateway: ${gateway.url}; the others' ask it for aliases and hand its enterprises' credit to it from the next \`npm run network -- up\` on`);
  say(`a wallet for an officer: npm run tally -- officer import --wallet ./registrar.${organizationId} --gateway ${gateway.url} --as registrar@${organizationId} --key ${registrar.privateKey} --certificate ${registrar.certificate}`);
}

export async function suspendOrganization(network: Network, organization: string, reason: Reason, say: Say): Promise<void> {
  const others = await othersThan(network, organization);
  if ((await statusOf(others, organization)) !== 'suspended') await decideBy(others, { kind: 'suspend', organization, reason }, say);
}

export async function resumeOrganization(network: Network, organization: string, reason: Reason, say: Say): Promise<void> {
  const others = await othersThan(network, organization);
  if ((await statusOf(others, organization)) !== 'active') await decideBy(others, { kind: 'resume', organization, reason }, say);
}

/** First the ledger refuses it whatever it brings, then the channel forgets it. */
export async function removeOrganization(network: Network, organization: string, { trustee, reason }: { readonly trustee: string; readonly reason: Reason }, say: Say): Promise<void> {
  const others = await othersThan(network, organization);
  if ((await statusOf(others, organization)) !== 'removed') await decideBy(others, { kind: 'remove', organization, reason, trustee }, say);
  await network.members.disconnect(organization);
}

export async function listOrganizations(network: Network): Promise<readonly string[]> {
  const [first] = await administratorsOf(network.describe().organizations);
  const { items = [] } = (await first?.organizations()) ?? {};
  return items.map(({ id, name, status, trustee }) => `${id.padEnd(12)} ${name.padEnd(16)} ${status}${trustee === undefined ? '' : ` (accounts: ${trustee})`}`);
}

/** The administrators of all but one. */
export async function othersThan(network: Network, organization: string): Promise<readonly TallyClient[]> {
  return administratorsOf(network.describe().organizations.filter((it) => it.organizationId !== organization));
}

/** Its status on the ledger. Undefined: it never was a member. */
export async function statusOf([first]: readonly TallyClient[], organization: string): Promise<string | undefined> {
  const { items = [] } = (await first?.organizations()) ?? {};
  return items.find(({ id }) => id === organization)?.status;
}
