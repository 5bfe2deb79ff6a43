import { expect } from 'chai';
import { readBlock } from '../../../gateway-api/src/fabric/block.ts';
import type { Receipt } from '../../../client/src/index.ts';
import { openConsortium, type Consortium } from '../../support/consortium.ts';
import { at, buy, drawnAt, openRelation, type Relation } from '../../support/credit-network.ts';
import { until } from '../../support/patience.ts';

/** DESIGN §1.3: what is on an enterprise's credit runs in its lane at its home gateway; a hint, never a need. */
describe('credit at another gateway than the enterprise’s home', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let relation: Relation;

  before(async () => {
    consortium = await openConsortium();
    relation = await openRelation(consortium);
  });

  /** Whose gateway brought it into the chain. */
  const broughtBy = async ({ record }: Receipt): Promise<string | undefined> => {
    const blocks = await consortium.hostile('WestPay').blocks(BigInt(record.block));
    const transactions = blocks.flatMap((block) => readBlock(block, 'tallystick').transactions);
    return transactions.find(({ transactionId }) => transactionId === record.transaction)?.call?.submitter;
  };

  it('is handed to the home gateway, and the client has its receipt where it asked', async () => {
    const { receipt } = await buy(at(consortium, relation.enterprise, 'WestPay'), relation, '10');
    expect(await broughtBy(receipt)).to.equal('NorthPay');
  });

  it('many at once through three gateways are each applied once', async () => {
    const clients = ['NorthPay', 'EastPay', 'WestPay'].map((organization) => at(consortium, relation.enterprise, organization));
    const receipts = await Promise.all(Array.from({ length: 30 }, (_, number) => buy(clients[number % clients.length] ?? relation.enterprise, relation, '2')));
    const brought = await Promise.all(receipts.map(({ receipt }) => broughtBy(receipt)));
    expect(new Set(brought)).to.deep.equal(new Set(['NorthPay']));
    expect(await drawnAt(consortium, 'EastPay', relation)).to.deep.equal({ line: '70', limit: '70' });
  });

  it('is submitted by the gateway itself when the home gateway is away', async () => {
    await consortium.network.stop('gateway.NorthPay');
    try {
      const { receipt } = await buy(at(consortium, relation.enterprise, 'WestPay'), relation, '10');
      expect(await broughtBy(receipt)).to.equal('WestPay');
    } finally {
      await consortium.network.restart('gateway.NorthPay');
      await until('the gateway of NorthPay', async () => ((await consortium.network.status()).nodes.find(({ node }) => node === 'gateway.NorthPay')?.ready === true ? true : undefined));
    }
  });
});
