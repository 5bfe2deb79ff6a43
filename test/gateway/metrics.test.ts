import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import type { Applied } from '../../gateway-api/src/fabric/ledger-client.ts';
import { newMetricsServer } from '../../gateway-api/src/http/metrics-server.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import type { Signer } from '../support/signer.ts';
import { officerOf, openTestGateway, sign, type TestGateway } from './test-gateway.ts';

const TOKEN = 'USD@NorthPay';

describe('figures for operators', () => {
  let gateway: TestGateway;
  let server: Server;
  let url: string;
  let payer: Signer;
  let payee: Signer;

  const pay = (amount: string): string => sign(payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount });
  const text = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();
  /** Value of each series, 0 where there is none yet. */
  const figures = async (): Promise<(series: string) => number> => {
    const values = new Map((await text()).split('\n').map((line): [string, number] => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
    return (series) => values.get(series) ?? 0;
  };
  const outcome = (name: string): string => `tallystick_outcomes_total{outcome="${name}"}`;
  const transaction = (result: string): string => `tallystick_transactions_total{result="${result}"}`;
  const requests = (method: string, route: string, status: string): string => `tallystick_http_request_seconds_count{method="${method}",route="${route}",status="${status}"}`;
  /** How much each series grows by an action. */
  const growth = async (action: () => Promise<unknown>): Promise<(series: string) => number> => {
    const before = await figures();
    await action();
    const after = await figures();
    return (series) => after(series) - before(series);
  };

  before(async () => {
    gateway = await openTestGateway();
    const issuer = officerOf(gateway.chain, 'issuer@NorthPay');
    [payer, payee] = [await gateway.register('NorthPay'), await gateway.register('EastPay')];
    await gateway.send(issuer, 'token.define/1', { token: TOKEN, name: 'North dollar', decimals: 2, kind: 'money', source: { code: 'USD', fields: {} } });
    await gateway.send(issuer, 'token.issue/1', { token: TOKEN, account: payer.id, amount: '1000' });
    server = newMetricsServer(gateway.gateway.metrics, silentLog);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(async () => {
    server.close();
    await gateway.close();
  });

  it('are told at an address of their own, and not at that of the API', async () => {
    const answer = await fetch(`${url}/metrics`);
    expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([200, 'text/plain; version=0.0.4; charset=utf-8']);
    for (const [method, path] of [['GET', '/'], ['GET', '/payments'], ['POST', '/metrics']] as const) expect((await fetch(url + path, { method })).status, path).to.equal(404);
    expect((await gateway.call('/metrics')).body).to.include({ code: 'NOT_FOUND' });
  });

  it('count each instruction by what is told of it', async () => {
    const jws = pay('1');
    const grown = await growth(async () => {
      await gateway.submit(jws);
      await gateway.submit(jws);
      await gateway.submit(pay('999999'));
      await gateway.submit('no.thing.signed');
      await gateway.post('/instructions/bulk', { instructions: [pay('1'), pay('2'), pay('999999'), 'x'] });
    });
    expect(['applied', 'repeat', 'FUNDS_INSUFFICIENT', 'INSTRUCTION_MALFORMED', 'accepted'].map((name) => grown(outcome(name)))).to.deep.equal([3, 1, 2, 2, 0]);
  });

  it('count what is accepted for later again with its outcome', async () => {
    const grown = await growth(async () => {
      await gateway.submit(pay('1'), '/instructions', { prefer: 'respond-async' });
      await gateway.post('/instructions/bulk', { instructions: [pay('1'), pay('999999')] }, { prefer: 'respond-async' });
      await until(() => gateway.gateway.backlog.open === 0);
    });
    expect(['accepted', 'applied', 'FUNDS_INSUFFICIENT'].map((name) => grown(outcome(name)))).to.deep.equal([3, 2, 1]);
  });

  it('count requests by route and class of status, whatever the path says', async () => {
    const grown = await growth(async () => {
      await gateway.submit(pay('1'), '/payments');
      await gateway.submit(pay('999999'), '/payments');
      await gateway.call(`/accounts/${payer.id}`);
      await gateway.call('/no/such/path');
    });
    expect(grown(requests('POST', '/payments', '2xx'))).to.equal(1);
    expect(grown(requests('POST', '/payments', '4xx'))).to.equal(1);
    expect(grown(requests('GET', '/accounts/{account}', '4xx'))).to.equal(1);
    expect(grown(requests('any', 'none', '4xx'))).to.equal(1);
  });

  it('count transactions by their end, and the instructions in them', async () => {
    const [lost, wrong]: readonly Applied[] = ['MVCC_READ_CONFLICT', 'ENDORSEMENT_POLICY_FAILURE'].map((validation) => ({ kind: 'conflict', block: 1, validation, keys: [] }));
    const grown = await growth(async () => {
      gateway.chain.failNext(lost as Applied, wrong as Applied, { kind: 'unavailable', reason: 'nobody answers' });
      await gateway.submit(pay('1'));
    });
    expect(['conflict', 'invalid', 'unavailable', 'valid'].map((result) => grown(transaction(result)))).to.deep.equal([1, 1, 1, 1]);
    expect([grown('tallystick_transaction_instructions_sum'), grown('tallystick_transaction_seconds_count')]).to.deep.equal([4, 4]);
  });

  it('say what waits, and what has no outcome yet', async () => {
    const later = { prefer: 'respond-async' };
    const batches = gateway.chain.batches.length;
    gateway.chain.failNext(...Array.from({ length: 3 }, (): Applied => ({ kind: 'unavailable', reason: 'nobody answers' })));
    await gateway.submit(pay('1'), '/instructions', later);
    await until(() => gateway.chain.batches.length > batches);
    await gateway.submit(pay('1'), '/instructions', later);
    const then = await figures();
    await until(() => gateway.gateway.backlog.open === 0);
    const now = await figures();
    const waiting = ['tallystick_backlog_instructions', 'tallystick_waiting_instructions'];
    expect([...waiting.map(then), ...waiting.map(now)]).to.deep.equal([2, 1, 0, 0]);
  });

  it('say how far the index is, and how old the clock', async () => {
    const now = await figures();
    const blocks = gateway.chain.blocks.length;
    expect(['ready', 'peer_blocks', 'index_blocks', 'index_lag_blocks', 'transactions_in_flight'].map((name) => now(`tallystick_${name}`))).to.deep.equal([1, blocks, blocks, 0, 0]);
    expect(now('tallystick_clock_age_seconds')).to.be.within(0, 60);
  });

  it('name nobody', async () => {
    const all = await text();
    for (const { id } of [payer, payee]) expect(all).not.to.include(id);
    expect(all).not.to.include('127.0.0.1');
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(5);
}
