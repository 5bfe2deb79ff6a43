import { expect } from 'chai';
import { DEFAULT_RULES } from '../../chaincode/src/domain/index.ts';
import { blind } from '../../gateway-api/src/directory/blinding.ts';
import { sweptBy, wardsOf } from '../../gateway-api/src/index/wards.ts';
import { overAt } from '../../gateway-api/src/sweeper/sweeper.ts';
import { createKey, requestCertificate } from '../../client/src/index.ts';
import { issueLeaf, makeKeys, toDer } from '../support/certificates.ts';
import { signApplication, signerOf, type Signer } from '../support/signer.ts';
import { certifyAt } from './certification.ts';
import { officerOf, openTestGateway, sign, tokenRequest, type Answered, type TestGateway } from './test-gateway.ts';

describe('the consortium over HTTP', () => {
  let gateway: TestGateway;
  let holder: Signer;

  const administrator = (organization: string): Signer => officerOf(gateway.chain, `administrator@${organization}`);
  const items = ({ body }: Answered): readonly Record<string, unknown>[] => body['items'] as unknown as readonly Record<string, unknown>[];
  const inbox = async (signer: Signer): Promise<readonly unknown[]> => items(await gateway.read(signer, '/inbox')).map(({ kind }) => kind).filter((kind) => kind === 'proposal-to-vote');
  const propose = async (change: object, minutes = 60): Promise<string> => {
    const signer = administrator('NorthPay');
    const { status, body } = await gateway.send(signer, 'consortium.propose/1', { change, closesAt: new Date(Date.now() + minutes * 60_000).toISOString() }, {}, '/proposals');
    expect(status, String(body['code'])).to.equal(201);
    return `${String(body['id'])}.${signer.id}`;
  };
  const vote = (organization: string, proposal: string, approve = true) => gateway.send(administrator(organization), 'consortium.vote/1', { proposal, approve }, {}, '/proposals');

  before(async () => {
    gateway = await openTestGateway();
    holder = await gateway.register('WestPay');
  });

  after(() => gateway.close());

  it('tells the rules in force and every version there was', async () => {
    expect((await gateway.read(holder, '/rules')).body).to.deep.include({ ...DEFAULT_RULES, version: 1 });
    const proposal = await propose({ kind: 'rules', supersedes: 1, rules: { ...DEFAULT_RULES, recoveryDelay: 7 } });
    expect((await vote('EastPay', proposal)).status).to.equal(201);
    expect((await gateway.read(holder, '/rules')).body).to.deep.include({ version: 2, recoveryDelay: 7 });
    expect((await gateway.read(holder, '/rules/1')).body).to.deep.include({ version: 1, recoveryDelay: DEFAULT_RULES.recoveryDelay });
    expect((await gateway.read(holder, '/rules/3')).status).to.equal(404);
    expect((await gateway.read(holder, '/rules/0')).status).to.equal(400);
  });

  it('tells proposals with their votes to officers, and to administrators what waits for their vote', async () => {
    const proposal = await propose({ kind: 'suspend', organization: 'WestPay', reason: 'BREACH' });
    expect(await inbox(administrator('EastPay'))).to.deep.equal(['proposal-to-vote']);
    expect([await inbox(administrator('NorthPay')), await inbox(officerOf(gateway.chain, 'registrar@EastPay'))]).to.deep.equal([[], []]);
    expect((await gateway.read(holder, `/proposals/${proposal}`)).body['code']).to.equal('NOT_ENTITLED');
    expect((await gateway.read(holder, '/proposals')).body['code']).to.equal('NOT_ENTITLED');
    const [open] = items(await gateway.read(administrator('WestPay'), '/proposals?state=open'));
    expect(open).to.deep.include({ id: proposal, by: 'NorthPay', kind: 'suspend', subject: 'WestPay', votes: [{ organization: 'NorthPay', approves: true, by: 'administrator@NorthPay' }] });
    expect((await vote('WestPay', proposal, false)).status).to.equal(201);
    expect((await vote('EastPay', proposal, false)).status).to.equal(201);
    expect((await gateway.read(administrator('EastPay'), `/proposals/${proposal}`)).body).to.deep.include({ state: 'rejected' });
    expect(items(await gateway.read(administrator('EastPay'), '/proposals?state=open'))).to.deep.equal([]);
    expect(items(await gateway.read(administrator('EastPay'), '/proposals?subject=rules'))).to.have.length(1);
  });

  it('names what it takes and refuses with its code', async () => {
    const registrar = officerOf(gateway.chain, 'registrar@NorthPay');
    const body = { change: { kind: 'suspend', organization: 'EastPay', reason: 'OTHER' }, closesAt: new Date(Date.now() + 60_000).toISOString() };
    expect((await gateway.send(registrar, 'consortium.propose/1', body, {}, '/proposals')).body['code']).to.equal('OFFICER_ROLE_MISSING');
    expect((await gateway.send(administrator('EastPay'), 'consortium.propose/1', body, {}, '/payments')).status).to.equal(422);
  });

  it('has the proposer’s gateway end what is over', async () => {
    const proposal = await propose({ kind: 'remove', organization: 'EastPay', trustee: 'NorthPay', reason: 'OTHER' }, 1);
    const { objects } = gateway.gateway.index;
    const at = (seconds: number, organization = 'NorthPay'): unknown => [...overAt({ objects, clock: () => new Date(Date.now() + seconds * 1_000).toISOString() }, organization)].flat();
    expect(at(30)).to.deep.equal([]);
    expect(at(90)).to.deep.equal([{ type: 'consortium.expire/1', body: { proposal } }]);
    expect(at(90, 'EastPay')).to.deep.equal([]);
  });

  it('gives officers of an organization that is not active neither a token nor an answer; its holders read on', async () => {
    const signer = officerOf(gateway.chain, 'issuer@WestPay');
    const token = await gateway.token(signer);
    const answers = async () => {
      const challenge = String((await gateway.post('/auth/challenges', { signer: signer.id })).body['challenge']);
      const request = sign(signer, 'directory.evaluate/1', { gateway: 'NorthPay', element: blind('x').element.toString('base64url') });
      return Promise.all([
        gateway.post('/auth/tokens', { token: tokenRequest(signer, challenge) }),
        gateway.call('/rules', { headers: { authorization: `Bearer ${token}` } }),
        gateway.post('/directory/evaluations', { request }),
      ]).then((all) => all.map(({ body }) => body['code']));
    };
    const decide = async (change: object) => expect((await vote('EastPay', await propose({ ...change, organization: 'WestPay', reason: 'OTHER' }))).status).to.equal(201);
    expect(await answers()).to.deep.equal([undefined, undefined, undefined]);
    const issued = await gateway.send(officerOf(gateway.chain, 'issuer@WestPay'), 'token.define/1', { token: 'WPT@WestPay', name: 'Points', decimals: 0, kind: 'points', source: { code: 'X', fields: {} } }, {}, '/tokens');
    expect(issued.status).to.equal(201);
    await decide({ kind: 'suspend' });
    expect(await answers()).to.deep.equal(Array.from({ length: 3 }, () => 'ORGANIZATION_SUSPENDED'));
    expect((await gateway.read(holder, '/rules')).status).to.equal(200);
    const registrar = officerOf(gateway.chain, 'registrar@WestPay');
    expect((await gateway.read(registrar, `/accounts/${holder.id}`)).body, 'its registrar protects its accounts, and reads of them').to.include({ id: holder.id });
    const authorization = `Bearer ${await gateway.token(registrar)}`;
    for (const path of ['/certificates/requests', '/directory/lookups']) expect((await gateway.post(path, {}, { authorization })).body['code'], path).to.equal('ORGANIZATION_SUSPENDED');
    await tellsPaused();
    await decide({ kind: 'resume' });
    expect((await gateway.read(holder, '/tokens/WPT@WestPay')).body).to.include({ status: 'active', issuerStatus: 'active' });
    expect(sweptBy(gateway.gateway.index, 'EastPay')).to.deep.equal(['EastPay']);
    expect(await answers()).to.deep.equal([undefined, undefined, undefined]);
  });

  /** A token of the suspended organization, which the members pause in its place; the first active member ends what is over for its accounts. */
  async function tellsPaused(): Promise<void> {
    const told = async () => (await gateway.read(holder, '/tokens/WPT@WestPay')).body;
    expect(await told()).to.include({ status: 'active', issuerStatus: 'suspended' });
    expect((await vote('EastPay', await propose({ kind: 'pause', token: 'WPT@WestPay', reason: 'SECURITY' }))).status).to.equal(201);
    expect(await told()).to.include({ status: 'paused', issuerStatus: 'suspended' });
    expect((await gateway.read(holder, '/organizations/WestPay')).body).to.deep.include({ status: 'suspended', pausedTokens: ['WPT@WestPay'] });
    expect(items(await gateway.read(administrator('EastPay'), '/proposals?state=adopted'))[0]).to.include({ kind: 'pause', subject: 'WPT@WestPay' });
    expect(['NorthPay', 'EastPay'].map((organization) => sweptBy(gateway.gateway.index, organization))).to.deep.equal([['NorthPay'], ['EastPay', 'WestPay']]);
  }

  it('tells a removed organization with its trustee, whose officers read its accounts', async () => {
    const registrar = officerOf(gateway.chain, 'registrar@EastPay');
    expect((await gateway.read(registrar, `/accounts/${holder.id}`)).body['code']).to.equal('NOT_ENTITLED');
    expect((await vote('EastPay', await propose({ kind: 'remove', organization: 'WestPay', trustee: 'EastPay', reason: 'OTHER' }))).status).to.equal(201);
    expect((await gateway.post('/directory/evaluations', { request: sign(officerOf(gateway.chain, 'issuer@WestPay'), 'directory.evaluate/1', { gateway: 'NorthPay', element: blind('x').element.toString('base64url') }) })).body['code']).to.equal('ORGANIZATION_REMOVED');
    const define = { token: 'ABC@WestPay', name: 'x', decimals: 2, kind: 'money', source: { code: 'A', fields: {} } };
    expect((await gateway.send(officerOf(gateway.chain, 'issuer@WestPay'), 'token.define/1', define, {}, '/tokens')).body['code']).to.equal('ORGANIZATION_REMOVED');
    expect(gateway.chain.batches.at(-1)?.endorsers, 'nobody waits for a peer that is gone').to.deep.equal([]);
    const { body } = await gateway.read(registrar, '/organizations/WestPay');
    expect(body).to.deep.include({ status: 'removed', trustee: 'EastPay' });
    expect(wardsOf(gateway.gateway.index, 'EastPay')).to.deep.equal(['WestPay']);
    expect((await gateway.read(registrar, `/accounts/${holder.id}`)).body['id']).to.equal(holder.id);
    expect((await gateway.read(officerOf(gateway.chain, 'registrar@NorthPay'), `/accounts/${holder.id}`)).body['code']).to.equal('NOT_ENTITLED');
    expect(items(await gateway.read(registrar, '/accounts?organization=WestPay')).map(({ id }) => id)).to.deep.equal([holder.id]);
    expect((await gateway.read(officerOf(gateway.chain, 'registrar@NorthPay'), '/accounts?organization=WestPay')).body['code']).to.equal('NOT_ENTITLED');
  });

  it('lists to a trustee’s officers what is about accounts in its care, beside its own', async () => {
    const registrar = officerOf(gateway.chain, 'registrar@EastPay');
    const own = await gateway.register('EastPay');
    const thumbprints = async () => items(await gateway.read(registrar, '/certificates?expiringWithin=400')).map(({ thumbprint }) => thumbprint);
    expect(await thumbprints()).to.have.members([own.thumbprint, holder.thumbprint]);
    const proposer = await gateway.register('NorthPay');
    const linked = await Promise.all([own, holder].map(async (account) => {
      const { body } = await gateway.send(proposer, 'link.propose/1', { account: account.id, deadline: new Date(Date.now() + 3600_000).toISOString() }, {}, '/links');
      return `${String(body['id'])}.${proposer.id}`;
    }));
    expect(items(await gateway.read(registrar, '/links?role=account')).map(({ id }) => id)).to.have.members(linked);
    expect(items(await gateway.read(registrar, '/links?role=account&limit=1'))).to.have.length(1);
    expect(items(await gateway.read(registrar, '/recoveries'))).to.deep.equal([]);
  });

  it('lets an administrator whose certificate is over renew it, and do nothing else', async () => {
    const { NorthPay: authority } = gateway.chain.authorities;
    if (authority === undefined) throw new Error('no authority');
    certifyAt(gateway);
    const id = 'second@NorthPay';
    const [keys, next] = [await makeKeys(), await createKey()];
    const leaf = await issueLeaf(authority, keys.publicKey, { name: 'second', notAfter: new Date(Date.now() + 5_000) });
    const second = signerOf(id, keys, toDer(leaf));
    const application = signApplication(keys, new Uint8Array(leaf.publicKey.rawData), id, Date.now());
    expect((await gateway.send(administrator('NorthPay'), 'officer.appoint/1', { officer: id, roles: ['administrator'], certificate: toDer(leaf), application }, {}, '/officers')).status).to.equal(201);
    await new Promise((resolve) => setTimeout(resolve, leaf.notAfter.getTime() - Date.now() + 10));
    const authorization = `Bearer ${await gateway.token(second)}`;
    expect((await gateway.call('/rules', { headers: { authorization } })).body['code']).to.equal('CERTIFICATE_EXPIRED');
    const request = async (holder: string) => {
      const asked = await requestCertificate(next, { ledger: 'testledger', holder });
      return { asked, answer: await gateway.post('/certificates/requests', { holder, ...asked }, { authorization }) };
    };
    expect((await request('registrar@NorthPay')).answer.body['code']).to.equal('CERTIFICATE_EXPIRED');
    const { asked, answer } = await request(id);
    expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
    const body = { holder: id, supersedes: second.thumbprint, certificate: answer.body['certificate'], application: asked.application };
    expect((await gateway.send(second, 'certificate.renew/1', body, {}, '/certificates')).status).to.equal(201);
    expect((await gateway.call('/rules', { headers: { authorization } })).body['code']).to.equal('CERTIFICATE_SUPERSEDED');
  });
});
