import { expect } from 'chai';
import { DEFAULT_RULES, organizationAt } from '../../chaincode/src/domain/index.ts';
import { LedgerBook } from '../../chaincode/src/ledger/ledger-book.ts';
import { decide, joining, proposeAs, voteAs, withMember, type Joining } from '../support/admission.ts';
import { appoint, dismiss } from '../support/officers.ts';
import { issueLeaf, makeAuthority, makeKeys, toDer } from '../support/certificates.ts';
import { signApplication, signConsent, signerOf, uuidAt, type Signer } from '../support/signer.ts';
import { act, apply, applicant, assertConserved, balanceOf, change, copyOf, defineToken, foundWorld, instruct, issueTo, officer, pass, registerAccount, send, type World } from '../support/world.ts';

const TOKEN = 'USD@NorthPay';
const HOUR = 3600_000;

describe('the consortium', () => {
  let founded: World;
  let world: World;
  let holder: Signer;
  let other: Signer;

  before(async () => {
    founded = await foundWorld();
    await defineToken(founded, TOKEN);
    holder = await registerAccount(founded, 'WestPay');
    other = await registerAccount(founded, 'EastPay');
    await issueTo(founded, holder.id, TOKEN, 1_000n);
  });

  beforeEach(() => {
    world = copyOf(founded);
  });

  afterEach(() => assertConserved(world));

  const ledger = () => new LedgerBook(world.state, { now: world.now }).decide((book) => book.ledger);
  const organization = (id: string) => new LedgerBook(world.state, { now: world.now }).decide((book) => book.get('organization', id));
  const pay = (payer: Signer, payee: Signer, amount = '10') => act(world, payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount });
  const suspend = (id = 'WestPay') => ({ kind: 'suspend', organization: id, reason: 'BREACH' });
  const remove = (id = 'WestPay', trustee = 'EastPay') => ({ kind: 'remove', organization: id, reason: 'BREACH', trustee });
  const rules = (changes: object = {}, supersedes = 1) => ({ kind: 'rules', supersedes, rules: { ...DEFAULT_RULES, ...changes } });

  describe('decides', () => {
    it('by more than half of its active members, with the vote that makes them so', async () => {
      const proposal = await proposeAs(world, 'NorthPay', suspend());
      expect((await ledger()).inactive).to.deep.equal({});
      expect(await voteAs(world, 'EastPay', proposal)).to.equal('applied');
      expect((await ledger()).inactive).to.deep.equal({ WestPay: { status: 'suspended' } });
      expect((await organization('WestPay'))?.standing).to.deep.equal({ status: 'suspended' });
    });

    it('on the word of an administrator alone', async () => {
      const body = { change: suspend(), closesAt: new Date(world.now + HOUR).toISOString() };
      expect(await act(world, officer(world, 'registrar@NorthPay'), 'consortium.propose/1', body)).to.deep.include({ code: 'OFFICER_ROLE_MISSING', recorded: true });
      expect(await act(world, holder, 'consortium.propose/1', body)).to.deep.include({ code: 'SIGNER_KIND_WRONG', recorded: true });
      const proposal = await proposeAs(world, 'NorthPay', suspend());
      expect(await act(world, officer(world, 'issuer@EastPay'), 'consortium.vote/1', { proposal, approve: true })).to.deep.include({ code: 'OFFICER_ROLE_MISSING' });
    });

    it('counting an organization once', async () => {
      const { entry, ...south } = await joining(world, 'SouthPay');
      await decide(world, { kind: 'admit', entry });
      world = withMember(world, { entry, ...south });
      const proposal = await proposeAs(world, 'NorthPay', suspend());
      expect(await voteAs(world, 'NorthPay', proposal)).to.equal('PROPOSAL_VOTED');
      expect(await voteAs(world, 'EastPay', proposal)).to.equal('applied');
      expect(await voteAs(world, 'EastPay', proposal)).to.equal('PROPOSAL_VOTED');
      expect((await ledger()).inactive, 'two of four').to.deep.equal({});
      expect(await voteAs(world, 'SouthPay', proposal)).to.equal('applied');
      expect((await ledger()).inactive).to.have.keys('WestPay');
    });

    it('against, as soon as there can be no majority any more', async () => {
      const proposal = await proposeAs(world, 'NorthPay', suspend());
      expect(await voteAs(world, 'EastPay', proposal, false)).to.equal('applied');
      expect(await voteAs(world, 'WestPay', proposal, false)).to.equal('applied');
      expect(await voteAs(world, 'WestPay', proposal, false)).to.equal('PROPOSAL_STATE');
      expect((await ledger()).inactive).to.deep.equal({});
      expect(await proposeAs(world, 'NorthPay', suspend()), 'proposed anew').to.match(/@NorthPay$/);
    });

    it('without those who are suspended, and what they voted before', async () => {
      const { entry, ...south } = await joining(world, 'SouthPay');
      await decide(world, { kind: 'admit', entry });
      world = withMember(world, { entry, ...south });
      const proposal = await proposeAs(world, 'WestPay', rules({ recoveryDelay: 1 }));
      expect(await voteAs(world, 'SouthPay', proposal)).to.equal('applied');
      await decide(world, suspend(), ['NorthPay', 'EastPay', 'SouthPay']);
      expect(await voteAs(world, 'WestPay', await proposeAs(world, 'NorthPay', rules()))).to.equal('ORGANIZATION_SUSPENDED');
      expect(await proposeAs(world, 'WestPay', suspend('EastPay'))).to.equal('ORGANIZATION_SUSPENDED');
      expect(await voteAs(world, 'EastPay', proposal), 'two of three active').to.equal('applied');
      expect((await ledger()).rules).to.include({ version: 2, recoveryDelay: 1 });
    });

    it('until the deadline, past which anybody ends it', async () => {
      const proposal = await proposeAs(world, 'NorthPay', suspend(), 1);
      const expire = () => act(world, holder, 'consortium.expire/1', { proposal });
      expect(await expire()).to.deep.include({ code: 'DEADLINE_NOT_REACHED', recorded: false });
      await pass(world, 61_000);
      expect(await voteAs(world, 'EastPay', proposal)).to.equal('PROPOSAL_EXPIRED');
      expect(await expire()).to.include({ code: 'applied' });
      expect(await expire()).to.include({ code: 'PROPOSAL_STATE' });
      expect((await ledger()).inactive).to.deep.equal({});
    });

    it('within the voting time of the rules', async () => {
      expect(await proposeAs(world, 'NorthPay', suspend(), 60 * 24 * 31)).to.equal('PROPOSAL_TOO_LONG');
      expect(await proposeAs(world, 'NorthPay', suspend(), -1)).to.equal('DEADLINE_PAST');
    });

    it('about a subject once at a time for each organization, which may take it back', async () => {
      const proposal = await proposeAs(world, 'NorthPay', suspend());
      expect(await proposeAs(world, 'NorthPay', remove())).to.equal('PROPOSAL_OPEN');
      expect(await proposeAs(world, 'EastPay', remove('WestPay', 'NorthPay')), 'another organization').to.match(/@EastPay$/);
      expect(await act(world, officer(world, 'administrator@EastPay'), 'consortium.withdraw/1', { proposal })).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
      expect(await act(world, officer(world, 'administrator@NorthPay'), 'consortium.withdraw/1', { proposal })).to.include({ code: 'applied' });
      expect(await voteAs(world, 'EastPay', proposal)).to.equal('PROPOSAL_STATE');
      expect(await proposeAs(world, 'NorthPay', remove())).to.match(/@NorthPay$/);
    });

    it('nothing that has become impossible meanwhile: the vote is refused and the proposal stays', async () => {
      const first = await proposeAs(world, 'NorthPay', suspend());
      const second = await proposeAs(world, 'EastPay', suspend());
      expect(await voteAs(world, 'EastPay', first)).to.equal('applied');
      expect(await voteAs(world, 'NorthPay', second)).to.equal('ORGANIZATION_STATE');
      expect(await act(world, officer(world, 'administrator@EastPay'), 'consortium.withdraw/1', { proposal: second })).to.include({ code: 'applied' });
    });

    it('nothing under an id that is no proposal', async () => {
      const payment = instruct(world, holder, 'payment.pay/1', { payee: other.id, token: TOKEN, amount: '1' });
      await send(world, payment);
      const { id } = JSON.parse(Buffer.from(payment.split('.')[1] ?? '', 'base64url').toString()) as { id: string };
      expect(await voteAs(world, 'EastPay', `${id}.${holder.id}`)).to.equal('PROPOSAL_UNKNOWN');
    });

    it('at least by two: no majority of one is made', async () => {
      await decide(world, suspend());
      for (const change of [suspend('EastPay'), remove('EastPay', 'NorthPay')]) expect(await proposeAs(world, 'NorthPay', change)).to.equal('CONSORTIUM_TOO_SMALL');
      expect(await proposeAs(world, 'NorthPay', remove()), 'who is suspended can go').to.match(/@NorthPay$/);
    });
  });

  describe('admits an organization', () => {
    let south: Joining;

    beforeEach(async () => {
      south = await joining(world, 'SouthPay');
    });

    const propose = (changes: object = {}) => proposeAs(world, 'NorthPay', { kind: 'admit', entry: { ...south.entry, ...changes } });

    it('which then registers, issues and submits, and whose slots count in every balance', async () => {
      await expectCode(apply(world, [instruct(world, holder, 'payment.pay/1', { payee: other.id, token: TOKEN, amount: '1' })], 0, 'SouthPay'), 'SUBMITTER_UNKNOWN');
      expect(await act(world, officer(withMember(world, south), 'registrar@SouthPay'), 'officer.dismiss/1', { officer: 'registrar@SouthPay' })).to.include({ code: 'SIGNER_UNKNOWN' });
      await decide(world, { kind: 'admit', entry: south.entry });
      world = withMember(world, south);
      const merchant = await registerAccount(world, 'SouthPay');
      await apply(world, [instruct(world, holder, 'payment.pay/1', { payee: merchant.id, token: TOKEN, amount: '40' })], 3, 'SouthPay');
      expect(await balanceOf(world, merchant.id, TOKEN)).to.equal(40n);
      expect(await pay(merchant, holder, '40')).to.include({ code: 'applied' });
    });

    it('with eight officers in few reads, since after each the decision begins anew', async () => {
      south = await joining(world, 'SouthPay', ['administrator', 'registrar', 'issuer', 'credit-officer', 'financial-operator', 'auditor', 'notary', 'clerk']);
      const proposal = await propose();
      const before = world.state.reads.length;
      expect(await voteAs(world, 'EastPay', proposal)).to.equal('applied');
      expect(world.state.reads.length - before).to.be.at.most(3);
    });

    it('once, under an id that nobody had', async () => {
      expect(await propose({ organizationId: 'WestPay' })).to.equal('ORGANIZATION_EXISTS');
      await decide(world, { kind: 'admit', entry: south.entry });
      expect(await propose()).to.equal('ORGANIZATION_EXISTS');
    });

    it('with a user CA of its own, P-256, that is one', async () => {
      const leaf = south.entry.officers[0]?.certificate;
      expect(await propose({ userCa: leaf })).to.equal('CERTIFICATE_PROFILE');
      expect(await propose({ userCa: 'AAAA' })).to.equal('CERTIFICATE_MALFORMED');
      expect(await propose({ userCa: (await organization('EastPay'))?.userAuthority })).to.equal('ADMISSION_MALFORMED');
      const { certificate } = await makeAuthority('SouthPay users', world.now, world.authorities['EastPay']?.keys);
      expect(await propose({ userCa: toDer(certificate) }), "another member's key under another certificate").to.equal('ADMISSION_MALFORMED');
    });

    it('whose officers have a certificate of that CA, a key of their own and the proof of it', async () => {
      const [first, ...rest] = south.entry.officers;
      if (first === undefined) throw new Error('no officers');
      const id = `administrator@SouthPay`;
      const keys = await makeKeys();
      const forged = await issueLeaf(world.authorities['EastPay'] as Joining['authority'], keys.publicKey, { name: 'administrator' });
      const ofOther = { certificate: toDer(forged), application: signApplication(keys, new Uint8Array(forged.publicKey.rawData), id, world.now) };
      expect(await propose({ officers: [{ ...first, ...ofOther }, ...rest] }), "another member's CA").to.equal('CERTIFICATE_ISSUER');
      const stolen = await issueLeaf(south.authority, keys.publicKey, { name: 'administrator' });
      expect(await propose({ officers: [{ ...first, certificate: toDer(stolen) }, ...rest] }), 'the proof is of another key').to.equal('CERTIFICATE_PROOF');
      const elsewhere = signApplication(keys, new Uint8Array(stolen.publicKey.rawData), 'administrator@EastPay', world.now);
      expect(await propose({ officers: [{ ...first, certificate: toDer(stolen), application: elsewhere }, ...rest] }), 'the proof is for another organization').to.equal('CERTIFICATE_PROOF');
      const late = await issueLeaf(south.authority, keys.publicKey, { notAfter: new Date(world.now - HOUR) });
      expect(await propose({ officers: [{ ...first, certificate: toDer(late), application: signApplication(keys, new Uint8Array(late.publicKey.rawData), id, world.now) }, ...rest] })).to.equal('CERTIFICATE_NOT_CURRENT');
      const again = await issueLeaf(south.authority, keys.publicKey, {});
      const twice = ['administrator', 'registrar'].map((name) => ({ name, roles: [name], certificate: toDer(again), application: signApplication(keys, new Uint8Array(again.publicKey.rawData), `${name}@SouthPay`, world.now) }));
      expect(await propose({ officers: twice }), 'one key for two').to.equal('ADMISSION_MALFORMED');
    });

    it('with an administrator, each office once', async () => {
      const [administrator, registrar] = south.entry.officers;
      expect(await propose({ officers: [registrar] })).to.equal('ADMISSION_MALFORMED');
      expect(await propose({ officers: [administrator, administrator] })).to.equal('ADMISSION_MALFORMED');
      expect(await propose({ officers: [] })).to.equal('BODY_MALFORMED');
    });

    it('whose keys nobody took before the members decided', async () => {
      const proposal = await propose();
      await decide(world, { kind: 'admit', entry: south.entry }, ['EastPay', 'WestPay']);
      expect(await voteAs(world, 'EastPay', proposal), 'two of now four').to.equal('applied');
      expect(await voteAs(world, 'WestPay', proposal)).to.equal('ORGANIZATION_EXISTS');
    });
  });

  describe('gives an organization an administrator', () => {
    const entryOf = async (name: string, id = 'WestPay', authority = id, roles = ['administrator']) => {
      const keys = await makeKeys();
      const leaf = await issueLeaf(world.authorities[authority] as Joining['authority'], keys.publicKey, { name });
      const certificate = toDer(leaf);
      const application = signApplication(keys, new Uint8Array(leaf.publicKey.rawData), `${name}@${id}`, world.now);
      return { signer: signerOf(`${name}@${id}`, keys, certificate), officer: { name, roles, certificate, application } };
    };
    const appointing = (administrator: object, id = 'WestPay') => ({ kind: 'appoint', organization: id, reason: 'OTHER', officer: administrator });

    it('who then acts for it, though none of those it had can', async () => {
      const { signer, officer: administrator } = await entryOf('rescuer');
      await decide(world, appointing(administrator));
      expect(await act(world, signer, 'officer.dismiss/1', { officer: 'administrator@WestPay' })).to.include({ code: 'applied' });
    });

    it('certified by its own CA, under a name nobody had, while it is a member', async () => {
      expect(await proposeAs(world, 'NorthPay', appointing((await entryOf('rescuer', 'WestPay', 'NorthPay')).officer))).to.equal('CERTIFICATE_ISSUER');
      expect(await proposeAs(world, 'NorthPay', appointing((await entryOf('administrator')).officer))).to.equal('OFFICER_EXISTS');
      expect(await proposeAs(world, 'NorthPay', appointing((await entryOf('rescuer', 'WestPay', 'WestPay', ['issuer'])).officer))).to.equal('ADMISSION_MALFORMED');
      const { officer: administrator } = await entryOf('rescuer');
      await decide(world, remove());
      expect(await proposeAs(world, 'NorthPay', appointing(administrator))).to.equal('ORGANIZATION_STATE');
    });
  });

  describe('whose administrators have all run out', () => {
    const YEAR = 366 * 24 * HOUR;
    const renewal = async (id: string, authority = id.split('@')[1] ?? '') => {
      const keys = await makeKeys();
      const leaf = await issueLeaf(world.authorities[authority] as Joining['authority'], keys.publicKey, { notBefore: new Date(world.now - HOUR), notAfter: new Date(world.now + YEAR) });
      const certificate = toDer(leaf);
      const body = { holder: id, supersedes: officer(world, id).thumbprint, certificate, application: signApplication(keys, new Uint8Array(leaf.publicKey.rawData), id, world.now) };
      return { body, next: signerOf(id, keys, certificate) };
    };
    const renew = async (id: string, body: object, signer = officer(world, id)) => (await act(world, signer, 'certificate.renew/1', body)).code;

    beforeEach(() => pass(world, YEAR));

    it('votes again: each of them renews its own key, and no more than that', async () => {
      expect(await proposeAs(world, 'NorthPay', suspend())).to.equal('CERTIFICATE_EXPIRED');
      for (const organizationId of ['NorthPay', 'EastPay']) {
        const id = `administrator@${organizationId}`;
        const { body, next } = await renewal(id);
        expect(await renew(id, body)).to.equal('applied');
        expect(await renew(id, (await renewal(id)).body), 'the old one is over').to.equal('CERTIFICATE_SUPERSEDED');
        world = { ...world, officers: { ...world.officers, [id]: next } };
      }
      await decide(world, suspend());
      expect(await renew('administrator@NorthPay', (await renewal('registrar@NorthPay')).body), 'and with it those of the others').to.equal('applied');
    });

    it('by nobody else: neither another office, nor for another, nor with another CA', async () => {
      expect(await renew('registrar@NorthPay', (await renewal('registrar@NorthPay')).body)).to.equal('OFFICER_ROLE_MISSING');
      expect(await renew('administrator@NorthPay', (await renewal('registrar@NorthPay')).body)).to.equal('CERTIFICATE_EXPIRED');
      expect(await renew('administrator@NorthPay', (await renewal('administrator@NorthPay', 'EastPay')).body)).to.equal('CERTIFICATE_ISSUER');
      expect(await renew('administrator@NorthPay', { ...(await renewal('administrator@NorthPay')).body, supersedes: officer(world, 'registrar@NorthPay').thumbprint })).to.equal('CERTIFICATE_EXPIRED');
      const { body } = await renewal('administrator@WestPay');
      expect(await renew('administrator@WestPay', body, { ...officer(world, 'administrator@WestPay'), key: officer(world, 'registrar@WestPay').key })).to.equal('SIGNATURE_INVALID');
    });
  });

  describe('keeps the record of an organization bounded', () => {
    const officers = async () => (await organization('NorthPay'))?.officers ?? [];

    it('by the number of its offices', async () => {
      await change(world, (book) => {
        const north = organizationAt(book, 'NorthPay');
        const names = Array.from({ length: 256 - north.officers.length }, (_, number) => ({ name: `o${number}`, roles: [], keys: [] }));
        book.put('organization', ['NorthPay'], { ...north, officers: [...north.officers, ...names] });
      });
      expect(await appoint(world, 'another@NorthPay', ['auditor']).catch(String)).to.include('OFFICER_TOO_MANY');
    });

    it('by the keys that sign: an ended one stands with its certificate, and still tells whose it was', async () => {
      const second = await appoint(world, 'second@NorthPay', ['auditor', 'administrator']);
      const revoke = (thumbprint: string, by = officer(world, 'administrator@NorthPay')) => act(world, by, 'certificate.revoke/1', { holder: second.id, thumbprint, reason: 'KEY_LOST' });
      expect(await revoke(second.thumbprint)).to.include({ code: 'applied' });
      expect((await officers()).at(-1)).to.deep.include({ name: 'second', keys: [] });
      expect(await revoke(second.thumbprint)).to.deep.include({ code: 'CERTIFICATE_STATE', figures: { status: 'revoked' } });
      expect(await revoke(second.thumbprint, second)).to.include({ code: 'CERTIFICATE_REVOKED', recorded: true });
      const third = await appoint(world, 'third@NorthPay', ['registrar']);
      expect(await dismiss(world, third)).to.include({ code: 'applied' });
      expect((await officers()).at(-1)).to.deep.equal({ name: 'third', roles: [], keys: [] });
      expect(await revoke(third.thumbprint, third)).to.include({ code: 'CERTIFICATE_REVOKED', recorded: true });
      expect(await act(world, officer(world, 'administrator@NorthPay'), 'certificate.revoke/1', { holder: 'administrator@NorthPay', thumbprint: officer(world, 'administrator@NorthPay').thumbprint, reason: 'OTHER' })).to.include({ code: 'ORGANIZATION_LAST_ADMINISTRATOR' });
    });
  });

  describe('suspends an organization', () => {
    beforeEach(() => decide(world, suspend()));

    it('whose gateway submits nothing and whose officers do nothing', async () => {
      const payment = instruct(world, holder, 'payment.pay/1', { payee: other.id, token: TOKEN, amount: '1' });
      await expectCode(apply(world, [payment], 0, 'WestPay'), 'SUBMITTER_SUSPENDED');
      const { body } = await applicant(world, 'WestPay');
      expect(await act(world, officer(world, 'registrar@WestPay'), 'account.register/1', body)).to.deep.include({ code: 'ORGANIZATION_SUSPENDED', recorded: true, figures: { organization: 'WestPay' } });
      expect(await act(world, officer(world, 'issuer@WestPay'), 'token.define/1', { token: 'WPT@WestPay', name: 'W', decimals: 0, kind: 'points', source: { code: 'W', fields: {} } })).to.include({ code: 'ORGANIZATION_SUSPENDED' });
      expect(await act(world, officer(world, 'issuer@WestPay'), 'account.freeze/1', { account: holder.id, mode: 'debit', reason: 'OTHER' })).to.include({ code: 'ORGANIZATION_SUSPENDED' });
    });

    it('whose registrar still freezes and revokes, and frees nothing', async () => {
      const registrar = officer(world, 'registrar@WestPay');
      expect(await act(world, registrar, 'account.freeze/1', { account: holder.id, mode: 'debit', reason: 'OTHER' })).to.include({ code: 'applied' });
      expect(await act(world, registrar, 'account.unfreeze/1', { account: holder.id, reason: 'OTHER' })).to.include({ code: 'ORGANIZATION_SUSPENDED' });
      expect(await act(world, registrar, 'certificate.revoke/1', { holder: holder.id, thumbprint: holder.thumbprint, reason: 'KEY_COMPROMISED' })).to.include({ code: 'applied' });
    });

    it('for ever once it is removed', async () => {
      await decide(world, remove());
      expect(await act(world, officer(world, 'registrar@WestPay'), 'account.freeze/1', { account: holder.id, mode: 'debit', reason: 'OTHER' })).to.include({ code: 'ORGANIZATION_REMOVED' });
    });

    it('whose account holders pay and are paid through others', async () => {
      expect(await pay(holder, other)).to.include({ code: 'applied' });
      expect(await pay(other, holder)).to.include({ code: 'applied' });
    });

    it('and resumes it', async () => {
      expect(await proposeAs(world, 'NorthPay', suspend())).to.equal('ORGANIZATION_STATE');
      await decide(world, { kind: 'resume', organization: 'WestPay', reason: 'RESOLVED' });
      expect((await ledger()).inactive).to.deep.equal({});
      expect((await organization('WestPay'))?.standing).to.equal(undefined);
      const { body } = await applicant(world, 'WestPay');
      expect(await act(world, officer(world, 'registrar@WestPay'), 'account.register/1', body)).to.include({ code: 'applied' });
      expect(await proposeAs(world, 'NorthPay', { kind: 'resume', organization: 'WestPay', reason: 'RESOLVED' })).to.equal('ORGANIZATION_STATE');
    });
  });

  describe('has tokens whose issuer is gone', () => {
    const WPT = 'WPT@WestPay';
    const vote = (kind: string, token = WPT) => proposeAs(world, 'EastPay', { kind, token, reason: 'INSOLVENCY' });
    const decided = (kind: string) => decide(world, { kind, token: WPT, reason: 'INSOLVENCY' });
    const gone = (kind: 'suspend' | 'remove' | 'resume') => decide(world, { kind, organization: 'WestPay', reason: 'INSOLVENCY', ...(kind === 'remove' ? { trustee: 'EastPay' } : {}) });
    const paid = async () => (await act(world, holder, 'payment.pay/1', { payee: other.id, token: WPT, amount: '1' })).code;
    const request = () => act(world, holder, 'redemption.request/1', { token: WPT, amount: '5', deadline: new Date(world.now + HOUR).toISOString() });

    beforeEach(async () => {
      await defineToken(world, WPT);
      await issueTo(world, holder.id, WPT, 1_000n);
    });

    it('that go on being paid with, and are not taken for a redemption nobody can answer; what was requested returns', async () => {
      const deadline = new Date(world.now + HOUR).toISOString();
      const id = uuidAt(world.now);
      expect(await act(world, holder, 'redemption.request/1', { token: WPT, amount: '400', deadline }, { id })).to.include({ code: 'applied' });
      await gone('suspend');
      expect(await request()).to.include({ code: 'ORGANIZATION_SUSPENDED' });
      await gone('remove');
      expect(await request()).to.deep.include({ code: 'ORGANIZATION_REMOVED', figures: { organization: 'WestPay' } });
      expect(await paid()).to.equal('applied');
      await pass(world, 2 * HOUR);
      expect(await act(world, other, 'redemption.expire/1', { redemption: `${id}.${holder.id}`, holder: holder.id })).to.include({ code: 'applied' });
      expect(await balanceOf(world, holder.id, WPT)).to.equal(999n);
    });

    it('that the members may pause in its place, and only then', async () => {
      expect(await vote('pause')).to.equal('ORGANIZATION_STATE');
      await gone('suspend');
      expect(await vote('pause', 'XXX@WestPay')).to.equal('TOKEN_UNKNOWN');
      expect(await vote('unpause')).to.equal('TOKEN_STATE');
      await decided('pause');
      expect(await paid()).to.equal('TOKEN_PAUSED');
      expect(await vote('pause')).to.equal('TOKEN_STATE');
      await gone('remove');
      expect(await paid()).to.equal('TOKEN_PAUSED');
      expect((await ledger()).inactive).to.deep.equal({ WestPay: { status: 'removed', trustee: 'EastPay', paused: [WPT] } });
      await decided('unpause');
      expect(await paid()).to.equal('applied');
    });

    it('and has its own say again once it is resumed', async () => {
      await gone('suspend');
      await decided('pause');
      await gone('resume');
      expect(await paid()).to.equal('applied');
      expect(await act(world, officer(world, 'issuer@WestPay'), 'token.pause/1', { token: WPT })).to.include({ code: 'applied' });
    });
  });

  describe('removes an organization', () => {
    it('which can do nothing any more, and does not come back', async () => {
      await decide(world, remove());
      await expectCode(apply(world, [instruct(world, holder, 'payment.pay/1', { payee: other.id, token: TOKEN, amount: '1' })], 0, 'WestPay'), 'SUBMITTER_REMOVED');
      const { body } = await applicant(world, 'WestPay');
      expect(await act(world, officer(world, 'registrar@WestPay'), 'account.register/1', body)).to.include({ code: 'ORGANIZATION_REMOVED', recorded: true });
      expect(await act(world, officer(world, 'registrar@EastPay'), 'account.register/1', body), 'nor does its trustee admit for it').to.include({ code: 'ORGANIZATION_REMOVED' });
      for (const change of [{ kind: 'resume', organization: 'WestPay', reason: 'OTHER' }, suspend(), remove()]) expect(await proposeAs(world, 'NorthPay', change)).to.equal('ORGANIZATION_STATE');
      expect(await proposeAs(world, 'NorthPay', { kind: 'admit', entry: (await joining(world, 'WestPay')).entry })).to.equal('ORGANIZATION_EXISTS');
    });

    it('whose account holders keep their money, what lies in its slots included', async () => {
      await apply(world, [instruct(world, holder, 'payment.pay/1', { payee: other.id, token: TOKEN, amount: '300' })], 5, 'WestPay');
      await decide(world, remove());
      expect(await balanceOf(world, other.id, TOKEN)).to.equal(300n);
      expect(await pay(other, holder, '300')).to.include({ code: 'applied' });
      expect(await pay(holder, other, '1000')).to.include({ code: 'applied' });
    });

    it('whose accounts have the registrar of the trustee, with certificates of its CA', async () => {
      expect(await act(world, officer(world, 'registrar@WestPay'), 'account.freeze/1', { account: holder.id, mode: 'full', reason: 'OTHER' })).to.include({ code: 'applied' });
      await decide(world, remove());
      const unfreeze = (id: string) => act(world, officer(world, id), 'account.unfreeze/1', { account: holder.id, reason: 'OTHER' });
      expect(await unfreeze('registrar@NorthPay')).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
      expect(await unfreeze('registrar@EastPay')).to.include({ code: 'applied' });
      const gather = (id: string) => act(world, officer(world, id), 'balance.gather/1', { account: holder.id, token: TOKEN, parcels: { 'NorthPay.0': 1 } });
      expect(await gather('clerk@NorthPay')).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
      expect(await gather('clerk@EastPay'), 'and its clerk').to.include({ code: 'applied' });
      const keys = await makeKeys();
      const renew = async (authority: string) => {
        const leaf = await issueLeaf(world.authorities[authority] as Joining['authority'], keys.publicKey, {});
        const application = signApplication(keys, new Uint8Array(leaf.publicKey.rawData), holder.id, world.now);
        return act(world, officer(world, 'registrar@EastPay'), 'certificate.renew/1', { holder: holder.id, supersedes: holder.thumbprint, certificate: toDer(leaf), application, consent: signConsent(holder, application, world.now) });
      };
      expect(await renew('WestPay')).to.include({ code: 'CERTIFICATE_ISSUER' });
      expect(await renew('EastPay')).to.include({ code: 'applied' });
    });

    it('and passes its accounts on when the trustee goes too', async () => {
      const south = await joining(world, 'SouthPay');
      await decide(world, { kind: 'admit', entry: south.entry });
      world = withMember(world, south);
      await decide(world, remove('WestPay', 'EastPay'), ['NorthPay', 'EastPay', 'SouthPay']);
      expect(await proposeAs(world, 'NorthPay', remove('EastPay', 'WestPay'))).to.equal('ORGANIZATION_REMOVED');
      expect(await proposeAs(world, 'NorthPay', remove('EastPay', 'EastPay'))).to.equal('ORGANIZATION_STATE');
      await decide(world, remove('EastPay', 'SouthPay'), ['NorthPay', 'SouthPay']);
      expect(await act(world, officer(world, 'registrar@SouthPay'), 'account.freeze/1', { account: holder.id, mode: 'debit', reason: 'OTHER' })).to.include({ code: 'applied' });
    });
  });

  async function expectCode(action: Promise<unknown>, code: string): Promise<void> {
    expect(await action.then(() => 'applied', (error: unknown) => (error as { code?: string }).code)).to.equal(code);
  }
});
