import { expect } from 'chai';
import { nodeCrypto } from '@tallystick/chaincode/crypto';
import { readInstruction } from '@tallystick/chaincode/domain';
import { approveRegistration, pay, TallyClient, TallyError, uuidv7, type Exchange, type Outbox, type Signer } from '@tallystick/client';
import { accessToken, CHALLENGE, json, LOST, problem, READY, RECEIPT, scriptedGateway, type Reply } from './gateway-fixture.ts';
import { newSigner } from './signer-fixture.ts';

const GATEWAY = 'http://gateway.test';
const BODY = { payee: `${uuidv7()}@EastPay`, token: 'NPT@NorthPay', amount: '1250' };
const ID = uuidv7();
const BALANCES = { items: [], asOfBlock: 8 };

describe('client', () => {
  let signer: Signer;
  before(async () => {
    signer = await newSigner();
  });

  function clientOf(routes: Readonly<Record<string, readonly Reply[]>>, { limitMs = 60_000, timeoutMs, observe }: { limitMs?: number; timeoutMs?: number; observe?: (exchange: Exchange) => void } = {}) {
    const { fetch, seen } = scriptedGateway({ 'GET /readyz': [READY], 'POST /auth/challenges': [CHALLENGE], ...routes });
    const client = new TallyClient({ gateway: GATEWAY, signer, fetch, timeoutMs, observe, patience: { limitMs, sleep: async () => undefined } });
    return { client, seen };
  }

  for (const [what, reply] of [
    ['a lost connection', LOST],
    ['AGAIN', problem(503, 'AGAIN')],
    ['a gateway that starts', problem(503, 'GATEWAY_NOT_READY')],
    ['too many requests', problem(429, 'RATE_EXCEEDED')],
    ['a gateway that did not wait', problem(504, 'OUTCOME_PENDING')],
    ['a gateway that failed', problem(500, 'INTERNAL')],
    ['an answer that nobody can read', () => new Response('<html>', { status: 200 })],
    ['an answer without a receipt', () => new Response(null, { status: 201 })],
  ] as const) {
    it(`sends the same bytes again after ${what}`, async () => {
      const { client, seen } = clientOf({ 'POST /instructions': [reply, reply, RECEIPT] });
      const { receipt, repeated } = await client.send(pay, BODY);
      expect(receipt.status).to.equal('applied');
      expect(repeated).to.equal(false);
      const sent = seen.filter(({ method }) => method === 'POST').map(({ body }) => body);
      expect(sent).to.have.length(3);
      expect(new Set(sent)).to.have.property('size', 1);
    });
  }

  it('says that the outcome is unknown when patience ends', async () => {
    const { client } = clientOf({ 'POST /instructions': [LOST] }, { limitMs: 0 });
    expect(await refusalOf(client.send(pay, BODY))).to.include({ code: 'OUTCOME_UNKNOWN' });
  });

  it('does not send a refused instruction again, and keeps what the refusal says', async () => {
    const figures = { available: '1', required: '1250' };
    const { client, seen } = clientOf({ 'POST /instructions': [problem(409, 'FUNDS_INSUFFICIENT', { figures, txId: 'tx8', block: 8 })] });
    const refusal = await refusalOf(client.send(pay, BODY));
    expect(refusal).to.include({ code: 'FUNDS_INSUFFICIENT', status: 409, txId: 'tx8', block: 8, message: 'meaning of FUNDS_INSUFFICIENT' });
    expect(refusal.figures).to.deep.equal(figures);
    expect(seen.filter(({ path }) => path === '/instructions')).to.have.length(1);
  });

  for (const [what, reply, isKept] of [
    ['forgets what is applied', RECEIPT, false],
    ['forgets what is refused', problem(409, 'FUNDS_INSUFFICIENT'), false],
    ['keeps what had no answer', LOST, true],
    ['keeps what a gateway failed at', problem(500, 'INTERNAL'), true],
  ] as const) {
    it(`${what}, having kept it before it is sent`, async () => {
      const kept = new Set<string>();
      const outbox: Outbox = {
        keep: ({ jws }, path) => {
          kept.add(jws);
          return `outbox${path}`;
        },
        forget: ({ jws }) => void kept.delete(jws),
      };
      const atGateway: string[] = [];
      const { fetch } = scriptedGateway({ 'GET /readyz': [READY], 'POST /payments': [(seen) => (atGateway.push(...kept), reply(seen))] });
      const client = new TallyClient({ gateway: GATEWAY, signer, fetch, patience: { limitMs: 0, sleep: async () => undefined }, outbox });
      const error = await client.send(pay, BODY, '/payments').then(() => undefined, (thrown: TallyError) => thrown);
      expect(atGateway).to.have.length(1);
      expect([...kept]).to.deep.equal(isKept ? atGateway : []);
      if (isKept) expect(error).to.have.property('message').that.includes('They are kept in outbox/payments.');
    });
  }

  it('tells the first receipt of a repeat', async () => {
    const repeat: Reply = async (seen) => json(200, await (await RECEIPT(seen)).json(), { 'idempotency-hit': 'true' });
    const { client } = clientOf({ 'POST /instructions': [repeat] });
    expect(await client.send(pay, BODY)).to.include({ repeated: true });
  });

  it('does not take the receipt of another instruction', async () => {
    const wrong: Reply = async (seen) => json(201, { ...((await (await RECEIPT(seen)).json()) as object), hash: 'other' });
    const { client } = clientOf({ 'POST /instructions': [wrong] }, { limitMs: 0 });
    const { code, cause } = await refusalOf(client.send(pay, BODY));
    expect([code, (cause as TallyError).code]).to.deep.equal(['OUTCOME_UNKNOWN', 'ANSWER_UNEXPECTED']);
  });

  it('waits for a gateway that starts before it signs', async () => {
    const { client, seen } = clientOf({ 'GET /readyz': [LOST, LOST, READY], 'POST /instructions': [RECEIPT] });
    expect((await client.send(pay, BODY)).receipt.status).to.equal('applied');
    expect(seen.filter(({ path }) => path === '/readyz')).to.have.length(3);
  });

  it('gives the gateway time to wait for the inbox', async () => {
    const inbox = { items: [], tag: 't2', asOfBlock: 8 };
    const { client, seen } = clientOf({ 'POST /auth/tokens': [accessToken('t1', 300)], 'GET /inbox': [() => new Promise((resolve) => setTimeout(() => resolve(json(200, inbox)), 30))] }, { timeoutMs: 20 });
    expect(await client.inbox({ tag: 't1', wait: 1 })).to.deep.equal(inbox);
    expect(seen.at(-1)?.path).to.equal('/inbox?tag=t1&wait=1');
  });

  it('says a member more than once where a read takes a list', async () => {
    const { client, seen } = clientOf({ 'POST /auth/tokens': [accessToken('t1', 300)], 'GET /accounts/a/exposure': [() => json(200, { grants: [], bills: [], asOfBlock: 8 })] });
    await client.exposure('a', { token: 'T', settle: ['x=1', 'y=2'] });
    expect(seen.at(-1)?.path).to.equal('/accounts/a/exposure?token=T&settle=x%3D1&settle=y%3D2');
  });

  it('signs in once for many reads', async () => {
    const { client, seen } = clientOf({ 'POST /auth/tokens': [accessToken('t1', 300)], 'GET /accounts/a/balances': [() => json(200, BALANCES)] });
    await Promise.all([client.balances('a'), client.balances('a', { minBlock: 8 }), client.balances('a')]);
    expect(seen.filter(({ path }) => path === '/auth/tokens')).to.have.length(1);
    expect(seen.filter(({ path }) => path.startsWith('/accounts')).map(({ headers }) => headers.get('authorization'))).to.deep.equal(Array(3).fill('Bearer t1'));
  });

  it('signs in again when the gateway has forgotten the token', async () => {
    const { client } = clientOf({
      'POST /auth/tokens': [accessToken('t1', 300), accessToken('t2', 300)],
      'GET /accounts/a/balances': [problem(401, 'TOKEN_INVALID'), ({ headers }) => json(200, { ...BALANCES, asOfBlock: headers.get('authorization') === 'Bearer t2' ? 2 : 1 })],
    });
    expect(await client.balances('a')).to.include({ asOfBlock: 2 });
  });

  it('signs in again when the token has ended', async () => {
    const { client, seen } = clientOf({ 'POST /auth/tokens': [accessToken('t1', 0.001), accessToken('t2', 300)], 'GET /accounts/a/balances': [() => json(200, BALANCES)] });
    await client.accessToken().then(() => new Promise((resolve) => setTimeout(resolve, 5)));
    expect(await client.accessToken()).to.equal('t2');
    expect(seen.filter(({ path }) => path === '/auth/tokens')).to.have.length(2);
  });

  it('says so when something else answers', async () => {
    const { client } = clientOf({ 'GET /readyz': [() => new Response('<html>', { status: 200 })] });
    expect(await refusalOf(client.readiness())).to.include({ code: 'ANSWER_UNEXPECTED', status: 200 });
  });

  it('says so when nobody answers', async () => {
    expect(await refusalOf(clientOf({ 'GET /readyz': [LOST] }).client.readiness())).to.include({ code: 'GATEWAY_UNREACHABLE' });
  });

  it('reads what an unready gateway says of itself', async () => {
    const { client } = clientOf({ 'GET /readyz': [() => json(503, { ready: false, ledger: 'tallystick', organizationId: 'NorthPay', reasons: ['INDEX_BEHIND'] })] });
    expect(await client.readiness()).to.include({ ready: false, organizationId: 'NorthPay' });
  });

  it('waits for the outcome of what went another way', async () => {
    const at = (status: string): Reply => () => json(200, { status, asOfBlock: 1 });
    const { client, seen } = clientOf({ 'POST /auth/tokens': [accessToken('t1', 300)], [`GET /instructions/${ID}`]: [at('unknown'), at('pending'), at('can-never-apply')] });
    expect(await client.waitForOutcome(ID, { expiresAt: '2026-01-01T00:00:00.000Z' })).to.include({ status: 'can-never-apply' });
    expect(new URL(seen.at(-1)?.path ?? '', GATEWAY).searchParams.get('signer')).to.equal(signer.id);
  });

  it('says that it is not decided when patience ends', async () => {
    const pending: Reply = () => json(200, { status: 'pending', asOfBlock: 1 });
    const { client } = clientOf({ 'POST /auth/tokens': [accessToken('t1', 300)], [`GET /instructions/${ID}`]: [pending] }, { limitMs: 0 });
    expect(await refusalOf(client.waitForOutcome(ID))).to.include({ code: 'INSTRUCTION_PENDING' });
  });

  it('reads on when the gateway was busy, but tells at once that it is not there', async () => {
    const busy = clientOf({ 'POST /auth/tokens': [accessToken('t1', 300)], 'GET /accounts/a/balances': [problem(503, 'INDEX_BEHIND'), () => json(200, BALANCES)] });
    expect(await busy.client.balances('a')).to.include({ asOfBlock: 8 });
    const gone = clientOf({ 'POST /auth/tokens': [accessToken('t1', 300)], 'GET /accounts/a/balances': [LOST] });
    expect(await refusalOf(gone.client.balances('a'))).to.include({ code: 'GATEWAY_UNREACHABLE' });
    expect(gone.seen.filter(({ path }) => path.startsWith('/accounts'))).to.have.length(1);
  });

  it('approves a registration by its own words', async () => {
    const asked = { id: 'r1', account: `${uuidv7()}@NorthPay`, roles: ['merchant'], holder: 'h'.repeat(43), csr: '', application: 'a.b.c', state: 'submitted' };
    const { client, seen } = clientOf({
      'POST /auth/tokens': [accessToken('t1', 300)],
      'GET /registrations/r1': [() => json(200, asked)],
      'POST /registrations/r1/certificate': [() => json(200, { ...asked, certificate: 'AAAA' })],
      'POST /registrations/r1/approval': [LOST, RECEIPT],
    });
    const { receipt } = await approveRegistration(client, 'r1');
    expect(receipt.type).to.equal('account.register/1');
    const [first, second] = seen.filter(({ path }) => path.endsWith('/approval')).map(({ body }) => body);
    expect(first).to.equal(second);
    const { account, roles, holder, application } = asked;
    expect(readInstruction(first ?? '', nodeCrypto).body).to.deep.equal({ account, roles, holder, application, certificate: 'AAAA' });
  });

  it('shows every exchange', async () => {
    const exchanges: Exchange[] = [];
    const { client } = clientOf({ 'POST /instructions': [LOST, problem(409, 'PAYMENT_SELF')] }, { observe: (exchange) => exchanges.push(exchange) });
    await refusalOf(client.send(pay, BODY));
    expect(exchanges.map(({ method, path, status, code }) => [method, path, status, code])).to.deep.equal([
      ['GET', '/readyz', 200, undefined],
      ['POST', '/instructions', undefined, undefined],
      ['POST', '/instructions', 409, 'PAYMENT_SELF'],
    ]);
  });
});

async function refusalOf(attempt: Promise<unknown>): Promise<TallyError> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(TallyError);
  return error as TallyError;
}
