import { expect } from 'chai';
import { nodeCrypto } from '@tallystick/chaincode/crypto';
import { readInstruction } from '@tallystick/chaincode/domain';
import { ASK_REASONS, REJECTION_REASONS } from '../../client/src/index.ts';
import { ASK_REASONS as ASKED_OF_GATEWAYS } from '../../gateway-api/src/registration/store.ts';
import { REJECTION_REASONS as GIVEN_TO_GATEWAYS } from '../../gateway-api/src/routes/registrations.ts';
import { openDesk, type Desk } from './command-line-fixture.ts';
import { json } from './gateway-fixture.ts';

const ACCOUNT = '01990000-0000-7000-8000-000000000001@NorthPay';
/** One thumbprint in 64 looks like an option. */
const DASHED = `-h${'E'.repeat(41)}`;

describe('tally certificate and registrations', () => {
  let desk: Desk;

  beforeEach(async () => {
    desk = await openDesk();
    await desk.registeredWallet(ACCOUNT);
  });

  afterEach(() => desk.close());

  it('revokes a certificate whose thumbprint begins like an option', async () => {
    expect(await desk.tally('certificate', 'revoke', DASHED, '--reason', 'KEY_COMPROMISED')).to.include({ status: 0, err: '' });
    const { body } = readInstruction(desk.seen.find(({ path }) => path === '/instructions')?.body ?? '', nodeCrypto);
    expect(body).to.include({ thumbprint: DASHED, reason: 'KEY_COMPROMISED' });
  });

  it('tells the request for the next key as often as it is asked, always for the same key', async () => {
    desk.routes[`GET /accounts/${ACCOUNT}`] = () => json(200, { id: ACCOUNT, certificates: [], asOfBlock: 1 });
    const requests = [await desk.tally('certificate', 'request'), await desk.tally('certificate', 'request', '--json'), await desk.tally('certificate', 'request', '--json')];
    expect(requests.map(({ status, err }) => ({ status, err }))).to.deep.equal(requests.map(() => ({ status: 0, err: '' })));
    const [one, other] = requests.slice(1).map(({ out }) => (JSON.parse(out) as { readonly application: string }).application.split('.')[0]);
    expect(one).to.equal(other);
  });

  it('knows the reasons of a registrar that gateways take', async () => {
    expect([ASK_REASONS, REJECTION_REASONS]).to.deep.equal([ASKED_OF_GATEWAYS, GIVEN_TO_GATEWAYS]);
    const { status, err } = await desk.tally('registrations', 'reject', 'r1', '--reason', 'NOT_SURE');
    expect(status).to.equal(1);
    expect(err).to.include('IDENTITY_NOT_PROVEN');
  });
});
