import { isAccountId, lanesOf, organizationOf, type Instruction, type OrganizationId } from '@tallystick/chaincode/domain';

/** Nouns whose instructions change what an enterprise owes or may draw. */
const ON_CREDIT = /^(?:limit|grant|bill|dispute|settlement|hold|mandate)\./;
const PAYS = /^payment\./;

/**
 * The home organization of the enterprise whose credit an instruction is on: there its lane is, so that what arrives at several
 * gateways at once does not conflict. Undefined: it is not on credit.
 */
export function creditHomeOf(instruction: Instruction, isEnterprise: (account: string) => boolean): OrganizationId | undefined {
  const { type, body } = instruction;
  const { credit } = body as { readonly credit?: unknown };
  if (!ON_CREDIT.test(type.type) && !(PAYS.test(type.type) && credit !== undefined)) return undefined;
  const enterprise = lanesOf(instruction).find((name) => isAccountId(name) && isEnterprise(name));
  return enterprise === undefined ? undefined : organizationOf(enterprise);
}
