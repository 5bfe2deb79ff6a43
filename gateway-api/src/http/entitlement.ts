import { isAccountId, organizationOf, type OfficerRole } from '@tallystick/chaincode/domain';
import type { Reader } from './access.ts';
import { HttpError } from './http-error.ts';

/** Who may read what (RULES §8): an account its own, an officer what belongs to its organization, or to one it is the trustee of. */

export function mayRead({ signer, organizationId, wards }: Reader, owner: string): boolean {
  if (signer === owner) return true;
  return !isAccountId(signer) && [organizationId, ...wards].includes(organizationOf(owner));
}

/** @throws HttpError NOT_ENTITLED, whether or not the object exists */
export function assertMayRead(reader: Reader, owner: string): void {
  if (!mayRead(reader, owner)) throw new HttpError('NOT_ENTITLED');
}

/** @throws HttpError NOT_ENTITLED */
export function assertOfficerOf(reader: Reader, organizationId: string, role?: OfficerRole): void {
  const holdsRole = role === undefined || reader.roles.includes(role);
  if (isAccountId(reader.signer) || reader.organizationId !== organizationId || !holdsRole) throw new HttpError('NOT_ENTITLED');
}
