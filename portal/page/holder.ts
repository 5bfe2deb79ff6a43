import { createSigner, pay, readSigned, requestLimit, TallyClient, TallyError, type SignedInstruction, type Submission } from '@tallystick/client';
import { GATEWAY } from './application.ts';
import { keep, type Vault } from './vault.ts';

/** Outcomes that are none: the same bytes must be sent again. */
const UNDECIDED = 'OUTCOME_UNKNOWN';

/** A registered account at work. */
export class Holder {
  readonly client: TallyClient;
  readonly account: string;
  readonly thumbprint: string;
  #vault: Vault;

  private constructor(client: TallyClient, thumbprint: string, vault: Vault) {
    this.client = client;
    this.account = vault.account;
    this.thumbprint = thumbprint;
    this.#vault = vault;
  }

  static async of(vault: Vault, certificate: string): Promise<Holder> {
    const signer = await createSigner({ id: vault.account, key: vault.key, certificate });
    return new Holder(new TallyClient({ ...GATEWAY, signer, ledger: vault.ledger }), signer.thumbprint, vault);
  }

  async pay(body: { readonly payee: string; readonly token: string; readonly amount: string }): Promise<Submission> {
    return this.#submit(await this.client.sign(pay, body), '/payments');
  }

  async askForLimit(body: { readonly token: string; readonly amount: string }): Promise<Submission> {
    return this.#submit(await this.client.sign(requestLimit, body), '/instructions');
  }

  /** What an earlier visit had signed and never saw the outcome of. */
  async resume(): Promise<Submission | undefined> {
    const { underWay } = this.#vault;
    return underWay === undefined ? undefined : this.#settle(underWay);
  }

  /** Kept before it is sent: a reload, a crash or a lost answer cannot make it happen twice or be forgotten. */
  async #submit({ jws }: SignedInstruction, path: string): Promise<Submission> {
    if (this.#vault.underWay !== undefined) throw new Error('The one before has no outcome yet. Reload the page to send it again.');
    this.#vault = await keep({ ...this.#vault, underWay: { jws, path } });
    return this.#settle({ jws, path });
  }

  async #settle({ jws, path }: { readonly jws: string; readonly path: string }): Promise<Submission> {
    try {
      const submission = await this.client.submit(await readSigned(jws), path);
      await this.#forgetIt();
      return submission;
    } catch (error) {
      if (error instanceof TallyError && error.code !== UNDECIDED) await this.#forgetIt();
      throw error;
    }
  }

  async #forgetIt(): Promise<void> {
    const { underWay: _done, ...rest } = this.#vault;
    this.#vault = await keep(rest);
  }
}
