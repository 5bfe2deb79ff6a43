import { expect } from 'chai';
import { close, freeze, issue, pause, pay, refund, resume, TallyClient, TallyError, unfreeze, type Submission } from '../../../client/src/index.ts';
import { codeOf, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { freeOf } from '../../support/hostile-world.ts';

describe('a payment', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let token: string;
  let payer: Holder;
  let payee: Holder;

  before(async () => {
    consortium = await openConsortium();
    token = await consortium.token('NorthPay');
    payer = await consortium.register('NorthPay');
    payee = await consortium.register('EastPay', ['merchant']);
    await consortium.fund(payer.signer.id, token, '10000');
  });

  /** As one organization's peer has it: neither index nor gateway has a part in it. */
  const has = (account: string) => consortium.settled(() => freeOf(consortium.hostile('WestPay'), account, token));
  const both = async () => [await has(payer.signer.id), await has(payee.signer.id)] as const;
  const paid = (amount: string, by: TallyClient = payer): Promise<Submission> => by.send(pay, { payee: payee.signer.id, token, amount });
  const elsewhere = (holder: Holder, organization: string) => new TallyClient({ gateway: consortium.gateway(organization), signer: holder.signer });

  it('moves the amount once, from payer to payee, across payment systems, and the receipt says where it stands', async () => {
    const [from, to] = await both();
    const { receipt, repeated } = await paid('25');
    expect(repeated).to.equal(false);
    expect(receipt).to.deep.include({ status: 'applied', type: 'payment.pay/1', signer: payer.signer.id, check: { passed: true, rules: 1 } });
    expect(receipt.object?.payment).to.deep.include({ payer: payer.signer.id, payee: payee.signer.id, token, amount: '25', refunded: '0', state: 'settled' });
    const [fromAfter, toAfter] = await both();
    expect([from - fromAfter, toAfter - to]).to.deep.equal([25n, 25n]);
  });

  it('is on every peer when it is acknowledged, or a moment later', async () => {
    const { receipt } = await paid('1');
    for (const organization of ['NorthPay', 'EastPay', 'WestPay']) {
      await consortium.hasBlock(organization, receipt.record.block);
      expect(await consortium.hostile(organization).query('outcome', [receipt.id, receipt.signer]), organization).to.include({ hash: receipt.hash });
    }
  });

  it('of more than the balance is refused with the figures of that moment, is recorded, and moves nothing', async () => {
    const before = await both();
    const error = await paid(String(before[0] + 1n)).then(() => undefined, (refused: unknown) => refused);
    expect(error).to.be.instanceOf(TallyError);
    const { code, figures, status, block } = error as TallyError;
    expect({ code, figures, status }).to.deep.equal({ code: 'FUNDS_INSUFFICIENT', figures: { available: String(before[0]), required: String(before[0] + 1n) }, status: 409 });
    expect(block).to.be.a('number');
    expect(await both()).to.deep.equal(before);
  });

  it('can spend at once what has just arrived, at any gateway', async () => {
    const middle = await consortium.register('EastPay');
    await consortium.fund(middle.signer.id, token, '40');
    for (const organization of ['WestPay', 'EastPay', 'NorthPay', 'WestPay']) await elsewhere(middle, organization).send(pay, { payee: payee.signer.id, token, amount: '10' });
    expect(await has(middle.signer.id)).to.equal(0n);
    expect(await codeOf(elsewhere(middle, 'NorthPay').send(pay, { payee: payee.signer.id, token, amount: '1' }))).to.equal('FUNDS_INSUFFICIENT');
  });

  it('of many payers at three gateways to one merchant sums up exactly', async () => {
    const merchant = await consortium.register('WestPay', ['merchant']);
    const payers = await Promise.all(Array.from({ length: 6 }, (_, index) => consortium.register(['NorthPay', 'EastPay', 'WestPay'][index % 3] ?? '')));
    for (const { signer } of payers) await consortium.fund(signer.id, token, '200');
    const amounts = payers.flatMap((each, index) => Array.from({ length: 10 }, (_, number) => [each, index + number + 1] as const));
    const results = await Promise.all(amounts.map(([each, amount]) => codeOf(each.send(pay, { payee: merchant.signer.id, token, amount: String(amount) }))));
    expect(new Set(results)).to.deep.equal(new Set(['applied']));
    expect(await has(merchant.signer.id)).to.equal(BigInt(amounts.reduce((sum, [, amount]) => sum + amount, 0)));
  });

  it('never spends the same money twice, however many gateways are asked at once', async () => {
    const spender = await consortium.register('NorthPay');
    await consortium.fund(spender.signer.id, token, '100');
    const before = await has(payee.signer.id);
    const attempts = ['NorthPay', 'EastPay', 'WestPay', 'NorthPay', 'EastPay', 'WestPay'].map((organization) => codeOf(elsewhere(spender, organization).send(pay, { payee: payee.signer.id, token, amount: '60' })));
    const codes = await Promise.all(attempts);
    expect(codes.filter((code) => code === 'applied')).to.have.length(1);
    expect(codes.filter((code) => code === 'FUNDS_INSUFFICIENT')).to.have.length(5);
    expect(await has(spender.signer.id)).to.equal(40n);
    expect(await has(payee.signer.id)).to.equal(before + 60n);
  });

  it('with an end-to-end id already paid is refused, unless it says that it repeats', async () => {
    const references = { endToEndId: `INV-${payer.signer.id.slice(0, 13)}` };
    const body = { payee: payee.signer.id, token, amount: '3', references };
    expect(await codeOf(payer.send(pay, body))).to.equal('applied');
    expect(await codeOf(elsewhere(payer, 'WestPay').send(pay, body))).to.equal('PAYMENT_DUPLICATE');
    expect(await codeOf(payer.send(pay, { ...body, repeat: true }))).to.equal('applied');
  });

  it('is refunded by its payee, in parts, up to its amount', async () => {
    const { receipt } = await paid('50');
    const payment = `${receipt.id}.${receipt.signer}`;
    const before = await both();
    const refunded = (amount: string, by: TallyClient = payee) => codeOf(by.send(refund, { payment, payer: payer.signer.id, amount, reason: 'RETURNED' }));
    expect(await refunded('20')).to.equal('applied');
    expect(await refunded('31')).to.equal('REFUND_EXCEEDS_PAYMENT');
    expect(await refunded('5', payer)).to.equal('SIGNER_NOT_ENTITLED');
    expect(await refunded('30', elsewhere(payee, 'NorthPay'))).to.equal('applied');
    expect(await refunded('1')).to.equal('REFUND_EXCEEDS_PAYMENT');
    expect(await both()).to.deep.equal([before[0] + 50n, before[1] - 50n]);
    expect(await payer.payment(payment, { minBlock: (await payer.readiness()).height - 1 })).to.include({ refunded: '50', state: 'refunded' });
  });

  it('is refused while the account is frozen or the token paused, and goes through again afterwards', async () => {
    const registrar = await consortium.officer('NorthPay', 'registrar');
    const issuer = await consortium.officer('NorthPay', 'issuer');
    await registrar.send(freeze, { account: payer.signer.id, mode: 'debit', reason: 'COMPLIANCE' });
    expect(await codeOf(paid('1'))).to.equal('ACCOUNT_FROZEN');
    await registrar.send(unfreeze, { account: payer.signer.id, reason: 'COMPLIANCE' });
    await issuer.send(pause, { token });
    expect(await codeOf(paid('1', elsewhere(payer, 'EastPay')))).to.equal('TOKEN_PAUSED');
    await issuer.send(resume, { token });
    expect(await codeOf(paid('1'))).to.equal('applied');
  });

  it('in tokens of one system is taken by accounts of all, and only its issuer issues', async () => {
    const other = await consortium.token('WestPay');
    await consortium.fund(payer.signer.id, other, '7');
    expect(await codeOf(payer.send(pay, { payee: payee.signer.id, token: other, amount: '7' }))).to.equal('applied');
    expect(await codeOf((await consortium.officer('EastPay', 'issuer')).send(issue, { token: other, account: payee.signer.id, amount: '1' }))).to.equal('OFFICER_ORGANIZATION_DIFFERS');
    expect(await codeOf((await consortium.officer('WestPay', 'registrar')).send(issue, { token: other, account: payee.signer.id, amount: '1' }))).to.equal('OFFICER_ROLE_MISSING');
  });

  it('empties an account, which can then be closed, and not before', async () => {
    const leaving = await consortium.register('EastPay');
    await consortium.fund(leaving.signer.id, token, '9');
    const closing = () => codeOf(leaving.send(close, { account: leaving.signer.id, reason: 'HOLDER_REQUEST' }));
    expect(await closing()).to.equal('ACCOUNT_NOT_EMPTY');
    await leaving.send(pay, { payee: payee.signer.id, token, amount: '9' });
    expect(await closing()).to.equal('applied');
    expect(await codeOf(payer.send(pay, { payee: leaving.signer.id, token, amount: '1' }))).to.equal('ACCOUNT_CLOSED');
  });
});
