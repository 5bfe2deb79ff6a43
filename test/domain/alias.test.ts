import { expect } from 'chai';
import { attestationPayload, type Attestation } from '../../chaincode/src/domain/index.ts';
import { iso } from '../support/credit-world.ts';
import { dismiss, appoint } from '../support/officers.ts';
import { signText, type Signer } from '../support/signer.ts';
import { act, copyOf, foundWorld, officer, pass, registerAccount, type World } from '../support/world.ts';

const ALIAS = 'D'.repeat(43);
const HOUR_MS = 3600_000;

describe('an alias', () => {
  let founded: World;
  let world: World;
  let holder: Signer;
  let other: Signer;
  let stranger: Signer;

  before(async () => {
    founded = await foundWorld();
    holder = await registerAccount(founded, 'NorthPay');
    other = await registerAccount(founded, 'NorthPay');
    stranger = await registerAccount(founded, 'EastPay');
  });

  beforeEach(() => {
    world = copyOf(founded);
  });

  const registrar = (organization = 'NorthPay') => officer(world, `registrar@${organization}`);
  const attest = (account: Signer, changes: Partial<Attestation> = {}, by = registrar()): string =>
    signText(by, attestationPayload({ type: 'alias.attestation/1', ledger: 'testledger', officer: by.id, account: account.id, alias: ALIAS, issuedAt: iso(world.now), expiresAt: iso(world.now + HOUR_MS), ...changes }));
  const register = (account: Signer, attestation = attest(account)) => act(world, account, 'alias.register/1', { alias: ALIAS, attestation });
  const release = (signer: Signer, account: Signer = holder) => act(world, signer, 'alias.release/1', { alias: ALIAS, account: account.id });

  it('is registered by its holder with the word of the home registrar, once', async () => {
    expect(await register(holder)).to.include({ code: 'applied' });
    expect(await register(holder)).to.include({ code: 'ALIAS_TAKEN' });
    expect(await register(other)).to.include({ code: 'ALIAS_TAKEN' });
  });

  it('is each organization’s own: another’s registrar takes none away', async () => {
    expect(await register(stranger, attest(stranger, {}, registrar('EastPay')))).to.include({ code: 'applied' });
    expect(await register(holder)).to.include({ code: 'applied' });
    world.now += 1_000;
    expect(await release(stranger, stranger)).to.include({ code: 'applied' });
    expect(await register(other)).to.include({ code: 'ALIAS_TAKEN' });
  });

  it('takes an attestation for just this', async () => {
    const wrong: readonly (readonly [string, () => string])[] = [
      ['no JWS', () => 'x'],
      ['another account', () => attest(other)],
      ['another alias', () => attest(holder, { alias: 'E'.repeat(43) })],
      ['another ledger', () => attest(holder, { ledger: 'elsewhere' })],
      ['another officer’s name', () => attest(holder, { officer: 'issuer@NorthPay' })],
      ['another organization', () => attest(holder, {}, registrar('EastPay'))],
      ['no registrar', () => attest(holder, {}, officer(world, 'issuer@NorthPay'))],
      ['its own holder', () => attest(holder, { officer: 'registrar@NorthPay' }, holder)],
      ['other text', () => signText(registrar(), attestationPayload({ type: 'alias.attestation/1', ledger: 'testledger', officer: 'registrar@NorthPay', account: holder.id, alias: ALIAS, issuedAt: iso(world.now), expiresAt: iso(world.now + HOUR_MS), more: 1 } as never))],
    ];
    for (const [what, attestation] of wrong) expect(await register(holder, attestation()), what).to.include({ code: 'ALIAS_ATTESTATION', recorded: true });
  });

  it('takes one in time, of a registrar in office', async () => {
    const early = attest(holder);
    await pass(world, HOUR_MS + 60_000);
    expect(await register(holder, early)).to.include({ code: 'ALIAS_ATTESTATION' });
    const second = await appoint(world, 'second@NorthPay', ['registrar']);
    const attested = attest(holder, {}, second);
    await dismiss(world, second);
    expect(await register(holder, attested)).to.include({ code: 'ALIAS_ATTESTATION' });
  });

  it('is released by its holder or the home registrar alone, and then another’s', async () => {
    const early = attest(holder);
    expect(await register(holder, early)).to.include({ code: 'applied' });
    expect(await release(other)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
    expect(await release(other, other)).to.include({ code: 'ALIAS_UNKNOWN' });
    expect(await release(registrar('EastPay'))).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
    expect(await release(officer(world, 'issuer@NorthPay'))).to.include({ code: 'OFFICER_ROLE_MISSING' });
    world.now += 1_000;
    expect(await release(holder)).to.include({ code: 'applied' });
    expect(await release(holder)).to.include({ code: 'ALIAS_UNKNOWN' });
    expect(await register(holder, early), 'attested before the release').to.include({ code: 'ALIAS_ATTESTATION' });
    world.now += 1_000;
    expect(await register(other)).to.include({ code: 'applied' });
    world.now += 1_000;
    expect(await release(registrar(), other)).to.include({ code: 'applied' });
  });

  it('is no frozen account’s to register, and everybody’s to release', async () => {
    expect(await register(holder)).to.include({ code: 'applied' });
    await act(world, holder, 'account.freeze/1', { account: holder.id, mode: 'full', reason: 'OTHER' });
    expect(await release(holder)).to.include({ code: 'applied' });
    world.now += 1_000;
    expect(await register(holder)).to.include({ code: 'ACCOUNT_FROZEN' });
    expect(await register(stranger, attest(stranger, {}, registrar()))).to.include({ code: 'ALIAS_ATTESTATION' });
  });
});
