import type { Address, Key, Table } from '../domain/book.ts';

/**
 * Every key of the world state. The peers' database keeps keys in order, in tables that each hold a range of them, and rewrites whatever
 * lies in the range of what is new. So what comes with every registration sorts first (certificates, keys, accounts), then instructions,
 * whose ids grow with time, then what payments change (balances, slots): of the many old instructions none lies in the range of the new.
 */
const KEYS: { readonly [T in Table]: (...key: Key<T>) => string } = {
  ledger: () => 'ledger',
  clock: () => 'clock',
  rules: (version) => `w/${String(version).padStart(10, '0')}`,
  openProposal: (organization, subject) => `v/${organization}/${subject}`,
  foundingVote: (organization) => `f/${organization}`,
  organization: (organization) => `o/${organization}`,
  certificate: (thumbprint) => `C/${thumbprint}`,
  keyHolder: (keyHash) => `K/${keyHash}`,
  account: (account) => `a/${account}`,
  holderLinks: (account) => `h/${account}`,
  spending: (account, thumbprint, token) => `n/${account}/${thumbprint}/${token}`,
  alias: (organization, alias) => `d/${organization}/${alias}`,
  token: (token) => `t/${token}`,
  supply: (token) => `u/${token}`,
  balance: (account, token) => `b/${account}/${token}`,
  slot: (account, token, slot) => `s/${account}/${token}/${slot}`,
  parcel: (account, token, slot, number) => `p/${account}/${token}/${slot}/${String(number).padStart(10, '0')}`,
  acceptance: (token, into) => `x/${token}/${into}`,
  pool: (token, into, slot) => `y/${token}/${into}/${slot}`,
  creditLimit: (enterprise, token) => `l/${enterprise}/${token}`,
  creditLine: (enterprise, token, merchant) => `g/${enterprise}/${token}/${merchant}`,
  bankReference: (account, reference) => `r/${account}/${reference}`,
  instruction: (id, signer) => `ai/${id}/${signer}`,
  endToEnd: (payer, payee, endToEndId) => `e/${payer}/${payee}/${endToEndId}`,
};

export function stateKey<T extends Table>(table: T, ...key: Key<T>): string {
  return KEYS[table](...key);
}

export function stateKeyOf([table, ...key]: Address): string {
  return (KEYS[table] as (...key: readonly unknown[]) => string)(...key);
}

/** A key taken apart: which table it is of, and its parts as text. */
export interface StateKey {
  readonly table: Table;
  readonly parts: readonly string[];
}

const PREFIXES: Readonly<Record<string, Table>> = {
  ledger: 'ledger', clock: 'clock', w: 'rules', v: 'openProposal', f: 'foundingVote', o: 'organization', C: 'certificate', K: 'keyHolder', a: 'account', h: 'holderLinks', n: 'spending', d: 'alias', t: 'token', u: 'supply',
  b: 'balance', s: 'slot', p: 'parcel', l: 'creditLimit', g: 'creditLine', r: 'bankReference', ai: 'instruction', e: 'endToEnd',
  x: 'acceptance', y: 'pool',
};

/** Undefined: no key of this ledger. */
export function parseStateKey(key: string): StateKey | undefined {
  const [prefix = '', ...parts] = key.split('/');
  const table = PREFIXES[prefix];
  return table === undefined ? undefined : { table, parts };
}
