import { isAccountId, lanesOf, organizationOf, type Instruction, type OrganizationId } from '@tallystick/chaincode/domain';

/**
 * The home organization of the enterprise whose credit an instruction is on: there its lane is, so that what arrives at several
 * gateways at once does not conflict. Undefined: it is not on credit.
 */
export function creditHomeOf(instruction: Instruction, isEnterprise: (account: string) => boolean): OrganizationId | undefined {
  const { type, body } = instruction;
  if (type.onCredit !== true && type.onCredit?.(body) !== true) return undefined;
  const enterprise = lanesOf(instruction).find((name) => isAccountId(name) && isEnterprise(name));
  return enterprise === undefined ? undefined : organizationOf(enterprise);
}
