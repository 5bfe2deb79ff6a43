import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { canonicalJson } from '../../chaincode/src/domain/index.ts';
import { issueLeaf, makeKeys, toDer, type LeafOptions } from '../support/certificates.ts';
import { signApplication, signConsent, signText, signerOf, uuidAt, type Signer } from '../support/signer.ts';
import { officerOf, openTestGateway, type TestGateway } from './test-gateway.ts';

const DAY = 24 * 3600_000;

interface Item {
  readonly kind: string;
  readonly id: string;
}

/** Keys, recoveries and links as the gateway tells them. */
describe('who may act for an account, over HTTP', () => {
  let gateway: TestGateway;
  let account: Signer;

  beforeEach(async () => {
    gateway = await openTestGateway();
    account = await gateway.register('NorthPay');
  });

  afterEach(() => gateway.close());

  const officer = (id: string) => officerOf(gateway.chain, id);
  const waiting = async (signer: Signer) => ((await gateway.read(signer, '/inbox')).body as unknown as { readonly items: readonly Item[] }).items.map(({ kind, id }) => [kind, id]);
  const history = async (signer: Signer, path: string) => ((await gateway.read(signer, `${path}/history`)).body as unknown as { readonly items: readonly { readonly type: string }[] }).items.map(({ type }) => type);
  const inAWeek = () => new Date(Date.now() + 7 * DAY).toISOString();
  const newKey = async (options: LeafOptions = {}) => {
    const keys = await makeKeys();
    const { NorthPay } = gateway.chain.authorities;
    if (NorthPay === undefined) throw new Error('no authority');
    const leaf = await issueLeaf(NorthPay, keys.publicKey, options);
    const spki = new Uint8Array(leaf.publicKey.rawData);
    const certificate = toDer(leaf);
    return { signer: signerOf(account.id, keys, certificate), keyHash: createHash('sha256').update(spki).digest('base64url'), body: { certificate, application: signApplication(keys, spki, account.id, Date.now()) } };
  };
  const added = async (role: string, caps?: object, options?: LeafOptions): Promise<Signer> => {
    const { signer, keyHash, body } = await newKey(options);
    const wanted = { role, ...(caps !== undefined && { caps }) };
    const consent = signText(account, canonicalJson({ type: 'certificate.consent/1', ledger: 'testledger', holder: account.id, key: keyHash, expiresAt: inAWeek(), ...wanted } as never));
    const answer = await gateway.send(officer('registrar@NorthPay'), 'certificate.add/1', { holder: account.id, ...wanted, ...body, consent }, {}, '/certificates');
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    return signer;
  };

  it('certifies for accounts of a removed organization in its care, and for no other’s', async () => {
    const ward = await gateway.register('WestPay');
    const authorization = `Bearer ${await gateway.token(officer('registrar@NorthPay'))}`;
    const request = async () => (await gateway.post('/certificates/requests', { holder: ward.id, csr: 'none', application: 'none' }, { authorization })).body['code'];
    expect(await request()).to.equal('OBJECT_DIFFERS');
    const proposer = officer('administrator@NorthPay');
    const change = { kind: 'remove', organization: 'WestPay', trustee: 'NorthPay', reason: 'OTHER' };
    const { body } = await gateway.send(proposer, 'consortium.propose/1', { change, closesAt: inAWeek() }, {}, '/proposals');
    await gateway.send(officer('administrator@EastPay'), 'consortium.vote/1', { proposal: `${String(body['id'])}.${proposer.id}`, approve: true }, {}, '/proposals');
    expect(await request(), 'it looks at the request').to.equal('REGISTRATION_PROOF');
  });

  it('shows each key with its role and caps, and lets each read', async () => {
    const caps = { 'USD@NorthPay': { perPayment: '100', perDay: '250' } };
    const [payer, viewer] = [await added('payer', caps), await added('viewer')];
    const { status, body } = await gateway.read(viewer, `/accounts/${account.id}`);
    expect(status).to.equal(200);
    const { certificates } = body as unknown as { readonly certificates: readonly Readonly<Record<string, unknown>>[] };
    expect(certificates.map(({ thumbprint, role }) => [thumbprint, role])).to.deep.equal([[account.thumbprint, 'owner'], [payer.thumbprint, 'payer'], [viewer.thumbprint, 'viewer']]);
    expect(certificates[1]).to.deep.include({ caps, status: 'active' });
  });

  it('warns holder and registrar of what ends soon, soonest first, until it is renewed', async () => {
    const soon = await added('payer', undefined, { notAfter: new Date(Date.now() + 20 * DAY) });
    const sooner = await added('viewer', undefined, { notAfter: new Date(Date.now() + 10 * DAY) });
    const warnings = [['certificate-expiring', sooner.thumbprint], ['certificate-expiring', soon.thumbprint]];
    expect(await waiting(account)).to.deep.equal(warnings);
    expect(await waiting(officer('registrar@NorthPay'))).to.deep.equal(warnings);
    expect(await waiting(officer('issuer@NorthPay'))).to.deep.equal([]);
    const within = async (signer: Signer, days: number) => ((await gateway.read(signer, `/certificates?expiringWithin=${days}`)).body as unknown as { readonly items: readonly { readonly thumbprint: string }[] }).items.map(({ thumbprint }) => thumbprint);
    expect(await within(account, 15)).to.deep.equal([sooner.thumbprint]);
    expect(await within(officer('registrar@NorthPay'), 30)).to.deep.equal([sooner.thumbprint, soon.thumbprint]);
    expect((await gateway.read(officer('issuer@NorthPay'), '/certificates?expiringWithin=30')).body).to.include({ code: 'NOT_ENTITLED' });
    const { body } = await newKey();
    expect((await gateway.send(officer('registrar@NorthPay'), 'certificate.renew/1', { holder: account.id, supersedes: sooner.thumbprint, ...body, consent: signConsent(sooner, body.application, Date.now(), { role: 'viewer' }) }, {}, '/certificates')).status).to.equal(201);
    expect(await waiting(account)).to.deep.equal([warnings[1]]);
  });

  it('tells a recovery to the account, and to the officer who has to confirm it', async () => {
    const { body } = await newKey();
    const id = uuidAt(Date.now());
    const proposal = { account: account.id, reason: 'KEYS_LOST', ...body, deadline: inAWeek() };
    expect((await gateway.send(officer('registrar@NorthPay'), 'recovery.propose/1', proposal, { id }, '/recoveries')).status).to.equal(201);
    const recovery = `${id}.registrar@NorthPay`;
    expect(await waiting(account)).to.deep.equal([['recovery-under-way', recovery]]);
    expect(await waiting(officer('administrator@NorthPay'))).to.deep.equal([['recovery-to-confirm', recovery]]);
    expect(await waiting(officer('registrar@NorthPay'))).to.deep.equal([]);
    const about = { recovery, account: account.id };
    expect((await gateway.send(officer('administrator@NorthPay'), 'recovery.confirm/1', about, {}, `/recoveries/${recovery}/confirmation`)).status).to.equal(201);
    expect((await gateway.read(account, `/recoveries/${recovery}`)).body).to.include({ state: 'confirmed', confirmedBy: 'administrator@NorthPay' });
    expect((await gateway.read(await gateway.register('NorthPay'), `/recoveries/${recovery}`)).body).to.include({ code: 'NOT_FOUND' });
    expect((await gateway.send(account, 'recovery.veto/1', about, {}, `/recoveries/${recovery}/veto`)).status).to.equal(201);
    expect(await waiting(account)).to.deep.equal([]);
    const { items } = (await gateway.read(officer('registrar@NorthPay'), '/recoveries?state=vetoed')).body as unknown as { readonly items: readonly Item[] };
    expect(items.map((item) => item.id)).to.deep.equal([recovery]);
    expect(await history(account, `/recoveries/${recovery}`)).to.deep.equal(['recovery.veto/1', 'recovery.confirm/1', 'recovery.propose/1']);
    expect((await gateway.read(await gateway.register('NorthPay'), `/recoveries/${recovery}/history`)).body).to.include({ code: 'NOT_FOUND' });
  });

  it('tells a link to whoever has to say the next word', async () => {
    const east = await gateway.register('EastPay');
    const id = uuidAt(Date.now());
    expect((await gateway.send(account, 'link.propose/1', { account: east.id, deadline: inAWeek() }, { id }, '/links')).status).to.equal(201);
    const link = `${id}.${account.id}`;
    const about = { link, proposer: account.id, account: east.id };
    const say = async (signer: Signer, verb: string, noun: string) => expect((await gateway.send(signer, `link.${verb}/1`, about, {}, `/links/${link}/${noun}`)).status).to.equal(201);
    expect(await waiting(east)).to.deep.equal([['link-to-consent', link]]);
    await say(east, 'consent', 'consent');
    for (const organization of ['NorthPay', 'EastPay']) {
      const registrar = officer(`registrar@${organization}`);
      expect(await waiting(registrar)).to.deep.equal([['link-to-confirm', link]]);
      await say(registrar, 'confirm', 'confirmation');
      expect(await waiting(registrar)).to.deep.equal([]);
    }
    expect((await gateway.read(east, `/links/${link}`)).body).to.include({ state: 'linked' });
    const { items } = (await gateway.read(account, '/links?role=proposer')).body as unknown as { readonly items: readonly Item[] };
    expect(items.map((item) => item.id)).to.deep.equal([link]);
    await say(officer('registrar@EastPay'), 'end', 'end');
    expect((await gateway.read(account, `/links/${link}`)).body).to.include({ state: 'unlinked' });
    expect(await history(east, `/links/${link}`)).to.deep.equal(['link.end/1', 'link.confirm/1', 'link.confirm/1', 'link.consent/1', 'link.propose/1']);
  });
});
