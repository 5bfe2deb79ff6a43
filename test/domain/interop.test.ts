import { expect } from 'chai';
import { DEFAULT_RULES } from '../../chaincode/src/domain/index.ts';
import { decide } from '../support/admission.ts';
import { bank, confirm, DAY_MS, iso, make, registerAs, withCredit, between } from '../support/credit-world.ts';
import { accept, EUR, fundPool, giveBack, interopWorld, PAIR, payInto, poolOf, PTS, treasury, USD, type InteropWorld } from '../support/interop-world.ts';
import { positionsOf } from '../support/pool-laws.ts';
import { act, apply, assertConserved, balanceOf, balanceViewOf, copyOf, defineToken, instruct, issueTo, officer, pass } from '../support/world.ts';

describe('interoperability', () => {
  let founded: InteropWorld;
  let world: InteropWorld;

  before(async () => {
    founded = await interopWorld();
  });

  beforeEach(() => {
    world = copyOf(founded);
  });

  afterEach(() => assertConserved(world));

  const operator = (organization: string) => officer(world, `financial-operator@${organization}`);
  const about = (verb: string, signer = operator('EastPay')) => act(world, signer, `acceptance.${verb}/1`, PAIR);

  describe('an acceptance', () => {
    it('is set by the financial operator or the issuer of the organization that accepts', async () => {
      expect(await accept(world)).to.include({ code: 'applied' });
      const body = { ...PAIR, treasury: treasury(world, 'EastPay').id, rate: { numerator: '1', denominator: '1' }, validFrom: iso(world.now), validUntil: iso(world.now + DAY_MS), cap: '1', direction: 'in' };
      expect(await act(world, officer(world, 'issuer@EastPay'), 'acceptance.set/1', body)).to.include({ code: 'applied' });
      expect(await act(world, officer(world, 'registrar@EastPay'), 'acceptance.set/1', body)).to.include({ code: 'OFFICER_ROLE_MISSING' });
      expect(await act(world, operator('NorthPay'), 'acceptance.set/1', body)).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
    });

    for (const [why, changes, code] of [
      ['an own token', { token: EUR }, 'ACCEPTANCE_OWN'],
      ['an unknown token', { token: 'XXX@NorthPay' }, 'TOKEN_UNKNOWN'],
      ['validity that ends before it begins', { validFrom: iso(Date.now() + 2 * DAY_MS), validUntil: iso(Date.now() + DAY_MS) }, 'ACCEPTANCE_TERMS'],
      ['validity that is over', { validFrom: iso(Date.now() - 3 * DAY_MS), validUntil: iso(Date.now() - 2 * DAY_MS) }, 'DEADLINE_PAST'],
      ['validity without end', { validUntil: iso(Date.now() + 400 * DAY_MS) }, 'DEADLINE_TOO_FAR'],
    ] as const) {
      it(`refuses ${why}`, async () => expect(await accept(world, PAIR, changes)).to.include({ code }));
    }

    it('names a treasury of the organization itself, which does not close meanwhile', async () => {
      expect(await accept(world, PAIR, { treasury: world.payer.id })).to.include({ code: 'TREASURY_ORGANIZATION_DIFFERS' });
      await accept(world);
      const own = treasury(world, 'EastPay');
      expect(await act(world, own, 'account.close/1', { account: own.id, reason: 'OTHER' })).to.include({ code: 'ACCOUNT_NOT_EMPTY' });
    });

    it('names a treasury by its holder’s own word alone, which the holder takes back for what is to come', async () => {
      const other = await registerAs(world, 'EastPay', ['enterprise']);
      expect(await accept(world, PAIR, { treasury: other.id })).to.deep.include({ code: 'TREASURY_CONSENT', recorded: true, figures: { account: other.id } });
      expect(await act(world, operator('EastPay'), 'treasury.offer/1', {})).to.include({ code: 'SIGNER_KIND_WRONG' });
      expect(await act(world, other, 'treasury.offer/1', {})).to.include({ code: 'applied' });
      expect(await accept(world, PAIR, { treasury: other.id })).to.include({ code: 'applied' });
      expect(await act(world, other, 'treasury.withdraw/1', {})).to.include({ code: 'applied' });
      expect(await accept(world, PAIR, { treasury: other.id, cap: '7' }), 'it is named already').to.include({ code: 'applied' });
      expect(await accept(world)).to.include({ code: 'applied' });
      expect(await accept(world, PAIR, { treasury: other.id })).to.include({ code: 'TREASURY_CONSENT' });
      expect(await act(world, other, 'account.close/1', { account: other.id, reason: 'OTHER' })).to.include({ code: 'applied' });
    });

    it('is suspended and resumed', async () => {
      expect(await about('suspend')).to.include({ code: 'ACCEPTANCE_NONE' });
      await accept(world);
      expect(await about('resume')).to.include({ code: 'ACCEPTANCE_STATE' });
      expect(await about('suspend', operator('NorthPay'))).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
      expect(await about('suspend')).to.include({ code: 'applied' });
      expect(await about('resume')).to.include({ code: 'applied' });
    });

    it('is funded by its treasury alone, and emptied into it', async () => {
      await accept(world);
      expect(await act(world, world.payer, 'acceptance.fund/1', { ...PAIR, amount: '1' })).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await fundPool(world, '100001')).to.include({ code: 'FUNDS_INSUFFICIENT' });
      expect(await fundPool(world, '5000')).to.include({ code: 'applied' });
      const own = treasury(world, 'EastPay');
      const defund = (signer: typeof own, changes: object) => act(world, signer, 'acceptance.defund/1', { ...PAIR, treasury: own.id, of: EUR, amount: '2000', ...changes });
      expect(await defund(world.payee, {})).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await defund(own, { treasury: world.payee.id })).to.include({ code: 'ACCEPTANCE_TERMS' });
      expect(await defund(own, { of: PTS })).to.include({ code: 'ACCEPTANCE_TERMS' });
      expect(await defund(operator('EastPay'), {})).to.include({ code: 'applied' });
      expect(await defund(own, { amount: '3001' })).to.deep.include({ code: 'POOL_INSUFFICIENT', figures: { available: '3000', required: '3001' } });
      expect(await balanceOf(world, own.id, EUR)).to.equal(97_000n);
    });
  });

  describe('an acceptance that is ended', () => {
    const end = (signer = operator('EastPay'), changes: object = {}) => act(world, signer, 'acceptance.end/1', { ...PAIR, treasury: treasury(world, 'EastPay').id, ...changes });

    beforeEach(async () => {
      await accept(world, PAIR, { direction: 'both' });
      await fundPool(world, '5000');
    });

    it('gives what is in the pool to its treasury, which may close again; nobody converts by it any more, either way', async () => {
      const { id: payment } = await payInto(world, '300', { token: EUR, atLeast: '3000' });
      expect(await end(world.payer)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await end(operator('NorthPay'))).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
      expect(await end(operator('EastPay'), { treasury: world.payee.id })).to.include({ code: 'ACCEPTANCE_TERMS' });
      const own = treasury(world, 'EastPay');
      expect(await end(own)).to.include({ code: 'applied' });
      expect([await balanceOf(world, own.id, EUR), await balanceOf(world, own.id, USD)]).to.deep.equal([97_000n, 300n]);
      expect(await poolOf(world)).to.deep.equal({ available: 0n, taken: 0n, room: 0n });
      for (const answer of [await payInto(world, '1', { token: EUR, atLeast: '1' }), await payInto(world, '100', { token: USD, atLeast: '1', repayment: true }, { from: world.payee, to: world.payer, token: EUR }), await giveBack(world, payment, '1'), await fundPool(world, '1'), await about('suspend'), await end()]) expect(answer).to.include({ code: 'ACCEPTANCE_NONE' });
      expect(await giveBack(world, payment, '300', { received: true })).to.include({ code: 'applied' });
    });

    it('may be set anew, as the next version, suspended or not', async () => {
      await payInto(world, '300', { token: EUR, atLeast: '3000' });
      await about('suspend');
      expect(await end()).to.include({ code: 'applied' });
      expect(await accept(world)).to.include({ code: 'applied' });
      await fundPool(world, '5000');
      expect(await payInto(world, '1000', { token: EUR, atLeast: '1' })).to.include({ code: 'POOL_INSUFFICIENT' });
      expect(await payInto(world, '500', { token: EUR, atLeast: '1' })).to.include({ code: 'applied' });
      expect(await payInto(world, '501', { token: EUR, atLeast: '1' })).to.include({ code: 'ACCEPTANCE_CAP' });
    });

    it('is not, while a clearing cycle has what it took in', async () => {
      await payInto(world, '300', { token: EUR, atLeast: '3000' });
      const { id: clearing } = await make(world, operator('NorthPay'), 'clearing.open/1', { pools: [PAIR], unit: USD, rates: [], treasury: treasury(world, 'NorthPay').id, confirmBy: iso(world.now + DAY_MS), settleBy: iso(world.now + 2 * DAY_MS) });
      expect(await end()).to.deep.include({ code: 'ACCEPTANCE_STATE', figures: { fixed: '300' } });
      expect(await act(world, operator('EastPay'), 'clearing.decline/1', { clearing })).to.include({ code: 'applied' });
      expect(await end()).to.include({ code: 'applied' });
    });
  });

  describe('a payment into another token', () => {
    beforeEach(async () => {
      await accept(world);
      await fundPool(world, '20000');
    });

    it('debits the one, credits the other at the rate between whole units, and moves the positions', async () => {
      expect(await payInto(world, '300', { token: EUR, atLeast: '3000' })).to.include({ code: 'applied' });
      expect(await balanceOf(world, world.payer.id, USD)).to.equal(9_700n);
      expect(await balanceOf(world, world.payee.id, EUR)).to.equal(3_000n);
      expect(await poolOf(world)).to.include({ available: 17_000n, taken: 300n });
      expect(positionsOf(world).get(USD)).to.deep.equal(new Map([['EastPay', 300n], ['NorthPay', -300n]]));
    });

    it('rounds down for the payee, and the remainder stays in the pool', async () => {
      await accept(world, PAIR, { rate: { numerator: '1', denominator: '3' } });
      expect(await payInto(world, '1', { token: EUR, atLeast: '4' })).to.deep.include({ code: 'CONVERSION_RATE', figures: { paid: '1', received: '3', atLeast: '4', version: '2' } });
      expect(await payInto(world, '1', { token: EUR, atLeast: '3' })).to.include({ code: 'applied' });
      expect(await payInto(world, '10', { token: EUR, atLeast: '33' })).to.include({ code: 'applied' });
      expect(await poolOf(world)).to.include({ available: 20_000n - 36n, taken: 11n });
    });

    it('tells its postings: both tokens balance, with the pool between', async () => {
      const { outcomes } = await apply(world, [instruct(world, world.payer, 'payment.pay/1', { payee: world.payee.id, token: USD, amount: '5', into: { token: EUR, atLeast: '1' } })]);
      expect(outcomes[0]?.postings).to.deep.equal([
        { account: world.payer.id, token: USD, amount: '-5' }, { account: `pool/${USD}/${EUR}`, token: USD, amount: '5' },
        { account: `pool/${USD}/${EUR}`, token: EUR, amount: '-50' }, { account: world.payee.id, token: EUR, amount: '50' },
      ]);
    });

    it('keeps the cap exactly: up to it, and not one more, whatever slots the room lies in', async () => {
      expect(await payInto(world, '999', { token: EUR, atLeast: '1' })).to.include({ code: 'applied' });
      expect(await payInto(world, '2', { token: EUR, atLeast: '1' })).to.deep.include({ code: 'ACCEPTANCE_CAP', figures: { room: '1', required: '2', cap: '1000' } });
      expect(await payInto(world, '1', { token: EUR, atLeast: '1' })).to.include({ code: 'applied' });
      expect(await payInto(world, '1', { token: EUR, atLeast: '1' })).to.include({ code: 'ACCEPTANCE_CAP' });
    });

    it('brings room and money together from the slots of all lanes and gateways', async () => {
      for (const [lane, submitter] of [[0, 'NorthPay'], [3, 'EastPay'], [7, 'WestPay']] as const) {
        for (let turn = 0; turn < 3; turn++) {
          const text = instruct(world, world.payer, 'payment.pay/1', { payee: world.payee.id, token: USD, amount: '100', into: { token: EUR, atLeast: '1' } });
          expect((await apply(world, [text], lane, submitter)).outcomes[0]?.refusal).to.equal(undefined);
          await assertConserved(world);
        }
      }
      const text = (amount: string) => instruct(world, world.payer, 'payment.pay/1', { payee: world.payee.id, token: USD, amount, into: { token: EUR, atLeast: '1' } });
      expect((await apply(world, [text('101')], 5, 'WestPay')).outcomes[0]?.refusal).to.deep.equal({ code: 'ACCEPTANCE_CAP', figures: { room: '100', required: '101', cap: '1000' } });
      expect((await apply(world, [text('100')], 5, 'WestPay')).outcomes[0]?.refusal).to.equal(undefined);
      expect((await poolOf(world)).taken).to.equal(1_000n);
    });

    it('writes nothing but its own slot while that has enough, so conversions in two lanes do not meet', async () => {
      const pay = (lane: number) => apply(world, [instruct(world, world.payer, 'payment.pay/1', { payee: world.payee.id, token: USD, amount: '1', into: { token: EUR, atLeast: '1' } })], lane);
      await pay(0);
      await pay(1);
      const before = new Map(world.state.entries);
      await pay(0);
      const changed = [...world.state.entries].filter(([key, value]) => key.startsWith('y/') && before.get(key)?.toString() !== value.toString()).map(([key]) => key);
      expect(changed).to.deep.equal([`y/${USD}/${EUR}/NorthPay.0`]);
    });

    for (const [why, prepare, code] of [
      ['there is no acceptance', async () => ({ token: PTS, atLeast: '1' }), 'ACCEPTANCE_NONE'],
      ['the other token is paused', async () => (await act(world, officer(world, 'issuer@EastPay'), 'token.pause/1', { token: EUR }), { token: EUR, atLeast: '1' }), 'TOKEN_PAUSED'],
      ['the acceptance is suspended', async () => (await about('suspend'), { token: EUR, atLeast: '1' }), 'ACCEPTANCE_SUSPENDED'],
      ['the rate is not valid yet', async () => (await accept(world, PAIR, { validFrom: iso(world.now + DAY_MS) }), { token: EUR, atLeast: '1' }), 'ACCEPTANCE_NOT_YET'],
      ['the rate is past its validity', async () => (await accept(world, PAIR, { validUntil: iso(world.now + 60_000) }), await pass(world, 120_000), { token: EUR, atLeast: '1' }), 'ACCEPTANCE_EXPIRED'],
      ['it is worse than the payer takes', async () => ({ token: EUR, atLeast: '101' }), 'CONVERSION_RATE'],
      ['the pool gives nothing back', async () => (await accept(world, { token: EUR, into: USD }), { token: EUR, atLeast: '1', repayment: true }), 'ACCEPTANCE_DIRECTION'],
    ] as const) {
      it(`is refused where ${why}`, async () => expect(await payInto(world, '10', await prepare())).to.include({ code, recorded: true }));
    }

    it('is refused where the pool has less, with the figures of the whole pool', async () => {
      await accept(world, PAIR, { cap: '100000' });
      await issueTo(world, world.payer.id, USD, 10_000n);
      expect(await payInto(world, '2001', { token: EUR, atLeast: '1' })).to.deep.include({ code: 'POOL_INSUFFICIENT', figures: { available: '20000', required: '20010' } });
    });

    it('is refused for lack of funds like any other, and nothing of the pool moves', async () => {
      await accept(world, PAIR, { cap: '100000', rate: { numerator: '1', denominator: '10' } });
      const before = await poolOf(world);
      expect(await payInto(world, '10000', { token: EUR, atLeast: '1' })).to.include({ code: 'applied' });
      expect(await payInto(world, '1', { token: EUR, atLeast: '1' })).to.include({ code: 'FUNDS_INSUFFICIENT' });
      expect((await poolOf(world)).taken).to.equal(before.taken + 10_000n);
    });

    it('is refused while the members have suspended either organization, and repayment is not', async () => {
      await accept(world, PAIR, { direction: 'both' });
      await payInto(world, '10', { token: EUR, atLeast: '100' });
      await decide(world, { kind: 'suspend', organization: 'EastPay', reason: 'BREACH' }, ['NorthPay', 'WestPay']);
      expect(await payInto(world, '10', { token: EUR, atLeast: '1' })).to.include({ code: 'ORGANIZATION_SUSPENDED' });
      expect(await payInto(world, '50', { token: USD, atLeast: '5', repayment: true }, { from: world.payee, to: world.payer, token: EUR })).to.include({ code: 'applied' });
    });

    it('is under the terms of both tokens: the payee has to be one who may have what it receives, not what is paid', async () => {
      const LOCAL = 'LOC@NorthPay';
      const CLOSED = 'CLO@EastPay';
      const STUCK = 'STU@NorthPay';
      await defineToken(world, LOCAL, { holders: { organizations: ['NorthPay'] } });
      await defineToken(world, CLOSED, { holders: { roles: ['enterprise'] } });
      await defineToken(world, STUCK, { transferable: false });
      await issueTo(world, world.payer.id, LOCAL, 100n);
      await issueTo(world, world.payer.id, STUCK, 100n);
      await issueTo(world, treasury(world, 'EastPay').id, CLOSED, 100n);
      for (const pair of [{ token: LOCAL, into: EUR }, { token: LOCAL, into: CLOSED }, { token: STUCK, into: EUR }]) {
        await accept(world, pair);
        await fundPool(world, '100', pair);
      }
      expect(await payInto(world, '10', { token: EUR, atLeast: '1' }, { token: LOCAL })).to.include({ code: 'applied' });
      expect(await make(world, world.payer, 'payment.pay/1', { payee: world.payee.id, token: LOCAL, amount: '1' })).to.include({ code: 'TOKEN_HOLDER_EXCLUDED' });
      expect(await payInto(world, '1', { token: CLOSED, atLeast: '1' }, { token: LOCAL })).to.include({ code: 'TOKEN_HOLDER_EXCLUDED' });
      expect(await payInto(world, '1', { token: EUR, atLeast: '1' }, { token: STUCK })).to.include({ code: 'TOKEN_NOT_TRANSFERABLE' });
    });

    it('leaves in the pool what is the accepting organization’s, whoever may have it: it is taken out, refunded, and kept from nobody it came from', async () => {
      const { id: payment } = await payInto(world, '300', { token: EUR, atLeast: '3000' });
      for (const token of [USD, EUR]) expect(await act(world, officer(world, `issuer@${token.split('@')[1] ?? ''}`), 'token.amend/1', { token, holders: { organizations: ['WestPay'] } })).to.include({ code: 'applied' });
      expect(await payInto(world, '1', { token: EUR, atLeast: '1' })).to.include({ code: 'TOKEN_HOLDER_EXCLUDED' });
      const own = treasury(world, 'EastPay');
      for (const each of [USD, EUR]) expect(await act(world, own, 'acceptance.defund/1', { ...PAIR, treasury: own.id, of: each, amount: '100' })).to.include({ code: 'applied' });
      expect(await balanceOf(world, own.id, USD)).to.equal(100n);
      expect(await giveBack(world, payment, '150')).to.include({ code: 'applied' });
      expect(await balanceOf(world, world.payer.id, USD)).to.equal(9_850n);
      // What the payer never had is no way back.
      expect(await giveBack(world, payment, '50', { received: true })).to.include({ code: 'TOKEN_HOLDER_EXCLUDED' });
    });

    it('is under the rules of the consortium: what is paid counts in the one token, what the payee has in the other', async () => {
      const limits = [{ role: 'person', token: USD, perPayment: '50' }, { role: 'merchant', token: EUR, holding: '450' }];
      await decide(world, { kind: 'rules', supersedes: 1, rules: { ...DEFAULT_RULES, accountLimits: limits } });
      expect(await payInto(world, '51', { token: EUR, atLeast: '1' })).to.include({ code: 'PAYMENT_LIMIT_EXCEEDED' });
      expect(await payInto(world, '45', { token: EUR, atLeast: '1' })).to.include({ code: 'applied' });
      expect(await payInto(world, '1', { token: EUR, atLeast: '1' })).to.deep.include({ code: 'HOLDING_LIMIT_EXCEEDED', figures: { role: 'merchant', limit: '450', required: '10' } });
    });

    it('is from balance: with a part on credit it is not even read', async () => {
      const answer = await act(world, world.payer, 'payment.pay/1', { payee: world.payee.id, token: USD, amount: '1', into: { token: EUR, atLeast: '1' }, credit: { amount: '1', version: 1 } });
      expect(answer).to.include({ code: 'CONVERSION_ON_CREDIT', recorded: false });
    });

    it('still pays the token itself where no other is asked for', async () => {
      expect(await make(world, world.payer, 'payment.pay/1', { payee: world.payee.id, token: USD, amount: '7' })).to.include({ code: 'applied' });
      expect(await balanceOf(world, world.payee.id, USD)).to.equal(7n);
    });

    it('a cap lowered below what is owed stops conversions, and giving back does not open it before it is below', async () => {
      await payInto(world, '800', { token: EUR, atLeast: '1' });
      await accept(world, PAIR, { cap: '500', direction: 'both' });
      const repay = (amount: string) => payInto(world, amount, { token: USD, atLeast: '1', repayment: true }, { from: world.payee, to: world.payer, token: EUR });
      expect(await payInto(world, '1', { token: EUR, atLeast: '1' })).to.deep.include({ code: 'ACCEPTANCE_CAP', figures: { room: '0', required: '1', cap: '500' } });
      expect(await repay('2000')).to.include({ code: 'applied' });
      expect(await payInto(world, '1', { token: EUR, atLeast: '1' })).to.include({ code: 'ACCEPTANCE_CAP' });
      expect(await repay('1010')).to.include({ code: 'applied' });
      expect(await payInto(world, '1', { token: EUR, atLeast: '1' })).to.include({ code: 'applied' });
    });
  });

  describe('a repayment through a pool', () => {
    beforeEach(async () => {
      await accept(world, PAIR, { direction: 'both', rate: { numerator: '2', denominator: '1' } });
      await fundPool(world, '20000');
      await payInto(world, '1000', { token: EUR, atLeast: '20000' });
    });

    const repay = (amount: string, atLeast = '1') => payInto(world, amount, { token: USD, atLeast, repayment: true }, { from: world.payee, to: world.payer, token: EUR });

    it('gives the token back at the same rate, rounded for the pool, and the position goes down', async () => {
      expect(await repay('2019', '101')).to.include({ code: 'CONVERSION_RATE' });
      expect(await repay('2019', '100')).to.include({ code: 'applied' });
      expect(await balanceOf(world, world.payer.id, USD)).to.equal(9_100n);
      expect(await poolOf(world)).to.include({ available: 2_019n, taken: 900n });
    });

    it('is stopped by no cap and no suspension, but by a rate that is over', async () => {
      await about('suspend');
      await accept(world, PAIR, { direction: 'both', cap: '1', rate: { numerator: '2', denominator: '1' }, validUntil: iso(world.now + 60_000) });
      expect(await repay('20')).to.include({ code: 'applied' });
      await pass(world, 120_000);
      expect(await repay('20')).to.include({ code: 'ACCEPTANCE_EXPIRED' });
    });

    it('gives back no more than was taken in', async () => {
      await issueTo(world, world.payee.id, EUR, 20_000n);
      expect(await repay('20020')).to.deep.include({ code: 'POOL_INSUFFICIENT', figures: { available: '1000', required: '1001' } });
      expect(await repay('20000')).to.include({ code: 'applied' });
      expect(positionsOf(world).get(USD)).to.deep.equal(new Map([['EastPay', 0n], ['NorthPay', 0n]]));
    });

    it('can itself be refunded, but never over the cap', async () => {
      const { id } = await repay('2000', '100');
      const full = copyOf(world);
      await fundPool(full, '20');
      expect(await payInto(full, '1', { token: EUR, atLeast: '1' })).to.include({ code: 'applied' });
      expect(await giveBack(full, id, '2000', { by: full.payer })).to.deep.include({ code: 'ACCEPTANCE_CAP', figures: { room: '99', required: '100', cap: '1000' } });
      expect(await giveBack(world, id, '2000', { by: world.payer })).to.include({ code: 'applied' });
      expect(await poolOf(world)).to.include({ available: 0n, taken: 1_000n });
      expect(await balanceOf(world, world.payee.id, EUR)).to.equal(20_000n);
    });
  });

  describe('the refund of a converted payment', () => {
    let payment: string;

    beforeEach(async () => {
      await accept(world, PAIR, { rate: { numerator: '1', denominator: '3' } });
      await fundPool(world, '20000');
      ({ id: payment } = await payInto(world, '100', { token: EUR, atLeast: '333' }));
    });

    it('goes through the pool only while the acceptance stands as it did; afterwards in what was received', async () => {
      for (const [code, change] of [['ACCEPTANCE_STATE', () => accept(world, PAIR, { rate: { numerator: '9', denominator: '1' } })], ['ACCEPTANCE_SUSPENDED', () => about('suspend')], ['ACCEPTANCE_EXPIRED', () => pass(world, 31 * DAY_MS)]] as const) {
        const kept = world;
        world = copyOf(kept);
        await change();
        expect(await giveBack(world, payment, '100')).to.include({ code });
        expect(await giveBack(world, payment, '100', { received: true })).to.include({ code: 'applied' });
        world = kept;
      }
    });

    it('goes back at the rate of the payment', async () => {
      expect(await giveBack(world, payment, '100')).to.include({ code: 'applied' });
      expect(await balanceOf(world, world.payer.id, USD)).to.equal(10_000n);
      expect(await balanceOf(world, world.payee.id, EUR)).to.equal(0n);
      expect(await poolOf(world)).to.include({ available: 20_000n, taken: 0n });
    });

    it('in parts is exact: the last part has the remainder', async () => {
      const left: bigint[] = [];
      for (const part of ['33', '33', '33', '1']) {
        expect(await giveBack(world, payment, part)).to.include({ code: 'applied' });
        left.push(await balanceOf(world, world.payee.id, EUR));
      }
      expect(left).to.deep.equal([333n - 110n, 333n - 220n, 333n - 330n, 0n]);
      expect(await giveBack(world, payment, '1')).to.include({ code: 'REFUND_EXCEEDS_PAYMENT' });
    });

    it('is refused when the pool has nothing left to give back, but may be in the token that was received', async () => {
      await act(world, operator('EastPay'), 'acceptance.defund/1', { ...PAIR, treasury: treasury(world, 'EastPay').id, of: USD, amount: '90' });
      expect(await giveBack(world, payment, '11')).to.deep.include({ code: 'POOL_INSUFFICIENT', figures: { available: '10', required: '11' } });
      expect(await giveBack(world, payment, '10')).to.include({ code: 'applied' });
      // Each kind of part is rounded up by itself: to mix them costs one unit more.
      await issueTo(world, world.payee.id, EUR, 1n);
      expect(await giveBack(world, payment, '90', { received: true })).to.include({ code: 'applied' });
      expect(await balanceOf(world, world.payer.id, EUR)).to.equal(300n);
      expect(await balanceOf(world, world.payee.id, EUR)).to.equal(0n);
    });

    it('in parts never takes more out of the pool than it puts in, where a unit received is worth many paid', async () => {
      const pair = { token: USD, into: PTS };
      await accept(world, pair);
      await fundPool(world, '10', pair);
      const { id } = await payInto(world, '100', { token: PTS, atLeast: '1' });
      expect(await giveBack(world, id, '99')).to.include({ code: 'applied' });
      expect(await poolOf(world, pair)).to.include({ available: 10n, taken: 1n });
      expect(await giveBack(world, id, '1')).to.include({ code: 'applied' });
      expect(await poolOf(world, pair)).to.include({ available: 10n, taken: 0n });
    });

    it('that went past the pool is not counted for the pool, nor the other way round', async () => {
      const pair = { token: USD, into: PTS };
      await accept(world, pair);
      await fundPool(world, '10', pair);
      const { id } = await payInto(world, '100', { token: PTS, atLeast: '1' });
      expect(await giveBack(world, id, '1', { received: true })).to.include({ code: 'applied' });
      expect(await balanceOf(world, world.payer.id, PTS)).to.equal(1n);
      expect(await giveBack(world, id, '99')).to.include({ code: 'FUNDS_INSUFFICIENT' });
      await issueTo(world, world.payee.id, PTS, 1n);
      expect(await giveBack(world, id, '99')).to.include({ code: 'applied' });
      expect(await poolOf(world, pair)).to.include({ available: 10n, taken: 1n });
    });

    it('needs what was received', async () => {
      await make(world, world.payee, 'payment.pay/1', { payee: world.payer.id, token: EUR, amount: '300' });
      expect(await giveBack(world, payment, '100')).to.include({ code: 'FUNDS_INSUFFICIENT' });
    });
  });

  describe('a bill settled in another token', () => {
    let bills: readonly { readonly bill: string; readonly amount: string }[];

    beforeEach(async () => {
      // The debtor has EUR only; the bill is in USD, and NorthPay accepts EUR.
      const debtor = await registerAs(world, 'NorthPay', ['enterprise']);
      const pairWorld = between(world, debtor, world.payee);
      await withCredit(pairWorld);
      const { id } = await make(world, debtor, 'payment.pay/1', { payee: world.payee.id, token: USD, amount: '100', credit: { amount: '100', version: 1 } });
      bills = [{ bill: id, amount: '100' }];
      await issueTo(world, debtor.id, EUR, 5_000n);
      await accept(world, { token: EUR, into: USD }, { cap: '100000', rate: { numerator: '9', denominator: '10' } });
      await fundPool(world, '1000', { token: EUR, into: USD });
      enterprise = debtor;
    });

    let enterprise: InteropWorld['payer'];
    const initiate = (payWith: object, changes: object = {}) =>
      make(world, enterprise, 'settlement.initiate/1', { creditor: world.payee.id, token: USD, bills, deadline: iso(world.now + DAY_MS), payWith: { token: EUR, ...payWith }, ...changes });

    it('converts what it takes at initiation, rounded up, and holds it until the creditor confirms', async () => {
      expect(await initiate({ atMost: '1111' })).to.include({ code: 'CONVERSION_RATE' });
      const { code, id } = await initiate({ atMost: '1112' });
      expect(code).to.equal('applied');
      expect(await balanceOf(world, enterprise.id, EUR)).to.equal(5_000n - 1_112n);
      expect(await balanceViewOf(world, enterprise.id, USD)).to.deep.equal({ free: 0n, held: 100n });
      expect(await confirm(between(world, enterprise, world.payee), id)).to.include({ code: 'applied' });
      expect(await balanceOf(world, world.payee.id, USD)).to.equal(100n);
    });

    it('returns what was held as the bill’s token when it comes to nothing', async () => {
      const { id } = await initiate({ atMost: '2000' });
      expect(await act(world, enterprise, 'settlement.cancel/1', { settlement: id })).to.include({ code: 'applied' });
      expect(await balanceViewOf(world, enterprise.id, USD)).to.deep.equal({ free: 100n, held: 0n });
    });

    it('counts in what the rules let the debtor pay of the token it is paid with, each time and together', async () => {
      const limits = [{ role: 'enterprise', token: EUR, perPayment: '1112', perPeriod: { hours: 1, amount: '2223' } }];
      await decide(world, { kind: 'rules', supersedes: 1, rules: { ...DEFAULT_RULES, accountLimits: limits } });
      const { id: dearer } = await make(world, enterprise, 'payment.pay/1', { payee: world.payee.id, token: USD, amount: '1', credit: { amount: '1', version: 1 } });
      expect(await initiate({ atMost: '2000' }, { bills: [...bills, { bill: dearer, amount: '1' }] })).to.deep.include({ code: 'PAYMENT_LIMIT_EXCEEDED', figures: { role: 'enterprise', limit: '1112', required: '1123' } });
      const { code, id } = await initiate({ atMost: '2000' });
      expect(code).to.equal('applied');
      expect(await act(world, enterprise, 'settlement.cancel/1', { settlement: id })).to.include({ code: 'applied' });
      expect(await initiate({ atMost: '2000' })).to.deep.include({ code: 'PERIOD_LIMIT_EXCEEDED', figures: { role: 'enterprise', hours: '1', limit: '2223', paid: '1112', required: '1112' } });
      expect(await make(world, enterprise, 'payment.pay/1', { payee: world.payee.id, token: EUR, amount: '1111' })).to.include({ code: 'applied' });
      expect(await make(world, enterprise, 'payment.pay/1', { payee: world.payee.id, token: EUR, amount: '1' })).to.include({ code: 'PERIOD_LIMIT_EXCEEDED' });
    });

    it('is refused like a payment that converts, or for lack of funds, or beside money outside', async () => {
      expect(await initiate({ atMost: '2000', repayment: true })).to.include({ code: 'ACCEPTANCE_NONE' });
      expect(await initiate({ atMost: '2000', token: PTS })).to.include({ code: 'ACCEPTANCE_NONE' });
      expect(await initiate({ atMost: '2000' }, bank('B1'))).to.include({ code: 'BODY_MALFORMED', recorded: false });
      await make(world, enterprise, 'payment.pay/1', { payee: world.payee.id, token: EUR, amount: '4000' });
      expect(await initiate({ atMost: '2000' })).to.include({ code: 'FUNDS_INSUFFICIENT' });
    });
  });
});
