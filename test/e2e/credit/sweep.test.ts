import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { initiateSettlement, openDispute, placeHold } from '../../../client/src/index.ts';
import { openConsortium, type Consortium } from '../../support/consortium.ts';
import { buy, nameOf, openRelation, type Relation } from '../../support/credit-network.ts';
import { until } from '../../support/patience.ts';

/** Everything ends: nobody signs anything here after the deadline. */
describe('what is past its deadline', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let relation: Relation;

  before(async () => {
    consortium = await openConsortium();
    relation = await openRelation(consortium);
  });

  it('is ended by the gateway of its debtor: what was held returns, the bills are open again', async () => {
    const { enterprise, merchant, token } = relation;
    await consortium.fund(enterprise.signer.id, token, '100');
    const bills = [nameOf(await buy(enterprise, relation, '50')), nameOf(await buy(enterprise, relation, '60'))] as const;
    const deadline = new Date(Date.now() + 20_000).toISOString();
    const settlement = nameOf(await enterprise.send(initiateSettlement, { creditor: merchant.signer.id, token, bills: [{ bill: bills[0], amount: '50' }], deadline }));
    const hold = nameOf(await enterprise.send(placeHold, { payee: merchant.signer.id, token, amount: '30', expiresAt: deadline }));
    await enterprise.send(openDispute, { bill: bills[1], amount: '60', code: 'WRONG_AMOUNT', deadline });
    const stateOf = async (path: string) => (await enterprise.read<{ readonly state: string }>(path)).state;
    const states = () => Promise.all([stateOf(`/settlements/${settlement}`), stateOf(`/holds/${hold}`), stateOf(`/bills/${bills[0]}`), stateOf(`/bills/${bills[1]}`)]);
    expect(await states()).to.deep.equal(['initiated', 'held', 'settling', 'disputed']);
    await until('all of them ended', async () => {
      await pause(3_000);
      // The ledger clock moves by itself every minute; an impatient member may move it sooner.
      await consortium.hostile('WestPay').tick();
      return (await states()).join() === 'expired,expired,open,open' ? true : undefined;
    }, 120_000);
    const { items } = await enterprise.balances(enterprise.signer.id);
    expect(items.find((balance) => balance.token === token)).to.include({ free: '100', held: '0' });
  });
});
