import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { LedgerError } from '../../chaincode/src/domain/index.ts';
import { Checks } from '../../gateway-api/src/checks.ts';
import type { CheckedRule } from '../../gateway-api/src/fabric/ledger-client.ts';
import { HttpError } from '../../gateway-api/src/http/http-error.ts';
import { openTestGateway, type Answered, type TestGateway } from './test-gateway.ts';
import { until } from '../support/patience.ts';

const RULES: readonly CheckedRule[] = [{ code: 'FUNDS_INSUFFICIENT', holds: true }];
const codeOf = (answer: Promise<unknown>): Promise<string> => answer.then(() => 'checked', (error: unknown) => (error instanceof HttpError || error instanceof LedgerError ? error.code : String(error)));

/** A ledger whose answers come when they are let go, the oldest first. */
function slowLedger() {
  const open: PromiseWithResolvers<readonly CheckedRule[]>[] = [];
  const asked: string[] = [];
  const check = (payer: string): Promise<readonly CheckedRule[]> => {
    asked.push(payer);
    const answer = Promise.withResolvers<readonly CheckedRule[]>();
    open.push(answer);
    return answer.promise;
  };
  const letGo = (refusal?: Error): void => {
    const first = open.shift();
    if (refusal === undefined) first?.resolve(RULES);
    else first?.reject(refusal);
  };
  return { check, asked, underWay: () => open.length, letGo };
}

describe('pre-checks', () => {
  let time: SinonFakeTimers;
  let ledger: ReturnType<typeof slowLedger>;
  let checks: Checks;

  beforeEach(() => {
    time = useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    ledger = slowLedger();
    checks = new Checks(ledger);
  });
  afterEach(() => time.restore());

  const ask = (signer: string): Promise<string> => codeOf(checks.check(signer, signer, '{}'));
  /** Ends the one that is under way; the next begins. */
  const goOn = async (refusal?: Error): Promise<void> => {
    ledger.letGo(refusal);
    await time.tickAsync(0);
  };

  it('are judged one at a time, of each signer in turn, and past eight of one he is turned away', async () => {
    const many = Array.from({ length: 20 }, () => ask('many'));
    const few = [ask('one'), ask('other'), ask('one')];
    await time.tickAsync(0);
    while (ledger.underWay() > 0) {
      expect(ledger.underWay()).to.equal(1);
      await goOn();
    }
    expect(ledger.asked.slice(0, 6)).to.deep.equal(['many', 'many', 'one', 'other', 'many', 'one']);
    expect(await Promise.all(few)).to.deep.equal(['checked', 'checked', 'checked']);
    expect(await Promise.all(many)).to.deep.equal([...Array<string>(8).fill('checked'), ...Array<string>(12).fill('TOO_MANY_REQUESTS')]);
    const again = ask('many');
    await time.tickAsync(0);
    await goOn();
    expect(await again).to.equal('checked');
  });

  it('rest twice as long as the last took, two seconds at most', async () => {
    for (let number = 0; number < 3; number++) void ask('signer');
    for (const [took, rest] of [[10, 20], [1_500, 2_000]] as const) {
      await time.tickAsync(took);
      ledger.letGo();
      await time.tickAsync(rest - 1);
      expect(ledger.underWay()).to.equal(0);
      await time.tickAsync(1);
      expect(ledger.underWay()).to.equal(1);
    }
  });

  it('have a bound for all that wait', async () => {
    const all = Array.from({ length: 300 }, (_, number) => ask(`signer ${number}`));
    await time.tickAsync(0);
    while (ledger.underWay() > 0) await goOn();
    expect((await Promise.all(all)).filter((code) => code === 'checked').length).to.equal(257);
  });

  it('leave their place when the ledger refuses or does not answer', async () => {
    const all = Array.from({ length: 3 }, () => ask('signer'));
    await time.tickAsync(0);
    await goOn(new LedgerError('ACCOUNT_UNKNOWN'));
    await goOn(new Error('no answer'));
    await goOn();
    expect(await Promise.all(all)).to.deep.equal(['ACCOUNT_UNKNOWN', 'Error: no answer', 'checked']);
  });

  it('are turned away when their turn comes too late', async () => {
    const all = Array.from({ length: 3 }, () => ask('signer'));
    await time.tickAsync(5_000);
    ledger.letGo();
    await time.tickAsync(2_000);
    expect(await Promise.all(all)).to.deep.equal(['checked', 'TOO_MANY_REQUESTS', 'TOO_MANY_REQUESTS']);
    const next = ask('signer');
    await time.tickAsync(0);
    await goOn();
    expect(await next).to.equal('checked');
  });
});

describe('pre-checks over HTTP', () => {
  let gateway: TestGateway;
  let ledger: ReturnType<typeof slowLedger>;

  beforeEach(async () => {
    ledger = slowLedger();
    gateway = await openTestGateway({ check: ledger.check });
  });
  afterEach(() => gateway.close());

  const checker = async (): Promise<() => Promise<Answered>> => {
    const signer = await gateway.register('NorthPay');
    const authorization = `Bearer ${await gateway.token(signer)}`;
    return () => gateway.post('/payments/check', { payment: { payee: signer.id, token: 'USD@NorthPay', amount: '1' } }, { authorization });
  };

  it('ask who floods to come back, count it, and go on for the others', async () => {
    const [flood, check] = [await checker(), await checker()];
    const turnedAway: Answered[] = [];
    const answers = Array.from({ length: 30 }, () => flood().then((answer) => (answer.status === 429 ? turnedAway.push(answer) : 0, answer)));
    await until('22 are turned away', () => Promise.resolve(turnedAway.length === 22 || undefined));
    for (const { body, headers } of turnedAway) expect([body['code'], headers.get('retry-after')]).to.deep.equal(['TOO_MANY_REQUESTS', '1']);
    expect(await gateway.gateway.metrics.text()).to.include('tallystick_requests_turned_away_total 22');
    let answered: Answered | undefined;
    void check().then((answer) => (answered = answer));
    await until('the other is answered', () => (ledger.letGo(), Promise.resolve(answered)));
    expect(answered?.body).to.deep.equal({ passed: true, rules: RULES });
    await until('the rest is answered', () => (ledger.letGo(), Promise.resolve(ledger.asked.length === 9 || undefined)));
    ledger.letGo();
    expect((await Promise.all(answers)).filter(({ status }) => status === 200).length).to.equal(8);
  });
});
