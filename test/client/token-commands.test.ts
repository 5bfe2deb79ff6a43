import { expect } from 'chai';
import { nodeCrypto } from '@tallystick/chaincode/crypto';
import { readInstruction } from '@tallystick/chaincode/domain';
import { openDesk, type Desk } from './command-line-fixture.ts';
import { json } from './gateway-fixture.ts';

const UUID = '01990000-0000-7000-8000-00000000000';
const SELF = `${UUID}1@NorthPay`;
const TOKEN = 'NPT@NorthPay';
const MINE = `${UUID}a.${SELF}`;
const PROPOSED = `${UUID}b.issuer@NorthPay`;
const DAY = '2027-01-31';
const END_OF_DAY = `${DAY}T23:59:59.999Z`;
const DEFINED = { token: TOKEN, name: 'X', decimals: 2, kind: 'points', source: { code: 'X', fields: {} } };
const DEFINE = `token define ${TOKEN} --name X --decimals 2 --kind points --source X`;

describe('tally for tokens', () => {
  let desk: Desk;

  beforeEach(async () => {
    desk = await openDesk();
    desk.routes[`GET /redemptions/${MINE}`] = () => json(200, { id: MINE, holder: SELF, token: TOKEN });
    desk.routes[`GET /tokens/${TOKEN}`] = () => json(200, { id: TOKEN, proposal: { id: PROPOSED, by: 'issuer@NorthPay', change: {} } });
    await desk.registeredWallet(SELF);
  });

  afterEach(() => desk.close());

  for (const [line, type, body] of [
    [DEFINE, 'token.define/1', DEFINED],
    [
      `${DEFINE} --cap 9 --quota 5/24 --holder-role person --holder-organization NorthPay EastPay --no-transferable --two-officers`, 'token.define/1',
      { ...DEFINED, cap: '9', quota: { amount: '5', hours: 24 }, holders: { roles: ['person'], organizations: ['NorthPay', 'EastPay'] }, transferable: false, twoOfficers: true },
    ],
    [`token amend ${TOKEN} --cap 9`, 'token.amend/1', { token: TOKEN, cap: '9' }],
    [`token amend ${TOKEN} --cap none --quota none --any-holder`, 'token.amend/1', { token: TOKEN, cap: 'none', quota: 'none', holders: 'none' }],
    [`token propose ${TOKEN} --quota 7/1 --holder-role merchant`, 'token.propose/1', { token: TOKEN, quota: { amount: '7', hours: 1 }, holders: { roles: ['merchant'] } }],
    [`token confirm ${TOKEN}`, 'token.confirm/1', { token: TOKEN, proposal: PROPOSED }],
    [`token confirm ${TOKEN} --proposal ${MINE}`, 'token.confirm/1', { token: TOKEN, proposal: MINE }],
    [`token withdraw ${TOKEN}`, 'token.withdraw/1', { token: TOKEN, proposal: PROPOSED }],
    [`redemption request --token ${TOKEN} --amount 5 --deadline ${DAY}`, 'redemption.request/1', { token: TOKEN, amount: '5', deadline: END_OF_DAY }],
    [`redemption confirm ${MINE} --bank-reference B1 --value-date ${DAY}`, 'redemption.confirm/1', { redemption: MINE, holder: SELF, token: TOKEN, bank: { reference: 'B1', valueDate: DAY } }],
    [`redemption decline ${MINE} --reason PAYOUT_FAILED`, 'redemption.decline/1', { redemption: MINE, holder: SELF, token: TOKEN, reason: 'PAYOUT_FAILED' }],
    [`redemption expire ${MINE}`, 'redemption.expire/1', { redemption: MINE, holder: SELF }],
  ] as const) {
    it(`signs ${line.replaceAll(UUID, '')}`, async () => {
      const { status, err } = await desk.tally(...line.split(' '));
      expect({ status, err }).to.deep.equal({ status: 0, err: '' });
      const sent = readInstruction(desk.seen.find(({ path }) => path === '/instructions')?.body ?? '', nodeCrypto);
      expect({ type: sent.type.type, body: sent.body }).to.deep.equal({ type, body });
    });
  }

  it('names in the inbox the proposal that was looked at', async () => {
    const item = { kind: 'token-proposal', id: TOKEN, object: { id: TOKEN, proposal: { id: PROPOSED, by: 'issuer@NorthPay', change: { cap: '9' } } } };
    desk.routes['GET /inbox'] = () => json(200, { items: [item], tag: 't', asOfBlock: 1 });
    expect((await desk.tally('inbox')).out).to.contain(`token confirm ${TOKEN} --proposal ${PROPOSED}`).and.contain('"cap":"9"');
  });

  it('lists what is handed back to an organization', async () => {
    desk.routes['GET /redemptions'] = () => json(200, { items: [{ id: MINE, bookedAt: DAY, amount: '5', token: TOKEN, state: 'requested', holder: SELF, deadline: END_OF_DAY }], asOfBlock: 1 });
    const { status, out } = await desk.tally('redemption', 'list', '--issuer', 'NorthPay', '--state', 'requested');
    expect(status).to.equal(0);
    expect(out).to.contain(MINE).and.contain('requested');
  });
});
