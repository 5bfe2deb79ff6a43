import { expect } from 'chai';
import { cancelSettlement, refund, reviseGrant } from '../../../client/src/index.ts';
import { codeOf, openConsortium, type Consortium } from '../../support/consortium.ts';
import { at, buy, confirm, drawnAt, nameOf, offer, openRelation, termsOf, type Relation } from '../../support/credit-network.ts';

/** What two gateways do at the same moment: one of them wins, the other is told by a code, and nothing is counted twice. */
describe('races on credit', function () {
  this.timeout(120_000);
  let consortium: Consortium;
  let relation: Relation;

  before(async () => {
    consortium = await openConsortium();
  });

  beforeEach(async () => {
    relation = await openRelation(consortium);
  });

  afterEach(async () => {
    const views = await Promise.all(['NorthPay', 'EastPay', 'WestPay'].map((organization) => drawnAt(consortium, organization, relation)));
    expect(views[1]).to.deep.equal(views[0]);
    expect(views[2]).to.deep.equal(views[0]);
    expect(views[0]?.limit).to.equal(views[0]?.line);
  });

  it('draw the last available credit once', async () => {
    const { enterprise } = relation;
    await buy(enterprise, relation, '300');
    const codes = await Promise.all(['NorthPay', 'EastPay', 'WestPay'].map((organization) => codeOf(buy(at(consortium, enterprise, organization), relation, '150'))));
    expect(codes.sort()).to.deep.equal(['GRANT_EXCEEDED', 'GRANT_EXCEEDED', 'applied']);
    expect(await drawnAt(consortium, 'NorthPay', relation)).to.deep.equal({ line: '450', limit: '450' });
  });

  it('settle and refund a bill: it is discharged once', async () => {
    const { enterprise, merchant, token } = relation;
    await consortium.fund(enterprise.signer.id, token, '100');
    const bill = nameOf(await buy(enterprise, relation, '100'));
    const refunds = () => at(consortium, merchant, 'WestPay').send(refund, { payment: bill, payer: enterprise.signer.id, amount: '100', reason: 'RETURNED' });
    const [settled, refunded] = await Promise.all([codeOf(offer(enterprise, relation, bill, '100')), codeOf(refunds())]);
    expect([settled, refunded].filter((code) => code === 'applied')).to.have.length(1);
    expect([settled, refunded].filter((code) => code === 'BILL_STATE')).to.have.length(1);
  });

  it('confirm and cancel a settlement: one of them ends it', async () => {
    const { enterprise, merchant, token } = relation;
    await consortium.fund(enterprise.signer.id, token, '100');
    const bill = nameOf(await buy(enterprise, relation, '100'));
    const settlement = nameOf(await offer(enterprise, relation, bill, '100'));
    const [confirmed, cancelled] = await Promise.all([codeOf(confirm(merchant, relation, settlement)), codeOf(enterprise.send(cancelSettlement, { settlement }))]);
    expect([confirmed, cancelled].sort()).to.deep.equal(['SETTLEMENT_STATE', 'applied']);
    const drawn = confirmed === 'applied' ? '0' : '100';
    expect(await drawnAt(consortium, 'EastPay', relation)).to.deep.equal({ line: drawn, limit: drawn });
  });

  it('revise a grant while payments run: each is judged by one version', async () => {
    const { enterprise, merchant, token } = relation;
    const payments = Array.from({ length: 12 }, () => codeOf(buy(enterprise, relation, '20')));
    const revised = codeOf(merchant.send(reviseGrant, { enterprise: enterprise.signer.id, token, version: 1, terms: termsOf('100', '100'), reason: 'RISK' as const }));
    const codes = await Promise.all(payments);
    expect(await revised).to.equal('applied');
    expect(codes.every((code) => ['applied', 'GRANT_CHANGED'].includes(code)), codes.join()).to.equal(true);
    const applied = codes.filter((code) => code === 'applied').length;
    expect((await drawnAt(consortium, 'NorthPay', relation)).line).to.equal(String(20 * applied));
    expect(await codeOf(buy(enterprise, relation, '1'))).to.equal('GRANT_CHANGED');
  });

  it('do not hold up the payments of others', async () => {
    const { enterprise } = relation;
    const other = await openRelation(consortium);
    const twenty = () => Promise.all(Array.from({ length: 20 }, () => codeOf(buy(other.enterprise, other, '1'))));
    const began = performance.now();
    await twenty();
    const started = performance.now();
    const aloneMs = started - began;
    const contended = Promise.all(Array.from({ length: 20 }, (_, number) => codeOf(buy(at(consortium, enterprise, ['NorthPay', 'EastPay', 'WestPay'][number % 3] ?? ''), relation, '1'))));
    const honest = await twenty();
    const honestMs = performance.now() - started;
    expect(new Set(honest)).to.deep.equal(new Set(['applied']));
    expect(new Set(await contended)).to.deep.equal(new Set(['applied']));
    // Twenty more payments on the same machine, and a second for a transaction that is lost to them.
    expect(honestMs, `${aloneMs} ms alone`).to.be.lessThan(3 * aloneMs + 1_000);
    expect((await drawnAt(consortium, 'WestPay', relation)).line).to.equal('20');
  });
});
