import { expect } from 'chai';
import type { Signer } from '../support/signer.ts';
import { act, applicant, assertConserved, defineToken, foundWorld, issueTo, officer, registerAccount, type World } from '../support/world.ts';

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
});
