import { isAccountId, organizationOf, type OfficerRole } from '@tallystick/chaincode/domain';
import type { Reader } from './access.ts';
import { HttpError } from './http-error.ts';

/** Who may read what (RULES §8): an account its own, an officer what belongs to its organization, or to one it is the trustee of. */

/** Whose accounts an officer's organization cares for: its own, and those of removed ones. */
export function homesOf({ organizationId, wards }: Pick<Reader, 'organizationId' | 'wards'>): readonly string[] {
  return [organizationId, ...wards];
}

export function mayRead(reader: Reader, owner: string): boolean {
  if (reader.signer === owner) return true;
  return !isAccountId(reader.signer) && homesOf(reader).includes(organizationOf(owner));
}

/** @throws HttpError NOT_ENTITLED, whether or not the object exists */
export function assertMayRead(reader: Reader, owner: string): void {
  if (!mayRead(reader, owner)) throw new HttpError('NOT_ENTITLED');
}

/** An officer of the organization, or of the one that cares for its accounts. @throws HttpError NOT_ENTITLED */
export function assertCaresFor(reader: Reader, organizationId: string): void {
  if (isAccountId(reader.signer) || !homesOf(reader).includes(organizationId)) throw new HttpError('NOT_ENTITLED');
}

/** @throws HttpError NOT_ENTITLED */
export function assertOfficerOf(reader: Reader, organizationId: string, role?: OfficerRole): void {
  const holdsRole = role === undefined || reader.roles.includes(role);
  if (isAccountId(reader.signer) || reader.organizationId !== organizationId || !holdsRole) throw new HttpError('NOT_ENTITLED');
}
