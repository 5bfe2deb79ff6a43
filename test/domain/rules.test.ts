import { expect } from 'chai';
import { DEFAULT_RULES, type RulesDocument } from '../../chaincode/src/domain/index.ts';
import { LedgerBook } from '../../chaincode/src/ledger/ledger-book.ts';
import { decide, proposeAs, voteAs } from '../support/admission.ts';
import { between, buy, confirm, creditWorld, fund, grant, pair, registerAs, setLimit, settle, withCredit, type CreditWorld } from '../support/credit-world.ts';
import { appoint } from '../support/officers.ts';
import { uuidAt, type Signer } from '../support/signer.ts';
import { act, apply, assertConserved, copyOf, defineToken, foundWorld, instruct, issueTo, officer, pass, registerAccount, type World } from '../support/world.ts';

const TOKEN = 'USD@NorthPay';
const OTHER = 'PTS@EastPay';

describe('the rules of the consortium', () => {
  let founded: World;
  let world: World;
  let payer: Signer;
  let payee: Signer;
  let merchant: Signer;

  before(async () => {
    founded = await foundWorld();
    for (const token of [TOKEN, OTHER]) await defineToken(founded, token);
    payer = await registerAccount(founded, 'NorthPay');
    payee = await registerAccount(founded, 'EastPay');
    merchant = await registerAs(founded, 'WestPay', ['merchant']);
    for (const token of [TOKEN, OTHER]) await issueTo(founded, payer.id, token, 10_000n);
  });

  beforeEach(() => {
    world = copyOf(founded);
  });

  afterEach(() => assertConserved(world));

  const version = async () => (await new LedgerBook(world.state, { now: world.now }).decide((book) => book.ledger)).rules.version;
  const activate = async (changes: Partial<RulesDocument>) => decide(world, { kind: 'rules', supersedes: await version(), rules: { ...DEFAULT_RULES, ...changes } });
  const pay = (amount: number, changes: object = {}, from = payer) => act(world, from, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount: String(amount), ...changes });
  const figuresOf = async (answer: ReturnType<typeof pay>) => {
    const { code, recorded, figures } = await answer;
    return { code, recorded, ...figures };
  };

  it('change by vote, each version kept, and outcomes name the one they were judged by', async () => {
    await activate({ recoveryDelay: 60 });
    await activate({ recoveryDelay: 120 });
    const book = new LedgerBook(world.state, { now: world.now });
    const kept = await book.decide((view) => [1, 2, 3, 4].map((number) => view.get('rules', number)?.recoveryDelay));
    expect(kept).to.deep.equal([DEFAULT_RULES.recoveryDelay, 60, 120, undefined]);
    const { rules } = await apply(world, [instruct(world, payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount: '1' })]);
    expect(rules).to.equal(3);
  });

  it('judge what follows in the same batch, and nothing before', async () => {
    const proposal = await proposeAs(world, 'NorthPay', { kind: 'rules', supersedes: 1, rules: { ...DEFAULT_RULES, accountLimits: [{ role: 'person', token: TOKEN, perPayment: '5' }] } });
    const payment = (amount: string) => instruct(world, payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount });
    const { rules, outcomes } = await apply(world, [payment('6'), instruct(world, officer(world, 'administrator@EastPay'), 'consortium.vote/1', { proposal, approve: true }), payment('7')]);
    expect({ rules, said: outcomes.map((outcome) => [outcome.refusal?.code, outcome.rules]) }).to.deep.equal({
      rules: 1, said: [[undefined, undefined], [undefined, undefined], ['PAYMENT_LIMIT_EXCEEDED', 2]],
    });
  });

  it('are taken the place of only by who saw them', async () => {
    const change = { kind: 'rules', supersedes: 1, rules: DEFAULT_RULES };
    const late = await proposeAs(world, 'EastPay', change);
    await activate({ recoveryDelay: 1 });
    expect(await voteAs(world, 'NorthPay', late)).to.equal('RULES_CHANGED');
    expect(await proposeAs(world, 'WestPay', change)).to.equal('RULES_CHANGED');
  });

  it('are refused when they are none', async () => {
    const limit = { role: 'person', token: TOKEN };
    for (const rules of [
      { ...DEFAULT_RULES, votingTime: 3_599 }, { ...DEFAULT_RULES, unknown: 1 }, { ...DEFAULT_RULES, accountLimits: [{ ...limit, perPeriod: { hours: 0, amount: '1' } }] },
      { ...DEFAULT_RULES, denied: { 'consortium.vote/1': ['administrator'] } }, ...['certificate.renew/1', 'officer.appoint/1', 'officer.dismiss/1'].map((type) => ({ ...DEFAULT_RULES, denied: { [type]: ['administrator'] } })),
      { ...DEFAULT_RULES, separateOffices: [['administrator', 'administrator']] }, { ...DEFAULT_RULES, denied: { 'payment.pay/1': [] } }, { ...DEFAULT_RULES, separateOffices: [['issuer', 'bank']] },
    ]) {
      expect(await proposeAs(world, 'NorthPay', { kind: 'rules', supersedes: 1, rules }), JSON.stringify(rules)).to.equal('BODY_MALFORMED');
    }
    expect(await proposeAs(world, 'NorthPay', { kind: 'rules', supersedes: 1, rules: { ...DEFAULT_RULES, accountLimits: [{ ...limit, perPayment: 5 }] } })).to.equal('AMOUNT_NOT_STRING');
  });

  describe('limit what an account pays', () => {
    it('at once, credit and holds included', async () => {
      await activate({ accountLimits: [{ role: 'person', token: TOKEN, perPayment: '100' }] });
      expect(await pay(100)).to.include({ code: 'applied' });
      expect(await figuresOf(pay(101))).to.deep.equal({ code: 'PAYMENT_LIMIT_EXCEEDED', recorded: true, role: 'person', limit: '100', required: '101' });
      const hold = { payee: payee.id, token: TOKEN, amount: '101', expiresAt: new Date(world.now + 60_000).toISOString() };
      expect(await act(world, payer, 'hold.place/1', hold)).to.include({ code: 'PAYMENT_LIMIT_EXCEEDED' });
    });

    it('in this token and in this role alone', async () => {
      await activate({ accountLimits: [{ role: 'merchant', token: TOKEN, perPayment: '1' }, { role: 'person', token: OTHER, perPayment: '1' }] });
      expect(await pay(50)).to.include({ code: 'applied' });
      expect(await pay(2, { token: OTHER })).to.include({ code: 'PAYMENT_LIMIT_EXCEEDED' });
      await pay(60, { payee: merchant.id });
      expect(await pay(2, {}, merchant)).to.deep.include({ code: 'PAYMENT_LIMIT_EXCEEDED', figures: { role: 'merchant', limit: '1', required: '2' } });
    });

    it('in a period of the ledger clock, holds included, and anew in the next', async () => {
      world.now = Math.ceil(world.now / 3600_000) * 3600_000 + 1_000;
      await pass(world, 31_000);
      await activate({ accountLimits: [{ role: 'person', token: TOKEN, perPeriod: { hours: 1, amount: '100' } }, { role: 'person', token: TOKEN, perPeriod: { hours: 24 * 31, amount: '150' } }] });
      expect(await pay(60)).to.include({ code: 'applied' });
      const hold = { payee: payee.id, token: TOKEN, amount: '30', expiresAt: new Date(world.now + 60_000).toISOString() };
      expect(await act(world, payer, 'hold.place/1', hold)).to.include({ code: 'applied' });
      expect(await figuresOf(pay(11))).to.deep.equal({ code: 'PERIOD_LIMIT_EXCEEDED', recorded: true, role: 'person', hours: '1', limit: '100', paid: '90', required: '11' });
      expect(await pay(10)).to.include({ code: 'applied' });
      expect(await pay(2, { token: OTHER }), 'another token').to.include({ code: 'applied' });
      await pass(world, 3600_000);
      expect(await pay(51)).to.deep.include({ code: 'PERIOD_LIMIT_EXCEEDED', figures: { role: 'person', hours: '744', limit: '150', paid: '100', required: '51' } });
      expect(await pay(50)).to.include({ code: 'applied' });
    });

    it('without a word in its balance where nothing is limited', async () => {
      await pay(5);
      const balance = await new LedgerBook(world.state, { now: world.now }).decide((book) => book.get('balance', payer.id, TOKEN));
      expect(balance).to.not.have.property('paid');
    });
  });

  describe('limit what an account has', () => {
    beforeEach(() => activate({ accountLimits: [{ role: 'person', token: TOKEN, holding: '100' }] }));

    it('exactly, whatever way the money came, without telling the payer how much it is', async () => {
      for (const lane of [0, 1, 2]) await apply(world, [instruct(world, payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount: '30' })], lane);
      expect(await figuresOf(pay(11))).to.deep.equal({ code: 'HOLDING_LIMIT_EXCEEDED', recorded: true, role: 'person', limit: '100', required: '11' });
      expect(await pay(10)).to.include({ code: 'applied' });
    });

    it('by issue as well', async () => {
      expect(await issueTo(world, payee.id, TOKEN, 101n)).to.include({ code: 'HOLDING_LIMIT_EXCEEDED' });
      expect(await issueTo(world, payee.id, TOKEN, 100n)).to.include({ code: 'applied' });
    });

    it('and by the capture of holds, each of which was in order when it was placed', async () => {
      const holds: string[] = [];
      for (const amount of ['60', '50']) {
        const id = uuidAt(world.now);
        expect(await act(world, payer, 'hold.place/1', { payee: payee.id, token: TOKEN, amount, expiresAt: new Date(world.now + 3600_000).toISOString() }, { id })).to.include({ code: 'applied' });
        holds.push(`${id}.${payer.id}`);
      }
      const capture = (hold: string | undefined, amount: string) => act(world, payee, 'hold.capture/1', { hold, payer: payer.id, amount });
      expect(await capture(holds[0], '60')).to.include({ code: 'applied' });
      expect(await capture(holds[1], '41')).to.include({ code: 'HOLDING_LIMIT_EXCEEDED', recorded: true });
      expect(await capture(holds[1], '40')).to.include({ code: 'applied' });
    });

    it('and read no slot of a payee whom no rule limits', async () => {
      const before = world.state.reads.length;
      expect(await pay(500, { payee: merchant.id })).to.include({ code: 'applied' });
      const read = world.state.reads.slice(before).flat().filter((key) => key.startsWith(`s/${merchant.id}`));
      expect(read).to.have.length(1);
    });
  });

  it('keep an instruction from who has no other role', async () => {
    await activate({ denied: { 'payment.pay/1': ['person'], 'account.freeze/1': ['registrar'] } });
    expect(await pay(1)).to.deep.include({ code: 'RULES_DENIED', recorded: true, figures: { type: 'payment.pay/1', roles: 'person' } });
    await issueTo(world, merchant.id, TOKEN, 5n);
    expect(await pay(1, {}, merchant)).to.include({ code: 'applied' });
    expect(await act(world, officer(world, 'registrar@NorthPay'), 'account.freeze/1', { account: payer.id, mode: 'debit', reason: 'OTHER' })).to.include({ code: 'RULES_DENIED' });
    expect(await act(world, payer, 'account.freeze/1', { account: payer.id, mode: 'debit', reason: 'OTHER' }), 'a person may').to.include({ code: 'applied' });
  });

  it('keep offices apart', async () => {
    await activate({ separateOffices: [['issuer', 'registrar']] });
    const refused = await appoint(world, 'second@NorthPay', ['issuer', 'registrar']).catch((error: Error) => error.message);
    expect(refused).to.equal('appointment: OFFICES_SEPARATE');
    await appoint(world, 'second@NorthPay', ['issuer', 'credit-officer']);
  });
});

