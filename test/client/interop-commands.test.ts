import { expect } from 'chai';
import { nodeCrypto } from '@tallystick/chaincode/crypto';
import { readInstruction } from '@tallystick/chaincode/domain';
import { openDesk, type Desk } from './command-line-fixture.ts';
import { json } from './gateway-fixture.ts';

const UUID = '01990000-0000-7000-8000-00000000000';
const TREASURY = `${UUID}2@EastPay`;
const [A, B] = ['NPT@NorthPay', 'EPT@EastPay'];
const CYCLE = `${UUID}c.financial-operator@NorthPay`;
const PAYMENT = `${UUID}a.${UUID}1@NorthPay`;
const DAY = '2027-01-31';
const END_OF_DAY = `${DAY}T23:59:59.999Z`;
const DOCUMENT = 'D'.repeat(43);

const acceptance = { id: `${A}/${B}`, token: A, into: B, treasury: TREASURY, rate: { numerator: '1', denominator: '10' }, pool: { available: '30', taken: '4' }, fixed: '1', cap: '50', direction: 'both', status: 'active', validUntil: END_OF_DAY };
const cycle = { id: CYCLE, state: 'settling', unit: A, rates: [{ token: B, numerator: '10', denominator: '1' }], bookedAt: '2026-01-01', parties: [{ organization: 'EastPay', treasury: TREASURY, confirmed: true }], positions: [], legs: [{ debtor: 'NorthPay', creditor: 'EastPay', amount: '7', state: 'due' }] };
const ON_HAND = {
  [`/acceptances/${A}/${B}`]: acceptance,
  '/acceptances': { items: [acceptance], asOfBlock: 1 },
  '/quotes': { items: [{ receives: '90', room: '33', repayment: false, version: 2, validUntil: END_OF_DAY, refusal: 'ACCEPTANCE_CAP' }], asOfBlock: 1 },
  '/tokens': { items: [{ id: A, decimals: 2 }, { id: B, decimals: 0 }], asOfBlock: 1 },
  '/positions': { items: [{ token: A, debtor: 'NorthPay', creditor: 'EastPay', amount: '5', taken: '4', fixed: '1', cap: '50' }], asOfBlock: 1 },
  '/clearings': { items: [cycle], asOfBlock: 1 },
  [`/clearings/${CYCLE}`]: cycle,
  [`/bills/${PAYMENT}`]: { creditor: TREASURY, token: A },
  [`/payments/${PAYMENT}`]: { payer: PAYMENT.slice(37) },
  '/inbox': { items: [{ kind: 'leg-to-acknowledge', id: CYCLE, object: { ...cycle, legs: [{ debtor: 'NorthPay', creditor: 'EastPay', amount: '7', state: 'claimed', bankReference: 'B1' }] } }], tag: 't', asOfBlock: 1 },
};

