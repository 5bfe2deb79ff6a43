import { expect } from 'chai';
import type { Signer } from '../support/signer.ts';
import { decodeRecord } from '../../chaincode/src/ledger/records.ts';
import { act, applicant, assertConserved, change, copyOf, defineToken, foundWorld, issueTo, officer, registerAccount, type World } from '../support/world.ts';

const TOKEN = 'USD@NorthPay';

describe('an account', () => {
  let world: World;
  let account: Signer;
  let other: Signer;

  before(async () => {
    world = await foundWorld();
    await defineToken(world, TOKEN);
    other = await registerAccount(world, 'EastPay');
    await issueTo(world, other.id, TOKEN, 1_000n);
  });

  beforeEach(async () => {
    account = await registerAccount(world, 'NorthPay');
  });

  afterEach(() => assertConserved(world));

  const registrar = (organization = 'NorthPay') => officer(world, `registrar@${organization}`);
  const freeze = (signer: Signer, mode: string, reason = 'SUSPECTED_FRAUD') => act(world, signer, 'account.freeze/1', { account: account.id, mode, reason });
  const unfreeze = (signer: Signer) => act(world, signer, 'account.unfreeze/1', { account: account.id, reason: 'HOLDER_REQUEST' });
  const close = (signer: Signer) => act(world, signer, 'account.close/1', { account: account.id, reason: 'HOLDER_REQUEST' });
  const debit = () => act(world, account, 'payment.pay/1', { payee: other.id, token: TOKEN, amount: '1' });
  const credit = () => act(world, other, 'payment.pay/1', { payee: account.id, token: TOKEN, amount: '1' });

  describe('is registered', () => {
    it('once', async () => {
      const { body } = await applicant(world, 'NorthPay');
      expect(await act(world, registrar(), 'account.register/1', body)).to.include({ code: 'applied' });
      expect(await act(world, registrar(), 'account.register/1', body)).to.include({ code: 'ACCOUNT_EXISTS', recorded: true });
    });

    it('by a registrar of its home organization alone', async () => {
      const { body } = await applicant(world, 'NorthPay');
      expect(await act(world, registrar('EastPay'), 'account.register/1', body)).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
      expect(await act(world, officer(world, 'issuer@NorthPay'), 'account.register/1', body)).to.include({ code: 'OFFICER_ROLE_MISSING' });
    });

    it('with at least one role, each once', async () => {
      const { body } = await applicant(world, 'NorthPay');
      for (const roles of [[], ['person', 'person'], ['bank']]) {
        expect(await act(world, registrar(), 'account.register/1', { ...body, roles })).to.include({ code: 'BODY_MALFORMED', recorded: false });
      }
    });
  });

  describe('frozen for debits', () => {
    beforeEach(() => freeze(registrar(), 'debit'));

    it('pays nothing and takes in everything', async () => {
      expect(await debit()).to.include({ code: 'ACCOUNT_FROZEN', recorded: true });
      expect(await credit()).to.include({ code: 'applied' });
    });

    it('can be frozen in full, but not the same way twice', async () => {
      expect(await freeze(registrar(), 'debit')).to.include({ code: 'ACCOUNT_STATE' });
      expect(await freeze(account, 'full')).to.include({ code: 'applied' });
      expect(await freeze(registrar(), 'debit')).to.include({ code: 'ACCOUNT_STATE' });
      expect(await freeze(account, 'debit')).to.include({ code: 'ACCOUNT_FROZEN' });
    });

    it('is unfrozen by the registrar alone', async () => {
      expect(await unfreeze(account)).to.include({ code: 'SIGNER_KIND_WRONG' });
      expect(await unfreeze(registrar('EastPay'))).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
      expect(await unfreeze(registrar())).to.include({ code: 'applied' });
      expect(await unfreeze(registrar())).to.include({ code: 'ACCOUNT_STATE' });
    });
  });

  it('frozen in full takes in nothing either', async () => {
    await freeze(account, 'full', 'KEY_LOST');
    expect(await credit()).to.include({ code: 'ACCOUNT_FROZEN' });
    expect(await close(registrar())).to.include({ code: 'ACCOUNT_FROZEN' });
  });

  it('is not frozen or closed by anybody else', async () => {
    for (const stranger of [other, registrar('EastPay')]) {
      expect((await freeze(stranger, 'debit')).code).to.be.oneOf(['SIGNER_NOT_ENTITLED', 'OFFICER_ORGANIZATION_DIFFERS']);
      expect((await close(stranger)).code).to.be.oneOf(['SIGNER_NOT_ENTITLED', 'OFFICER_ORGANIZATION_DIFFERS']);
    }
  });

  it('closes when it is empty, and stays closed', async () => {
    await credit();
    expect(await close(account)).to.include({ code: 'ACCOUNT_NOT_EMPTY' });
    expect(await debit()).to.include({ code: 'applied' });
    expect(await close(account)).to.include({ code: 'applied' });
    expect(await credit()).to.include({ code: 'ACCOUNT_CLOSED', recorded: true });
    expect(await debit()).to.include({ code: 'ACCOUNT_CLOSED', recorded: true });
    expect(await freeze(registrar(), 'full')).to.include({ code: 'ACCOUNT_STATE' });
    expect(await close(account)).to.include({ code: 'ACCOUNT_CLOSED' });
  });

  describe('where there are more tokens than one decision looks at', () => {
    let before: World;

    beforeEach(async () => {
      before = world;
      world = copyOf(world);
      await change(world, (book) => {
        const joined = Array.from({ length: 12 }, (_, number) => `Member${number}`);
        book.put('ledger', [], { ...book.ledger, organizations: [...book.ledger.organizations, ...joined] });
        for (const id of joined) book.put('organization', [id], { id, name: id, userAuthority: '', officers: [], tokens: Array.from({ length: 16 }, (_, number) => `T${number + 10}@${id}`) });
      });
    });

    afterEach(() => {
      world = before;
    });

    const status = () => decodeRecord('account', [account.id], world.state.entries.get(`a/${account.id}`) ?? new Uint8Array()).status;
    const put = (token: string, amount: bigint) => change(world, (book) => book.put('balance', [account.id, token], { free: amount, held: 0n, next: {} }));

    it('closes step by step, and gives and takes nothing meanwhile', async () => {
      let steps = 0;
      for (; status() !== 'closed'; steps++) {
        expect(await close(steps % 2 === 0 ? account : registrar())).to.include({ code: 'applied' });
        if (status() === 'closed') continue;
        expect(await credit()).to.include({ code: 'ACCOUNT_FROZEN' });
        expect(await debit()).to.include({ code: 'ACCOUNT_FROZEN' });
        expect(await freeze(account, 'debit')).to.include({ code: 'ACCOUNT_FROZEN' });
      }
      expect(steps).to.equal(6);
    });

    it('does not close while the last of them is left, and goes on as before when the registrar says so', async () => {
      await put('T25@Member11', 1n);
      for (let steps = 0; steps < 5; steps++) expect(await close(account)).to.include({ code: 'applied' });
      expect(await close(account)).to.deep.include({ code: 'ACCOUNT_NOT_EMPTY', figures: { token: 'T25@Member11', balance: '1' } });
      expect(await unfreeze(registrar())).to.include({ code: 'applied' });
      expect(await credit()).to.include({ code: 'applied' });
      // It begins anew: what was empty may have something by now.
      expect(await close(account)).to.deep.include({ code: 'ACCOUNT_NOT_EMPTY', figures: { token: TOKEN, balance: '1' } });
    });
  });
});
