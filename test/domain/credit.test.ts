import { expect } from 'chai';
import { applyForGrant, bank, between, buy, confirm, creditWorld, DAY_MS, fund, grant, iso, make, pair, passDays, setLimit, settle, termsOf, TOKEN, withCredit, registerAs, type CreditWorld } from '../support/credit-world.ts';
import type { Signer } from '../support/signer.ts';
import { appoint, dismiss } from '../support/officers.ts';
import { act, assertConserved, balanceOf, copyOf, balanceViewOf, officer, type World } from '../support/world.ts';

describe('credit', () => {
  let founded: World;
  let world: CreditWorld;

  before(async () => {
    founded = await creditWorld();
  });

  beforeEach(async () => {
    world = await pair(copyOf(founded));
  });

  afterEach(() => assertConserved(world));

  const credit = (name: string, type: string, body: object) => act(world, officer(world, name), type, { account: world.enterprise.id, token: TOKEN, ...body });
  const merchantSays = (type: string, body: object, signer: Signer = world.merchant) => act(world, signer, type, { enterprise: world.enterprise.id, token: TOKEN, ...body });

  describe('a limit', () => {
    it('is set by a credit officer of the home organization alone', async () => {
      const body = { account: world.enterprise.id, token: TOKEN, amount: '100', reason: 'GRANTED' };
      expect(await act(world, officer(world, 'credit-officer@EastPay'), 'limit.set/1', body)).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
      expect(await act(world, officer(world, 'registrar@NorthPay'), 'limit.set/1', body)).to.include({ code: 'OFFICER_ROLE_MISSING' });
      expect(await act(world, world.enterprise, 'limit.set/1', body)).to.include({ code: 'SIGNER_KIND_WRONG' });
      expect(await setLimit(world, '100')).to.include({ code: 'applied' });
    });

    it('is for enterprises only', async () => {
      const person = await registerAs(world, 'NorthPay', ['person']);
      expect(await credit('credit-officer@NorthPay', 'limit.set/1', { account: person.id, amount: '1', reason: 'GRANTED' })).to.include({ code: 'ACCOUNT_ROLE_MISSING' });
    });

    it('is requested, and answered once', async () => {
      const request = await make(world, world.enterprise, 'limit.request/1', { token: TOKEN, amount: '700' });
      expect(request.code).to.equal('applied');
      expect(await credit('credit-officer@NorthPay', 'limit.decline/1', { request: request.id, reason: 'RISK' })).to.include({ code: 'applied' });
      expect(await credit('credit-officer@NorthPay', 'limit.decline/1', { request: request.id, reason: 'RISK' })).to.include({ code: 'LIMIT_REQUEST_UNKNOWN' });
    });

    it('stops draws when suspended or expired, and goes on when resumed', async () => {
      await withCredit(world);
      await credit('credit-officer@NorthPay', 'limit.suspend/1', { reason: 'RISK' });
      expect(await credit('credit-officer@NorthPay', 'limit.suspend/1', { reason: 'RISK' })).to.include({ code: 'LIMIT_STATE' });
      expect(await buy(world, '1')).to.include({ code: 'LIMIT_SUSPENDED' });
      await credit('credit-officer@NorthPay', 'limit.resume/1', { reason: 'RESOLVED' });
      expect(await buy(world, '1')).to.include({ code: 'applied' });
      await setLimit(world, '1000', { validTo: iso(world.now + DAY_MS) });
      await passDays(world, 2);
      expect(await buy(world, '1')).to.include({ code: 'LIMIT_EXPIRED' });
    });

    it('above the threshold of the organization takes two different officers', async () => {
      const threshold = (amount?: string) => act(world, officer(world, 'administrator@NorthPay'), 'limit.threshold/1', { token: TOKEN, ...(amount === undefined ? {} : { amount }) });
      expect(await act(world, officer(world, 'credit-officer@NorthPay'), 'limit.threshold/1', { token: TOKEN })).to.include({ code: 'OFFICER_ROLE_MISSING' });
      await threshold('1000');
      expect(await setLimit(world, '1000')).to.include({ code: 'applied' });
      expect(await setLimit(world, '1001')).to.include({ code: 'LIMIT_NEEDS_TWO' });
      const proposal = await make(world, officer(world, 'credit-officer@NorthPay'), 'limit.propose/1', { account: world.enterprise.id, token: TOKEN, amount: '5000', reason: 'GRANTED' });
      expect(await credit('credit-officer@NorthPay', 'limit.confirm/1', { proposal: proposal.id })).to.include({ code: 'LIMIT_SAME_OFFICER' });
      expect(await credit('registrar@NorthPay', 'limit.confirm/1', { proposal: proposal.id })).to.include({ code: 'OFFICER_ROLE_MISSING' });
      const second = await appoint(world, 'second@NorthPay', ['credit-officer']);
      const confirmed = { account: world.enterprise.id, token: TOKEN, proposal: proposal.id };
      expect(await act(world, second, 'limit.confirm/1', { ...confirmed, proposal: `${proposal.id.slice(0, 35)}${proposal.id[35] === '0' ? '1' : '0'}.${officer(world, 'credit-officer@NorthPay').id}` })).to.include({ code: 'LIMIT_PROPOSAL_UNKNOWN' });
      expect(await act(world, second, 'limit.confirm/1', confirmed)).to.include({ code: 'applied' });
      await grant(world, { amount: '5000', perPayment: '5000' });
      expect(await buy(world, '5000')).to.include({ code: 'applied' });
      expect(await buy(world, '1')).to.include({ code: 'GRANT_EXCEEDED' });
      expect(await dismiss(world, second)).to.include({ code: 'applied' });
      expect(await act(world, second, 'limit.confirm/1', confirmed)).to.include({ code: 'CERTIFICATE_REVOKED' });
      await threshold();
    });
  });

  describe('a grant', () => {
    it('is applied for by an enterprise and approved by the merchant, also for less', async () => {
      const application = await applyForGrant(world, '1000');
      expect(application.code).to.equal('applied');
      const body = { application: application.id, terms: termsOf(world, { amount: '400' }) };
      expect(await merchantSays('grant.approve/1', body, world.enterprise)).to.include({ code: 'GRANT_APPLICATION_UNKNOWN' });
      expect(await merchantSays('grant.approve/1', body)).to.include({ code: 'applied' });
      expect(await merchantSays('grant.approve/1', body)).to.include({ code: 'GRANT_APPLICATION_UNKNOWN' });
    });

    it('is rejected by the merchant or withdrawn by the enterprise', async () => {
      const one = await applyForGrant(world, '1000');
      expect(await merchantSays('grant.reject/1', { application: one.id, reason: 'RISK' })).to.include({ code: 'applied' });
      const two = await applyForGrant(world, '1000');
      expect(await act(world, world.enterprise, 'grant.withdraw/1', { merchant: world.merchant.id, token: TOKEN, application: two.id })).to.include({ code: 'applied' });
      expect(await merchantSays('grant.approve/1', { application: two.id, terms: termsOf(world) })).to.include({ code: 'GRANT_APPLICATION_UNKNOWN' });
    });

    it('is refused between parties without the roles, and to oneself', async () => {
      const person = await registerAs(world, 'NorthPay', ['person']);
      const body = { token: TOKEN, amount: '1', validTo: iso(world.now + DAY_MS) };
      expect(await act(world, person, 'grant.apply/1', { ...body, merchant: world.merchant.id })).to.include({ code: 'ACCOUNT_ROLE_MISSING' });
      expect(await act(world, world.enterprise, 'grant.apply/1', { ...body, merchant: person.id })).to.include({ code: 'ACCOUNT_ROLE_MISSING' });
      expect(await act(world, world.enterprise, 'grant.apply/1', { ...body, merchant: world.enterprise.id })).to.include({ code: 'GRANT_SELF' });
    });

    it('has terms that fit together', async () => {
      for (const terms of [{ amount: '10', perPayment: '11' }, { validFrom: world.now + DAY_MS, validTo: world.now }]) {
        expect(await grant(world, terms)).to.include({ code: 'GRANT_TERMS' });
      }
    });

    /** from → what the merchant may do next; everything else is refused with the state. */
    const NEXT: Readonly<Record<string, readonly string[]>> = { active: ['suspend', 'revoke', 'revise'], suspended: ['resume', 'revoke', 'revise'], revoked: [] };
    const REACH: Readonly<Record<string, readonly string[]>> = { active: [], suspended: ['suspend'], revoked: ['revoke'] };
    for (const from of Object.keys(NEXT)) {
      for (const verb of ['suspend', 'resume', 'revoke', 'revise']) {
        const allowed = NEXT[from]?.includes(verb) === true;
        it(`${from}: ${verb} is ${allowed ? 'allowed' : 'refused'}`, async () => {
          await withCredit(world);
          const say = (what: string) => merchantSays(`grant.${what}/1`, what === 'revise' ? { version: 1, terms: termsOf(world), reason: 'TERMS' } : { reason: 'OTHER' });
          for (const step of REACH[from] ?? []) await say(step);
          const { code } = await say(verb);
          if (allowed) expect(code).to.equal('applied');
          else expect(code).to.be.oneOf(['GRANT_STATE', 'GRANT_NONE']);
        });
      }
    }

    it('is replaced by a newer one, which takes over what is drawn', async () => {
      await withCredit(world);
      await buy(world, '300');
      expect(await grant(world, { amount: '350', perPayment: '350' })).to.include({ code: 'applied' });
      expect(await buy(world, '10')).to.include({ code: 'GRANT_CHANGED' });
      const over = await buy(world, '51', { version: 2 });
      expect(over).to.include({ code: 'GRANT_EXCEEDED' });
      expect(over.figures).to.deep.equal({ grant: '350', drawn: '300', available: '50', required: '51' });
      expect(await buy(world, '50', { version: 2 })).to.include({ code: 'applied' });
    });
  });

  describe('a payment on credit', () => {
    for (const [amount, code] of [['1', 'applied'], ['299', 'applied'], ['300', 'applied'], ['301', 'GRANT_CAP_EXCEEDED']] as const) {
      it(`of ${amount} under a cap of 300: ${code}`, async () => {
        await withCredit(world);
        expect(await buy(world, amount)).to.include({ code });
      });
    }

    it('draws grant and limit, each to its end', async () => {
      await withCredit(world);
      await buy(world, '300');
      expect(await buy(world, '201')).to.include({ code: 'GRANT_EXCEEDED' });
      expect(await buy(world, '200')).to.include({ code: 'applied' });
      expect(await buy(world, '1')).to.include({ code: 'GRANT_EXCEEDED' });
      await setLimit(world, '400');
      await grant(world, { amount: '5000' });
      const refused = await buy(world, '1', { version: 2 });
      expect(refused).to.include({ code: 'LIMIT_EXCEEDED' });
      expect(refused.figures).to.deep.equal({ limit: '400', drawn: '500', available: '0', required: '1' });
    });

    it('needs a grant that is there, in force, and the version named', async () => {
      await setLimit(world, '1000');
      expect(await buy(world, '1')).to.include({ code: 'GRANT_NONE' });
      await grant(world, { validFrom: world.now + DAY_MS, validTo: world.now + 2 * DAY_MS });
      expect(await buy(world, '1')).to.include({ code: 'GRANT_NOT_YET' });
      await passDays(world, 1.5);
      expect(await buy(world, '1')).to.include({ code: 'applied' });
      expect(await buy(world, '1', { version: 2 })).to.include({ code: 'GRANT_CHANGED' });
      await merchantSays('grant.suspend/1', { reason: 'RISK' });
      expect(await buy(world, '1')).to.include({ code: 'GRANT_SUSPENDED' });
      await merchantSays('grant.resume/1', { reason: 'RESOLVED' });
      await passDays(world, 1);
      expect(await buy(world, '1')).to.include({ code: 'GRANT_EXPIRED' });
    });

    it('needs a limit', async () => {
      await grant(world);
      expect(await buy(world, '1')).to.include({ code: 'LIMIT_NONE' });
    });

    it('can be part balance, part credit', async () => {
      await withCredit(world);
      await fund(world, world.enterprise, 100n);
      expect(await buy(world, '150', { credit: '60' })).to.include({ code: 'applied' });
      expect(await balanceOf(world, world.enterprise.id, TOKEN)).to.equal(10n);
      expect(await balanceOf(world, world.merchant.id, TOKEN)).to.equal(90n);
      expect(await buy(world, '20', { credit: '5' })).to.include({ code: 'FUNDS_INSUFFICIENT' });
      expect(await buy(world, '10', { credit: '11' })).to.include({ code: 'CREDIT_EXCEEDS_AMOUNT', recorded: false });
    });

    it('is stopped while an undisputed bill is overdue by more than the grant allows', async () => {
      // A due date is a day: at noon it does not matter when the test runs.
      await passDays(world, 1 - ((world.now + DAY_MS / 2) % DAY_MS) / DAY_MS);
      await withCredit(world, { termDays: 1, stopAfterDaysOverdue: 2 });
      const bill = await buy(world, '10');
      await passDays(world, 3.01);
      expect(await buy(world, '1')).to.include({ code: 'applied' });
      await passDays(world, 1);
      expect(await buy(world, '1')).to.include({ code: 'GRANT_OVERDUE' });
      await make(world, world.enterprise, 'dispute.open/1', { bill: bill.id, amount: '10', code: 'NOT_DELIVERED', deadline: iso(world.now + DAY_MS) });
      expect(await buy(world, '1')).to.include({ code: 'applied' });
    });
  });

  describe('a bill', () => {
    let bill: string;
    beforeEach(async () => {
      await withCredit(world);
      await fund(world, world.enterprise, 1_000n);
      bill = (await buy(world, '100')).id;
    });

    const dispute = (amount = '100') => make(world, world.enterprise, 'dispute.open/1', { bill, amount, code: 'WRONG_AMOUNT', deadline: iso(world.now + DAY_MS) });
    const answer = (verb: 'accept' | 'deny', amount?: string) => act(world, world.merchant, `dispute.${verb}/1`, { bill, debtor: world.enterprise.id, ...(amount === undefined ? {} : { amount }) });
    const withdraw = () => act(world, world.enterprise, 'dispute.withdraw/1', { bill });
    const expireDispute = () => act(world, world.merchant, 'dispute.expire/1', { bill, debtor: world.enterprise.id });
    const writeOff = (amount: string) => act(world, world.merchant, 'bill.write-off/1', { bill, debtor: world.enterprise.id, amount, reason: 'GOODWILL' });
    const refund = (amount: string) => act(world, world.merchant, 'payment.refund/1', { payment: bill, payer: world.enterprise.id, amount, reason: 'RETURNED' });
    const pay = async (amount: string) => confirm(world, (await settle(world, [{ bill, amount }])).id);

    const REACH: Readonly<Record<string, () => Promise<unknown>>> = {
      open: async () => undefined,
      settling: () => settle(world, [{ bill, amount: '50' }]),
      disputed: () => dispute(),
      settled: () => pay('100'),
      refunded: () => refund('100'),
      'written-off': () => writeOff('100'),
    };
    const ACTS: Readonly<Record<string, () => Promise<{ readonly code: string }>>> = {
      settle: () => settle(world, [{ bill, amount: '10' }]),
      dispute: () => dispute('10'),
      'withdraw the dispute': withdraw,
      'accept the dispute': () => answer('accept', '10'),
      'deny the dispute': () => answer('deny'),
      'write off': () => writeOff('10'),
      refund: () => refund('10'),
    };
    const ALLOWED: Readonly<Record<string, readonly string[]>> = {
      open: ['settle', 'dispute', 'write off', 'refund'],
      settling: [],
      disputed: ['withdraw the dispute', 'accept the dispute', 'deny the dispute', 'write off', 'refund'],
      settled: ['refund'],
      refunded: [],
      'written-off': ['refund'],
    };
    for (const state of Object.keys(REACH)) {
      for (const verb of Object.keys(ACTS)) {
        const allowed = ALLOWED[state]?.includes(verb) === true;
        it(`${state}: ${verb} is ${allowed ? 'allowed' : 'refused'}`, async () => {
          await fund(world, world.merchant, 100n);
          await REACH[state]?.();
          const { code } = (await ACTS[verb]?.()) ?? { code: '' };
          if (allowed) expect(code).to.equal('applied');
          else expect(code).to.be.oneOf(['BILL_STATE', 'SETTLEMENT_BILL_TWICE', 'REFUND_EXCEEDS_PAYMENT']);
        });
      }
    }

    it('is reduced by an accepted dispute, for no more than was disputed', async () => {
      await dispute('40');
      expect(await answer('accept', '41')).to.include({ code: 'BILL_EXCEEDED' });
      expect(await answer('accept', '40')).to.include({ code: 'applied' });
      expect(await buy(world, '300')).to.include({ code: 'applied' });
      expect(await buy(world, '141')).to.include({ code: 'GRANT_EXCEEDED' });
    });

    it('reopens contested when its dispute goes unanswered; nobody ends it before', async () => {
      await dispute();
      expect(await expireDispute()).to.include({ code: 'DEADLINE_NOT_REACHED', recorded: false });
      await passDays(world, 2);
      expect(await answer('deny')).to.include({ code: 'DEADLINE_PAST' });
      expect(await expireDispute()).to.include({ code: 'applied' });
      expect(await pay('100')).to.include({ code: 'applied' });
    });

    it('is refunded out of what is outstanding first, the rest in tokens', async () => {
      await pay('70');
      expect(await balanceOf(world, world.merchant.id, TOKEN)).to.equal(70n);
      expect(await refund('50')).to.include({ code: 'applied' });
      expect(await balanceOf(world, world.merchant.id, TOKEN)).to.equal(50n);
      expect(await refund('51')).to.include({ code: 'REFUND_EXCEEDS_PAYMENT' });
    });

    it('refunded by money outside: the payer says so, once per bank reference, for no more than it has paid', async () => {
      await pay('70');
      const acknowledge = (amount: string, reference: string, signer = world.enterprise) =>
        act(world, signer, 'refund.acknowledge/1', { payment: bill, payee: world.merchant.id, amount, bank: { reference, valueDate: '2026-11-21' } });
      expect(await acknowledge('71', 'BANK-1')).to.include({ code: 'REFUND_UNPAID' });
      expect(await acknowledge('10', 'BANK-1', world.merchant)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await acknowledge('60', 'BANK-1')).to.include({ code: 'applied' });
      expect(await acknowledge('10', 'BANK-1')).to.include({ code: 'BANK_REFERENCE_USED' });
    });

    it('is acted on by its parties only', async () => {
      const stranger = await registerAs(world, 'WestPay', ['merchant', 'enterprise']);
      expect(await act(world, stranger, 'bill.write-off/1', { bill, debtor: world.enterprise.id, amount: '1', reason: 'OTHER' })).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await act(world, stranger, 'payment.refund/1', { payment: bill, payer: world.enterprise.id, amount: '1', reason: 'OTHER' })).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await act(world, stranger, 'dispute.withdraw/1', { bill })).to.include({ code: 'BILL_UNKNOWN' });
      expect(await act(world, world.merchant, 'bill.write-off/1', { bill, debtor: stranger.id, amount: '1', reason: 'OTHER' })).to.include({ code: 'BILL_UNKNOWN' });
    });

    it('keeps both accounts from closing', async () => {
      await act(world, world.enterprise, 'payment.pay/1', { payee: (await registerAs(world, 'WestPay', ['person'])).id, token: TOKEN, amount: '1000' });
      for (const signer of [world.enterprise, world.merchant]) {
        expect(await act(world, signer, 'account.close/1', { account: signer.id, reason: 'HOLDER_REQUEST' })).to.include({ code: 'ACCOUNT_NOT_EMPTY' });
      }
      await writeOff('100');
      await merchantSays('grant.revoke/1', { reason: 'OTHER' });
      for (const signer of [world.enterprise, world.merchant]) {
        expect(await act(world, signer, 'account.close/1', { account: signer.id, reason: 'HOLDER_REQUEST' })).to.include({ code: 'applied' });
      }
    });
  });

  describe('a settlement', () => {
    let one: string;
    let two: string;
    beforeEach(async () => {
      await withCredit(world);
      await fund(world, world.enterprise, 1_000n);
      one = (await buy(world, '100')).id;
      two = (await buy(world, '200')).id;
    });

    const both = () => [{ bill: one, amount: '100' }, { bill: two, amount: '150' }];
    const reject = (settlement: string, signer = world.merchant) => act(world, signer, 'settlement.reject/1', { settlement, debtor: world.enterprise.id, reason: 'NOT_RECEIVED' });
    const cancel = (settlement: string, signer = world.enterprise) => act(world, signer, 'settlement.cancel/1', { settlement });
    const expire = (settlement: string) => act(world, world.merchant, 'settlement.expire/1', { settlement, debtor: world.enterprise.id, creditor: world.merchant.id });

    it('by tokens holds at initiation and moves at confirmation, giving back the credit in the same transaction', async () => {
      const { id, code } = await settle(world, both());
      expect(code).to.equal('applied');
      expect(await balanceViewOf(world, world.enterprise.id, TOKEN)).to.deep.equal({ free: 750n, held: 250n });
      expect(await buy(world, '201')).to.include({ code: 'GRANT_EXCEEDED' });
      expect(await confirm(world, id)).to.include({ code: 'applied' });
      expect(await balanceViewOf(world, world.enterprise.id, TOKEN)).to.deep.equal({ free: 750n, held: 0n });
      expect(await balanceOf(world, world.merchant.id, TOKEN)).to.equal(250n);
      expect(await buy(world, '300')).to.include({ code: 'applied' });
    });

    it('is confirmed for less per bill: the excess returns at once and the bill reopens', async () => {
      const { id } = await settle(world, both());
      expect(await confirm(world, id, [{ bill: two, amount: '151' }])).to.include({ code: 'SETTLEMENT_CONFIRM_EXCEEDED' });
      expect(await confirm(world, id, [{ bill: 'x', amount: '1' }])).to.include({ code: 'BODY_MALFORMED' });
      expect(await confirm(world, id, [{ bill: two, amount: '50' }])).to.include({ code: 'applied' });
      expect(await balanceViewOf(world, world.enterprise.id, TOKEN)).to.deep.equal({ free: 850n, held: 0n });
      expect(await settle(world, [{ bill: two, amount: '151' }])).to.include({ code: 'BILL_EXCEEDED' });
      expect(await settle(world, [{ bill: two, amount: '150' }])).to.include({ code: 'applied' });
    });

    it('by money outside names a bank reference, counted once per creditor', async () => {
      const first = await settle(world, [{ bill: one, amount: '100' }], bank('BANK-7'));
      expect(await balanceViewOf(world, world.enterprise.id, TOKEN)).to.deep.equal({ free: 1_000n, held: 0n });
      expect(await confirm(world, first.id)).to.include({ code: 'applied' });
      const second = await settle(world, [{ bill: two, amount: '200' }], bank('BANK-7'));
      expect(await confirm(world, second.id)).to.include({ code: 'BANK_REFERENCE_USED' });
      expect(await reject(second.id)).to.include({ code: 'applied' });
    });

    it('takes a bill once', async () => {
      expect(await settle(world, [{ bill: one, amount: '1' }, { bill: one, amount: '1' }])).to.include({ code: 'SETTLEMENT_BILL_TWICE' });
      await settle(world, [{ bill: one, amount: '1' }]);
      expect(await settle(world, [{ bill: one, amount: '1' }])).to.include({ code: 'SETTLEMENT_BILL_TWICE' });
    });

    it('is refused beyond balance, beyond a bill, for a foreign bill, past its own deadline', async () => {
      await act(world, world.enterprise, 'payment.pay/1', { payee: world.merchant.id, token: TOKEN, amount: '900' });
      expect(await settle(world, both())).to.include({ code: 'FUNDS_INSUFFICIENT' });
      expect(await settle(world, [{ bill: one, amount: '101' }])).to.include({ code: 'BILL_EXCEEDED' });
      const stranger = await pair(world);
      expect(await settle(stranger, [{ bill: one, amount: '1' }])).to.include({ code: 'BILL_UNKNOWN' });
      expect((await settle(world, [{ bill: one, amount: '1' }], { deadline: iso(world.now - DAY_MS) })).code).to.equal('DEADLINE_PAST');
    });

    const STATES: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
      initiated: async () => undefined,
      confirmed: (id) => confirm(world, id),
      rejected: (id) => reject(id),
      cancelled: (id) => cancel(id),
      expired: async (id) => {
        await passDays(world, 2);
        await expire(id);
      },
    };
    const VERBS: Readonly<Record<string, (id: string) => Promise<{ readonly code: string }>>> = { confirm: (id) => confirm(world, id), reject, cancel, expire };
    for (const state of Object.keys(STATES)) {
      for (const verb of Object.keys(VERBS)) {
        const allowed = state === 'initiated' && verb !== 'expire';
        it(`${state}: ${verb} is ${allowed ? 'allowed' : 'refused'}`, async () => {
          const { id } = await settle(world, both());
          await STATES[state]?.(id);
          const { code } = (await VERBS[verb]?.(id)) ?? { code: '' };
          if (allowed) expect(code).to.equal('applied');
          else expect(code).to.equal(state === 'initiated' ? 'DEADLINE_NOT_REACHED' : 'SETTLEMENT_STATE');
        });
      }
    }

    it('past its deadline only expires: what was held returns, the bills reopen', async () => {
      const { id } = await settle(world, both());
      await passDays(world, 2);
      for (const verb of ['confirm', 'reject', 'cancel']) expect((await VERBS[verb]?.(id))?.code).to.equal('SETTLEMENT_EXPIRED');
      expect(await expire(id)).to.include({ code: 'applied' });
      expect(await balanceViewOf(world, world.enterprise.id, TOKEN)).to.deep.equal({ free: 1_000n, held: 0n });
      expect(await settle(world, both())).to.include({ code: 'applied' });
    });

    it('by money outside that expires unanswered stays on its bills as a claim until the creditor rejects it', async () => {
      const { id } = await settle(world, both(), bank('BANK-8'));
      await passDays(world, 2);
      await expire(id);
      await assertConserved(world);
      expect(await reject(id, world.enterprise)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await reject(id)).to.include({ code: 'applied' });
      expect(await reject(id)).to.include({ code: 'SETTLEMENT_STATE' });
    });

    it('is answered by its creditor, cancelled by its debtor, and by nobody else', async () => {
      const { id } = await settle(world, both());
      const stranger = await registerAs(world, 'WestPay', ['merchant']);
      expect(await confirm(world, id, undefined, world.enterprise)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await confirm(world, id, undefined, stranger)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await reject(id, stranger)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await cancel(id, world.merchant)).to.include({ code: 'SETTLEMENT_UNKNOWN' });
    });

    it('is confirmed for a debtor frozen for debits, not for one frozen in full, and ends for either', async () => {
      const registrar = officer(world, 'registrar@NorthPay');
      const freeze = (mode: string) => act(world, registrar, 'account.freeze/1', { account: world.enterprise.id, mode, reason: 'COMPLIANCE' });
      const first = await settle(world, [{ bill: one, amount: '100' }]);
      const second = await settle(world, [{ bill: two, amount: '200' }]);
      await freeze('debit');
      expect(await confirm(world, first.id)).to.include({ code: 'applied' });
      await freeze('full');
      expect(await confirm(world, second.id)).to.include({ code: 'ACCOUNT_FROZEN' });
      expect(await reject(second.id)).to.include({ code: 'applied' });
    });

    it('after lowering the limit below what is drawn goes on and restores', async () => {
      await setLimit(world, '50');
      expect(await buy(world, '1')).to.include({ code: 'LIMIT_EXCEEDED' });
      await confirm(world, (await settle(world, [{ bill: one, amount: '100' }, { bill: two, amount: '200' }])).id);
      expect(await buy(world, '51')).to.include({ code: 'LIMIT_EXCEEDED' });
      expect(await buy(world, '50')).to.include({ code: 'applied' });
    });

    describe('of both directions', () => {
      let counter: string;
      beforeEach(async () => {
        const mirrored = between(world, world.merchant, world.enterprise);
        await act(world, officer(world, 'credit-officer@EastPay'), 'limit.set/1', { account: world.merchant.id, token: TOKEN, amount: '1000', reason: 'GRANTED' });
        await grant(mirrored);
        counter = (await buy(mirrored, '120')).id;
      });

      it('settles the difference: both lines change together', async () => {
        const { id, code } = await settle(world, both(), { counterBills: [{ bill: counter, amount: '120' }] });
        expect(code).to.equal('applied');
        expect(await balanceViewOf(world, world.enterprise.id, TOKEN)).to.deep.equal({ free: 870n, held: 130n });
        expect(await confirm(world, id, [{ bill: one, amount: '1' }])).to.include({ code: 'SETTLEMENT_NETTING_WHOLE' });
        expect(await confirm(world, id)).to.include({ code: 'applied' });
        expect(await balanceOf(world, world.merchant.id, TOKEN)).to.equal(130n);
      });

      it('is initiated by the net debtor', async () => {
        expect(await settle(world, [{ bill: one, amount: '100' }], { counterBills: [{ bill: counter, amount: '120' }] })).to.include({ code: 'SETTLEMENT_NET_NEGATIVE' });
        const even = await settle(world, [{ bill: one, amount: '100' }], { counterBills: [{ bill: counter, amount: '100' }] });
        expect(even.code).to.equal('applied');
        expect(await confirm(world, even.id)).to.include({ code: 'applied' });
      });
    });
  });

  describe('a hold', () => {
    beforeEach(async () => {
      await withCredit(world);
      await fund(world, world.enterprise, 100n);
    });
    const place = (amount: string, part?: string, changes: object = {}) =>
      make(world, world.enterprise, 'hold.place/1', { payee: world.merchant.id, token: TOKEN, amount, expiresAt: iso(world.now + DAY_MS), ...(part === undefined ? {} : { credit: { amount: part, version: 1 } }), ...changes });
    const capture = (hold: string, amount: string, changes: object = {}, signer = world.merchant) => make(world, signer, 'hold.capture/1', { hold, payer: world.enterprise.id, amount, ...changes });
    const end = (verb: string, hold: string, signer = world.merchant) => act(world, signer, `hold.${verb}/1`, { hold, payer: world.enterprise.id });

    it('reserves balance and credit, captured in parts, balance first; the last part frees the rest', async () => {
      const { id, code } = await place('180', '100');
      expect(code).to.equal('applied');
      expect(await balanceViewOf(world, world.enterprise.id, TOKEN)).to.deep.equal({ free: 20n, held: 80n });
      expect(await capture(id, '50')).to.include({ code: 'applied' });
      expect(await capture(id, '131')).to.include({ code: 'HOLD_EXCEEDED' });
      expect(await capture(id, '60', { final: true })).to.include({ code: 'applied' });
      expect(await balanceOf(world, world.merchant.id, TOKEN)).to.equal(80n);
      expect(await capture(id, '1')).to.include({ code: 'HOLD_STATE' });
      expect(await buy(world, '300')).to.include({ code: 'applied' });
      expect(await buy(world, '171')).to.include({ code: 'GRANT_EXCEEDED' });
    });

    it('counts as drawn, is tested when placed, and is captured whatever the grant is by then', async () => {
      const { id } = await place('300', '300');
      expect(await buy(world, '201')).to.include({ code: 'GRANT_EXCEEDED' });
      await merchantSays('grant.revoke/1', { reason: 'OTHER' });
      await setLimit(world, '1');
      expect(await capture(id, '300')).to.include({ code: 'applied' });
    });

    it('makes a bill that is refunded and settled like any other', async () => {
      const { id } = await place('200', '200');
      const captured = await capture(id, '200');
      expect(await act(world, world.merchant, 'payment.refund/1', { payment: captured.id, payer: world.enterprise.id, amount: '150', reason: 'PRICE' })).to.include({ code: 'applied' });
      expect(await confirm(world, (await settle(world, [{ bill: captured.id, amount: '50' }])).id)).to.include({ code: 'applied' });
    });

    it('is released by the payee, and by the payer never before its end', async () => {
      const { id } = await place('100');
      expect(await end('release', id, world.enterprise)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await end('expire', id, world.enterprise)).to.include({ code: 'DEADLINE_NOT_REACHED' });
      expect(await end('release', id)).to.include({ code: 'applied' });
      expect(await balanceViewOf(world, world.enterprise.id, TOKEN)).to.deep.equal({ free: 100n, held: 0n });
    });

    it('past its end is not captured any more; anybody ends it', async () => {
      const { id } = await place('150', '60');
      await passDays(world, 2);
      expect(await capture(id, '1')).to.include({ code: 'HOLD_EXPIRED' });
      expect(await end('expire', id, await registerAs(world, 'WestPay', ['person']))).to.include({ code: 'applied' });
      expect(await end('expire', id)).to.include({ code: 'HOLD_STATE' });
      expect(await balanceViewOf(world, world.enterprise.id, TOKEN)).to.deep.equal({ free: 100n, held: 0n });
    });

    it('ends within the validity of grant and limit', async () => {
      expect(await place('10', '10', { expiresAt: iso(world.now + 400 * DAY_MS) })).to.include({ code: 'HOLD_TOO_LONG' });
    });
  });

  describe('an account frozen in full', () => {
    const bills: Record<string, string> = {};
    beforeEach(async () => {
      await withCredit(world);
      await fund(world, world.enterprise, 100n);
      bills['bill'] = (await buy(world, '100')).id;
      await act(world, officer(world, 'registrar@EastPay'), 'account.freeze/1', { account: world.merchant.id, mode: 'full', reason: 'SUSPECTED_FRAUD' });
    });
    const ofBill = () => ({ bill: bills['bill'], debtor: world.enterprise.id });
    const ACTS: Readonly<Record<string, () => object>> = {
      'bill.write-off/1': () => ({ ...ofBill(), amount: '1', reason: 'OTHER' }),
      'payment.refund/1': () => ({ payment: bills['bill'], payer: world.enterprise.id, amount: '1', reason: 'OTHER' }),
      'dispute.accept/1': () => ({ ...ofBill(), amount: '1' }),
      'grant.revise/1': () => ({ enterprise: world.enterprise.id, token: TOKEN, version: 1, terms: termsOf(world, { amount: '999999' }), reason: 'OTHER' }),
      'grant.suspend/1': () => ({ enterprise: world.enterprise.id, token: TOKEN, reason: 'OTHER' }),
      'limit.request/1': () => ({ token: TOKEN, amount: '1' }),
      'grant.apply/1': () => ({ merchant: world.enterprise.id, token: TOKEN, amount: '1', validTo: iso(world.now + DAY_MS) }),
      'mandate.grant/1': () => ({ creditor: world.enterprise.id, token: TOKEN, cap: '1', validTo: iso(world.now + DAY_MS) }),
    };
    for (const type of Object.keys(ACTS)) {
      it(`does not sign ${type}`, async () => {
        expect(await act(world, world.merchant, type, ACTS[type]?.() ?? {})).to.include({ code: 'ACCOUNT_FROZEN', recorded: true });
      });
    }

    it('still ends what is pending', async () => {
      const { id } = await settle(await openWorld(), [{ bill: bills['bill'] ?? '', amount: '10' }]);
      await act(world, officer(world, 'registrar@EastPay'), 'account.freeze/1', { account: world.merchant.id, mode: 'full', reason: 'OTHER' });
      expect(await act(world, world.merchant, 'settlement.reject/1', { settlement: id, debtor: world.enterprise.id, reason: 'OTHER' })).to.include({ code: 'applied' });
    });

    const openWorld = async () => {
      await act(world, officer(world, 'registrar@EastPay'), 'account.unfreeze/1', { account: world.merchant.id, reason: 'OTHER' });
      return world;
    };
  });

  it('is not opened by an offer: a bill in settlement is overdue all the same', async () => {
    await withCredit(world, { termDays: 1, stopAfterDaysOverdue: 1 });
    const bill = await buy(world, '100');
    await passDays(world, 4);
    expect(await buy(world, '1')).to.include({ code: 'GRANT_OVERDUE' });
    expect(await settle(world, [{ bill: bill.id, amount: '1' }], bank('INVENTED'))).to.include({ code: 'applied' });
    expect(await buy(world, '1')).to.include({ code: 'GRANT_OVERDUE' });
  });

  it('is not closed by a contested bill, also not while a new settlement offers to pay it', async () => {
    await withCredit(world, { termDays: 1, stopAfterDaysOverdue: 1 });
    const bill = await buy(world, '100');
    expect(await make(world, world.enterprise, 'dispute.open/1', { bill: bill.id, amount: '100', code: 'OTHER', deadline: iso(world.now + DAY_MS) })).to.include({ code: 'applied' });
    await passDays(world, 4);
    expect(await make(world, world.merchant, 'dispute.expire/1', { bill: bill.id, debtor: world.enterprise.id })).to.include({ code: 'applied' });
    expect(await buy(world, '1')).to.include({ code: 'applied' });
    expect(await settle(world, [{ bill: bill.id, amount: '1' }], bank('B1'))).to.include({ code: 'applied' });
    expect(await buy(world, '1')).to.include({ code: 'applied' });
  });

  it('has no deadline that lasts for ever', async () => {
    await withCredit(world);
    const bill = await buy(world, '100');
    const deadline = iso(world.now + 367 * DAY_MS);
    expect(await settle(world, [{ bill: bill.id, amount: '1' }], { ...bank('B1'), deadline })).to.include({ code: 'DEADLINE_TOO_FAR' });
    expect(await make(world, world.enterprise, 'dispute.open/1', { bill: bill.id, amount: '1', code: 'OTHER', deadline })).to.include({ code: 'DEADLINE_TOO_FAR' });
    expect((await settle(world, [{ bill: bill.id, amount: '1' }], { ...bank('B1'), deadline: '+010000-01-01T00:00:00.000Z' })).code).to.equal('BODY_MALFORMED');
  });

  it('takes 200 bills in one settlement', async () => {
    await withCredit(world);
    const bills: { bill: string; amount: string }[] = [];
    for (let number = 0; number < 200; number++) bills.push({ bill: (await buy(world, '1')).id, amount: '1' });
    const { id, code } = await settle(world, bills, bank('B200'));
    expect(code).to.equal('applied');
    expect(await confirm(world, id)).to.include({ code: 'applied' });
  });

  it('disputed and given up is not paid back as well', async () => {
    await withCredit(world);
    await fund(world, world.merchant, 100n);
    const { id: bill } = await buy(world, '100');
    await make(world, world.enterprise, 'dispute.open/1', { bill, amount: '100', code: 'NOT_DELIVERED', deadline: iso(world.now + DAY_MS) });
    expect(await act(world, world.merchant, 'dispute.accept/1', { bill, debtor: world.enterprise.id, amount: '100' })).to.include({ code: 'applied' });
    expect(await act(world, world.merchant, 'payment.refund/1', { payment: bill, payer: world.enterprise.id, amount: '1', reason: 'OTHER' })).to.include({ code: 'REFUND_EXCEEDS_PAYMENT' });
  });

  it('reserved under an end-to-end id is not reserved or paid again under it', async () => {
    await fund(world, world.enterprise, 100n);
    const body = { payee: world.merchant.id, token: TOKEN, amount: '10', references: { endToEndId: 'ORDER-1' } };
    const placed = { ...body, expiresAt: iso(world.now + DAY_MS) };
    expect(await make(world, world.enterprise, 'hold.place/1', placed)).to.include({ code: 'applied' });
    expect(await make(world, world.enterprise, 'hold.place/1', placed)).to.include({ code: 'PAYMENT_DUPLICATE' });
    expect(await act(world, world.enterprise, 'payment.pay/1', body)).to.include({ code: 'PAYMENT_DUPLICATE' });
    expect(await make(world, world.enterprise, 'hold.place/1', { ...placed, repeat: true })).to.include({ code: 'applied' });
  });

  describe('a mandate', () => {
    let bills: string[];
    beforeEach(async () => {
      await withCredit(world, { termDays: 1 });
      await fund(world, world.enterprise, 250n);
      bills = [(await buy(world, '100')).id, (await buy(world, '100')).id];
      await passDays(world, 1);
      bills.push((await buy(world, '100')).id);
    });
    const offer = (cap: string) => make(world, world.enterprise, 'mandate.grant/1', { creditor: world.merchant.id, token: TOKEN, cap, validTo: iso(world.now + 100 * DAY_MS) });
    const answer = (verb: string, mandate: string, signer = world.merchant) => act(world, signer, `mandate.${verb}/1`, { mandate, debtor: world.enterprise.id });
    const execute = (mandate: string, named: readonly string[], signer = world.merchant) => act(world, signer, 'mandate.execute/1', { mandate, debtor: world.enterprise.id, creditor: world.merchant.id, bills: named });

    it('settles due bills, oldest first and none left out, within balance and cap', async () => {
      const { id } = await offer('1000');
      expect(await execute(id, bills.slice(0, 2))).to.include({ code: 'MANDATE_STATE' });
      expect(await answer('accept', id, world.enterprise)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await answer('accept', id)).to.include({ code: 'applied' });
      expect(await execute(id, bills)).to.include({ code: 'MANDATE_NOT_DUE' });
      await passDays(world, 1);
      expect(await execute(id, [bills[2] ?? ''])).to.include({ code: 'MANDATE_BILLS' });
      expect(await execute(id, [bills[2] ?? '', ...bills.slice(0, 2)])).to.include({ code: 'MANDATE_BILLS' });
      expect(await execute(id, bills, await registerAs(world, 'WestPay', ['person']))).to.include({ code: 'applied' });
      expect(await balanceOf(world, world.merchant.id, TOKEN)).to.equal(250n);
      expect(await execute(id, [bills[2] ?? ''])).to.include({ code: 'MANDATE_NOTHING_TO_PAY' });
    });

    it('never moves more than its cap, and nothing once revoked', async () => {
      const { id } = await offer('120');
      await answer('accept', id);
      expect(await execute(id, bills.slice(0, 2))).to.include({ code: 'applied' });
      expect(await balanceOf(world, world.merchant.id, TOKEN)).to.equal(120n);
      expect(await execute(id, [bills[1] ?? ''])).to.include({ code: 'MANDATE_NOTHING_TO_PAY' });
      expect(await answer('revoke', id, world.enterprise)).to.include({ code: 'applied' });
      expect(await execute(id, [bills[1] ?? ''])).to.include({ code: 'MANDATE_STATE' });
    });
  });
});
