import type { KeyPair, RegistrationTicket } from '@tallystick/client';

export type Role = 'person' | 'enterprise' | 'merchant';

/** What the browser keeps of an account. The private key is one that no script can read, this one included. */
export interface Vault {
  readonly account: string;
  readonly ledger: string;
  readonly key: KeyPair;
  readonly role: Role;
  /** Of the holder's digest: with the number or name it proves the link. */
  readonly salt: string;
  readonly holder: string;
  /** Of the ticket, and known before it: what is sent again with it is the same application. */
  readonly secret: string;
  /** Once the gateway has answered. */
  readonly ticket?: RegistrationTicket;
  /** Chosen with the application, until it is handed in or refused. */
  readonly document?: File | undefined;
  /** DER in base64, once registered. */
  readonly certificate?: string;
  /** Signed and sent, and no outcome known yet: the same bytes are sent again. */
  readonly underWay?: { readonly jws: string; readonly path: string } | undefined;
}

const [STORE, ENTRY] = ['vault', 'account'];

/** Undefined: nothing was kept in this browser for this gateway. */
export function openVault(): Promise<Vault | undefined> {
  return transact('readonly', (_, kept) => kept);
}

/** @throws Error when there is an account here already */
export function keepNew(vault: Vault): Promise<Vault> {
  return transact('readwrite', (store, kept) => {
    if (kept !== undefined) throw new Error('This browser has applied already, in another tab. Reload the page to go on with it.');
    return put(store, vault);
  });
}

/** Reads and writes at once: no other tab comes between. What `change` throws leaves all as it was. */
export function changeVault(account: string, change: (kept: Vault) => Partial<Vault>): Promise<Vault> {
  return transact('readwrite', (store, kept) => {
    if (kept?.account !== account) throw new Error('This account is no longer kept here: another tab has given it up. Reload the page.');
    return put(store, { ...kept, ...change(kept) });
  });
}

/** Nothing happens when another account is kept meanwhile. */
export function forget(account: string): Promise<void> {
  return transact('readwrite', (store, kept) => {
    if (kept?.account === account) store.delete(ENTRY);
  });
}

function put(store: IDBObjectStore, vault: Vault): Vault {
  store.put(vault, ENTRY);
  return vault;
}

async function transact<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore, kept: Vault | undefined) => T): Promise<T> {
  const opening = indexedDB.open('tallystick', 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(STORE);
  const database = await done(opening);
  try {
    const transaction = database.transaction(STORE, mode, { durability: 'strict' });
    const ended = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('The browser kept nothing.'));
    });
    const store = transaction.objectStore(STORE);
    const [made] = await Promise.all([done(store.get(ENTRY)).then((kept) => act(store, kept as Vault | undefined)), ended]);
    return made;
  } finally {
    database.close();
  }
}

function done<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error('The browser does not open its store.'));
  });
}
