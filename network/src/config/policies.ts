import type { Topology } from '../topology.ts';

export interface Policy {
  readonly Type: 'Signature';
  readonly Rule: string;
}

type Role = 'admin' | 'client' | 'orderer' | 'peer';

/**
 * Every policy is explicit. An ImplicitMeta policy verifies signatures again in each organization's own policy;
 * and `member` would admit whoever holds any certificate of an MSP, so each rule names the kinds of identity it means.
 */
export function orderingOrganizationPolicies(mspId: string): Record<string, Policy> {
  return {
    Readers: anyOf([mspId], ['admin', 'orderer']),
    Writers: anyOf([mspId], ['admin', 'orderer']),
    Admins: anyOf([mspId], ['admin']),
  };
}

export function paymentSystemPolicies(mspId: string): Record<string, Policy> {
  return {
    Readers: anyOf([mspId], ['admin', 'client', 'peer']),
    Writers: anyOf([mspId], ['admin', 'client']),
    Admins: anyOf([mspId], ['admin']),
    Endorsement: anyOf([mspId], ['peer']),
  };
}

export function ordererPolicies(network: Topology): Record<string, Policy> {
  const ordering = orderingIds(network);
  return {
    Readers: anyOf(ordering, ['admin', 'orderer']),
    Writers: anyOf(ordering, ['admin', 'orderer']),
    Admins: majorityOf(ordering, 'admin'),
    // With BFT, configtxgen replaces this by a quorum of the consenters.
    BlockValidation: anyOf(ordering, ['orderer']),
  };
}

export function applicationPolicies(network: Topology): Record<string, Policy> {
  const members = paymentSystemIds(network);
  return {
    Readers: anyOf(members, ['admin', 'client', 'peer']),
    Writers: anyOf(members, ['admin', 'client']),
    Admins: majorityOf(members, 'admin'),
    LifecycleEndorsement: majorityOf(members, 'peer'),
    Endorsement: majorityOf(members, 'peer'),
  };
}

export function channelPolicies(network: Topology): Record<string, Policy> {
  const members = paymentSystemIds(network);
  const ordering = orderingIds(network);
  return {
    Readers: signature(or([...principals(members, ['admin', 'client', 'peer']), ...principals(ordering, ['admin', 'orderer'])])),
    Writers: signature(or([...principals(members, ['admin', 'client']), ...principals(ordering, ['admin', 'orderer'])])),
    Admins: signature(`AND(${majority(members, 'admin')}, ${majority(ordering, 'admin')})`),
  };
}

function orderingIds(network: Topology): readonly string[] {
  return network.ordering.map((it) => it.organizationId);
}

function paymentSystemIds(network: Topology): readonly string[] {
  return network.paymentSystems.map((it) => it.organizationId);
}

function principals(mspIds: readonly string[], roles: readonly Role[]): readonly string[] {
  return mspIds.flatMap((mspId) => roles.map((role) => `'${mspId}.${role}'`));
}

function or(rules: readonly string[]): string {
  return `OR(${rules.join(', ')})`;
}

function majority(mspIds: readonly string[], role: Role): string {
  return `OutOf(${Math.floor(mspIds.length / 2) + 1}, ${principals(mspIds, [role]).join(', ')})`;
}

function anyOf(mspIds: readonly string[], roles: readonly Role[]): Policy {
  return signature(or(principals(mspIds, roles)));
}

function majorityOf(mspIds: readonly string[], role: Role): Policy {
  return signature(majority(mspIds, role));
}

function signature(rule: string): Policy {
  return { Type: 'Signature', Rule: rule };
}
