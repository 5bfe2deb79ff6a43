import { expect } from 'chai';
import fc from 'fast-check';
import { supplyOf } from '../../chaincode/src/domain/index.ts';
import { LedgerBook } from '../../chaincode/src/ledger/ledger-book.ts';
import { DAY_MS, iso, make, registerAs, termsOf } from '../support/credit-world.ts';
import { appoint } from '../support/officers.ts';
import type { Signer } from '../support/signer.ts';
import { act, applicant, assertConserved, balanceOf, balanceViewOf, copyOf, defineToken, foundWorld, issueTo, officer, pass, type World } from '../support/world.ts';

const TOKEN = 'PTS@EastPay';
const HOUR_MS = 3600_000;

describe('a token', () => {
  let founded: World;
  let world: World;
  let holder: Signer;
  let merchant: Signer;

  before(async () => {
    founded = await foundWorld();
    holder = await registerAs(founded, 'NorthPay', ['person']);
    merchant = await registerAs(founded, 'EastPay', ['merchant', 'enterprise']);
    // A whole day begins: quotas are counted by days of the ledger clock.
    await pass(founded, DAY_MS - (founded.now % DAY_MS) + 1);
  });

  beforeEach(() => {
    world = copyOf(founded);
  });

  afterEach(() => assertConserved(world));

  const issuer = (token = TOKEN) => officer(world, `issuer@${token.split('@')[1] ?? ''}`);
  const amend = (body: object, signer = issuer()) => act(world, signer, 'token.amend/1', { token: TOKEN, ...body });
  const pay = (from: Signer, to: Signer, amount: string) => make(world, from, 'payment.pay/1', { payee: to.id, token: TOKEN, amount });

  it('is defined once, by an issuer of its organization', async () => {
    expect(await defineToken(world, TOKEN, { kind: 'points', decimals: 0 })).to.include({ code: 'applied' });
    expect(await defineToken(world, TOKEN)).to.include({ code: 'TOKEN_EXISTS' });
    const body = { token: 'ABC@WestPay', name: 'x', decimals: 2, kind: 'money', source: { code: 'A', fields: {} } };
    expect(await act(world, officer(world, 'issuer@EastPay'), 'token.define/1', body)).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
    expect(await act(world, officer(world, 'registrar@WestPay'), 'token.define/1', body)).to.include({ code: 'OFFICER_ROLE_MISSING' });
  });

  it('is guarded by its issuer, and so is its supply: nobody else can endorse a change', async () => {
    await defineToken(world, TOKEN);
    expect([...world.state.guardians]).to.have.deep.members([[`t/${TOKEN}`, 'EastPay'], [`u/${TOKEN}`, 'EastPay']]);
  });

  it('is one of at most sixteen of its organization, and none of them stands where every batch reads', async () => {
    const ledger = world.state.entries.get('ledger');
    for (let number = 10; number < 26; number++) expect(await defineToken(world, `T${number}@EastPay`)).to.include({ code: 'applied' });
    const refused = await defineToken(world, TOKEN);
    expect(refused).to.include({ code: 'TOKEN_TOO_MANY', recorded: true });
    expect(refused.figures).to.deep.equal({ most: '16' });
    expect(await defineToken(world, 'T10@NorthPay')).to.include({ code: 'applied' });
    expect(world.state.entries.get('ledger')).to.equal(ledger);
  });

  it('is not issued to nobody', async () => {
    await defineToken(world, TOKEN);
    const { signer } = await applicant(world, 'NorthPay');
    expect(await issueTo(world, signer.id, TOKEN, 1n)).to.include({ code: 'ACCOUNT_UNKNOWN' });
  });

  describe('with a cap', () => {
    it('is issued up to it', async () => {
      await defineToken(world, TOKEN, { cap: '100' });
      expect(await issueTo(world, holder.id, TOKEN, 99n)).to.include({ code: 'applied' });
      const refused = await issueTo(world, holder.id, TOKEN, 2n);
      expect(refused).to.deep.include({ code: 'TOKEN_CAP', figures: { cap: '100', outstanding: '99', required: '2' } });
      expect(await issueTo(world, holder.id, TOKEN, 1n)).to.include({ code: 'applied' });
    });

    it('is issued again as far as it was redeemed', async () => {
      await defineToken(world, TOKEN, { cap: '100' });
      await issueTo(world, holder.id, TOKEN, 100n);
      expect(await redeemed('40')).to.equal('applied');
      expect(await issueTo(world, holder.id, TOKEN, 41n)).to.deep.include({ code: 'TOKEN_CAP', figures: { cap: '100', outstanding: '60', required: '41' } });
      expect(await issueTo(world, holder.id, TOKEN, 40n)).to.include({ code: 'applied' });
    });

    it('stops issuing when the cap is lowered below what is outstanding, and nothing else', async () => {
      await defineToken(world, TOKEN);
      await issueTo(world, holder.id, TOKEN, 100n);
      expect(await amend({ cap: '50' })).to.include({ code: 'applied' });
      expect(await issueTo(world, holder.id, TOKEN, 1n)).to.include({ code: 'TOKEN_CAP' });
      expect(await pay(holder, merchant, '100')).to.include({ code: 'applied' });
      expect(await amend({ cap: 'none' })).to.include({ code: 'applied' });
      expect(await issueTo(world, holder.id, TOKEN, 1n)).to.include({ code: 'applied' });
    });
  });

  describe('with a quota', () => {
    const quota = { amount: '100', hours: 24 };

    it('is issued up to it in each period of the ledger clock', async () => {
      await defineToken(world, TOKEN, { quota });
      const until = iso(world.now - (world.now % DAY_MS) + DAY_MS);
      expect(await issueTo(world, holder.id, TOKEN, 101n)).to.deep.include({ code: 'TOKEN_QUOTA', figures: { quota: '100', issued: '0', required: '101', until } });
      expect(await issueTo(world, holder.id, TOKEN, 99n)).to.include({ code: 'applied' });
      expect(await issueTo(world, holder.id, TOKEN, 2n)).to.deep.include({ code: 'TOKEN_QUOTA', figures: { quota: '100', issued: '99', required: '2', until } });
      expect(await issueTo(world, holder.id, TOKEN, 1n)).to.include({ code: 'applied' });
      expect(await issueTo(world, holder.id, TOKEN, 1n)).to.include({ code: 'TOKEN_QUOTA' });
      await pass(world, DAY_MS);
      expect(await issueTo(world, holder.id, TOKEN, 100n)).to.include({ code: 'applied' });
      expect(await issueTo(world, holder.id, TOKEN, 1n)).to.include({ code: 'TOKEN_QUOTA' });
    });

    it('knows the day by the ledger clock, not by the time its submitter claims', async () => {
      await defineToken(world, TOKEN, { quota });
      await pass(world, DAY_MS - (world.now % DAY_MS) - 10_000);
      await issueTo(world, holder.id, TOKEN, 100n);
      world.now += 20_000;
      expect(await issueTo(world, holder.id, TOKEN, 1n)).to.include({ code: 'TOKEN_QUOTA', recorded: true });
      await pass(world, 30_000);
      expect(await issueTo(world, holder.id, TOKEN, 1n)).to.include({ code: 'applied' });
    });

    it('is not given again by a redemption', async () => {
      await defineToken(world, TOKEN, { quota });
      await issueTo(world, holder.id, TOKEN, 100n);
      expect(await redeemed('100')).to.equal('applied');
      expect(await issueTo(world, holder.id, TOKEN, 1n)).to.include({ code: 'TOKEN_QUOTA' });
    });

    it('counts what was issued in the period when its amount is changed', async () => {
      await defineToken(world, TOKEN, { quota });
      await issueTo(world, holder.id, TOKEN, 100n);
      await amend({ quota: { amount: '150', hours: 24 } });
      expect(await issueTo(world, holder.id, TOKEN, 51n)).to.include({ code: 'TOKEN_QUOTA' });
      expect(await issueTo(world, holder.id, TOKEN, 50n)).to.include({ code: 'applied' });
      await amend({ quota: { amount: '150', hours: 48 } });
      expect(await issueTo(world, holder.id, TOKEN, 1n)).to.include({ code: 'TOKEN_QUOTA' });
      await amend({ quota: 'none' });
      expect(await issueTo(world, holder.id, TOKEN, 1_000n)).to.include({ code: 'applied' });
    });

    it('is never exceeded, whatever is issued when', async function () {
      this.timeout(60_000);
      await defineToken(world, TOKEN, { quota: { amount: '100', hours: 6 } });
      const from = world;
      const step = fc.record({ amount: fc.integer({ min: 1, max: 60 }), wait: fc.integer({ min: 0, max: 4 * HOUR_MS }) });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
          world = copyOf(from);
          const issued = new Map<number, bigint>();
          for (const { amount, wait } of steps) {
            await pass(world, wait + 30_000);
            const period = Math.floor(world.now / (6 * HOUR_MS));
            const sum = (issued.get(period) ?? 0n) + BigInt(amount);
            const { code } = await issueTo(world, holder.id, TOKEN, BigInt(amount));
            expect(code).to.equal(sum <= 100n ? 'applied' : 'TOKEN_QUOTA');
            if (code === 'applied') issued.set(period, sum);
          }
          const total = [...issued.values()].reduce((sum, amount) => sum + amount, 0n);
          expect((await supply()).issued).to.equal(total);
        }),
        { numRuns: 40 },
      );
    });
  });

  describe('that does not pass from hand to hand', () => {
    beforeEach(async () => {
      await defineToken(world, TOKEN, { transferable: false });
      await issueTo(world, holder.id, TOKEN, 100n);
    });

    it('cannot be paid with, held, promised or settled', async () => {
      expect(await pay(holder, merchant, '1')).to.deep.include({ code: 'TOKEN_NOT_TRANSFERABLE', figures: { token: TOKEN } });
      expect(await make(world, holder, 'hold.place/1', { payee: merchant.id, token: TOKEN, amount: '1', expiresAt: iso(world.now + DAY_MS) })).to.include({ code: 'TOKEN_NOT_TRANSFERABLE' });
      expect(await make(world, holder, 'mandate.grant/1', { creditor: merchant.id, token: TOKEN, cap: '1', validTo: iso(world.now + DAY_MS) })).to.include({ code: 'TOKEN_NOT_TRANSFERABLE' });
    });

    it('goes back to its issuer', async () => {
      expect(await redeemed('100')).to.equal('applied');
      expect(await supply()).to.deep.include({ issued: 100n, redeemed: 100n });
    });
  });

  describe('with a rule who may hold it', () => {
    it('is credited to nobody else: of another role, or of another home', async () => {
      const eastern = await registerAs(world, 'EastPay', ['person']);
      await defineToken(world, TOKEN, { holders: { roles: ['person'], organizations: ['NorthPay'] } });
      expect(await issueTo(world, holder.id, TOKEN, 100n)).to.include({ code: 'applied' });
      for (const { id } of [merchant, eastern]) expect(await issueTo(world, id, TOKEN, 1n)).to.deep.include({ code: 'TOKEN_HOLDER_EXCLUDED', figures: { account: id, token: TOKEN } });
      for (const to of [merchant, eastern]) expect(await pay(holder, to, '1')).to.include({ code: 'TOKEN_HOLDER_EXCLUDED' });
      await amend({ holders: { roles: ['person'] } });
      expect(await pay(holder, eastern, '1')).to.include({ code: 'applied' });
      expect(await pay(holder, merchant, '1')).to.include({ code: 'TOKEN_HOLDER_EXCLUDED' });
      await amend({ holders: { organizations: ['EastPay'] } });
      expect(await pay(holder, merchant, '1')).to.include({ code: 'applied' });
      await amend({ holders: 'none' });
      expect(await pay(merchant, holder, '1')).to.include({ code: 'applied' });
    });

    const onlyNorth = { holders: { organizations: ['NorthPay'] } };
    const onlyEast = { holders: { organizations: ['EastPay'] } };

    it('does not stop a refund: it goes back to whom it was taken from', async () => {
      await defineToken(world, TOKEN);
      await issueTo(world, holder.id, TOKEN, 10n);
      const { id: payment } = await pay(holder, merchant, '10');
      await amend(onlyEast);
      const body = { payment, payer: holder.id, amount: '10', reason: 'RETURNED' };
      expect(await pay(merchant, holder, '1')).to.include({ code: 'TOKEN_HOLDER_EXCLUDED' });
      expect(await make(world, merchant, 'payment.refund/1', body)).to.include({ code: 'applied' });
      expect(await balanceOf(world, holder.id, TOKEN)).to.equal(10n);
    });

    it('stops a capture for who may no longer hold it; the hold returns to whom it was taken from, who may not hold it either', async () => {
      await defineToken(world, TOKEN);
      await issueTo(world, holder.id, TOKEN, 10n);
      const { id: hold } = await make(world, holder, 'hold.place/1', { payee: merchant.id, token: TOKEN, amount: '10', expiresAt: iso(world.now + DAY_MS) });
      await amend({ holders: { organizations: ['WestPay'] } });
      expect(await make(world, merchant, 'hold.capture/1', { hold, payer: holder.id, amount: '10' })).to.include({ code: 'TOKEN_HOLDER_EXCLUDED' });
      expect(await make(world, merchant, 'hold.release/1', { hold, payer: holder.id })).to.include({ code: 'applied' });
      expect(await balanceOf(world, holder.id, TOKEN)).to.equal(10n);
    });

    it('stops a settlement and a mandate for a creditor who may no longer hold it', async () => {
      const enterprise = await registerAs(world, 'NorthPay', ['enterprise']);
      await defineToken(world, TOKEN);
      await issueTo(world, enterprise.id, TOKEN, 100n);
      await act(world, officer(world, 'credit-officer@NorthPay'), 'limit.set/1', { account: enterprise.id, token: TOKEN, amount: '100', reason: 'GRANTED' });
      const { id: application } = await make(world, enterprise, 'grant.apply/1', { merchant: merchant.id, token: TOKEN, amount: '100', validTo: iso(world.now + DAY_MS) });
      await act(world, merchant, 'grant.approve/1', { enterprise: enterprise.id, token: TOKEN, application, terms: termsOf(world, { termDays: 0 }) });
      const { id: bill } = await make(world, enterprise, 'payment.pay/1', { payee: merchant.id, token: TOKEN, amount: '10', credit: { amount: '10', version: 1 } });
      const { id: mandate } = await make(world, enterprise, 'mandate.grant/1', { creditor: merchant.id, token: TOKEN, cap: '100', validTo: iso(world.now + DAY_MS) });
      await make(world, merchant, 'mandate.accept/1', { mandate, debtor: enterprise.id });
      await amend(onlyNorth);
      expect(await make(world, merchant, 'mandate.execute/1', { mandate, debtor: enterprise.id, creditor: merchant.id, bills: [bill] })).to.include({ code: 'TOKEN_HOLDER_EXCLUDED' });
      const { id: settlement } = await make(world, enterprise, 'settlement.initiate/1', { creditor: merchant.id, token: TOKEN, bills: [{ bill, amount: '10' }], deadline: iso(world.now + HOUR_MS) });
      const confirm = { settlement, debtor: enterprise.id, creditor: merchant.id };
      expect(await make(world, merchant, 'settlement.confirm/1', confirm)).to.include({ code: 'TOKEN_HOLDER_EXCLUDED' });
      expect(await make(world, enterprise, 'payment.pay/1', { payee: merchant.id, token: TOKEN, amount: '1', credit: { amount: '1', version: 1 } })).to.include({ code: 'TOKEN_HOLDER_EXCLUDED' });
      await amend({ holders: 'none' });
      expect(await make(world, merchant, 'settlement.confirm/1', confirm)).to.include({ code: 'applied' });
    });

    it('names at least one role or organization', async () => {
      for (const holders of [{ roles: [] }, { organizations: [] }, { roles: ['king'] }, { organizations: ['north'] }]) {
        expect(await defineToken(world, TOKEN, { holders })).to.include({ code: 'BODY_MALFORMED', recorded: false });
      }
    });
  });

  describe('has terms that', () => {
    it('an issuer of its organization changes, each alone', async () => {
      await defineToken(world, TOKEN, { cap: '100', quota: { amount: '10', hours: 1 } });
      expect(await amend({ cap: '1' }, officer(world, 'issuer@NorthPay'))).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
      expect(await amend({ cap: '1' }, officer(world, 'registrar@EastPay'))).to.include({ code: 'OFFICER_ROLE_MISSING' });
      expect(await act(world, issuer('X@WestPay'), 'token.amend/1', { token: 'NIX@WestPay', cap: '1' })).to.include({ code: 'TOKEN_UNKNOWN' });
      expect(await amend({})).to.include({ code: 'BODY_MALFORMED' });
      expect(await amend({ cap: '200' })).to.include({ code: 'applied' });
      expect(await token()).to.deep.include({ cap: 200n, quota: { amount: 10n, hours: 1 } });
      expect(await act(world, issuer(), 'token.confirm/1', { token: TOKEN, proposal: `${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}.issuer@EastPay` })).to.include({ code: 'TOKEN_PROPOSAL_UNKNOWN' });
    });

    it('take two officers where the token says so', async () => {
      await defineToken(world, TOKEN, { cap: '100', twoOfficers: true });
      const second = await appoint(world, 'second@EastPay', ['issuer']);
      expect(await amend({ cap: '200' })).to.include({ code: 'TOKEN_NEEDS_TWO' });
      const { id: first } = await make(world, issuer(), 'token.propose/1', { token: TOKEN, cap: '150' });
      const { id: proposal } = await make(world, issuer(), 'token.propose/1', { token: TOKEN, cap: '200', quota: { amount: '7', hours: 24 } });
      const confirm = (signer: Signer, id: string) => act(world, signer, 'token.confirm/1', { token: TOKEN, proposal: id });
      expect(await token()).to.deep.include({ cap: 100n });
      expect(await confirm(issuer(), proposal)).to.include({ code: 'TOKEN_SAME_OFFICER' });
      expect(await confirm(second, first)).to.include({ code: 'TOKEN_PROPOSAL_UNKNOWN' });
      expect(await confirm(second, proposal)).to.include({ code: 'applied' });
      expect(await token()).to.deep.include({ cap: 200n, quota: { amount: 7n, hours: 24 } });
      expect((await token())?.proposal).to.equal(undefined);
      expect(await confirm(second, proposal)).to.include({ code: 'TOKEN_PROPOSAL_UNKNOWN' });
    });

    it('are proposed as a change: what is not named stays as it is when it is confirmed, and its proposer can take it back', async () => {
      await defineToken(world, TOKEN, { cap: '100', quota: { amount: '10', hours: 1 } });
      const second = await appoint(world, 'second@EastPay', ['issuer']);
      const propose = async (change: object) => (await make(world, issuer(), 'token.propose/1', { token: TOKEN, ...change })).id;
      const answer = (verb: string, signer: Signer, proposal: string) => act(world, signer, `token.${verb}/1`, { token: TOKEN, proposal });
      const proposal = await propose({ quota: 'none', holders: { roles: ['merchant'] } });
      expect((await token())?.proposal).to.deep.include({ by: 'issuer@EastPay', change: { quota: 'none', holders: { roles: ['merchant'] } } });
      expect(await amend({ cap: '50' })).to.include({ code: 'applied' });
      expect(await answer('confirm', second, proposal)).to.include({ code: 'applied' });
      expect(await token()).to.deep.include({ cap: 50n, holders: { roles: ['merchant'] } }).and.not.have.property('quota');
      const next = await propose({ cap: '1000000' });
      expect(await answer('withdraw', second, next)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await answer('withdraw', issuer(), proposal)).to.include({ code: 'TOKEN_PROPOSAL_UNKNOWN' });
      expect(await answer('withdraw', issuer(), next)).to.include({ code: 'applied' });
      expect(await answer('confirm', second, next)).to.include({ code: 'TOKEN_PROPOSAL_UNKNOWN' });
      expect(await token()).to.deep.include({ cap: 50n });
    });
  });

  describe('is redeemed', () => {
    let redemption: string;
    beforeEach(async () => {
      await defineToken(world, TOKEN);
      await issueTo(world, holder.id, TOKEN, 100n);
    });

    const request = (amount: string, changes: object = {}) => make(world, holder, 'redemption.request/1', { token: TOKEN, amount, deadline: iso(world.now + DAY_MS), ...changes });
    const requested = async (amount = '60') => {
      redemption = (await request(amount)).id;
    };
    const answer = (verb: string, body: object = {}, signer = issuer()) => act(world, signer, `redemption.${verb}/1`, { redemption, holder: holder.id, token: TOKEN, ...body });
    const confirm = (reference = 'B-1', signer = issuer()) => answer('confirm', { bank: { reference, valueDate: '2026-11-21' } }, signer);
    const decline = (signer = issuer()) => answer('decline', { reason: 'PAYOUT_FAILED' }, signer);
    const expire = (signer: Signer = merchant) => act(world, signer, 'redemption.expire/1', { redemption, holder: holder.id });

    it('holds the tokens until the issuer has paid, then they leave the ledger', async () => {
      await requested();
      expect(await balanceViewOf(world, holder.id, TOKEN)).to.deep.equal({ free: 40n, held: 60n });
      expect(await confirm()).to.include({ code: 'applied' });
      expect(await balanceViewOf(world, holder.id, TOKEN)).to.deep.equal({ free: 40n, held: 0n });
      expect(await supply()).to.deep.equal({ issued: 100n, redeemed: 60n });
    });

    it('returns the tokens when the issuer declines', async () => {
      await requested();
      expect(await decline()).to.include({ code: 'applied' });
      expect(await balanceViewOf(world, holder.id, TOKEN)).to.deep.equal({ free: 100n, held: 0n });
      expect(await supply()).to.deep.equal({ issued: 100n, redeemed: 0n });
    });

    it('returns the tokens past the deadline, by anybody; the issuer can no longer confirm', async () => {
      await requested();
      expect(await expire()).to.include({ code: 'DEADLINE_NOT_REACHED', recorded: false });
      world.now += DAY_MS;
      await pass(world, 30_000);
      expect(await confirm()).to.include({ code: 'REDEMPTION_EXPIRED' });
      expect(await expire(await registerAs(world, 'WestPay', ['person']))).to.include({ code: 'applied' });
      expect(await balanceOf(world, holder.id, TOKEN)).to.equal(100n);
    });

    it('ends once: whatever ended it, nothing else does', async () => {
      const waiting = world;
      await requested();
      for (const end of [confirm, decline, async () => { await pass(world, DAY_MS + 30_000); return expire(); }]) {
        world = copyOf(waiting);
        expect(await end()).to.include({ code: 'applied' });
        expect(await confirm('B-2')).to.include({ code: 'REDEMPTION_STATE' });
        expect(await decline()).to.include({ code: 'REDEMPTION_STATE' });
        expect(await expire()).to.include({ code: 'REDEMPTION_STATE' });
        await assertConserved(world);
      }
    });

    it('is answered by an issuer of the token alone, and only for what it says', async () => {
      await requested();
      expect(await confirm('B-1', officer(world, 'issuer@NorthPay'))).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
      expect(await decline(officer(world, 'registrar@EastPay'))).to.include({ code: 'OFFICER_ROLE_MISSING' });
      expect(await confirm('B-1', holder)).to.include({ code: 'SIGNER_KIND_WRONG' });
      expect(await answer('decline', { reason: 'OTHER', holder: merchant.id })).to.include({ code: 'REDEMPTION_UNKNOWN' });
      // Another token of the same issuer: the supply of that one must not change.
      await defineToken(world, 'OTH@EastPay');
      expect(await answer('confirm', { token: 'OTH@EastPay', bank: { reference: 'B-1', valueDate: '2026-11-21' } })).to.include({ code: 'REDEMPTION_UNKNOWN' });
      expect(await balanceViewOf(world, holder.id, TOKEN)).to.deep.equal({ free: 40n, held: 60n });
    });

    it('counts a bank reference once per issuing organization', async () => {
      await requested('10');
      expect(await confirm('B-9')).to.include({ code: 'applied' });
      await requested('10');
      expect(await confirm('B-9')).to.deep.include({ code: 'BANK_REFERENCE_USED', figures: { reference: 'B-9' } });
      expect(await confirm('B-10')).to.include({ code: 'applied' });
    });

    it('takes no more than there is, no past deadline, and neither a frozen account nor a paused token', async () => {
      expect(await request('101')).to.deep.include({ code: 'FUNDS_INSUFFICIENT', figures: { available: '100', required: '101' } });
      expect(await request('1', { deadline: iso(world.now - DAY_MS) })).to.include({ code: 'DEADLINE_PAST' });
      expect(await request('1', { deadline: iso(world.now + 400 * DAY_MS) })).to.include({ code: 'DEADLINE_TOO_FAR' });
      await act(world, issuer(), 'token.pause/1', { token: TOKEN });
      expect(await request('1')).to.include({ code: 'TOKEN_PAUSED' });
      await act(world, issuer(), 'token.resume/1', { token: TOKEN });
      await act(world, holder, 'account.freeze/1', { account: holder.id, mode: 'debit', reason: 'OTHER' });
      expect(await request('1')).to.include({ code: 'ACCOUNT_FROZEN' });
    });

    it('goes on while the token is paused and the account frozen, by whomever: the money may be paid already', async () => {
      await requested('10');
      await act(world, issuer(), 'token.pause/1', { token: TOKEN });
      const waiting = world;
      for (const by of [holder, officer(world, 'registrar@NorthPay')]) {
        for (const mode of ['debit', 'full']) {
          for (const end of [confirm, decline]) {
            world = copyOf(waiting);
            expect(await act(world, by, 'account.freeze/1', { account: holder.id, mode, reason: 'OTHER' })).to.include({ code: 'applied' });
            expect(await end()).to.include({ code: 'applied' });
            await assertConserved(world);
          }
        }
      }
    });
  });

  async function redeemed(amount: string): Promise<string> {
    const { id, code } = await make(world, holder, 'redemption.request/1', { token: TOKEN, amount, deadline: iso(world.now + DAY_MS) });
    if (code !== 'applied') return code;
    const bankReference = { reference: `B-${amount}`, valueDate: '2026-11-21' };
    return (await act(world, issuer(), 'redemption.confirm/1', { redemption: id, holder: holder.id, token: TOKEN, bank: bankReference })).code;
  }

  function supply() {
    return new LedgerBook(world.state, { now: world.now }).decide((book) => supplyOf(book, TOKEN));
  }

  function token() {
    return new LedgerBook(world.state, { now: world.now }).decide((book) => book.get('token', TOKEN));
  }
});
