import { createSigner, pay, readSigned, requestLimit, TallyClient, type Outbox, type Signer, type Submission } from '@tallystick/client';
import { GATEWAY } from './application.ts';
import { keep, type Vault } from './vault.ts';

/** A registered account at work. */
export class Holder {
  readonly client: TallyClient;
  readonly account: string;
  readonly thumbprint: string;
  #vault: Vault;

  private constructor(signer: Signer, vault: Vault) {
    this.client = new TallyClient({ ...GATEWAY, signer, ledger: vault.ledger, outbox: this.#outbox() });
    this.account = vault.account;
    this.thumbprint = signer.thumbprint;
    this.#vault = vault;
  }

  static async of(vault: Vault, certificate: string): Promise<Holder> {
    return new Holder(await createSigner({ id: vault.account, key: vault.key, certificate }), vault);
  }

  pay(body: { readonly payee: string; readonly token: string; readonly amount: string }): Promise<Submission> {
    return this.client.send(pay, body, '/payments');
  }

  askForLimit(body: { readonly token: string; readonly amount: string }): Promise<Submission> {
    return this.client.send(requestLimit, body);
  }

  /** What an earlier visit had signed and never saw the outcome of. */
  async resume(): Promise<Submission | undefined> {
    const { underWay } = this.#vault;
    return underWay === undefined ? undefined : this.client.submit(await readSigned(underWay.jws), underWay.path);
  }

  /** One at a time: a reload, a crash or a lost answer cannot make it happen twice or be forgotten. */
  #outbox(): Outbox {
    return {
      keep: async ({ jws }, path) => {
        const { underWay } = this.#vault;
        if (underWay !== undefined && underWay.jws !== jws) throw new Error('The one before has no outcome yet. Reload the page to send it again.');
        this.#vault = await keep({ ...this.#vault, underWay: { jws, path } });
        return 'this browser; reload the page to send them again';
      },
      forget: async () => {
        const { underWay: _done, ...rest } = this.#vault;
        this.#vault = await keep(rest);
      },
    };
  }
}
