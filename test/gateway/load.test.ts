import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { Waste } from '../../gateway-api/src/http/waste.ts';
import { gated } from '../../gateway-api/src/http/gate.ts';
import { Forwarder } from '../../gateway-api/src/sequencer/forwarder.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { openTestGateway, sign, type TestGateway, type Answered, officerOf } from './test-gateway.ts';
import type { Signer } from '../support/signer.ts';

const TOKEN = 'USD@NorthPay';

interface Outcomes {
  readonly outcomes: readonly { readonly status: number; readonly problem?: { readonly code: string }; readonly receipt?: { readonly record: { readonly block: number } } }[];
}

async function serving(listener: RequestListener): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => (server.closeAllConnections(), server.close()) };
}

describe('a gateway under load', () => {
  let gateway: TestGateway;
  let payer: Signer;
  let payee: Signer;

  beforeEach(async () => {
    gateway = await openTestGateway();
    [payer, payee] = [await gateway.register('NorthPay'), await gateway.register('EastPay')];
    const issuer = officerOf(gateway.chain, 'issuer@NorthPay');
    await gateway.send(issuer, 'token.define/1', { token: TOKEN, name: 'North dollar', decimals: 2, kind: 'money', source: { code: 'USD', fields: {} } });
    await gateway.send(issuer, 'token.issue/1', { token: TOKEN, account: payer.id, amount: '1000' });
  });

  afterEach(() => gateway.close());

  const pay = (): string => sign(payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount: '1' });
  const forged = (): string => {
    const [header, payload, signature = ''] = pay().split('.');
    return [header, payload, `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`].join('.');
  };
  const bulk = async (instructions: readonly string[]): Promise<Answered & { readonly outcomes: Outcomes['outcomes'] }> => {
    const answer = await gateway.post('/instructions/bulk', { instructions });
    return { ...answer, outcomes: (answer.body as unknown as Outcomes).outcomes };
  };

  it('stops a bulk of forgeries when its sender has wasted too much, and turns him away before it reads anything', async () => {
    const first = await bulk(Array.from({ length: 500 }, forged));
    expect(new Set(first.outcomes.map(({ problem }) => problem?.code))).to.deep.equal(new Set(['SIGNATURE_INVALID']));
    const codes: string[] = [];
    let turnedAway: Answered | undefined;
    for (let turn = 0; turn < 10 && turnedAway === undefined; turn++) {
      const answer = await bulk(Array.from({ length: 500 }, forged));
      if (answer.status === 429) turnedAway = answer;
      else codes.push(...answer.outcomes.map(({ problem }) => problem?.code ?? ''));
    }
    expect(new Set(codes)).to.deep.equal(new Set(['SIGNATURE_INVALID', 'TOO_MANY_REQUESTS']));
    expect(turnedAway?.headers.get('retry-after')).to.equal('1');
  }).timeout(30_000);

  it('counts nothing good as waste', async () => {
    for (let turn = 0; turn < 3; turn++) {
      const { outcomes } = await bulk(Array.from({ length: 400 }, pay));
      expect(new Set(outcomes.map(({ status }) => status))).to.deep.equal(turn < 2 ? new Set([201]) : new Set([201, 409]));
    }
    expect((await gateway.submit(pay())).status).to.equal(409);
  }).timeout(60_000);

  it('hands what is on an enterprise’s credit to the gateway of its home, once, and says what the chain says', async () => {
    const asked: { readonly forwardedBy: string | undefined; readonly instructions: readonly string[] }[] = [];
    const home = await serving((request, response) => {
      let text = '';
      request.on('data', (part) => (text += String(part))).on('end', () => {
        const { instructions } = JSON.parse(text) as { readonly instructions: readonly string[] };
        asked.push({ forwardedBy: request.headers['tallystick-forwarded'] as string | undefined, instructions });
        void bulk(instructions).then(({ body }) => response.end(JSON.stringify(body)));
      });
    });
    const forwarder = new Forwarder({ neighbours: [{ organizationId: 'EastPay', url: home.url }], organizationId: 'NorthPay', log: silentLog });
    const instructions = [pay(), pay()];
    const blocks = await Promise.all(instructions.map((jws) => forwarder.forward('EastPay', jws)));
    expect(asked).to.deep.equal([{ forwardedBy: 'NorthPay', instructions }]);
    expect(blocks).to.deep.equal([gateway.gateway.index.block(), gateway.gateway.index.block()]);
    expect(await forwarder.forward('NorthPay', pay())).to.equal(undefined);
    home.close();
  });

  it('asks a gateway that does not answer only once in a while', async () => {
    let asked = 0;
    const home = await serving((_, response) => (asked++, response.writeHead(503).end()));
    const forwarder = new Forwarder({ neighbours: [{ organizationId: 'EastPay', url: home.url }], organizationId: 'NorthPay', log: silentLog });
    expect(await forwarder.forward('EastPay', pay())).to.equal(undefined);
    expect(await forwarder.forward('EastPay', pay())).to.equal(undefined);
    expect(asked).to.equal(1);
    home.close();
  });
});

describe('the gate', () => {
  it('takes no more bytes at a time than it has room for', async () => {
    const held = Promise.withResolvers<void>();
    const { url, close } = await serving(gated((request, response) => void request.resume().on('end', () => void held.promise.then(() => response.end('done'))), new Waste(), 1_500));
    const post = (length: number) => fetch(url, { method: 'POST', body: 'x'.repeat(length) });
    const first = post(1_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await post(1_000)).status).to.equal(429);
    held.resolve();
    expect((await first).status).to.equal(200);
    expect((await post(1_000)).status).to.equal(200);
    close();
  });

  it('forgives waste with time', () => {
    let now = 0;
    const waste = new Waste(() => now);
    waste.add('one', 1_100);
    expect([waste.isOver('one'), waste.isOver('other')]).to.deep.equal([true, false]);
    now = 2_000;
    expect(waste.isOver('one')).to.equal(false);
  });
});
