import { expect } from 'chai';
import { openIndex } from '../../gateway-api/src/index/ledger-index.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { overAt } from '../../gateway-api/src/sweeper/sweeper.ts';
import type { Signer } from '../support/signer.ts';
import { officerOf, openTestGateway, type Answered, type TestGateway } from './test-gateway.ts';

const USD = 'USD@NorthPay';
const EUR = 'EUR@EastPay';

describe('interoperability over HTTP', () => {
  let gateway: TestGateway;
  let payer: Signer;
  let merchant: Signer;
  let north: Signer;
  let east: Signer;
  let payment: string;
  let clearing: string;

  const officer = (id: string): Signer => officerOf(gateway.chain, id);
  const items = ({ body }: Answered): readonly Record<string, unknown>[] => body['items'] as unknown as readonly Record<string, unknown>[];
  const idOf = ({ body }: Answered, signer: Signer): string => `${String(body['id'])}.${signer.id}`;
  const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
  const inbox = async (signer: Signer): Promise<readonly unknown[]> => items(await gateway.read(signer, '/inbox')).map(({ kind }) => kind);
  const applied = async (signer: Signer, type: string, body: unknown, path: string): Promise<Answered> => {
    const answer = await gateway.send(signer, type, body, {}, path);
    expect(answer.body['code'], type).to.equal(undefined);
    expect(answer.status, type).to.equal(201);
    return answer;
  };

  before(async () => {
    gateway = await openTestGateway();
    [payer, north] = [await gateway.register('NorthPay'), await gateway.register('NorthPay')];
    [merchant, east] = [await gateway.register('EastPay', ['merchant']), await gateway.register('EastPay')];
    for (const [token, decimals, account] of [[USD, 2, payer], [EUR, 3, east]] as const) {
      const issuer = officer(`issuer@${token.split('@')[1] ?? ''}`);
      await applied(issuer, 'token.define/1', { token, name: 'Money', decimals, kind: 'money', source: { code: 'X', fields: {} } }, '/tokens');
      await applied(issuer, 'token.issue/1', { token, account: account.id, amount: '10000' }, `/tokens/${token}/issues`);
    }
  });

  after(() => gateway.close());

  it('shows an acceptance with its pool and its history', async () => {
    const terms = { token: USD, into: EUR, treasury: east.id, rate: { numerator: '9', denominator: '10' }, validFrom: inDays(-1), validUntil: inDays(30), cap: '500', direction: 'both' };
    expect((await gateway.send(officer('financial-operator@EastPay'), 'acceptance.set/1', terms, {}, '/acceptances')).body['code']).to.equal('TREASURY_CONSENT');
    for (const treasury of [east, north]) await applied(treasury, 'treasury.offer/1', {}, '/treasuries');
    expect((await gateway.read(east, `/accounts/${east.id}`)).body['treasury']).to.equal(true);
    await applied(officer('financial-operator@EastPay'), 'acceptance.set/1', terms, '/acceptances');
    await applied(east, 'acceptance.fund/1', { token: USD, into: EUR, amount: '3000' }, '/acceptances');
    const shown = { ...terms, id: `${USD}/${EUR}`, organization: 'EastPay', status: 'active', version: 1, rate: { numerator: '9', denominator: '1' }, fixed: '0', pool: { available: '3000', taken: '0' } };
    expect((await gateway.read(payer, `/acceptances/${USD}/${EUR}`)).body).to.deep.include(shown);
    expect(items(await gateway.read(payer, `/acceptances?token=${USD}`))).to.have.length(1);
    expect(items(await gateway.read(payer, `/acceptances?token=${EUR}`))).to.deep.equal([]);
    expect((await gateway.read(payer, `/acceptances/${EUR}/${USD}`)).status).to.equal(404);
    const history = await gateway.read(officer('auditor@EastPay'), `/acceptances/${USD}/${EUR}/history`);
    expect(items(history).map(({ type }) => type)).to.deep.equal(['acceptance.fund/1', 'acceptance.set/1']);
    expect((await gateway.read(payer, `/acceptances/${USD}/${EUR}/history`)).body['code']).to.equal('NOT_ENTITLED');
  });

  it('quotes what an amount comes to, each way, and why it would be refused', async () => {
    const quote = async (from: string, to: string, amount: string) => items(await gateway.read(payer, `/quotes?from=${from}&to=${to}&amount=${amount}`));
    const [forward] = await quote(USD, EUR, '100');
    expect(forward).to.deep.include({ token: USD, into: EUR, repayment: false, version: 1, receives: '900', room: '333', rate: { numerator: '9', denominator: '1' } }).and.not.have.property('refusal');
    expect((await quote(USD, EUR, '334'))[0]).to.include({ receives: '3006', refusal: 'POOL_INSUFFICIENT' });
    expect((await quote(USD, EUR, '501'))[0]).to.include({ refusal: 'ACCEPTANCE_CAP' });
    expect((await quote(EUR, USD, '100'))[0]).to.deep.include({ token: USD, into: EUR, repayment: true, receives: '11', refusal: 'POOL_INSUFFICIENT', rate: { numerator: '1', denominator: '9' } });
    expect((await quote(EUR, USD, '8'))[0]).to.include({ receives: '0', refusal: 'CONVERSION_RATE' });
    // Valid from now on: a payment is judged by its own time, and the ledger clock may lie a minute behind.
    const terms = { token: USD, into: EUR, treasury: east.id, rate: { numerator: '9', denominator: '10' }, validUntil: inDays(30), cap: '500', direction: 'both' };
    await applied(officer('financial-operator@EastPay'), 'acceptance.set/1', { ...terms, validFrom: new Date().toISOString() }, '/acceptances');
    expect((await quote(USD, EUR, '100'))[0]).to.include({ receives: '900' }).and.not.have.property('refusal');
    await applied(officer('financial-operator@EastPay'), 'acceptance.set/1', { ...terms, validFrom: inDays(1) }, '/acceptances');
    expect((await quote(USD, EUR, '100'))[0]).to.include({ refusal: 'ACCEPTANCE_NOT_YET' });
    await applied(officer('financial-operator@EastPay'), 'acceptance.set/1', { ...terms, validFrom: inDays(-1) }, '/acceptances');
    expect(await quote(EUR, EUR, '1')).to.deep.equal([]);
    expect((await gateway.read(payer, `/quotes?from=${USD}&to=${EUR}&amount=0`)).status).to.equal(400);
  });

  it('quotes no way that the ledger would not take, for a token or for who issues it', async () => {
    const refusals = async () => (await Promise.all([[USD, EUR], [EUR, USD]].map(async ([from, to]) => items(await gateway.read(payer, `/quotes?from=${from}&to=${to}&amount=50`))))).map(([quoted]) => quoted?.['refusal']);
    const untouched = await refusals();
    await applied(officer('issuer@EastPay'), 'token.pause/1', { token: EUR }, `/tokens/${EUR}/pause`);
    expect(await refusals()).to.deep.equal(['TOKEN_PAUSED', 'TOKEN_PAUSED']);
    await applied(officer('issuer@EastPay'), 'token.resume/1', { token: EUR }, `/tokens/${EUR}/resume`);
    const decide = async (kind: string) => {
      const [proposer, voter] = [officer('administrator@NorthPay'), officer('administrator@WestPay')];
      const proposal = idOf(await applied(proposer, 'consortium.propose/1', { change: { kind, organization: 'EastPay', reason: 'OTHER' }, closesAt: inDays(1) }, '/proposals'), proposer);
      await applied(voter, 'consortium.vote/1', { proposal, approve: true }, '/proposals');
    };
    await decide('suspend');
    expect(await refusals()).to.deep.equal(['ORGANIZATION_SUSPENDED', untouched[1]]);
    await decide('resume');
    expect(await refusals()).to.deep.equal(untouched);
  });

  it('tells what the payee received, in the payment, the statements and the balances', async () => {
    const answer = await applied(payer, 'payment.pay/1', { payee: merchant.id, token: USD, amount: '100', into: { token: EUR, atLeast: '900' } }, '/payments');
    payment = idOf(answer, payer);
    expect((await gateway.read(merchant, `/payments/${payment}`)).body).to.deep.include({ token: USD, amount: '100', converted: { token: EUR, received: '900', version: 4 }, state: 'settled' });
    expect(items(await gateway.read(merchant, `/accounts/${merchant.id}/balances`))).to.deep.equal([{ token: EUR, free: '900', held: '0' }]);
    expect(items(await gateway.read(payer, `/accounts/${payer.id}/postings`))[0]).to.include({ token: USD, amount: '-100' });
    const { body } = await gateway.send(payer, 'payment.pay/1', { payee: merchant.id, token: USD, amount: '100', into: { token: EUR, atLeast: '901' } }, {}, '/payments');
    expect(body).to.deep.include({ code: 'CONVERSION_RATE', figures: { paid: '100', received: '900', atLeast: '901', version: '4' } });
  });

  it('shows positions to the officers of either side and to auditors, and to nobody else', async () => {
    const position = { token: USD, into: EUR, debtor: 'NorthPay', creditor: 'EastPay', amount: '100', taken: '100', fixed: '0', cap: '500' };
    for (const id of ['financial-operator@NorthPay', 'issuer@EastPay', 'auditor@WestPay']) expect(items(await gateway.read(officer(id), '/positions')), id).to.deep.equal([position]);
    expect(items(await gateway.read(officer('issuer@WestPay'), '/positions'))).to.deep.equal([]);
    expect(items(await gateway.read(officer('auditor@WestPay'), '/positions?organization=WestPay'))).to.deep.equal([]);
    expect((await gateway.read(payer, '/positions')).body['code']).to.equal('NOT_ENTITLED');
  });

  it('takes a cycle from opening to its end, with what waits for whom', async () => {
    const [northern, eastern] = [officer('financial-operator@NorthPay'), officer('financial-operator@EastPay')];
    const terms = { pools: [{ token: USD, into: EUR }], unit: USD, rates: [], treasury: north.id, confirmBy: inDays(1), settleBy: inDays(2) };
    clearing = idOf(await applied(northern, 'clearing.open/1', terms, '/clearings'), northern);
    expect(await inbox(eastern)).to.deep.equal(['clearing-to-confirm']);
    expect(items(await gateway.read(eastern, '/positions'))[0]).to.include({ amount: '100', taken: '0', fixed: '100' });
    await applied(eastern, 'clearing.confirm/1', { clearing, treasury: east.id }, `/clearings/${clearing}/confirmation`);
    expect([await inbox(northern), await inbox(eastern), await inbox(north)]).to.deep.equal([['leg-to-pay'], [], ['leg-to-pay']]);
    await applied(northern, 'clearing.claim/1', { clearing, creditor: 'EastPay', bank: { reference: 'B0', valueDate: '2026-11-21', document: 'D'.repeat(43) } }, `/clearings/${clearing}/claims`);
    await applied(eastern, 'clearing.deny/1', { clearing, debtor: 'NorthPay', reference: 'B0' }, `/clearings/${clearing}/denials`);
    expect([await inbox(northern), await inbox(eastern), await inbox(north)]).to.deep.equal([['leg-to-pay'], [], ['leg-to-pay']]);
    await applied(northern, 'clearing.claim/1', { clearing, creditor: 'EastPay', bank: { reference: 'B1', valueDate: '2026-11-21', document: 'D'.repeat(43) } }, `/clearings/${clearing}/claims`);
    expect([await inbox(northern), await inbox(eastern)]).to.deep.equal([[], ['leg-to-acknowledge']]);
    expect((await gateway.read(eastern, `/clearings/${clearing}`)).body).to.deep.include({ state: 'settling', legs: [{ debtor: 'NorthPay', creditor: 'EastPay', amount: '100', state: 'claimed', bankReference: 'B1' }] });
    await applied(eastern, 'clearing.acknowledge/1', { clearing, debtor: 'NorthPay', reference: 'B1' }, `/clearings/${clearing}/acknowledgements`);
    expect(items(await gateway.read(eastern, '/clearings?state=closed')).map(({ id }) => id)).to.deep.equal([clearing]);
    expect(items(await gateway.read(officer('issuer@WestPay'), '/clearings'))).to.deep.equal([]);
    expect((await gateway.read(officer('issuer@WestPay'), `/clearings/${clearing}`)).status).to.equal(404);
    expect(items(await gateway.read(eastern, '/positions'))[0]).to.include({ amount: '0' });
    expect(items(await gateway.read(north, `/accounts/${north.id}/postings`))[0]).to.include({ token: USD, amount: '100' });
    const history = items(await gateway.read(officer('auditor@WestPay'), `/clearings/${clearing}/history`));
    expect(history.map(({ type }) => type)).to.deep.equal(['clearing.acknowledge/1', 'clearing.claim/1', 'clearing.deny/1', 'clearing.claim/1', 'clearing.confirm/1', 'clearing.open/1']);
    expect((await gateway.send(eastern, 'clearing.acknowledge/1', { clearing, debtor: 'NorthPay', reference: 'B1' }, {}, `/clearings/${payment}/acknowledgements`)).body['code']).to.equal('OBJECT_DIFFERS');
  });

  it('finds a cycle that is past its deadline, at the gateway of whoever opened it', async () => {
    const northern = officer('financial-operator@NorthPay');
    await applied(payer, 'payment.pay/1', { payee: merchant.id, token: USD, amount: '10', into: { token: EUR, atLeast: '1' } }, '/payments');
    const terms = { pools: [{ token: USD, into: EUR }], unit: USD, rates: [], treasury: north.id, confirmBy: inDays(1), settleBy: inDays(2) };
    const next = idOf(await applied(northern, 'clearing.open/1', terms, '/clearings'), northern);
    const { objects } = gateway.gateway.index;
    const at = (days: number, organization: string): unknown => [...overAt({ objects, clock: () => inDays(days) }, organization)].flat();
    expect(at(0.5, 'NorthPay')).to.deep.equal([]);
    expect(at(1.5, 'NorthPay')).to.deep.equal([{ type: 'clearing.proceed/1', body: { clearing: next } }]);
    expect(at(1.5, 'EastPay')).to.deep.equal([]);
    await applied(officer('financial-operator@EastPay'), 'clearing.decline/1', { clearing: next }, `/clearings/${next}/refusal`);
    expect(at(9, 'NorthPay')).to.deep.equal([]);
  });

  it('has both lines of an entry that converts on one page, however short', async () => {
    // The debtor of the bill has EUR and settles in USD: out of one, into the other.
    await applied(officer('financial-operator@NorthPay'), 'acceptance.set/1', { token: EUR, into: USD, treasury: north.id, rate: { numerator: '1', denominator: '1' }, validFrom: inDays(-1), validUntil: inDays(9), cap: '5000', direction: 'in' }, '/acceptances');
    await applied(north, 'acceptance.fund/1', { token: EUR, into: USD, amount: '100' }, '/acceptances');
    const buyer = await gateway.register('NorthPay', ['enterprise']);
    await applied(officer('issuer@EastPay'), 'token.issue/1', { token: EUR, account: buyer.id, amount: '1000' }, `/tokens/${EUR}/issues`);
    await applied(officer('credit-officer@NorthPay'), 'limit.set/1', { account: buyer.id, token: USD, amount: '500', reason: 'GRANTED' }, '/limits');
    const application = idOf(await applied(buyer, 'grant.apply/1', { merchant: merchant.id, token: USD, amount: '400', validTo: inDays(30) }, '/grants'), buyer);
    await applied(merchant, 'grant.approve/1', { enterprise: buyer.id, token: USD, application, terms: { amount: '300', perPayment: '200', validFrom: inDays(-1), validTo: inDays(30), termDays: 14, utcOffset: 0 } }, '/grants');
    const bill = idOf(await applied(buyer, 'payment.pay/1', { payee: merchant.id, token: USD, amount: '20', credit: { amount: '20', version: 1 } }, '/payments'), buyer);
    await applied(buyer, 'settlement.initiate/1', { creditor: merchant.id, token: USD, bills: [{ bill, amount: '20' }], payWith: { token: EUR, atMost: '200' }, deadline: inDays(1) }, '/settlements');
    expect(items(await gateway.read(buyer, '/settlements?role=debtor'))[0]).to.deep.include({ net: '20', paidWith: { token: EUR, amount: '200' } });
    const first = await gateway.read(buyer, `/accounts/${buyer.id}/postings?limit=1`);
    expect(items(first).map(({ token, amount }) => [token, amount])).to.deep.equal([[EUR, '-200'], [USD, '20']]);
    const rest = await gateway.read(buyer, `/accounts/${buyer.id}/postings?limit=1&cursor=${String(first.body['cursor'])}`);
    expect(items(rest).map(({ token, amount }) => [token, amount])).to.deep.equal([[EUR, '1000']]);
    expect(items(await gateway.read(buyer, `/accounts/${buyer.id}/balances`))).to.deep.equal([{ token: EUR, free: '800', held: '0' }, { token: USD, free: '0', held: '20' }]);
  });

  it('is the same in an index that is built anew', () => {
    const rebuilt = openIndex({ folder: ':memory:', rebuild: false, log: silentLog });
    for (const block of gateway.chain.blocks) rebuilt.read(block);
    expect(rebuilt.digest()).to.equal(gateway.gateway.index.digest());
    rebuilt.close();
  });
});
