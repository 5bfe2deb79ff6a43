import { expect } from 'chai';
import { MAX_BILLS } from '../../chaincode/src/domain/index.ts';
import { overAt } from '../../gateway-api/src/sweeper/sweeper.ts';
import { uuidAt, type Signer } from '../support/signer.ts';
import { officerOf, openTestGateway, type Answered, type TestGateway } from './test-gateway.ts';

const TOKEN = 'USD@NorthPay';

describe('credit over HTTP', () => {
  let gateway: TestGateway;
  let enterprise: Signer;
  let merchant: Signer;

  const officer = (name: string): Signer => officerOf(gateway.chain, `${name}@NorthPay`);
  const items = ({ body }: Answered): readonly Record<string, unknown>[] => body['items'] as unknown as readonly Record<string, unknown>[];
  const idOf = ({ body }: Answered, signer: Signer): string => `${String(body['id'])}.${signer.id}`;
  const inbox = async (signer: Signer): Promise<readonly unknown[]> => items(await gateway.read(signer, '/inbox')).map(({ kind }) => kind);

  /** Sends and expects it to be applied. */
  const applied = async (signer: Signer, type: string, body: unknown, path: string): Promise<Answered> => {
    const answer = await gateway.send(signer, type, body, {}, path);
    expect(answer.body['code'], type).to.equal(undefined);
    expect(answer.status, type).to.equal(201);
    return answer;
  };
  const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

  before(async () => {
    gateway = await openTestGateway();
    [enterprise, merchant] = [await gateway.register('NorthPay', ['enterprise']), await gateway.register('EastPay', ['merchant'])];
    await applied(officer('issuer'), 'token.define/1', { token: TOKEN, name: 'North dollar', decimals: 2, kind: 'money', source: { code: 'USD', fields: {} } }, '/tokens');
    await applied(officer('issuer'), 'token.issue/1', { token: TOKEN, account: enterprise.id, amount: '1000' }, `/tokens/${TOKEN}/issues`);
  });

  after(() => gateway.close());

  it('shows a limit from request to setting, with what waits for the credit officer', async () => {
    const request = await applied(enterprise, 'limit.request/1', { token: TOKEN, amount: '800' }, '/limits');
    expect(await inbox(officer('credit-officer'))).to.deep.equal(['limit-request']);
    await applied(officer('credit-officer'), 'limit.set/1', { account: enterprise.id, token: TOKEN, amount: '500', reason: 'GRANTED' }, '/limits');
    expect(await inbox(officer('credit-officer'))).to.deep.equal([]);
    const next = gateway.gateway.index.block() + 1;
    const waiting = gateway.read(officer('credit-officer'), `/inbox?minBlock=${next}`);
    await gateway.read(merchant, '/inbox');
    await applied(enterprise, 'limit.request/1', { token: TOKEN, amount: '900' }, '/limits');
    const told = await waiting;
    expect([told.body['asOfBlock'], items(told).map(({ kind }) => kind)]).to.deep.equal([next, ['limit-request']]);
    await applied(officer('credit-officer'), 'limit.set/1', { account: enterprise.id, token: TOKEN, amount: '500', reason: 'GRANTED' }, '/limits');
    const { body } = await gateway.read(enterprise, `/limits/${enterprise.id}/${TOKEN}`);
    expect(body).to.deep.include({ amount: '500', drawn: '0', available: '500', status: 'active' });
    const history = items(await gateway.read(enterprise, `/limits/${enterprise.id}/${TOKEN}/history`));
    expect(history.map(({ type, signer }) => [type, signer])).to.deep.equal([
      ['limit.set/1', 'credit-officer@NorthPay'],
      ['limit.request/1', request.body['signer']],
      ['limit.set/1', 'credit-officer@NorthPay'],
      ['limit.request/1', request.body['signer']],
    ]);
    expect((await gateway.read(merchant, `/limits/${enterprise.id}/${TOKEN}`)).body['code']).to.equal('NOT_ENTITLED');
  });

  it('shows a grant to both sides, from application to approval', async () => {
    const application = await applied(enterprise, 'grant.apply/1', { merchant: merchant.id, token: TOKEN, amount: '400', validTo: inDays(30) }, '/grants');
    expect(await inbox(merchant)).to.deep.equal(['grant-application']);
    const terms = { amount: '300', perPayment: '200', validFrom: inDays(-1), validTo: inDays(30), termDays: 14, utcOffset: 0 };
    await applied(merchant, 'grant.approve/1', { enterprise: enterprise.id, token: TOKEN, application: idOf(application, enterprise), terms }, '/grants');
    expect(await inbox(merchant)).to.deep.equal([]);
    const [grant] = items(await gateway.read(enterprise, '/grants?role=enterprise'));
    expect(grant).to.deep.include({ merchant: merchant.id, version: 1, state: 'active', drawn: '0', available: '300' });
    expect((await gateway.read(merchant, `/grants/${enterprise.id}/${TOKEN}/${merchant.id}`)).status).to.equal(200);
  });

  /** What the statement, or a memo account of it, says in the order of the chain. */
  const lines = async (signer: Signer, of?: string): Promise<readonly unknown[]> => items(await gateway.read(signer, `/accounts/${signer.id}/postings${of === undefined ? '' : `?of=${of}`}`)).map(({ amount }) => amount).reverse();

  it('notes what is held and owed beside the statement, which adds up to the balance', async () => {
    const hold = await applied(enterprise, 'hold.place/1', { payee: merchant.id, token: TOKEN, amount: '30', credit: { amount: '10', version: 1 }, expiresAt: inDays(1) }, '/holds');
    const of = { hold: idOf(hold, enterprise), payer: enterprise.id };
    const capture = await applied(merchant, 'hold.capture/1', { ...of, amount: '25' }, `/holds/${of.hold}/captures`);
    expect([await lines(enterprise), await lines(enterprise, 'held'), await lines(enterprise, 'credit-held'), await lines(enterprise, 'credit')]).to.deep.equal([['1000', '-20'], ['20', '-20'], ['-10', '5'], ['-5']]);
    expect([await lines(merchant), await lines(merchant, 'held'), await lines(merchant, 'credit-held'), await lines(merchant, 'credit')]).to.deep.equal([['20'], [], ['10', '-5'], ['5']]);
    await applied(merchant, 'hold.release/1', of, `/holds/${of.hold}/release`);
    const payment = idOf(capture, merchant);
    await applied(merchant, 'payment.refund/1', { payment, payer: enterprise.id, amount: '25', reason: 'RETURNED' }, `/payments/${payment}/refunds`);
    for (const signer of [enterprise, merchant]) for (const memo of ['held', 'credit-held', 'credit']) expect((await lines(signer, memo)).reduce((sum: number, amount) => sum + Number(amount), 0), memo).to.equal(0);
    expect(await lines(enterprise)).to.deep.equal(['1000', '-20', '20']);
    expect((await gateway.read(enterprise, `/accounts/${enterprise.id}/postings?of=debts`)).status).to.equal(400);
    expect((await gateway.read(enterprise, `/accounts/${merchant.id}/postings?of=credit`)).body['code']).to.equal('NOT_ENTITLED');
  });

  it('makes a bill of a payment on credit, settles it by tokens, and restores the credit', async () => {
    const payment = await applied(enterprise, 'payment.pay/1', { payee: merchant.id, token: TOKEN, amount: '150', credit: { amount: '100', version: 1 }, references: { endToEndId: 'order-7' } }, '/payments');
    expect(payment.body['object']).to.have.nested.property('payment.state', 'open');
    const bill = idOf(payment, enterprise);
    const [shown] = items(await gateway.read(merchant, '/bills?role=creditor&state=open'));
    expect(shown).to.include({ id: bill, outstanding: '100', overdue: false });
    expect(items(await gateway.read(merchant, `/bills?role=creditor&dueBy=${new Date().toISOString().slice(0, 10)}`))).to.deep.equal([]);
    expect((await gateway.read(enterprise, `/limits/${enterprise.id}/${TOKEN}`)).body).to.include({ drawn: '100', available: '400' });

    const exposure = await gateway.read(enterprise, `/accounts/${enterprise.id}/exposure?token=${TOKEN}&settle=${bill}=60`);
    expect(exposure.body['limit']).to.deep.include({ drawn: '100', after: { drawn: '40', available: '460' } });
    expect(exposure.body['grants']).to.have.nested.property('[0].after').that.deep.equals({ drawn: '40', available: '260' });
    expect(exposure.body['bills']).to.have.nested.property('[0].after').that.deep.equals({ outstanding: '40', settled: false });
    expect((await gateway.read(enterprise, `/accounts/${enterprise.id}/exposure?token=${TOKEN}&settle=${bill}=101`)).body['code']).to.equal('BILL_EXCEEDED');
    expect((await gateway.read(merchant, `/accounts/${enterprise.id}/exposure?token=${TOKEN}`)).body['code']).to.equal('NOT_ENTITLED');

    const offer = { creditor: merchant.id, token: TOKEN, bills: [{ bill, amount: '100' }], deadline: inDays(1) };
    const settlement = idOf(await applied(enterprise, 'settlement.initiate/1', offer, '/settlements'), enterprise);
    expect(await inbox(merchant)).to.deep.equal(['settlement-to-confirm']);
    const [held] = items(await gateway.read(enterprise, `/accounts/${enterprise.id}/balances`));
    expect(held).to.deep.equal({ token: TOKEN, free: '850', held: '100' });

    await applied(merchant, 'settlement.confirm/1', { settlement, debtor: enterprise.id, creditor: merchant.id }, `/settlements/${settlement}/confirmation`);
    expect((await gateway.read(enterprise, `/bills/${bill}`)).body).to.deep.include({ state: 'settled', outstanding: '0', references: shown?.['references'], bookedAt: shown?.['bookedAt'], entry: shown?.['entry'] });
    expect(items(await gateway.read(enterprise, '/payments?role=payer&endToEndId=order-7')).map(({ id }) => id)).to.deep.equal([bill]);
    expect((await gateway.read(enterprise, `/payments/${bill}`)).body).to.include({ state: 'settled', credit: '100' });
    expect((await gateway.read(enterprise, `/limits/${enterprise.id}/${TOKEN}`)).body).to.include({ drawn: '0' });
    const [balance] = items(await gateway.read(merchant, `/accounts/${merchant.id}/balances`));
    expect(balance).to.deep.equal({ token: TOKEN, free: '150', held: '0' });
    const history = items(await gateway.read(merchant, `/bills/${bill}/history`));
    expect(history.map(({ type }) => type)).to.deep.equal(['settlement.confirm/1', 'settlement.initiate/1', 'payment.pay/1']);
    expect((await gateway.read(officerOf(gateway.chain, 'auditor@WestPay'), `/bills/${bill}`)).status).to.equal(404);
  });

  it('previews a settlement of as many bills as there may be, however long their names', async () => {
    const bill = `${uuidAt(Date.now())}.${uuidAt(Date.now())}@${'A'.repeat(24)}`;
    const query = new URLSearchParams([['token', TOKEN], ...Array.from({ length: MAX_BILLS }, () => ['settle', `${bill}=${'9'.repeat(30)}`] as [string, string])]);
    expect((await gateway.read(enterprise, `/accounts/${enterprise.id}/exposure?${query.toString()}`)).body['code']).to.equal('BILL_UNKNOWN');
  });

  it('keeps a hold until it is captured, and what is left returns', async () => {
    const hold = idOf(await applied(enterprise, 'hold.place/1', { payee: merchant.id, token: TOKEN, amount: '50', expiresAt: inDays(1) }, '/holds'), enterprise);
    expect(await inbox(merchant)).to.deep.equal(['hold-to-capture']);
    const capture = await applied(merchant, 'hold.capture/1', { hold, payer: enterprise.id, amount: '20', final: true }, `/holds/${hold}/captures`);
    expect(capture.body['object']).to.have.nested.property('payment.amount', '20');
    expect((await gateway.read(enterprise, `/holds/${hold}`)).body).to.include({ state: 'captured', balance: '0' });
    const [balance] = items(await gateway.read(enterprise, `/accounts/${enterprise.id}/balances`));
    expect(balance).to.deep.equal({ token: TOKEN, free: '830', held: '0' });
  });

  it('finds what is over once the ledger clock is past it, of its own organization only', async () => {
    const place = { payee: merchant.id, token: TOKEN, amount: '5', expiresAt: new Date(Date.now() + 60_000).toISOString() };
    const hold = idOf(await applied(enterprise, 'hold.place/1', place, '/holds'), enterprise);
    const { objects } = gateway.gateway.index;
    const at = (seconds: number, organization = 'NorthPay'): unknown =>
      [...overAt({ objects, clock: () => new Date(Date.now() + seconds * 1_000).toISOString() }, organization)].flat();
    expect(at(30)).to.deep.equal([]);
    expect(at(90)).to.deep.equal([{ type: 'hold.expire/1', body: { hold, payer: enterprise.id } }]);
    expect(at(90, 'EastPay')).to.deep.equal([]);
    await applied(merchant, 'hold.release/1', { hold, payer: enterprise.id }, `/holds/${hold}/release`);
    expect(at(90)).to.deep.equal([]);
  });

  it('finds all that is over, oldest deadline first, however much of others is over', async () => {
    const { objects } = gateway.gateway.index;
    await gateway.send(enterprise, 'payment.pay/1', { payee: merchant.id, token: TOKEN, amount: '50' });
    const placed: string[] = [];
    for (const seconds of [40, 20, 30]) {
      const body = (payee: Signer): unknown => ({ payee: payee.id, token: TOKEN, amount: '1', expiresAt: new Date(Date.now() + seconds * 1_000).toISOString() });
      placed.push(idOf(await applied(enterprise, 'hold.place/1', body(merchant), '/holds'), enterprise));
      for (let more = 0; more < 3; more++) await applied(merchant, 'hold.place/1', body(enterprise), '/holds');
    }
    const clock = (): string => new Date(Date.now() + 60_000).toISOString();
    const pages = [...overAt({ objects, clock }, 'NorthPay', 2)].map((page) => page.map(({ body }) => (body as { readonly hold: string }).hold));
    const [first, second, third] = placed;
    expect(pages).to.deep.equal([[second, third], [first]]);
    for (const hold of placed) await applied(merchant, 'hold.release/1', { hold, payer: enterprise.id }, `/holds/${hold}/release`);
  });

  it('answers a waiting inbox as soon as there is something new', async () => {
    const { body } = await gateway.read(merchant, '/inbox');
    const waiting = gateway.read(merchant, `/inbox?wait=10&tag=${String(body['tag'])}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await applied(enterprise, 'mandate.grant/1', { creditor: merchant.id, token: TOKEN, cap: '100', validTo: inDays(10) }, '/mandates');
    const began = Date.now();
    expect(items(await waiting).map(({ kind }) => kind)).to.deep.equal(['mandate-to-accept']);
    expect(Date.now() - began).to.be.below(2_000);
  });
});
