import { expect } from 'chai';
import { DEFAULT_RULES } from '../../chaincode/src/domain/index.ts';
import { blind } from '../../gateway-api/src/directory/blinding.ts';
import { wardsOf } from '../../gateway-api/src/index/wards.ts';
import { overAt } from '../../gateway-api/src/sweeper/sweeper.ts';
import type { Signer } from '../support/signer.ts';
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
    await decide({ kind: 'suspend' });
    expect(await answers()).to.deep.equal(Array.from({ length: 3 }, () => 'ORGANIZATION_SUSPENDED'));
    expect((await gateway.read(holder, '/rules')).status).to.equal(200);
    await decide({ kind: 'resume' });
    expect(await answers()).to.deep.equal([undefined, undefined, undefined]);
  });

  it('tells a removed organization with its trustee, whose officers read its accounts', async () => {
    const registrar = officerOf(gateway.chain, 'registrar@EastPay');
    expect((await gateway.read(registrar, `/accounts/${holder.id}`)).body['code']).to.equal('NOT_ENTITLED');
    expect((await vote('EastPay', await propose({ kind: 'remove', organization: 'WestPay', trustee: 'EastPay', reason: 'OTHER' }))).status).to.equal(201);
    expect((await gateway.post('/directory/evaluations', { request: sign(officerOf(gateway.chain, 'issuer@WestPay'), 'directory.evaluate/1', { gateway: 'NorthPay', element: blind('x').element.toString('base64url') }) })).body['code']).to.equal('ORGANIZATION_REMOVED');
    const { body } = await gateway.read(registrar, '/organizations/WestPay');
    expect(body).to.deep.include({ status: 'removed', trustee: 'EastPay' });
    expect(wardsOf(gateway.gateway.index, 'EastPay')).to.deep.equal(['WestPay']);
    expect((await gateway.read(registrar, `/accounts/${holder.id}`)).body['id']).to.equal(holder.id);
    expect((await gateway.read(officerOf(gateway.chain, 'registrar@NorthPay'), `/accounts/${holder.id}`)).body['code']).to.equal('NOT_ENTITLED');
  });
});
