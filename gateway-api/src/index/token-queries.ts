import type { DatabaseSync } from 'node:sqlite';
import { organizationOf } from '@tallystick/chaincode/domain';

export interface IndexedToken {
  readonly id: string;
  readonly organization: string;
  readonly name: string;
  readonly decimals: number;
  readonly kind: string;
  readonly cap?: string;
  readonly status: 'active' | 'paused';
  readonly acceptance: 'all-at-par';
  readonly source: { readonly code: string; readonly fields: Readonly<Record<string, string>> };
  readonly document?: string;
  readonly supply: { readonly issued: string; readonly redeemed: string };
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly decimals: number;
  readonly kind: string;
  readonly cap: string | null;
  readonly status: 'active' | 'paused';
  readonly source: string;
  readonly document: string | null;
  readonly issued: string;
  readonly redeemed: string;
}

export function tokenQueries(database: DatabaseSync) {
  const all = database.prepare('SELECT * FROM tokens ORDER BY id');
  const byId = database.prepare('SELECT * FROM tokens WHERE id = ?');
  return {
    all: (): readonly IndexedToken[] => (all.all() as unknown as readonly Row[]).map(tokenOf),
    one: (id: string): IndexedToken | undefined => {
      const row = byId.get(id) as Row | undefined;
      return row === undefined ? undefined : tokenOf(row);
    },
  };
}

function tokenOf({ id, name, decimals, kind, cap, status, source, document, issued, redeemed }: Row): IndexedToken {
  return {
    id,
    organization: organizationOf(id),
    name,
    decimals,
    kind,
    ...(cap === null ? {} : { cap }),
    status,
    acceptance: 'all-at-par',
    source: JSON.parse(source) as IndexedToken['source'],
    ...(document === null ? {} : { document }),
    supply: { issued, redeemed },
  };
}
