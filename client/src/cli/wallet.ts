import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { createSigner, exportKey, importKey, type KeyPair, type RegistrationTicket, type SignedInstruction, type Signer } from '../index.ts';
import { Mistake } from './mistake.ts';

/** Who the wallet's owner is and where it asks. */
export interface Profile {
  readonly gateway?: string;
  readonly ledger?: string;
  /** Account, or officer. */
  readonly signer?: string;
  /** Of the registration that is asked for. */
  readonly secret?: string;
  readonly registration?: RegistrationTicket;
  /** The salt of the holder's digest: what proves later whose account it is. */
  readonly salt?: string;
}

/**
 * A folder with a signer's key, certificate and profile, and with what was signed and has no receipt yet.
 * Only its owner may read it; the key is not encrypted, as a business system's service account has nobody to type a passphrase.
 */
export class Wallet {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  get hasKey(): boolean {
    return existsSync(this.#file('key.pem'));
  }

  /** Asked to be certified, and not yet in use. */
  get hasNextKey(): boolean {
    return existsSync(this.#file('next-key.pem'));
  }

  get hasCertificate(): boolean {
    return existsSync(this.#file('certificate.pem'));
  }

  /** As a person would type it. */
  get title(): string {
    const near = relative(process.cwd(), this.folder);
    return near === '' || near.startsWith('..') || isAbsolute(near) ? this.folder : near;
  }

  profile(): Profile {
    const text = this.#read('profile.json');
    try {
      return text === undefined ? {} : (JSON.parse(text) as Profile);
    } catch {
      throw new Mistake(`${this.#file('profile.json')} is not JSON.`, 'Put back what it was: {"gateway": …, "signer": …}, the address of the gateway and the id of the account or officer.');
    }
  }

  change(change: Partial<Profile>): void {
    this.#write('profile.json', `${JSON.stringify({ ...this.profile(), ...change }, undefined, 2)}\n`);
  }

  async saveKey(key: KeyPair, file = 'key.pem'): Promise<void> {
    if (existsSync(this.#file(file))) throw new Mistake(`The wallet ${this.title} has a key already (${file}).`, 'Choose another wallet with --wallet.');
    this.#write(file, await exportKey(key));
  }

  saveCertificate(pem: string): void {
    this.#write('certificate.pem', pem);
  }

  /** The key and certificate of a renewal take the place of the old ones, if there are any. The key goes last: interrupted, it can be repeated. */
  replaceKey(certificate: string): void {
    this.saveCertificate(certificate);
    renameSync(this.#file('next-key.pem'), this.#file('key.pem'));
  }

  key(file = 'key.pem'): Promise<KeyPair> {
    const pem = this.#read(file);
    if (pem === undefined) throw new Mistake(`The wallet ${this.title} has no ${file}.`, 'Make one with "tally init --gateway URL", or name a wallet with --wallet.');
    return importKey(pem);
  }

  async signer(): Promise<Signer> {
    const key = await this.key();
    const { signer: id } = this.profile();
    const certificate = this.#read('certificate.pem');
    if (id === undefined) throw new Mistake(`The wallet ${this.title} has no account yet.`, 'Apply for one with "tally register".');
    if (certificate === undefined) throw new Mistake(`The wallet ${this.title} has no certificate yet.`, 'Ask with "tally registration status" whether it is there.');
    return createSigner({ id, key, certificate });
  }

  /** Keeps what is signed until it is known what became of it. @returns its file */
  keep({ id, jws }: SignedInstruction): string {
    const file = join('outbox', `${id}.jws`);
    this.#write(file, `${jws}\n`);
    return this.#file(file);
  }

  forget(id: string): void {
    rmSync(this.#file(join('outbox', `${id}.jws`)), { force: true });
  }

  kept(): readonly string[] {
    const folder = this.#file('outbox');
    return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  }

  #file(name: string): string {
    return join(this.folder, name);
  }

  #read(name: string): string | undefined {
    return existsSync(this.#file(name)) ? readFileSync(this.#file(name), 'utf8') : undefined;
  }

  /** Whole or not at all, and never readable by others, not even for a moment. */
  #write(name: string, text: string): void {
    const file = this.#file(name);
    mkdirSync(resolve(file, '..'), { recursive: true, mode: 0o700 });
    const fresh = `${file}.new`;
    rmSync(fresh, { force: true });
    writeFileSync(fresh, text, { mode: 0o600, flush: true });
    chmodSync(fresh, 0o600);
    renameSync(fresh, file);
  }
}

/** A folder is given with a separator in it (`./mine`), a name without. */
export function openWallet(nameOrFolder: string, walletsFolder: string): Wallet {
  const isFolder = nameOrFolder.includes('/') || nameOrFolder.includes(sep) || nameOrFolder.startsWith('.');
  return new Wallet(isFolder ? resolve(nameOrFolder) : join(walletsFolder, nameOrFolder));
}
