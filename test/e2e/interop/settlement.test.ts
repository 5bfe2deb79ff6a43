import { expect } from 'chai';
import { cancelSettlement, initiateSettlement } from '../../../client/src/index.ts';
import { codeOf, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { at, buy, confirm, drawnAt, inDays, nameOf, openRelation, type Relation } from '../../support/credit-network.ts';
import { openPool, poolAt, type NetworkPool } from '../../support/interop-network.ts';

const GATEWAYS = ['NorthPay', 'EastPay', 'WestPay'] as const;

/** The bill is in the token of the debtor's system; the debtor has the creditor's, which its system takes at par. */
describe('a bill in one token settled in another', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let relation: Relation;
  let pool: NetworkPool;
  let bill: string;

  before(async () => {
    consortium = await openConsortium();
    relation = await openRelation(consortium);
    const { enterprise, token } = relation;
    pool = await openPool(consortium, { token: await consortium.token('EastPay'), into: token, cap: '500', funds: '1000' });
    await consortium.fund(enterprise.signer.id, pool.token, '200');
    bill = nameOf(await buy(enterprise, relation, '60'));
  });

  const initiate = (gateway: string, atMost: string) =>
    at(consortium, relation.enterprise, gateway).send(initiateSettlement, {
      creditor: relation.merchant.signer.id, token: relation.token, bills: [{ bill, amount: '60' }], payWith: { token: pool.token, atMost }, deadline: inDays(1),
    });
  const has = async (holder: Holder, token: string) => {
    const { items } = await consortium.settled((minBlock) => holder.balances(holder.signer.id, { minBlock }));
    const { free = '0', held = '0' } = items.find((balance) => balance.token === token) ?? {};
    return { free, held };
  };
  /** Lines of the holder's statement that an instruction made, as every gateway tells them to it. */
  const linesOf = async (holder: Holder, instruction: string) => {
    const told = await consortium.settled((minBlock) => Promise.all(GATEWAYS.map(async (gateway) => {
      const { items } = await at(consortium, holder, gateway).postings(holder.signer.id, { limit: 100, minBlock });
      return items.filter((line) => `${line.instruction.id}.${line.instruction.signer}` === instruction).map(({ token, amount }) => [token, amount]);
    })));
    for (const lines of told) expect(lines).to.deep.equal(told[0]);
    return told[0];
  };

  it('is refused when it costs more than the debtor says, whatever gateway is asked', async () => {
    for (const gateway of GATEWAYS) expect(await codeOf(initiate(gateway, '59'))).to.equal('CONVERSION_RATE');
    expect(await has(relation.enterprise, pool.token)).to.deep.equal({ free: '200', held: '0' });
  });

  it('converts and holds at initiation; what is cancelled comes back as the bill’s token', async () => {
    const settlement = nameOf(await initiate('WestPay', '60'));
    expect(await has(relation.enterprise, pool.token)).to.deep.equal({ free: '140', held: '0' });
    expect(await has(relation.enterprise, relation.token)).to.deep.equal({ free: '0', held: '60' });
    await relation.enterprise.send(cancelSettlement, { settlement });
    expect(await has(relation.enterprise, relation.token)).to.deep.equal({ free: '60', held: '0' });
  });

  it('is confirmed: the creditor has its token, the issuers’ position stands, and every gateway tells both statements alike', async () => {
    const { enterprise, merchant, token } = relation;
    const settlement = nameOf(await initiate('EastPay', '60'));
    const confirmation = nameOf(await confirm(at(consortium, merchant, 'WestPay'), relation, settlement));
    expect(await has(merchant, token)).to.deep.equal({ free: '60', held: '0' });
    expect(await has(enterprise, pool.token)).to.deep.equal({ free: '80', held: '0' });
    expect((await merchant.bill(bill)).state).to.equal('settled');
    expect(await merchant.settlement(settlement)).to.deep.include({ state: 'confirmed', net: '60', paidWith: { token: pool.token, amount: '60' } });
    expect(await linesOf(enterprise, settlement)).to.deep.equal([[pool.token, '-60'], [token, '60']]);
    expect(await linesOf(enterprise, confirmation)).to.deep.equal([[token, '-60']]);
    expect(await linesOf(merchant, confirmation)).to.deep.equal([[token, '60']]);
    for (const organization of GATEWAYS) {
      expect(await poolAt(consortium, organization, pool)).to.deep.equal({ available: '880', taken: '120', fixed: '0' });
      expect(await drawnAt(consortium, organization, relation)).to.deep.equal({ line: '0', limit: '0' });
    }
    for (const organization of ['NorthPay', 'EastPay']) {
      const operator = await consortium.officer(organization, 'financial-operator');
      const { items } = await consortium.settled((minBlock) => operator.positions({ token: pool.token, minBlock }));
      expect(items.find(({ into }) => into === token)).to.include({ debtor: 'EastPay', creditor: 'NorthPay', amount: '120', taken: '120', fixed: '0' });
    }
  });
});