describe('tally for interoperability', () => {
  let desk: Desk;

  beforeEach(async () => {
    desk = await openDesk();
    for (const [path, answer] of Object.entries(ON_HAND)) desk.routes[`GET ${path}`] = () => json(200, answer);
    await desk.registeredWallet(`${UUID}1@NorthPay`);
  });

  afterEach(() => desk.close());

  async function signed(...args: readonly string[]): Promise<{ readonly type: string; readonly body: unknown }> {
    const { status, err } = await desk.tally(...args);
    expect({ status, err }).to.deep.equal({ status: 0, err: '' });
    const { type, body } = readInstruction(desk.seen.find(({ path }) => path === '/instructions')?.body ?? '', nodeCrypto);
    return { type: type.type, body };
  }

  const pair = { token: A, into: B };
  for (const [line, type, body] of [
    [`acceptance set --token ${A} --into ${B} --treasury ${TREASURY} --rate 9/10 --cap 50 --valid-from ${DAY} --valid-until ${DAY} --direction both`, 'acceptance.set/1', { ...pair, treasury: TREASURY, rate: { numerator: '9', denominator: '10' }, cap: '50', validFrom: END_OF_DAY, validUntil: END_OF_DAY, direction: 'both' }],
    ['treasury offer', 'treasury.offer/1', {}],
    ['treasury withdraw', 'treasury.withdraw/1', {}],
    [`acceptance suspend --token ${A} --into ${B}`, 'acceptance.suspend/1', pair],
    [`acceptance resume --token ${A} --into ${B}`, 'acceptance.resume/1', pair],
    [`acceptance fund --token ${A} --into ${B} --amount 5`, 'acceptance.fund/1', { ...pair, amount: '5' }],
    [`acceptance defund --token ${A} --into ${B} --of ${A} --amount 5`, 'acceptance.defund/1', { ...pair, treasury: TREASURY, of: A, amount: '5' }],
    [`acceptance end --token ${A} --into ${B}`, 'acceptance.end/1', { ...pair, treasury: TREASURY }],
    [`pay --to ${TREASURY} --token ${A} --amount 5 --into ${B} --at-least 4 --repayment`, 'payment.pay/1', { payee: TREASURY, token: A, amount: '5', into: { token: B, atLeast: '4', repayment: true } }],
    [`refund ${PAYMENT} --amount 5 --reason RETURNED --received`, 'payment.refund/1', { payment: PAYMENT, payer: PAYMENT.slice(37), amount: '5', reason: 'RETURNED', received: true }],
    [`settlement initiate --bill ${PAYMENT}=5 --pay-with ${B} --at-most 6 --deadline ${DAY}`, 'settlement.initiate/1', { creditor: TREASURY, token: A, bills: [{ bill: PAYMENT, amount: '5' }], payWith: { token: B, atMost: '6' }, deadline: END_OF_DAY }],
    [`clearing open --pool ${A}/${B} --pool ${B}/${A} --unit ${A} --rate ${B}=10/9 --treasury ${TREASURY} --confirm-by ${DAY} --settle-by ${DAY}`, 'clearing.open/1', { pools: [pair, { token: B, into: A }], unit: A, rates: [{ token: B, numerator: '10', denominator: '9' }], treasury: TREASURY, confirmBy: END_OF_DAY, settleBy: END_OF_DAY }],
    [`clearing confirm ${CYCLE} --treasury ${TREASURY}`, 'clearing.confirm/1', { clearing: CYCLE, treasury: TREASURY }],
    [`clearing decline ${CYCLE}`, 'clearing.decline/1', { clearing: CYCLE }],
    [`clearing proceed ${CYCLE}`, 'clearing.proceed/1', { clearing: CYCLE }],
    [`clearing pay ${CYCLE} --creditor EastPay`, 'clearing.pay/1', { clearing: CYCLE, creditor: 'EastPay', to: TREASURY }],
    [`clearing claim ${CYCLE} --creditor EastPay --bank-reference B1 --value-date ${DAY} --document ${DOCUMENT}`, 'clearing.claim/1', { clearing: CYCLE, creditor: 'EastPay', bank: { reference: 'B1', valueDate: DAY, document: DOCUMENT } }],
    ...(['acknowledge', 'deny'] as const).map((verb) => [`clearing ${verb} ${CYCLE} --debtor NorthPay --bank-reference B1`, `clearing.${verb}/1`, { clearing: CYCLE, debtor: 'NorthPay', reference: 'B1' }] as const),
  ] as const) {
    it(`signs ${type} for "${line.split(' ').slice(0, 2).join(' ')}"`, async () => expect(await signed(...line.split(' '))).to.deep.equal({ type, body }));
  }

  for (const [line, ...parts] of [
    // Ten whole points for a whole unit: a tenth of a point for a cent.
    ['acceptance list', '10/1', '30', A],
    [`acceptance show --token ${A} --into ${B}`, 'pool available', '10/1'],
    [`quote --from ${A} --to ${B} --amount 100`, '90', 'ACCEPTANCE_CAP'],
    ['positions', 'NorthPay -> EastPay', '50'],
    ['clearing list', 'settling', CYCLE],
    [`clearing show ${CYCLE}`, 'legs 1 amount', '1/10 NPT@NorthPay'],
    ['inbox', 'NorthPay has paid 7', `clearing acknowledge ${CYCLE} --debtor NorthPay`],
  ] as const) {
    it(`tells "${line.split(' ').slice(0, 2).join(' ')}"`, async () => {
      const { status, out, err } = await desk.tally(...line.split(' '));
      expect({ status, err }).to.deep.equal({ status: 0, err: '' });
      for (const part of parts) expect(out).to.include(part);
    });
  }

  it('asks for both of what belongs together', async () => {
    expect((await desk.tally('pay', '--to', TREASURY, '--token', A, '--amount', '5', '--into', B)).err).to.include('--at-least');
    expect((await desk.tally('clearing', 'pay', CYCLE, '--creditor', 'WestPay')).err).to.include('WestPay is no party');
    expect((await desk.tally('acceptance', 'set', '--token', A, '--into', B, '--treasury', TREASURY, '--rate', '0.9', '--cap', '5')).err).to.include('two whole numbers');
  });
});