describe('credit under the rules of the consortium', () => {
  let world: CreditWorld;

  beforeEach(async () => {
    world = await pair(await creditWorld());
  });

  it('takes two officers above the threshold of the consortium', async () => {
    await decide(world, { kind: 'rules', supersedes: 1, rules: { ...DEFAULT_RULES, limitThresholds: { [TOKEN]: '500' } } });
    expect(await setLimit(world, '501')).to.include({ code: 'LIMIT_NEEDS_TWO' });
    expect(await setLimit(world, '500')).to.include({ code: 'applied' });
  });

  it('counts in the period of a payer who pays on credit alone', async () => {
    await withCredit(world);
    await decide(world, { kind: 'rules', supersedes: 1, rules: { ...DEFAULT_RULES, accountLimits: [{ role: 'enterprise', token: TOKEN, perPeriod: { hours: 744, amount: '250' } }] } });
    expect(await buy(world, '200')).to.include({ code: 'applied' });
    expect(await buy(world, '51')).to.deep.include({ code: 'PERIOD_LIMIT_EXCEEDED', figures: { role: 'enterprise', hours: '744', limit: '250', paid: '200', required: '51' } });
    expect(await buy(world, '50')).to.include({ code: 'applied' });
  });

  it('rests while the home of the enterprise is not active, repayment goes on', async () => {
    world = between(world, await registerAs(world, 'WestPay', ['enterprise']), world.merchant);
    await act(world, officer(world, 'credit-officer@WestPay'), 'limit.set/1', { account: world.enterprise.id, token: TOKEN, amount: '1000', reason: 'GRANTED' });
    await grant(world);
    await fund(world, world.enterprise, 100n);
    const { id } = await buy(world, '100');
    await decide(world, { kind: 'suspend', organization: 'WestPay', reason: 'INSOLVENCY' });
    expect(await buy(world, '1')).to.deep.include({ code: 'ORGANIZATION_SUSPENDED', figures: { organization: 'WestPay' } });
    const settlement = await settle(world, [{ bill: id, amount: '100' }]);
    expect(settlement).to.include({ code: 'applied' });
    expect(await confirm(world, settlement.id)).to.include({ code: 'applied' });
    await decide(world, { kind: 'remove', organization: 'WestPay', reason: 'INSOLVENCY', trustee: 'EastPay' });
    expect(await buy(world, '1')).to.deep.include({ code: 'ORGANIZATION_REMOVED' });
  });
});
