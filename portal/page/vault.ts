import type { KeyPair, RegistrationTicket } from '@tallystick/client';

/** What the browser keeps of an account. The private key is one that no script can read, this one included. */
export interface Vault {
  readonly account: string;
  readonly ledger: string;
  readonly key: KeyPair;
  /** Of the holder's digest: with the number or name it proves the link. */
  readonly salt: string;
  readonly holder: string;
  readonly ticket: RegistrationTicket;
  /** DER in base64, once registered. */
  readonly certificate?: string;
  /** Signed and sent, and no outcome known yet: the same bytes are sent again. */
  readonly underWay?: { readonly jws: string; readonly path: string };
}

const [STORE, ENTRY] = ['vault', 'account'];

/** Undefined: nothing was kept in this browser for this gateway. */
export async function openVault(): Promise<Vault | undefined> {
  return (await transact('readonly', (store) => store.get(ENTRY))) as Vault | undefined;
}

export async function keep(vault: Vault): Promise<Vault> {
  await transact('readwrite', (store) => store.put(vault, ENTRY));
  return vault;
}

export async function forget(): Promise<void> {
  await transact('readwrite', (store) => store.delete(ENTRY));
}

async function transact(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const opening = indexedDB.open('tallystick', 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(STORE);
  const database = await done(opening);
  try {
    const transaction = database.transaction(STORE, mode, { durability: 'strict' });
    const asked = act(transaction.objectStore(STORE));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('The browser kept nothing.'));
    });
    return asked.result as unknown;
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
