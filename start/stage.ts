import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createSigner, importKey, TallyClient, type KeyPair, type Signer } from '@tallystick/client';
import { Wallet } from '@tallystick/client/wallet';
import type { Officer } from '@tallystick/network';
import type { Narrator } from './narrator.ts';

/** A member as the story meets it: a gateway, and officers with their credentials. */
export interface System {
  readonly organizationId: string;
  readonly name: string;
  readonly gateway: { readonly url: string; readonly operations: string };
  readonly officers: Readonly<Record<Officer, { readonly privateKey: string; readonly certificate: string }>>;
}

/** An account that plays a part, with the wallet in which the reader finds it afterwards. */
export interface Player {
  readonly role: 'enterprise' | 'merchant' | 'treasury';
  readonly account: string;
  readonly home: System;
  readonly key: KeyPair;
  readonly signer: Signer;
  readonly wallet: Wallet;
}

/** Where the story plays: the systems, and everybody's way to them. */
export class Stage {
  readonly narrator: Narrator;
  readonly #systems: System[];
  readonly #walletsFolder: string;
  readonly #clients = new Map<string, TallyClient>();

  constructor(systems: readonly System[], walletsFolder: string, narrator: Narrator) {
    this.#systems = [...systems];
    this.narrator = narrator;
    this.#walletsFolder = walletsFolder;
  }

  get systems(): readonly System[] {
    return this.#systems;
  }

  /** A system that has joined. */
  welcome(system: System): void {
    if (!this.#systems.some(({ organizationId }) => organizationId === system.organizationId)) this.#systems.push(system);
  }

  system(organizationId: string): System {
    const found = this.#systems.find((system) => system.organizationId === organizationId);
    if (found === undefined) throw new Error(`There is no system ${organizationId} in this network.`);
    return found;
  }

  /** A signer at a gateway; always the same client, so that it signs in once. */
  client(signer: Signer, { organizationId, gateway }: System): TallyClient {
    const name = `${signer.thumbprint} ${organizationId}`;
    const client = this.#clients.get(name) ?? new TallyClient({ gateway: gateway.url, signer, observe: this.narrator.listen(organizationId) });
    this.#clients.set(name, client);
    return client;
  }

  /** Somebody who signs with a key that is not the signer's: never shares a client with the rightful one. */
  forger(signer: Signer, { organizationId, gateway }: System): TallyClient {
    return new TallyClient({ gateway: gateway.url, signer, observe: this.narrator.listen(organizationId) });
  }

  /** An officer at the gateway of its organization; its wallet is made on the way. */
  async officer(name: Officer, system: System): Promise<TallyClient> {
    const { privateKey, certificate } = system.officers[name];
    const [key, pem] = [await importKey(readFileSync(privateKey, 'utf8')), readFileSync(certificate, 'utf8')];
    const signer = await createSigner({ id: `${name}@${system.organizationId}`, key, certificate: pem });
    const wallet = this.wallet(`${name}.${system.organizationId}`);
    if (!wallet.hasKey) await wallet.saveKey(key);
    wallet.saveCertificate(pem);
    wallet.change({ gateway: system.gateway.url, signer: signer.id });
    return this.client(signer, system);
  }

  /** Every officer gets a wallet, also those who have no part in the story: the reader may want them. */
  async armOfficers(): Promise<void> {
    for (const system of this.#systems) for (const name of Object.keys(system.officers) as Officer[]) await this.officer(name, system);
  }

  wallet(name: string): Wallet {
    return new Wallet(join(this.#walletsFolder, name));
  }

  /** An empty wallet of this name; one of an earlier run is kept under the end of its account's id. */
  newWallet(name: string): Wallet {
    const wallet = this.wallet(name);
    if (!existsSync(wallet.folder)) return wallet;
    const account = wallet.profile().signer?.split('@')[0] ?? 'unfinished';
    renameSync(wallet.folder, `${wallet.folder}.${account.slice(-12)}`);
    return wallet;
  }
}
