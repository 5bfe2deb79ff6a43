import { createServer, type RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { spy, useFakeTimers, type SinonFakeTimers } from 'sinon';
import { Waste } from '../../gateway-api/src/waste.ts';
import { readBody } from '../../gateway-api/src/http/body.ts';
import { addressBehind } from '../../gateway-api/src/http/gate.ts';
import { HttpError } from '../../gateway-api/src/http/http-error.ts';
import { problemOf } from '../../gateway-api/src/http/problem.ts';
import { Room } from '../../gateway-api/src/http/room.ts';
import { submitBulk } from '../../gateway-api/src/routes/instructions.ts';
import { Forwarder } from '../../gateway-api/src/sequencer/forwarder.ts';
import { Intake } from '../../gateway-api/src/sequencer/intake.ts';
import { openJournal } from '../../gateway-api/src/sequencer/journal.ts';
import { Sequencer } from '../../gateway-api/src/sequencer/sequencer.ts';
import { nodeCrypto } from '../../chaincode/src/crypto/index.ts';
import { NoRoomForBodyError, QueueFullError, ToldTooOftenError } from '../../gateway-api/src/turned-away.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { openTestGateway, sign, type TestGateway, type Answered, officerOf } from './test-gateway.ts';
import { uuidAt, type Signer } from '../support/signer.ts';

const TOKEN = 'USD@NorthPay';

interface Outcomes {
  readonly outcomes: readonly { readonly status: number; readonly problem?: { readonly code: string }; readonly receipt?: { readonly record: { readonly block: number } } }[];
}

async function serving(listener: RequestListener): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => (server.closeAllConnections(), server.close()) };
}

/** Time stands still, so that nothing wasted is forgiven while a slow machine wastes it. */
function stopTime(): SinonFakeTimers {
  return useFakeTimers({ now: Date.now(), toFake: ['Date'] });
}

