import type { Address, Key, Table } from '../domain/book.ts';

/**
 * Every key of the world state. Ids sort by time within their prefix, so the state database appends. Every instruction first looks
 * for a record that is not there: that prefix is the last of all, so that a new id lies beyond every table of the database.
 */
const KEYS: { readonly [T in Table]: (...key: Key<T>) => string } = {
  ledger: () => 'ledger',
  clock: () => 'clock',
  rules: (version) => `w/${String(version).padStart(10, '0')}`,
  openProposal: (organization, subject) => `v/${organization}/${subject}`,
  foundingVote: (organization) => `f/${organization}`,
  organization: (organization) => `o/${organization}`,
  certificate: (thumbprint) => `c/${thumbprint}`,
  keyHolder: (keyHash) => `k/${keyHash}`,
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
  instruction: (id, signer) => `~/${id}/${signer}`,
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
  ledger: 'ledger', clock: 'clock', w: 'rules', v: 'openProposal', f: 'foundingVote', o: 'organization', c: 'certificate', k: 'keyHolder', a: 'account', h: 'holderLinks', n: 'spending', d: 'alias', t: 'token', u: 'supply',
  b: 'balance', s: 'slot', p: 'parcel', l: 'creditLimit', g: 'creditLine', r: 'bankReference', '~': 'instruction', e: 'endToEnd',
  x: 'acceptance', y: 'pool',
};

/** Undefined: no key of this ledger. */
export function parseStateKey(key: string): StateKey | undefined {
  const [prefix = '', ...parts] = key.split('/');
  const table = PREFIXES[prefix];
  return table === undefined ? undefined : { table, parts };
}
