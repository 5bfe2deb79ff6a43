import { createSigner, pay, readSigned, requestLimit, TallyClient, type Outbox, type Signer, type Submission } from '@tallystick/client';
import { GATEWAY } from './application.ts';
import { changeVault, openVault, type Vault } from './vault.ts';

/** A registered account at work. */
export class Holder {
  readonly client: TallyClient;
  readonly account: string;
  readonly thumbprint: string;
  private constructor(signer: Signer, { account, ledger }: Vault) {
    this.client = new TallyClient({ ...GATEWAY, signer, ledger, outbox: outboxOf(account) });
    this.account = account;
    this.thumbprint = signer.thumbprint;
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

  /** What an earlier visit, or another tab, has signed and not seen the outcome of. */
  async resume(): Promise<Submission | undefined> {
    const underWay = await this.underWay();
    return underWay === undefined ? undefined : this.client.submit(await readSigned(underWay.jws), underWay.path);
  }

  async underWay(): Promise<Vault['underWay']> {
    return (await openVault())?.underWay;
  }
}

/** One at a time for all tabs: a reload, a crash or a lost answer cannot make it happen twice or be forgotten. */
function outboxOf(account: string): Outbox {
  return {
    keep: async ({ jws }, path) => {
      await changeVault(account, ({ underWay }) => {
        if (underWay !== undefined && underWay.jws !== jws) throw new Error('What was signed before, in this tab or another, has no outcome yet. Nothing more was sent: see that to its end, then try again.');
        return { underWay: { jws, path } };
      });
      return 'this browser';
    },
    forget: async ({ jws }) => {
      await changeVault(account, ({ underWay }) => (underWay?.jws === jws ? { underWay: undefined } : {}));
    },
  };
}
