import { readFileSync, readdirSync } from 'node:fs';
import { expect } from 'chai';
import { attestAlias, registerAlias, releaseAlias, TallyClient } from '../../../client/src/index.ts';
import { codeOf, LEDGER, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { until } from '../../support/patience.ts';

const ORGANIZATIONS = ['NorthPay', 'EastPay', 'WestPay'] as const;
const PHONE = { kind: 'phone', identifier: '+49 151 2345 6789' };

describe('the directory of three systems', function () {
  this.timeout(120_000);
  let consortium: Consortium;
  let holders: readonly Holder[];
  let aliases: readonly string[];

  before(async () => {
    consortium = await openConsortium();
    holders = await Promise.all(ORGANIZATIONS.slice(0, 2).map((organization) => consortium.register(organization)));
    aliases = await Promise.all(holders.map(async ({ signer }) => {
      const organization = signer.id.slice(signer.id.indexOf('@') + 1);
      const { alias } = await (await consortium.officer(organization, 'registrar')).aliasOf(PHONE);
      return alias;
    }));
  });

  const register = async (holder: Holder, number: number) => {
    const organization = ORGANIZATIONS[number] ?? '';
    const alias = aliases[number] ?? '';
    const attestation = await attestAlias(await consortium.signer(organization, 'registrar'), { ledger: LEDGER, account: holder.signer.id, alias });
    return holder.send(registerAlias, { alias, attestation });
  };
  const lookup = async (organization: string) => (await consortium.officer(organization, 'credit-officer')).lookup({ ...PHONE, identifier: '+4915123456789' });

  it('finds a holder at every system it is known to, through any gateway', async () => {
    for (const [number, holder] of holders.entries()) expect((await register(holder, number)).receipt.status).to.equal('applied');
    const expected = holders.map(({ signer }) => signer.id).toSorted();
    for (const organization of ORGANIZATIONS) {
      await until(`both at ${organization}`, async () => {
        const { items, unanswered } = await lookup(organization);
        expect(unanswered).to.deep.equal([]);
        return items.length === 2 ? expect(items.map(({ account }) => account).toSorted()).to.deep.equal(expected) : undefined;
      });
    }
  });

  it('has another alias at each system, and nothing of the number on the ledger or in a gateway’s folder', async () => {
    expect(aliases[0]).not.to.equal(aliases[1]);
    const blocks = await consortium.hostile('WestPay').blocks();
    for (const block of blocks) expect(Buffer.from(block.serializeBinary()).includes('15123456789')).to.equal(false);
    for (const organization of ORGANIZATIONS) {
      const { data } = consortium.member(organization).gateway;
      for (const entry of readdirSync(data, { withFileTypes: true })) if (entry.isFile()) expect(readFileSync(`${data}/${entry.name}`).includes('15123456789'), entry.name).to.equal(false);
    }
  });

  it('goes on without a system that is away, and names it', async () => {
    await consortium.network.stop('gateway.EastPay');
    const found = await lookup('WestPay');
    await consortium.network.restart('gateway.EastPay');
    expect(found.unanswered).to.deep.equal(['EastPay']);
    expect(found.items.map(({ organization }) => organization)).to.deep.equal(['NorthPay']);
  });

  it('forgets who releases', async () => {
    const [holder] = holders;
    if (holder === undefined) throw new Error('nobody');
    await holder.send(releaseAlias, { alias: aliases[0] ?? '', account: holder.signer.id });
    await until('only one', async () => ((await lookup('WestPay')).items.length === 1 ? true : undefined));
    const account = new TallyClient({ gateway: consortium.gateway('NorthPay'), signer: holder.signer });
    expect(await codeOf(account.aliasOf(PHONE))).to.equal('NOT_ENTITLED');
  });
});
