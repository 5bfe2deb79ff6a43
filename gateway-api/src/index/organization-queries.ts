import type { DatabaseSync } from 'node:sqlite';
import type { OfficerRole } from '@tallystick/chaincode/domain';

export interface IndexedOfficer {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly OfficerRole[];
}

export interface IndexedOrganization {
  readonly id: string;
  readonly name: string;
  /** Certificate of the CA that certifies its users and officers: DER, base64. */
  readonly userAuthority: string;
  readonly officers: readonly IndexedOfficer[];
}

export function organizationQueries(database: DatabaseSync) {
  const all = database.prepare('SELECT * FROM organizations ORDER BY id');
  const byId = database.prepare('SELECT * FROM organizations WHERE id = ?');
  const officersOf = database.prepare('SELECT * FROM officers WHERE organization = ? ORDER BY name');
  const officerById = database.prepare('SELECT * FROM officers WHERE id = ?');
  const withOfficers = (row: Readonly<Record<string, unknown>>): IndexedOrganization => ({
    id: String(row['id']),
    name: String(row['name']),
    userAuthority: String(row['user_authority']),
    officers: officersOf.all(String(row['id'])).map(officerOf),
  });
  return {
    all: (): readonly IndexedOrganization[] => all.all().map(withOfficers),
    one: (id: string): IndexedOrganization | undefined => {
      const row = byId.get(id);
      return row === undefined ? undefined : withOfficers(row);
    },
    officer: (id: string): IndexedOfficer | undefined => {
      const row = officerById.get(id);
      return row === undefined ? undefined : officerOf(row);
    },
  };
}

function officerOf(row: Readonly<Record<string, unknown>>): IndexedOfficer {
  return { id: String(row['id']), name: String(row['name']), roles: JSON.parse(String(row['roles'])) as readonly OfficerRole[] };
}
