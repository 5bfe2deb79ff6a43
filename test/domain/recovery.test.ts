import { expect } from 'chai';
import { issueLeaf, makeKeys, toDer } from '../support/certificates.ts';
import { signApplication, signerOf, uuidAt, type Signer } from '../support/signer.ts';
import { act, assertConserved, copyOf, foundWorld, instruct, officer, pass, registerAccount, send, type Answered, type World } from '../support/world.ts';

const HOUR = 3600_000;
const DAY = 24 * HOUR;
/** What the rules ask for unless the members say otherwise. */
const DELAY = 3 * DAY;

describe('a recovery', () => {
  let world: World;
  let account: Signer;
  let other: Signer;
  let id: string;
  let next: Signer;

  before(async () => {
    world = await foundWorld();
    other = await registerAccount(world, 'EastPay');
  });

  beforeEach(async () => {
    account = await registerAccount(world, 'NorthPay');
    ({ id, next } = await proposed());
  });

  afterEach(() => assertConserved(world));

  const registrar = () => officer(world, 'registrar@NorthPay');
  const administrator = () => officer(world, 'administrator@NorthPay');
  const newKey = async () => {
    const keys = await makeKeys();
    const { NorthPay } = world.authorities;
    if (NorthPay === undefined) throw new Error('no authority');
    const leaf = await issueLeaf(NorthPay, keys.publicKey, { notBefore: new Date(world.now - HOUR), notAfter: new Date(world.now + 400 * DAY) });
    const certificate = toDer(leaf);
    return { signer: signerOf(account.id, keys, certificate), certificate, application: signApplication(keys, new Uint8Array(leaf.publicKey.rawData), account.id, world.now) };
  };
  const propose = async (by = registrar(), changes: object = {}): Promise<Answered & { readonly id: string; readonly next: Signer }> => {
    const { signer, certificate, application } = await newKey();
    const instruction = uuidAt(world.now);
    const body = { account: account.id, reason: 'KEYS_LOST', certificate, application, deadline: new Date(world.now + 30 * DAY).toISOString(), ...changes };
    return { ...(await send(world, instruct(world, by, 'recovery.propose/1', body, { id: instruction }))), id: `${instruction}.${by.id}`, next: signer };
  };
  const proposed = async () => {
    const made = await propose();
    expect(made).to.include({ code: 'applied' });
    return made;
  };
  const about = (verb: string, signer: Signer, recovery = id) => act(world, signer, `recovery.${verb}/1`, { recovery, account: account.id });
  const confirmed = async () => expect(await about('confirm', administrator())).to.include({ code: 'applied' });
  const signs = (signer: Signer) => act(world, signer, 'account.freeze/1', { account: account.id, mode: 'debit', reason: 'HOLDER_REQUEST' });

  it('gives the account a new key, after two officers and a delay, and ends the old ones', async () => {
    expect(await signs(next)).to.include({ code: 'CERTIFICATE_UNKNOWN' });
    await confirmed();
    expect(await about('complete', other)).to.include({ code: 'DEADLINE_NOT_REACHED', recorded: false });
    await pass(world, DELAY - HOUR);
    expect(await about('complete', other)).to.include({ code: 'DEADLINE_NOT_REACHED' });
    await pass(world, 2 * HOUR);
    expect(await about('complete', other)).to.include({ code: 'applied' });
    expect(await signs(account)).to.include({ code: 'CERTIFICATE_REVOKED' });
    expect(await signs(next)).to.include({ code: 'applied' });
    expect(await about('complete', other)).to.include({ code: 'RECOVERY_STATE' });
  });

  it('is proposed by the registrar of the home, and confirmed by another officer of it', async () => {
    expect(await propose(administrator())).to.include({ code: 'OFFICER_ROLE_MISSING' });
    expect(await propose(officer(world, 'registrar@EastPay'))).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
    expect(await about('confirm', registrar())).to.include({ code: 'RECOVERY_SAME_OFFICER' });
    expect(await about('confirm', officer(world, 'issuer@NorthPay'))).to.include({ code: 'OFFICER_ROLE_MISSING' });
    expect(await about('confirm', officer(world, 'administrator@EastPay'))).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
    expect(await about('complete', other), 'confirmed by nobody').to.include({ code: 'RECOVERY_STATE' });
    await confirmed();
    expect(await about('confirm', administrator())).to.include({ code: 'RECOVERY_STATE' });
  });

  it('asks for certificate and proof as a registration does', async () => {
    await about('veto', account);
    const { certificate } = await newKey();
    expect(await propose(registrar(), { certificate })).to.include({ code: 'CERTIFICATE_PROOF' });
  });

  it('is one at a time', async () => {
    expect(await propose()).to.include({ code: 'RECOVERY_PENDING' });
    await about('veto', account);
    expect(await propose()).to.include({ code: 'applied' });
  });

  for (const when of ['proposed', 'confirmed', 'due'] as const) {
    it(`is vetoed by a key that is still good, when it is ${when}, also of a frozen account; its own key then signs nothing`, async () => {
      if (when !== 'proposed') await confirmed();
      if (when === 'due') await pass(world, DELAY + HOUR);
      await act(world, registrar(), 'account.freeze/1', { account: account.id, mode: 'full', reason: 'SUSPECTED_FRAUD' });
      expect(await about('veto', other)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
      expect(await about('veto', next)).to.include({ code: 'CERTIFICATE_UNKNOWN' });
      expect(await about('veto', account)).to.include({ code: 'applied' });
      await pass(world, DELAY + HOUR);
      expect(await about('complete', other)).to.include({ code: 'RECOVERY_STATE' });
      expect(await signs(next)).to.include({ code: 'CERTIFICATE_UNKNOWN' });
    });
  }

  it('is withdrawn by an officer of the home, and of no other', async () => {
    expect(await about('veto', officer(world, 'registrar@EastPay'))).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
    expect(await about('veto', administrator())).to.include({ code: 'applied' });
    expect(await about('confirm', administrator())).to.include({ code: 'RECOVERY_STATE' });
  });

  it('is not vetoed by a key that was revoked: a thief does not hold it up', async () => {
    await act(world, registrar(), 'certificate.revoke/1', { holder: account.id, thumbprint: account.thumbprint, reason: 'KEY_COMPROMISED' });
    expect(await about('veto', account)).to.include({ code: 'CERTIFICATE_REVOKED' });
    await confirmed();
    await pass(world, DELAY + HOUR);
    expect(await about('complete', other)).to.include({ code: 'applied' });
    expect(await signs(next)).to.include({ code: 'applied' });
  });

  it('ends by its deadline, and then by anybody', async () => {
    expect(await about('expire', other)).to.include({ code: 'DEADLINE_NOT_REACHED', recorded: false });
    await pass(world, 31 * DAY);
    expect(await about('confirm', administrator())).to.include({ code: 'RECOVERY_EXPIRED' });
    expect(await about('expire', other)).to.include({ code: 'applied' });
    expect(await propose()).to.include({ code: 'applied' });
  });

  it('is not confirmed when the delay would outlast it, nor completed past its deadline', async () => {
    await about('veto', account);
    const short = await propose(registrar(), { deadline: new Date(world.now + DELAY - HOUR).toISOString() });
    expect(await about('confirm', administrator(), short.id)).to.include({ code: 'RECOVERY_TOO_SHORT' });
    await about('veto', account, short.id);
    const edge = await propose(registrar(), { deadline: new Date(world.now + DELAY + 60_000).toISOString() });
    const from = world;
    world = copyOf(from);
    // Ahead of the ledger clock, but by the transaction's own time the delay no longer fits: it could never be completed.
    world.now += 90_000;
    expect(await about('confirm', administrator(), edge.id)).to.include({ code: 'AGAIN', recorded: false });
    await pass(world, 0);
    expect(await about('confirm', administrator(), edge.id)).to.include({ code: 'RECOVERY_TOO_SHORT', recorded: true });
    world = from;
    await about('veto', account, edge.id);
    ({ id } = await proposed());
    await confirmed();
    await pass(world, 31 * DAY);
    expect(await about('complete', other)).to.include({ code: 'RECOVERY_EXPIRED' });
    expect(await about('expire', other)).to.include({ code: 'applied' });
  });

  it('is of the account it names', async () => {
    expect(await act(world, administrator(), 'recovery.confirm/1', { recovery: id, account: (await registerAccount(world, 'NorthPay')).id })).to.include({ code: 'RECOVERY_UNKNOWN' });
  });
});
