import { expect } from 'chai';
import { act, assertConserved, balanceOf, defineToken, foundWorld, instruct, issueTo, officer, pass, registerAccount, send, type World } from '../support/world.ts';
import type { Signer } from '../support/signer.ts';

const TOKEN = 'USD@NorthPay';

describe('a payment from balance', () => {
  let world: World;
  let payer: Signer;
  let payee: Signer;

  before(async () => {
    world = await foundWorld();
    await defineToken(world, TOKEN);
  });

  beforeEach(async () => {
    payer = await registerAccount(world, 'NorthPay');
    payee = await registerAccount(world, 'EastPay');
    await issueTo(world, payer.id, TOKEN, 100n);
  });

  afterEach(() => assertConserved(world));

  const pay = (amount: unknown, changes: object = {}) => act(world, payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount, ...changes });

  it('moves the amount from payer to payee', async () => {
    expect(await pay('30')).to.include({ code: 'applied', recorded: true });
    expect(await balanceOf(world, payer.id, TOKEN)).to.equal(70n);
    expect(await balanceOf(world, payee.id, TOKEN)).to.equal(30n);
  });

  for (const [amount, code] of [
    ['1', 'applied'], ['99', 'applied'], ['100', 'applied'], ['101', 'FUNDS_INSUFFICIENT'], ['9'.repeat(30), 'FUNDS_INSUFFICIENT'],
  ] as const) {
    it(`answers ${code} to ${amount} of a balance of 100`, async () => {
      expect(await pay(amount)).to.include({ code, recorded: true });
    });
  }

  for (const [amount, code] of [
    ['0', 'AMOUNT_ZERO'], ['000', 'AMOUNT_ZERO'], ['-1', 'AMOUNT_NEGATIVE'], ['1.5', 'AMOUNT_NOT_WHOLE'], ['1e3', 'AMOUNT_NOT_WHOLE'], ['01', 'AMOUNT_NOT_WHOLE'],
    ['+1', 'AMOUNT_NOT_WHOLE'], [' 1', 'AMOUNT_NOT_WHOLE'], ['0x10', 'AMOUNT_NOT_WHOLE'], ['', 'AMOUNT_NOT_WHOLE'], ['١', 'AMOUNT_NOT_WHOLE'],
    ['1'.repeat(31), 'AMOUNT_TOO_LONG'], [1, 'AMOUNT_NOT_STRING'], [null, 'AMOUNT_NOT_STRING'],
  ] as const) {
    it(`answers ${code} to the amount ${JSON.stringify(amount)} and records nothing`, async () => {
      const before = new Map(world.state.entries);
      expect(await pay(amount)).to.include({ code, recorded: false });
      expect(world.state.entries).to.deep.equal(before);
    });
  }

  it('says the figures of an overdraft', async () => {
    expect((await pay('101')).figures).to.deep.equal({ available: '100', required: '101' });
  });

  it('refuses to pay oneself', async () => {
    expect(await pay('1', { payee: payer.id })).to.include({ code: 'PAYMENT_SELF', recorded: true });
  });

  it('refuses an unknown payee and an unknown token', async () => {
    expect(await pay('1', { payee: payee.id.replace('EastPay', 'WestPay') })).to.include({ code: 'ACCOUNT_UNKNOWN', recorded: true });
    expect(await pay('1', { token: 'EUR@NorthPay' })).to.include({ code: 'TOKEN_UNKNOWN', recorded: true });
  });

  it('refuses an unknown member of the body', async () => {
    expect(await pay('1', { memo: 'x' })).to.deep.include({ code: 'BODY_MALFORMED', recorded: false, figures: { member: 'memo' } });
  });

  it('refuses a paused token until it is resumed', async () => {
    const issuer = officer(world, 'issuer@NorthPay');
    await act(world, issuer, 'token.pause/1', { token: TOKEN });
    expect(await pay('1')).to.include({ code: 'TOKEN_PAUSED' });
    await act(world, issuer, 'token.resume/1', { token: TOKEN });
    expect(await pay('1')).to.include({ code: 'applied' });
  });

  it('refuses an end-to-end id paid before, unless the payment says it repeats', async () => {
    const references = { endToEndId: 'INV-2026.1' };
    expect(await pay('1', { references })).to.include({ code: 'applied' });
    expect(await pay('1', { references })).to.include({ code: 'PAYMENT_DUPLICATE', recorded: true });
    expect(await pay('1', { references, repeat: true })).to.include({ code: 'applied' });
  });

  it('does not claim the end-to-end id of a refused payment', async () => {
    const references = { endToEndId: 'INV-2' };
    expect(await pay('101', { references })).to.include({ code: 'FUNDS_INSUFFICIENT' });
    expect(await pay('100', { references })).to.include({ code: 'applied' });
  });

  it('is applied once, however often it is sent', async () => {
    const text = instruct(world, payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount: '60' });
    expect(await send(world, text)).to.include({ code: 'applied', recorded: true });
    expect(await send(world, text, 3)).to.include({ code: 'applied', repeat: true });
    expect(await balanceOf(world, payee.id, TOKEN)).to.equal(60n);
  });

  it('can spend what has just arrived, from whichever lane', async () => {
    await pay('100');
    const [back] = [await act(world, payee, 'payment.pay/1', { payee: payer.id, token: TOKEN, amount: '100' })];
    expect(back).to.include({ code: 'applied' });
    expect(await balanceOf(world, payer.id, TOKEN)).to.equal(100n);
  });

  it('seals a parcel once a second and spends parcels and the rest alike', async () => {
    for (let second = 0; second < 3; second++) {
      await pay('10');
      world.now += 1_000;
    }
    expect([...world.state.entries.keys()].filter((key) => key.startsWith(`p/${payee.id}/`))).to.have.length(2);
    expect(await balanceOf(world, payee.id, TOKEN)).to.equal(30n);
    expect(await act(world, payee, 'payment.pay/1', { payee: payer.id, token: TOKEN, amount: '30' })).to.include({ code: 'applied' });
    expect([...world.state.entries.keys()].filter((key) => key.startsWith(`p/${payee.id}/`))).to.have.length(0);
  });

  describe('refunded by its payee', () => {
    const payment = async (amount: string) => {
      const text = instruct(world, payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount });
      await send(world, text);
      return `${(JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as { id: string }).id}.${payer.id}`;
    };
    const refund = (signer: Signer, id: string, amount: string) => act(world, signer, 'payment.refund/1', { payment: id, payer: payer.id, amount, reason: 'RETURNED' });

    it('gives back, in parts, no more than the payment', async () => {
      const id = await payment('50');
      expect(await refund(payee, id, '20')).to.include({ code: 'applied' });
      expect(await refund(payee, id, '31')).to.include({ code: 'REFUND_EXCEEDS_PAYMENT' });
      expect(await refund(payee, id, '30')).to.include({ code: 'applied' });
      expect(await refund(payee, id, '1')).to.include({ code: 'REFUND_EXCEEDS_PAYMENT' });
      expect(await balanceOf(world, payer.id, TOKEN)).to.equal(100n);
    });

    it('is refused to anybody else, and for a payment that is not', async () => {
      const id = await payment('50');
      expect(await refund(payer, id, '1')).to.include({ code: 'SIGNER_NOT_ENTITLED', recorded: true });
      expect(await refund(payee, id.replace('NorthPay', 'WestPay'), '1')).to.include({ code: 'PAYMENT_UNKNOWN', recorded: true });
    });
  });

  it('survives ticks of the clock', async () => {
    await pass(world, 60_000);
    expect(await pay('1')).to.include({ code: 'applied' });
  });
});
