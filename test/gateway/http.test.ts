import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { spy, stub } from 'sinon';
import { ROUTES } from '../../gateway-api/src/routes/all.ts';
import { canonicalJson, MAX_INSTRUCTION_LENGTH } from '../../chaincode/src/domain/index.ts';
import { until } from '../support/patience.ts';
import { envelopeOf, signText, uuidAt, type Signer } from '../support/signer.ts';
import { officerOf, openTestGateway, sign, tokenRequest, type Answered, type TestGateway } from './test-gateway.ts';

const TOKEN = 'USD@NorthPay';

describe('a gateway over HTTP', () => {
  let gateway: TestGateway;
  let payer: Signer;
  let payee: Signer;
  let issuer: Signer;

  const pay = (amount: unknown, changes: object = {}): unknown => ({ payee: payee.id, token: TOKEN, amount, ...changes });
  const codeOf = ({ body }: Answered): unknown => body['code'];

  before(async () => {
    gateway = await openTestGateway();
    issuer = officerOf(gateway.chain, 'issuer@NorthPay');
    [payer, payee] = [await gateway.register('NorthPay'), await gateway.register('EastPay')];
    const definition = { token: TOKEN, name: 'North dollar', decimals: 2, kind: 'money', source: { code: 'USD', fields: {} } };
    expect((await gateway.send(issuer, 'token.define/1', definition, {}, '/tokens')).status).to.equal(201);
    const issued = await gateway.send(issuer, 'token.issue/1', { token: TOKEN, account: payer.id, amount: '1000' }, {}, `/tokens/${TOKEN}/issues`);
    expect(issued.status).to.equal(201);
  });

  after(() => gateway.close());

  describe('a payment', () => {
    it('answers with the receipt of both results, and the payment', async () => {
      const { status, body, headers } = await gateway.send(payer, 'payment.pay/1', pay('10'), {}, '/payments');
      expect(status).to.equal(201);
      expect(body).to.deep.include({ signer: payer.id, status: 'applied', check: { passed: true, rules: 1 } });
      expect(body['record']).to.have.keys('block', 'transaction', 'position', 'index', 'bookedAt');
      expect(body['object']).to.have.nested.property('payment.state', 'settled');
      expect(headers.get('location')).to.match(/^\/instructions\//);
    });

    it('answers a repeat with the first receipt and applies nothing twice', async () => {
      const jws = sign(payer, 'payment.pay/1', pay('10'));
      const first = await gateway.submit(jws);
      const before = await gateway.read(payer, `/accounts/${payer.id}/balances`);
      const again = await gateway.submit(jws);
      expect(again.status).to.equal(200);
      expect(again.headers.get('idempotency-hit')).to.equal('true');
      expect(again.body).to.deep.equal(first.body);
      expect((await gateway.read(payer, `/accounts/${payer.id}/balances`)).body).to.deep.equal(before.body);
    });

    it('has one outcome when it comes ten times at once', async () => {
      const jws = sign(payer, 'payment.pay/1', pay('1'));
      const blocks = gateway.chain.blocks.length;
      const answers = await Promise.all(Array.from({ length: 10 }, () => gateway.submit(jws)));
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).to.equal(1);
      expect(answers.map(({ status, headers }) => `${status} ${headers.get('idempotency-hit')}`).toSorted()).to.deep.equal([...Array<string>(9).fill('200 true'), '201 null']);
      expect(gateway.chain.blocks.length).to.equal(blocks + 1);
    });

    it('tells a recorded refusal with figures, id, block and transaction, and again when it is repeated', async () => {
      const jws = sign(payer, 'payment.pay/1', pay('999999'));
      const { status, headers, body } = await gateway.submit(jws, '/payments');
      expect(status).to.equal(409);
      expect(headers.get('content-type')).to.match(/^application\/problem\+json/);
      expect(body).to.include({ code: 'FUNDS_INSUFFICIENT', status: 409 });
      expect(body).to.have.all.keys('type', 'title', 'status', 'code', 'detail', 'figures', 'id', 'signer', 'block', 'txId', 'receipt', 'instance');
      const again = await gateway.submit(jws);
      expect(again.headers.get('idempotency-hit')).to.equal('true');
      expect(codeOf(again)).to.equal('FUNDS_INSUFFICIENT');
    });

    it('is refunded in parts, and never for more than it was', async () => {
      const { body } = await gateway.send(payer, 'payment.pay/1', pay('100'));
      const id = `${String(body['id'])}.${payer.id}`;
      const refund = (amount: string): Promise<Answered> =>
        gateway.send(payee, 'payment.refund/1', { payment: id, payer: payer.id, amount, reason: 'RETURNED' }, {}, `/payments/${id}/refunds`);
      expect((await refund('60')).status).to.equal(201);
      expect(codeOf(await refund('60'))).to.equal('REFUND_EXCEEDS_PAYMENT');
      expect((await gateway.read(payee, `/payments/${id}`)).body).to.include({ refunded: '60', state: 'partly-refunded' });
    });
  });

  describe('bad input has a code of its own', () => {
    const amounts: readonly (readonly [string, unknown, string])[] = [
      ['zero', '0', 'AMOUNT_ZERO'],
      ['negative', '-5', 'AMOUNT_NEGATIVE'],
      ['a fraction', '1.5', 'AMOUNT_NOT_WHOLE'],
      ['an exponent', '1e3', 'AMOUNT_NOT_WHOLE'],
      ['too long', '1'.repeat(31), 'AMOUNT_TOO_LONG'],
      ['a JSON number', 5, 'AMOUNT_NOT_STRING'],
    ];
    for (const [what, amount, code] of amounts) {
      it(`amount is ${what}: ${code}`, async () => {
        expect(codeOf(await gateway.send(payer, 'payment.pay/1', pay(amount)))).to.equal(code);
      });
    }

    const instructions: readonly (readonly [string, string, () => string | Promise<string>])[] = [
      ['an unknown payee', 'ACCOUNT_UNKNOWN', () => sign(payer, 'payment.pay/1', pay('1', { payee: `${uuidAt(Date.now())}@EastPay` }))],
      ['an unknown token', 'TOKEN_UNKNOWN', () => sign(payer, 'payment.pay/1', pay('1', { token: 'EUR@NorthPay' }))],
      ['a payment to oneself', 'PAYMENT_SELF', () => sign(payer, 'payment.pay/1', pay('1', { payee: payer.id }))],
      ['an unknown member', 'BODY_MALFORMED', () => sign(payer, 'payment.pay/1', pay('1', { note: 'x' }))],
      ['a reference that is too long', 'REFERENCE_INVALID', () => sign(payer, 'payment.pay/1', pay('1', { references: { invoice: 'x'.repeat(36) } }))],
      ['another ledger', 'INSTRUCTION_LEDGER_DIFFERS', () => sign(payer, 'payment.pay/1', pay('1'), { ledger: 'another' })],
      ['an unknown type', 'INSTRUCTION_TYPE_UNKNOWN', () => sign(payer, 'payment.pay/9', pay('1'))],
      ['an id that is not of its time', 'INSTRUCTION_ID_INVALID', () => sign(payer, 'payment.pay/1', pay('1'), { id: uuidAt(Date.now() - 60_000) })],
      ['a lifetime of two days', 'INSTRUCTION_LIFETIME_INVALID', () => sign(payer, 'payment.pay/1', pay('1'), { expiresAt: new Date(Date.now() + 172_800_000).toISOString() })],
      ['an unknown signer', 'SIGNER_UNKNOWN', () => sign({ ...payer, id: `${uuidAt(Date.now())}@NorthPay` }, 'payment.pay/1', pay('1'))],
      ['an unknown certificate', 'CERTIFICATE_UNKNOWN', () => sign({ ...payer, thumbprint: 'B'.repeat(43) }, 'payment.pay/1', pay('1'))],
      ['a signature by another key', 'SIGNATURE_INVALID', () => sign({ ...payer, key: payee.key }, 'payment.pay/1', pay('1'))],
      ['an altered body', 'SIGNATURE_INVALID', () => altered(sign(payer, 'payment.pay/1', pay('1')))],
      ['alg none', 'INSTRUCTION_HEADER_INVALID', () => unsigned(sign(payer, 'payment.pay/1', pay('1')))],
      ['no JWS', 'INSTRUCTION_MALFORMED', () => 'not a JWS'],
      ['another organization’s officer', 'OFFICER_ORGANIZATION_DIFFERS', () => sign(officerOf(gateway.chain, 'issuer@EastPay'), 'token.issue/1', { token: TOKEN, account: payer.id, amount: '1' })],
      ['an officer without the role', 'OFFICER_ROLE_MISSING', () => sign(officerOf(gateway.chain, 'registrar@NorthPay'), 'token.issue/1', { token: TOKEN, account: payer.id, amount: '1' })],
      ['an officer where an account must sign', 'SIGNER_KIND_WRONG', () => sign(issuer, 'payment.pay/1', pay('1'))],
      ['an instruction from the future', 'INSTRUCTION_NOT_YET', () => signedAt(Date.now() + 60_000)],
    ];
    for (const [what, code, make] of instructions) {
      it(`${what}: ${code}`, async () => {
        expect(codeOf(await gateway.submit(await make()))).to.equal(code);
      });
    }

    it('an id used for another body: ID_REUSED, also while the first is under way', async () => {
      const id = uuidAt(Date.now());
      const [first, second] = await Promise.all([
        gateway.send(payer, 'payment.pay/1', pay('1'), { id }),
        gateway.send(payer, 'payment.pay/1', pay('2'), { id }),
      ]);
      expect([first.status, codeOf(second)]).to.deep.equal([201, 'ID_REUSED']);
      expect(codeOf(await gateway.send(payer, 'payment.pay/1', pay('3'), { id }))).to.equal('ID_REUSED');
    });

    it('a frozen account, a revoked certificate, a closed account', async () => {
      const holder = await gateway.register('NorthPay');
      const account = holder.id;
      expect((await gateway.send(holder, 'account.freeze/1', { account, mode: 'full', reason: 'KEY_LOST' }, {}, `/accounts/${account}/freeze`)).status).to.equal(201);
      expect(codeOf(await gateway.send(payer, 'payment.pay/1', pay('1', { payee: account })))).to.equal('ACCOUNT_FROZEN');
      const registrar = officerOf(gateway.chain, 'registrar@NorthPay');
      expect((await gateway.send(registrar, 'account.unfreeze/1', { account, reason: 'KEY_LOST' }, {}, `/accounts/${account}/unfreeze`)).status).to.equal(201);
      expect((await gateway.send(registrar, 'account.close/1', { account, reason: 'OTHER' }, {}, `/accounts/${account}/close`)).status).to.equal(201);
      expect(codeOf(await gateway.send(payer, 'payment.pay/1', pay('1', { payee: account })))).to.equal('ACCOUNT_CLOSED');
      const other = await gateway.register('NorthPay');
      const revocation = { holder: other.id, thumbprint: other.thumbprint, reason: 'KEY_LOST' };
      expect((await gateway.send(other, 'certificate.revoke/1', revocation, {}, `/certificates/${other.thumbprint}/revocation`)).status).to.equal(201);
      expect(codeOf(await gateway.send(other, 'payment.pay/1', pay('1')))).to.equal('CERTIFICATE_REVOKED');
    });
  });

  describe('the form of a request', () => {
    const jose = { 'content-type': 'application/jose' };
    const json = { 'content-type': 'application/json' };
    const requests: readonly (readonly [string, string, string, () => RequestInit])[] = [
      ['a body over 64 KB', '/instructions', 'BODY_TOO_LARGE', () => ({ method: 'POST', headers: jose, body: 'x'.repeat(70_000) })],
      ['an instruction that is too long', '/instructions', 'INSTRUCTION_TOO_LARGE', () => ({ method: 'POST', headers: jose, body: 'x'.repeat(MAX_INSTRUCTION_LENGTH + 1) })],
      ['another content type', '/instructions', 'CONTENT_TYPE_UNSUPPORTED', () => ({ method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' })],
      ['another charset', '/instructions', 'CONTENT_TYPE_UNSUPPORTED', () => ({ method: 'POST', headers: { 'content-type': 'application/json; charset=latin1' }, body: '{}' })],
      ['a packed body', '/instructions', 'CONTENT_TYPE_UNSUPPORTED', () => ({ method: 'POST', headers: { ...json, 'content-encoding': 'gzip' }, body: '{}' })],
      ['bytes that are not UTF-8', '/instructions', 'UTF8_INVALID', () => ({ method: 'POST', headers: json, body: new Uint8Array([0x22, 0xff, 0x22]) })],
      ['no JSON', '/instructions', 'JSON_INVALID', () => ({ method: 'POST', headers: json, body: '{' })],
      ['an unknown member', '/instructions', 'REQUEST_MALFORMED', () => ({ method: 'POST', headers: json, body: '{"instruction":"x","more":1}' })],
      ['more than 500 in bulk', '/instructions/bulk', 'REQUEST_MALFORMED', () => ({ method: 'POST', headers: json, body: JSON.stringify({ instructions: Array.from({ length: 501 }, () => 'x') }) })],
      ['another type of instruction', '/tokens', 'INSTRUCTION_TYPE_WRONG', () => ({ method: 'POST', headers: jose, body: sign(payer, 'payment.pay/1', pay('1')) })],
      ['another object', `/accounts/${uuidAt(0)}@NorthPay/freeze`, 'OBJECT_DIFFERS', () => ({ method: 'POST', headers: jose, body: sign(payer, 'account.freeze/1', { account: payer.id, mode: 'debit', reason: 'OTHER' }) })],
      ['no token', '/tokens', 'UNAUTHENTICATED', () => ({})],
      ['an invented token', '/tokens', 'ACCESS_TOKEN_INVALID', () => ({ headers: { authorization: 'Bearer eyJh.x' } })],
      ['an unknown path', '/nothing', 'NOT_FOUND', () => ({})],
      ['a path that is ill-formed', '/accounts/%E0%A4%A', 'REQUEST_MALFORMED', () => ({})],
      ['another method', '/livez', 'METHOD_NOT_ALLOWED', () => ({ method: 'DELETE' })],
    ];
    for (const [what, path, code, init] of requests) {
      it(`${what}: ${code}`, async () => {
        const answer = await gateway.call(path, init());
        expect(codeOf(answer)).to.equal(code);
        expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/);
      });
    }
  });

  describe('what is ill-formed is named by its path, and what stood there is not repeated', () => {
    const VALUE = 'NL91-ABNA-0417';
    const asked = async (path: string): Promise<Answered> => gateway.read(payer, path);
    const posted = (body: unknown): Promise<Answered> => gateway.post('/instructions', body);
    const paid = (changes: object): Promise<Answered> => gateway.send(payer, 'payment.pay/1', pay('1', changes));
    const faults: readonly (readonly [string, string, string, () => Promise<Answered>])[] = [
      ['an unknown member of a query', 'REQUEST_MALFORMED', 'iban', () => asked(`/tokens?iban=${VALUE}`)],
      ['an ill-formed member of a query', 'REQUEST_MALFORMED', 'minBlock', () => asked(`/tokens?minBlock=${VALUE}`)],
      ['a member of a query given twice', 'REQUEST_MALFORMED', 'minBlock', () => asked(`/tokens?minBlock=1&minBlock=${VALUE}`)],
      ['a missing member of a query', 'REQUEST_MALFORMED', 'role', () => asked('/bills')],
      ['a part of a path', 'REQUEST_MALFORMED', 'account', () => asked(`/accounts/${VALUE}/balances`)],
      ['a path that cannot be read', 'REQUEST_MALFORMED', '(the path)', () => asked(`/accounts/${VALUE}%E0%A4%A`)],
      ['a value where a name should be', 'REQUEST_MALFORMED', '(the whole)', () => asked(`/tokens?${encodeURIComponent(`{"iban":"${VALUE}"}`)}`)],
      ['an unknown member of a request', 'REQUEST_MALFORMED', 'iban', () => posted({ instruction: 'x', iban: VALUE })],
      ['an unknown member named as no member is', 'REQUEST_MALFORMED', '__proto__', () => gateway.call('/instructions', { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"instruction":"x","__proto__":"${VALUE}"}` })],
      ['an item of a list', 'REQUEST_MALFORMED', 'instructions.1', () => gateway.post('/instructions/bulk', { instructions: ['x', { iban: VALUE }] })],
      ['a request that is no object', 'REQUEST_MALFORMED', '(the whole)', () => posted([VALUE])],
      ['a missing member of an instruction', 'BODY_MALFORMED', 'token', () => paid({ token: undefined })],
      ['an unknown member of an instruction', 'BODY_MALFORMED', 'memo', () => paid({ memo: VALUE })],
      ['an unknown member within another', 'BODY_MALFORMED', 'references.nme', () => paid({ references: { nme: VALUE } })],
      ['a value within another', 'REFERENCE_INVALID', 'references.invoice', () => paid({ references: { invoice: `${VALUE} ` } })],
      ['an unknown member beside the body', 'INSTRUCTION_MALFORMED', 'memo', () => gateway.submit(sign(payer, 'payment.pay/1', pay('1'), { memo: VALUE } as object))],
      ['a body that is no object', 'BODY_MALFORMED', '(the whole)', () => gateway.send(payer, 'payment.pay/1', VALUE)],
    ];
    for (const [what, code, member, ask] of faults) {
      it(`${what}: ${code}, ${member}`, async () => {
        const { body } = await ask();
        expect(body).to.deep.include({ code, figures: { member } });
        const { instance: _, ...told } = body;
        expect(JSON.stringify(told)).not.to.include(VALUE);
      });
    }
  });

  describe('in bulk', () => {
    it('is answered with safe headers, each once, and with its own where a page needs another', async () => {
      const headersOf = async (path: string): Promise<Headers> => (await fetch(gateway.url + path)).headers;
      expect((await headersOf('/livez')).get('content-security-policy')).to.equal("default-src 'none'; frame-ancestors 'none'");
      for (const path of ['/portal', '/docs']) {
        const headers = await headersOf(path);
        expect(headers.get('content-security-policy'), path).to.match(/^default-src 'none';(?!.*default-src).*script-src/);
        expect(headers.get('x-content-type-options'), path).to.equal('nosniff');
      }
    });

    it('gives each its own outcome, in order, and keeps a signer’s order', async () => {
      const token = 'PTS@NorthPay';
      const definition = { token, name: 'Points', decimals: 0, kind: 'points', source: { code: 'PTS', fields: {} } };
      const instructions = [
        sign(issuer, 'token.define/1', definition),
        sign(issuer, 'token.issue/1', { token, account: payer.id, amount: '5' }),
        sign(payer, 'payment.pay/1', pay('999999')),
        'not a JWS',
      ];
      const { status, body } = await gateway.post('/instructions/bulk', { instructions });
      const outcomes = body['outcomes'] as unknown as readonly { readonly status: number; readonly problem?: { readonly code: string } }[];
      expect(status).to.equal(200);
      expect(outcomes.map((outcome) => outcome.problem?.code ?? outcome.status)).to.deep.equal([201, 201, 'FUNDS_INSUFFICIENT', 'INSTRUCTION_MALFORMED']);
    });

    for (const [way, headers] of [['waits', {}], ['is accepted for later', { prefer: 'respond-async' }]] as const) {
      it(`that ${way}: an instruction whose answer fails has an unknown outcome, and the others theirs`, async () => {
        const instructions = Array.from({ length: 70 }, () => sign(payer, 'payment.pay/1', pay('1')));
        const { id } = gateway.gateway.intake.read(instructions[0] ?? '');
        const queries = gateway.gateway.index.instructions;
        const reading = stub(queries, 'one').callThrough();
        reading.withArgs(id, payer.id).throws(new Error('disk I/O error'));
        const { status, body } = await gateway.post('/instructions/bulk', { instructions }, headers).finally(() => reading.restore());
        const [first, ...others] = body['outcomes'] as unknown as readonly { readonly status: number; readonly problem?: { readonly code: string } }[];
        expect([status, first?.status, first?.problem?.code]).to.deep.equal([200, 504, 'OUTCOME_UNKNOWN']);
        expect(new Set(others.map((outcome) => outcome.status))).to.deep.equal(new Set([way === 'waits' ? 201 : 202]));
      });
    }

    it('one alone whose answer fails has an unknown outcome as well', async () => {
      for (const prefer of ['', 'respond-async']) {
        const jws = sign(payer, 'payment.pay/1', pay('1'));
        const reading = stub(gateway.gateway.index.instructions, 'one').throws(new Error('disk I/O error'));
        const answer = await gateway.submit(jws, '/payments', { prefer }).finally(() => reading.restore());
        expect([answer.status, codeOf(answer)], prefer).to.deep.equal([504, 'OUTCOME_UNKNOWN']);
      }
    });

    it('marks what stands in it twice, and what was sent before it, whether applied or refused', async () => {
      const [applied, refused, before] = ['1', '999999', '1'].map((amount) => sign(payer, 'payment.pay/1', pay(amount)));
      await gateway.submit(before ?? '');
      const marks = async (headers: Record<string, string>): Promise<unknown> => {
        const { body } = await gateway.post('/instructions/bulk', { instructions: [applied, refused, applied, refused, before] }, headers);
        return (body['outcomes'] as unknown as readonly { readonly status: number; readonly repeat?: true }[]).map(({ status, repeat }) => [status, repeat]);
      };
      expect(await marks({})).to.deep.equal([[201, undefined], [409, undefined], [200, true], [409, true], [200, true]]);
      expect(await marks({ prefer: 'respond-async' })).to.deep.equal([[200, true], [409, true], [200, true], [409, true], [200, true]]);
    });
  });

  describe('accepted for later', () => {
    it('answers 202 and has the outcome where it said', async () => {
      const jws = sign(payer, 'payment.pay/1', pay('1'));
      const { status, headers } = await gateway.submit(jws, '/payments', { prefer: 'respond-async' });
      expect([status, headers.get('idempotency-hit')]).to.deep.equal([202, null]);
      expect((await gateway.submit(jws, '/payments', { prefer: 'respond-async' })).headers.get('idempotency-hit')).to.equal('true');
      const location = headers.get('location') ?? '';
      let state = (await gateway.read(payer, location)).body;
      for (let turn = 0; turn < 100 && state['status'] === 'pending'; turn++) state = (await gateway.read(payer, location)).body;
      expect(state['status']).to.equal('applied');
      const again = await gateway.submit(jws, '/payments', { prefer: 'respond-async' });
      expect([again.status, again.headers.get('idempotency-hit')]).to.deep.equal([200, 'true']);
    });
  });

  describe('where an instruction is', () => {
    it('is unknown, and can never apply once the ledger clock is past its deadline', async () => {
      const status = async (id: string): Promise<unknown> => (await gateway.read(payer, `/instructions/${id}?signer=${payer.id}`)).body['status'];
      expect(await status(uuidAt(Date.now()))).to.equal('unknown');
      expect(await status(uuidAt(Date.now() - 2 * 86_400_000))).to.equal('can-never-apply');
    });
  });

  describe('reading', () => {
    it('is for the account itself and the officers of its organization', async () => {
      const path = `/accounts/${payer.id}`;
      expect((await gateway.read(payer, path)).status).to.equal(200);
      expect((await gateway.read(officerOf(gateway.chain, 'auditor@NorthPay'), path)).status).to.equal(200);
      expect(codeOf(await gateway.read(payee, path))).to.equal('NOT_ENTITLED');
      expect(codeOf(await gateway.read(officerOf(gateway.chain, 'auditor@EastPay'), path))).to.equal('NOT_ENTITLED');
      expect(codeOf(await gateway.read(payer, '/accounts?organization=NorthPay'))).to.equal('NOT_ENTITLED');
      expect((await gateway.read(officerOf(gateway.chain, 'registrar@NorthPay'), '/accounts?organization=NorthPay')).status).to.equal(200);
    });

    it('shows a payment to both sides and to nobody else', async () => {
      const { body } = await gateway.send(payer, 'payment.pay/1', pay('1'));
      const path = `/payments/${String(body['id'])}.${payer.id}`;
      expect((await gateway.read(payee, path)).status).to.equal(200);
      expect((await gateway.read(officerOf(gateway.chain, 'auditor@WestPay'), path)).status).to.equal(404);
    });

    it('pages a statement without gaps or repeats while new entries come in', async () => {
      const entries: string[] = [];
      let cursor = '';
      do {
        const { body } = await gateway.read(payer, `/accounts/${payer.id}/postings?limit=2${cursor}`);
        entries.push(...(body['items'] as unknown as readonly { readonly entry: string }[]).map(({ entry }) => entry));
        cursor = body['cursor'] === undefined ? '' : `&cursor=${String(body['cursor'])}`;
        if (entries.length === 2) await gateway.send(payer, 'payment.pay/1', pay('1'));
      } while (cursor !== '');
      const { body } = await gateway.read(payer, `/accounts/${payer.id}/postings?limit=500`);
      const all = (body['items'] as unknown as readonly { readonly entry: string }[]).map(({ entry }) => entry);
      expect(entries).to.deep.equal(all.slice(1));
    });

    it('goes on from a cursor in its own list only: path, filters and reader, but pages as long as asked for', async () => {
      for (let count = 0; count < 3; count++) await gateway.send(payer, 'payment.pay/1', pay('1'));
      const [mine, registrar] = ['/payments?role=payer', officerOf(gateway.chain, 'registrar@NorthPay')];
      const items = ({ body }: Answered) => body['items'] as unknown as readonly { readonly id: string }[];
      const whole = await gateway.read(payer, `${mine}&limit=3`);
      const cursor = String((await gateway.read(payer, `${mine}&limit=1`)).body['cursor']);
      expect(cursor).to.match(/^[\w-]{1,30}$/);
      expect(items(await gateway.read(payer, `${mine}&limit=2&minBlock=0&cursor=${cursor}`))).to.deep.equal(items(whole).slice(1));
      const others: readonly (readonly [Signer, string])[] = [
        [payer, '/bills?role=debtor'], [payer, '/payments?role=payee'], [payer, `${mine}&token=${TOKEN}`], [payee, mine], [payer, `/accounts/${payer.id}/postings?limit=1`],
        [registrar, `${mine}&account=${payer.id}`], [payer, '/certificates?expiringWithin=30'], [registrar, '/registrations?limit=1'],
      ];
      for (const [reader, path] of others) {
        expect((await gateway.read(reader, path)).status, path).to.equal(200);
        expect(codeOf(await gateway.read(reader, `${path}&cursor=${cursor}`)), path).to.equal('CURSOR_INVALID');
      }
      for (const made of ['', 'bm8', Buffer.from('[1]').toString('base64url'), `${cursor.slice(0, 8)}eA`]) expect(codeOf(await gateway.read(payer, `${mine}&cursor=${made}`)), made).to.equal('CURSOR_INVALID');
      const paths = (await gateway.call('/openapi.json')).body['paths'] as unknown as Readonly<Record<string, { readonly get?: { readonly responses: object } }>>;
      for (const path of ['/bills', '/certificates', '/registrations']) expect(JSON.stringify(paths[path]?.get?.responses), path).to.include('`CURSOR_INVALID`');
      expect(JSON.stringify(paths['/tokens']?.get?.responses)).not.to.include('CURSOR_INVALID');
    });

    it('goes on after the last certificate of a page', async () => {
      const { index } = gateway.gateway;
      const [certificate] = index.certificates.ofHolder(payer.id);
      if (certificate === undefined) return expect.fail('it has none');
      const expiring = stub(index.certificates, 'expiring').returns(Array.from({ length: 200 }, () => certificate));
      const read = (query = '') => gateway.read(payer, `/certificates?expiringWithin=30${query}`);
      try {
        const { body } = await read();
        expect((await read(`&cursor=${String(body['cursor'])}`)).status).to.equal(200);
        const { notAfter, thumbprint } = certificate;
        expect(expiring.args.map(([, { after }]) => after)).to.deep.equal([{ notAfter: '', thumbprint: '' }, { notAfter, thumbprint }]);
      } finally {
        expiring.restore();
      }
    });

    it('waits at little cost: looks once a second however many blocks there are, for few at a time, and for nobody who has left', async () => {
      const authorization = `Bearer ${await gateway.token(payer)}`;
      const { body } = await gateway.call('/inbox', { headers: { authorization } });
      const looking = spy(gateway.gateway.index.certificates, 'expiring');
      const leaving = new AbortController();
      const wait = (seconds: number, signal?: AbortSignal) => gateway.call(`/inbox?wait=${seconds}&tag=${String(body['tag'])}`, { headers: { authorization }, ...(signal !== undefined && { signal }) });
      try {
        const one = wait(1);
        for (let blocks = 0; blocks < 10; blocks++) await gateway.send(payer, 'payment.pay/1', pay('1'));
        expect((await one).status).to.equal(200);
        expect(looking.callCount).to.be.at.most(3);
        const crowd = Array.from({ length: 9 }, () => wait(30, leaving.signal).then(codeOf, () => 'left'));
        expect(await Promise.race(crowd)).to.equal('TOO_MANY_REQUESTS');
        leaving.abort();
        expect((await Promise.all(crowd)).filter((answer) => answer === 'left').length).to.equal(8);
        await until('nobody to wait', async () => gateway.gateway.waiting.size === 0 || undefined);
      } finally {
        looking.restore();
      }
    });

    it('ends with the certificate', async () => {
      const holder = await gateway.register('NorthPay');
      const token = await gateway.token(holder);
      await gateway.send(holder, 'certificate.revoke/1', { holder: holder.id, thumbprint: holder.thumbprint, reason: 'KEY_LOST' });
      expect(codeOf(await gateway.call(`/accounts/${holder.id}`, { headers: { authorization: `Bearer ${token}` } }))).to.equal('CERTIFICATE_REVOKED');
    });

    it('takes a challenge once, from its signer, for this gateway', async () => {
      const challenge = async (): Promise<string> => String((await gateway.post('/auth/challenges', { signer: payer.id })).body['challenge']);
      const request = async (token: string): Promise<unknown> => codeOf(await gateway.post('/auth/tokens', { token }));
      const first = await challenge();
      expect(await request(tokenRequest(payer, first))).to.equal(undefined);
      expect(await request(tokenRequest(payer, first))).to.equal('CHALLENGE_INVALID');
      expect(await request(tokenRequest(payee, await challenge()))).to.equal('CHALLENGE_INVALID');
      expect(await request(tokenRequest(payer, await challenge(), { gateway: 'EastPay' }))).to.equal('CHALLENGE_INVALID');
      expect(await request(tokenRequest({ ...payer, key: payee.key }, await challenge()))).to.equal('SIGNATURE_INVALID');
    });
  });

  it('describes every route of its own, as the copy among the documents does', async () => {
    const { body } = await gateway.call('/openapi.json');
    expect(body['openapi']).to.equal('3.1.0');
    expect(body).to.deep.equal(JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8')));
    expect(Object.keys(body['paths'] as unknown as object)).to.have.members([...new Set(ROUTES.map(({ path }) => path))]);
    const posts = Object.entries(body['paths'] as unknown as Record<string, { readonly post?: { readonly responses: object } }>).flatMap(([path, { post }]) => (post === undefined ? [] : [[path, post.responses] as const]));
    for (const [path, responses] of posts) expect(Object.keys(responses), `POST ${path} is turned away when there is no room`).to.include('429');
  });

  it('describes that every read refuses a query it does not know', async () => {
    const headers = { authorization: `Bearer ${await gateway.token(payer)}` };
    const { body } = await gateway.call('/openapi.json');
    const gets = Object.entries(body['paths'] as unknown as Record<string, { readonly get?: { readonly responses: object } }>).flatMap(([path, { get }]) => (get === undefined ? [] : [[path, get.responses] as const]));
    expect(gets.length).to.be.above(50);
    for (const [path, responses] of gets) {
      expect(codeOf(await gateway.call(`${path.replaceAll(/\{\w+\}/g, 'x')}?colour=red`, { headers })), path).to.equal('REQUEST_MALFORMED');
      expect(responses, path).to.have.property('400').with.property('description').that.includes('`REQUEST_MALFORMED`');
    }
  });

  const told: readonly (readonly [string, readonly string[]])[] = [
    ['/payments', ['CREDIT_EXCEEDS_AMOUNT', 'GRANT_NONE', 'GRANT_CHANGED', 'GRANT_SUSPENDED', 'GRANT_NOT_YET', 'GRANT_EXPIRED', 'GRANT_CAP_EXCEEDED', 'GRANT_EXCEEDED', 'GRANT_OVERDUE', 'LIMIT_NONE', 'LIMIT_SUSPENDED', 'LIMIT_EXPIRED', 'LIMIT_EXCEEDED']],
    ['/settlements', ['SETTLEMENT_BILL_TWICE', 'SETTLEMENT_NET_NEGATIVE', 'BILL_EXCEEDED', 'DEADLINE_PAST', 'FUNDS_INSUFFICIENT']],
    ['/settlements/{settlement}/confirmation', ['SETTLEMENT_UNKNOWN', 'SETTLEMENT_STATE', 'SETTLEMENT_EXPIRED', 'SETTLEMENT_NETTING_WHOLE', 'SETTLEMENT_CONFIRM_EXCEEDED', 'BANK_REFERENCE_USED']],
    ['/settlements/{settlement}/rejection', ['SETTLEMENT_UNKNOWN', 'SETTLEMENT_STATE', 'SETTLEMENT_EXPIRED']],
    ['/settlements/{settlement}/cancellation', ['SETTLEMENT_UNKNOWN', 'SETTLEMENT_STATE', 'SETTLEMENT_EXPIRED']],
    ['/settlements/{settlement}/expiry', ['SETTLEMENT_UNKNOWN', 'SETTLEMENT_STATE', 'DEADLINE_NOT_REACHED']],
  ];
  for (const [path, codes] of told) {
    it(`says for which rules POST ${path} is refused`, async () => {
      const { body } = await gateway.call('/openapi.json');
      const paths = body['paths'] as unknown as Readonly<Record<string, { readonly post: { readonly responses: object } }>>;
      const responses = JSON.stringify(paths[path]?.post.responses);
      expect(codes.filter((code) => !responses.includes(`\`${code}\``))).to.deep.equal([]);
    });
  }

  function signedAt(at: number): string {
    return signText(payer, canonicalJson(envelopeOf(payer, 'payment.pay/1', pay('1'), at) as never));
  }
});

function altered(jws: string): string {
  const [header = '', payload = '', signature = ''] = jws.split('.');
  const text = Buffer.from(payload, 'base64url').toString().replace('"amount":"1"', '"amount":"9"');
  return `${header}.${Buffer.from(text).toString('base64url')}.${signature}`;
}

function unsigned(jws: string): string {
  const [, payload = '', signature = ''] = jws.split('.');
  return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.${signature}`;
}
