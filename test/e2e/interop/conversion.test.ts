import { expect } from 'chai';
import { confirmClearing, offerTreasury, openClearing, payLeg, refund, type TallyClient } from '../../../client/src/index.ts';
import { codeOf, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { at, inDays, nameOf } from '../../support/credit-network.ts';
import { convert, openPool, poolAt, type NetworkPool } from '../../support/interop-network.ts';
import { until } from '../../support/patience.ts';

const GATEWAYS = ['NorthPay', 'EastPay', 'WestPay'] as const;
const CAP = 90;

/** Every payment converts, through whichever gateway; the cap and the pool are the same for all of them. */
describe('conversions through three gateways at the same time', function () {
  this.timeout(300_000);
  let consortium: Consortium;
  let pool: NetworkPool;
  let payers: readonly Holder[];
  let merchant: Holder;
  let north: Holder;

  before(async () => {
    consortium = await openConsortium();
    const [token, into] = [await consortium.token('NorthPay'), await consortium.token('EastPay')];
    pool = await openPool(consortium, { token, into, cap: String(CAP), funds: '1000' });
    payers = await Promise.all(GATEWAYS.flatMap((organization) => [consortium.register(organization), consortium.register(organization)]));
    for (const { signer } of payers) await consortium.fund(signer.id, token, '100');
    [merchant, north] = [await consortium.register('EastPay', ['merchant']), await consortium.register('NorthPay', ['enterprise'])];
  });

  const clientsOf = (payer: Holder) => GATEWAYS.map((organization) => at(consortium, payer, organization));
  const balanceOf = async (holder: Holder, token: string) => {
    const { items } = await consortium.settled((minBlock) => holder.balances(holder.signer.id, { minBlock }));
    return items.find((balance) => balance.token === token)?.free ?? '0';
  };

  it('keep the cap exactly: as many as fit, to the unit, and every other one is refused for it', async () => {
    const payments = payers.flatMap((payer) => clientsOf(payer).flatMap((client) => Array.from({ length: 7 }, () => codeOf(convert(client, pool, merchant.signer.id, '1')))));
    const codes = await Promise.all(payments);
    const count = (code: string) => codes.filter((each) => each === code).length;
    expect({ applied: count('applied'), refused: count('ACCEPTANCE_CAP') }, [...new Set(codes)].join()).to.deep.equal({ applied: CAP, refused: payments.length - CAP });
    for (const organization of GATEWAYS) expect(await poolAt(consortium, organization, pool)).to.deep.equal({ available: String(1_000 - CAP), taken: String(CAP), fixed: '0' });
    expect(await balanceOf(merchant, pool.into)).to.equal(String(CAP));
  });

  it('are refunded while others convert: the pool ends where the sums say', async () => {
    const [first, second] = payers as readonly [Holder, Holder];
    const payment = nameOf(await until('room for one', async () => convert(first, pool, merchant.signer.id, '1').catch(async () => {
      await giveRoom();
      return undefined;
    })));
    const refunds = codeOf(at(consortium, merchant, 'WestPay').send(refund, { payment, payer: first.signer.id, amount: '1', reason: 'RETURNED' }));
    const more = await Promise.all(clientsOf(second).map((client) => codeOf(convert(client, pool, merchant.signer.id, '1'))));
    expect(await refunds).to.equal('applied');
    expect(more.every((code) => ['applied', 'ACCEPTANCE_CAP'].includes(code)), more.join()).to.equal(true);
    const { available, taken } = await poolAt(consortium, 'WestPay', pool);
    expect(BigInt(available) + BigInt(taken)).to.equal(1_000n);
    expect(BigInt(taken) <= BigInt(CAP), taken).to.equal(true);
  });

  /** A merchant gives something back, so that there is room under the cap again. */
  async function giveRoom(): Promise<void> {
    const { items } = await merchant.payments({ role: 'payee' });
    const payment = items.find(({ state, converted }) => state === 'settled' && converted !== undefined);
    if (payment === undefined) throw new Error('nothing was converted');
    await merchant.send(refund, { payment: payment.id, payer: payment.payer, amount: '1', reason: 'RETURNED' });
  }

  it('go on while a cycle is opened, which fixes what was there and ends with nothing owed for it', async () => {
    const northern = await consortium.officer('NorthPay', 'financial-operator');
    const eastern = await consortium.officer('EastPay', 'financial-operator');
    const [payer] = payers as readonly [Holder];
    const stream = Promise.all(clientsOf(payer).map((client) => codeOf(convert(client, pool, merchant.signer.id, '1'))));
    await north.send(offerTreasury, {});
    const opened = northern.send(openClearing, {
      pools: [{ token: pool.token, into: pool.into }], unit: pool.token, rates: [], treasury: north.signer.id, confirmBy: inDays(1), settleBy: inDays(2),
    });
    const clearing = nameOf(await opened);
    expect((await stream).every((code) => ['applied', 'ACCEPTANCE_CAP'].includes(code))).to.equal(true);
    const { fixed } = await poolAt(consortium, 'EastPay', pool);
    await eastern.send(confirmClearing, { clearing, treasury: pool.treasury.signer.id });
    await consortium.fund(north.signer.id, pool.token, fixed);
    const { receipt } = await north.send(payLeg, { clearing, creditor: 'EastPay', to: pool.treasury.signer.id });
    expect(await eastern.clearing(clearing, { minBlock: receipt.record.block })).to.deep.include({ state: 'closed' });
    expect((await poolAt(consortium, 'NorthPay', pool)).fixed).to.equal('0');
    // The fixed tokens are with their issuer again, and the creditor has been paid as much.
    expect(await balanceOf(north, pool.token)).to.equal(fixed);
    expect(await balanceOf(pool.treasury, pool.token)).to.equal(fixed);
  });

  it('a cycle nobody confirms is ended by the gateway of whoever opened it: everything is back in the pool', async () => {
    const northern = await consortium.officer('NorthPay', 'financial-operator');
    const [payer] = payers as readonly [Holder];
    await convert(payer, pool, merchant.signer.id, '2');
    const before = await poolAt(consortium, 'NorthPay', pool);
    const soon = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString();
    const opened = await northern.send(openClearing, {
      pools: [{ token: pool.token, into: pool.into }], unit: pool.token, rates: [], treasury: north.signer.id, confirmBy: soon(8_000), settleBy: soon(16_000),
    });
    const minBlock = opened.receipt.record.block;
    const auditor: TallyClient = await consortium.officer('WestPay', 'auditor');
    await until('the cycle has ended', async () => {
      await consortium.hostile('WestPay').tick();
      return (await auditor.clearing(nameOf(opened), { minBlock })).state === 'void' ? true : undefined;
    }, 120_000);
    expect(await poolAt(consortium, 'EastPay', pool)).to.deep.equal(before);
  });
});