describe('a gateway under load', () => {
  let time: SinonFakeTimers;
  let gateway: TestGateway;
  let payer: Signer;
  let payee: Signer;

  beforeEach(async () => {
    time = stopTime();
    gateway = await openTestGateway();
    [payer, payee] = [await gateway.register('NorthPay'), await gateway.register('EastPay')];
    const issuer = officerOf(gateway.chain, 'issuer@NorthPay');
    await gateway.send(issuer, 'token.define/1', { token: TOKEN, name: 'North dollar', decimals: 2, kind: 'money', source: { code: 'USD', fields: {} } });
    await gateway.send(issuer, 'token.issue/1', { token: TOKEN, account: payer.id, amount: '1000' });
  });

  afterEach(() => {
    time.restore();
    return gateway.close();
  });

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
      const answer = await bulk(Array.from({ length: 400 }, forged));
      if (answer.status === 429) turnedAway = answer;
      else codes.push(...answer.outcomes.map(({ problem }) => problem?.code ?? ''));
    }
    expect(new Set(codes)).to.deep.equal(new Set(['SIGNATURE_INVALID', 'TOO_MANY_REQUESTS']));
    expect(turnedAway?.headers.get('retry-after')).to.equal('1');
  }).timeout(30_000);

  it('tells an outcome again some times, and then asks to wait, whether it is to be answered now or later', async () => {
    for (const headers of [{}, { prefer: 'respond-async' }]) {
      const instruction = pay();
      expect((await gateway.submit(instruction)).status).to.equal(201);
      const statuses: number[] = [];
      for (let turn = 0; turn < 7; turn++) statuses.push((await gateway.submit(instruction, '/instructions', headers)).status);
      expect(new Set(statuses.slice(0, 5))).to.deep.equal(new Set([200]));
      expect(statuses.at(-1)).to.equal(429);
      expect((await gateway.submit(pay())).status).to.equal(201);
    }
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

  it('answers another gateway in time with what it has, when one of many takes long', async () => {
    time.restore();
    const [known, slow] = [pay(), pay()];
    await gateway.submit(known);
    gateway.chain.failNext(...Array.from({ length: 500 }, () => ({ kind: 'unavailable', reason: 'nobody' }) as const));
    const forwarder = new Forwarder({ neighbours: [{ organizationId: 'NorthPay', url: gateway.url }], organizationId: 'EastPay', log: silentLog });
    const block = gateway.gateway.index.block();
    expect(await Promise.all([known, slow].map((jws) => forwarder.forward('NorthPay', jws)))).to.deep.equal([block, undefined]);
  }).timeout(12_000);

  describe('between gateways', () => {
    let forwarded: string[];
    let home: PromiseWithResolvers<number | undefined>;
    let intake: Intake;
    let enterprise: Signer;

    beforeEach(async () => {
      time.restore();
      enterprise = await gateway.register('NorthPay', ['enterprise']);
      await gateway.send(officerOf(gateway.chain, 'issuer@NorthPay'), 'token.issue/1', { token: TOKEN, account: enterprise.id, amount: '1000' });
      [forwarded, home] = [[], Promise.withResolvers()];
      const forward = (_: string, jws: string): Promise<number | undefined> => (forwarded.push(jws), home.promise);
      const { chain, gateway: { index, ledger } } = gateway;
      const sequencer = new Sequencer({ ledger: chain, log: silentLog, clockIsStale: () => Promise.resolve() });
      intake = new Intake({ ledger, organizationId: 'EastPay', index, sequencer, journal: openJournal(':memory:'), crypto: nodeCrypto, forward });
    });

    const onCredit = (): string => sign(enterprise, 'limit.request/1', { token: TOKEN, amount: '5' });
    const plain = (): string => sign(enterprise, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount: '1' });
    const sent = (): readonly string[] => gateway.chain.batches.flatMap(({ instructions }) => instructions);

    it('keeps the order of a signer, whose later instructions wait for what is on its way to another', async () => {
      const instructions = [onCredit(), plain(), onCredit()];
      const answers = instructions.map((jws) => intake.submit(jws));
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(sent()).not.to.include(instructions[1]);
      home.resolve(undefined);
      await Promise.all(answers);
      expect(forwarded).to.deep.equal(instructions.slice(0, 1));
      expect(sent().slice(-3)).to.deep.equal(instructions);
    });

    it('hands nothing on past what its signer has in the queue here', async () => {
      const instructions = [plain(), onCredit()];
      await Promise.all(instructions.map((jws) => intake.submit(jws)));
      expect(forwarded).to.deep.equal([]);
      expect(sent().slice(-2)).to.deep.equal(instructions);
    });

    it('lets what another gateway hands on wait for nobody’s answer: that one may be waiting for this one’s', async () => {
      const away = intake.submit(onCredit());
      const instruction = plain();
      expect(await intake.submit(instruction, undefined, { isForwarded: true })).to.deep.include({ kind: 'recorded', repeat: false });
      expect(sent().at(-1)).to.equal(instruction);
      expect(forwarded.length).to.equal(1);
      home.resolve(undefined);
      await away;
    });

    it('hands a refund home as well, since it may end a bill', async () => {
      const jws = sign(payee, 'payment.refund/1', { payment: `${uuidAt(Date.now())}.${enterprise.id}`, payer: enterprise.id, amount: '1', reason: 'RETURNED' });
      home.resolve(undefined);
      await intake.submit(jws);
      expect(forwarded).to.deep.equal([jws]);
    });

    it('believes a gateway no more for a while whose word does not come true', async () => {
      const [first, second] = [onCredit(), onCredit()];
      const answer = intake.submit(first);
      home.resolve(1_000_000);
      expect(await answer).to.deep.include({ kind: 'recorded', repeat: false });
      const began = Date.now();
      expect(await intake.submit(second)).to.deep.include({ kind: 'recorded', repeat: false });
      expect(Date.now() - began).to.be.below(2_000);
      expect(forwarded).to.deep.equal([first]);
    }).timeout(10_000);

    it('submits nothing here that is in the chain already, whatever another says of it', async () => {
      const jws = onCredit();
      const answer = intake.submit(jws);
      await gateway.submit(jws);
      const before = sent().length;
      home.resolve(undefined);
      expect(await answer).to.deep.include({ kind: 'recorded', repeat: false });
      expect(sent().length).to.equal(before);
    });

    it('calls nothing a repeat that it has brought in itself by another, which was slow to say so', async () => {
      const jws = onCredit();
      const there = gateway.gateway.intake.submit(jws);
      const answer = intake.submit(jws);
      home.resolve(undefined);
      expect(await answer).to.deep.include({ kind: 'recorded', repeat: false });
      expect(await there).to.deep.include({ kind: 'recorded', repeat: false });
      expect(sent().slice(-2)).to.deep.equal([jws, jws]);
    });
  });

  describe('forwards', () => {
    const forwarderTo = (url: string): Forwarder => new Forwarder({ neighbours: [{ organizationId: 'EastPay', url }], organizationId: 'NorthPay', log: silentLog });
    const reading = (answer: (instructions: readonly string[]) => string | Promise<string>): RequestListener => (request, response) => {
      let text = '';
      request.on('data', (part) => (text += String(part))).on('end', () => {
        const { instructions } = JSON.parse(text) as { readonly instructions: readonly string[] };
        void Promise.resolve(answer(instructions)).then((body) => response.end(body));
      });
    };
    const recordedAll = (instructions: readonly string[]): string => JSON.stringify({ outcomes: instructions.map(() => ({ status: 201, receipt: { record: { block: 7 } } })) });

    it('one request at a time, each no longer than a gateway takes', async () => {
      const [sizes, lengths]: [number[], number[]] = [[], []];
      let [inside, most] = [0, 0];
      const home = await serving(reading(async (instructions) => {
        most = Math.max(most, ++inside);
        sizes.push(instructions.length);
        lengths.push(JSON.stringify({ instructions }).length);
        await new Promise((resolve) => setTimeout(resolve, 20));
        inside--;
        return recordedAll(instructions);
      }));
      const forwarder = forwarderTo(home.url);
      const asked = Array.from({ length: 600 }, () => forwarder.forward('EastPay', 'x'.repeat(40_000)));
      expect(new Set(await Promise.all(asked))).to.deep.equal(new Set([7]));
      expect(most).to.equal(1);
      expect(sizes.length).to.be.above(2);
      expect(Math.max(...lengths)).to.be.below(10 * 1024 * 1024);
      home.close();
    });

    it('to nobody else, wherever it is sent', async () => {
      let elsewhere = 0;
      const other = await serving(reading((instructions) => (elsewhere++, recordedAll(instructions))));
      const home = await serving((_, response) => response.writeHead(307, { location: `${other.url}/instructions/bulk` }).end());
      expect(await forwarderTo(home.url).forward('EastPay', pay())).to.equal(undefined);
      expect(elsewhere).to.equal(0);
      home.close();
      other.close();
    });

    it('and reads no more of an answer than there can be', async () => {
      const [part, parts] = [Buffer.alloc(2 ** 20, ' '), 64];
      let written = 0;
      const home = await serving((_, response) => {
        const more = (): void => {
          if (response.destroyed) return;
          if (written++ < parts) response.write(part, more);
          else response.end('{"outcomes":[{"receipt":{"record":{"block":7}}}]}');
        };
        more();
      });
      expect(await forwarderTo(home.url).forward('EastPay', pay())).to.equal(undefined);
      expect(written).to.be.below(parts / 2);
      home.close();
    });

    it('nothing for a while to a gateway whose answer says nothing', async () => {
      for (const [says, atMost] of [['{"outcomes":[]}', 1], ['{"outcomes":[{}]}', 1], ['{"outcomes":[{"problem":{}}]}', 3]] as const) {
        let asked = 0;
        const home = await serving(reading(() => (asked++, says)));
        const forwarder = forwarderTo(home.url);
        for (let turn = 0; turn < 5; turn++) expect(await forwarder.forward('EastPay', pay())).to.equal(undefined);
        expect(asked).to.equal(atMost);
        home.close();
      }
    });
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
  it('takes nobody’s body while there is no room, in all or for its sender', () => {
    const room = new Room(1_000);
    room.take('one', 250);
    expect([room.isFull('one'), room.isFull('other')]).to.deep.equal([true, false]);
    for (const address of ['two', 'three', 'four']) room.take(address, 250);
    expect(room.isFull('other')).to.equal(true);
    room.giveBack('one', 250);
    expect([room.isFull('one'), room.isFull('other')]).to.deep.equal([false, false]);
  });

  it('keeps no room for what is announced and does not arrive', async () => {
    const gateway = await openTestGateway();
    const { hostname, port } = new URL(gateway.url);
    const idle = await Promise.all(Array.from({ length: 8 }, async () => {
      const socket = connect(Number(port), hostname);
      await new Promise((resolve) => socket.write(`POST /instructions/bulk HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${10 * 1024 * 1024}\r\n\r\n{`, resolve));
      return socket;
    }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await gateway.post('/auth/challenges', { signer: 'issuer@NorthPay' })).status).to.equal(201);
    for (const socket of idle) socket.destroy();
    await gateway.close();
  });

  it('tells apart who comes through a trusted proxy, and believes nobody else', () => {
    const request = (remoteAddress: string) => ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': '9.9.9.9, 10.0.0.7' } }) as never;
    const addressOf = addressBehind(['127.0.0.1']);
    expect([addressOf(request('::ffff:127.0.0.1')), addressOf(request('10.0.0.1'))]).to.deep.equal(['10.0.0.7', '10.0.0.1']);
  });

  const names: readonly (readonly [string, string])[] = [
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:0a00:1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::6', '2001:db8:1:3::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['2001::2:3:4:5:6', '2001:0:0:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::10.0.0.1', '64:ff9b:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
    ['unknown', 'unknown'],
  ];
  for (const [address, name] of names) {
    it(`knows ${address === '' ? 'nobody' : address} as ${name === '' ? 'nobody' : name}, itself and behind a proxy`, () => {
      const addressOf = addressBehind(['2001:DB8::0:FF']);
      const from = (remoteAddress: string | undefined, headers = {}) => addressOf({ socket: { remoteAddress }, headers } as never);
      expect(from(address)).to.equal(name);
      if (address !== '') expect(from('2001:db8::ff', { 'x-forwarded-for': `9.9.9.9, ${address}` })).to.equal(name);
    });
  }

  it('has one name for all addresses of an IPv6 network of 64 bits, and others for all other networks', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const part = fc.tuple(group, group, group, group);
    const addressOf = addressBehind([]);
    const nameOf = (...parts: readonly (readonly string[])[]) => addressOf({ socket: { remoteAddress: parts.flat().join(':') }, headers: {} } as never);
    fc.assert(fc.property(part, part, part, part, (network, other, host, another) => {
      if (network.every((each) => each === '0') || other.every((each) => each === '0')) return;
      expect(nameOf(network, host)).to.equal(nameOf(network, another));
      expect(nameOf(network, host) === nameOf(other, host)).to.equal(network.join(':') === other.join(':'));
    }));
  });

  it('leaves an honest client alone whose proxy a flooder uses as well', async () => {
    const time = stopTime();
    const gateway = await openTestGateway();
    const from = (address: string) => gateway.post('/instructions', { wrong: true }, { 'x-forwarded-for': address }).then(({ status }) => status);
    const flood = new Set((await Promise.all(Array.from({ length: 2_500 }, () => from('10.0.0.1')))));
    expect(flood).to.include(429);
    expect(await from('10.0.0.2')).to.equal(400);
    time.restore();
    await gateway.close();
  }).timeout(30_000);

  it('counts what cannot be read by its length, so that ill-formed bulks cost their sender what they cost the gateway, and one costs him nothing', async () => {
    const time = stopTime();
    const gateway = await openTestGateway();
    const statusOf = (body: string) => gateway.call('/instructions/bulk', { method: 'POST', headers: { 'content-type': 'application/json' }, body }).then(({ status }) => status);
    const malformed = [0, 'x'.repeat(10 * 1024 * 1024 - 50)];
    const statuses: number[] = [];
    for (let turn = 0; turn < 5; turn++) statuses.push(await statusOf(JSON.stringify({ instructions: malformed })));
    expect(statuses).to.deep.equal([400, 400, 400, 400, 429]);
    time.tick(5_000);
    expect(await statusOf('{"instructions":[]}')).to.equal(400);
    time.restore();
    await gateway.close();
  }).timeout(30_000);

  it('refuses a list that is far too long before it looks at what is in it', () => {
    const rule = submitBulk.body;
    if (rule?.kind !== 'json') throw new Error('bulks are JSON');
    const parse = spy(JSON, 'parse');
    try {
      for (const value of ['""', '0', '{}', '{"":[]}', '['.repeat(100)]) {
        const body = Buffer.from(`{"instructions":[${Array<string>(1_001).fill(value).join(',')}]}`);
        expect(() => readBody(rule, 'application/json', body)).to.throw(HttpError).with.property('code', 'REQUEST_MALFORMED');
      }
      expect(parse.callCount).to.equal(0);
      const longest = { instructions: Array<string>(500).fill('x') };
      expect(readBody(rule, 'application/json', Buffer.from(JSON.stringify(longest)))).to.deep.equal(longest);
    } finally {
      parse.restore();
    }
  });

  it('counts what is refused before it is submitted, too', async () => {
    const time = stopTime();
    const gateway = await openTestGateway();
    const signer = await gateway.register('NorthPay');
    const stranger = sign({ ...signer, thumbprint: 'B'.repeat(43) }, 'limit.request/1', { token: TOKEN, amount: '5' });
    const answers = await Promise.all(Array.from({ length: 2_500 }, () => gateway.submit(stranger, '/instructions', { prefer: 'respond-async' })));
    expect(new Set(answers.map(({ status }) => status))).to.include(429);
    time.restore();
    await gateway.close();
  }).timeout(30_000);

  it('answers whatever is turned away alike', () => {
    for (const error of [new QueueFullError(), new ToldTooOftenError(), new NoRoomForBodyError()]) expect(problemOf(error)).to.include({ status: 429, code: 'TOO_MANY_REQUESTS' });
  });

  it('forgives waste with time', () => {
    let now = 0;
    const waste = new Waste(undefined, () => now);
    waste.add('one', 1_100);
    expect([waste.isOver('one'), waste.isOver('other')]).to.deep.equal([true, false]);
    now = 2_000;
    expect(waste.isOver('one')).to.equal(false);
  });
});
