import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { nodeCrypto } from '../../chaincode/src/crypto/index.ts';
import { attestationPayload, type OfficerId } from '../../chaincode/src/domain/index.ts';
import { Allowance } from '../../gateway-api/src/directory/allowance.ts';
import { blind, evaluate, keyedHash, newKey } from '../../gateway-api/src/directory/blinding.ts';
import { ConfigError } from '../../gateway-api/src/config.ts';
import { Directory, directoryKey } from '../../gateway-api/src/directory/directory.ts';
import { normalized } from '../../gateway-api/src/directory/identifier.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { signText, type Signer } from '../support/signer.ts';
import { officerOf, openTestGateway, sign, type TestGateway } from './test-gateway.ts';

const PHONE = { kind: 'phone', identifier: '+49 151 2345-6789' };

describe('a keyed hash in two halves', () => {
  it('comes to what the key makes of the text, whatever it was blinded with', () => {
    for (let run = 0; run < 20; run++) {
      const [key, text] = [newKey(), `text ${run}`];
      const { element, finish } = blind(text);
      expect(finish(evaluate(key, element)).toString('hex')).to.equal(keyedHash(key, text).toString('hex'));
    }
  });

  it('shows neither the text nor that it is the same, and differs by key and text', () => {
    const [key, other] = [newKey(), newKey()];
    expect(blind('a').element.toString('hex')).not.to.equal(blind('a').element.toString('hex'));
    expect(new Set([keyedHash(key, 'a'), keyedHash(other, 'a'), keyedHash(key, 'b')].map((hash) => hash.toString('hex'))).size).to.equal(3);
  });

  it('takes nothing that is no point', () => {
    for (const bad of [Buffer.alloc(33), Buffer.alloc(32, 2), Buffer.alloc(33, 0xff), Buffer.alloc(0)]) expect(() => evaluate(newKey(), bad)).to.throw();
  });
});

describe('the key of a directory', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'directory-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made once, also where making it was cut short before', () => {
    const file = join(folder, 'directory.key');
    writeFileSync(`${file}.part`, 'abcdef');
    const key = directoryKey(file);
    expect(key.length).to.equal(32);
    expect(directoryKey(file)).to.deep.equal(key);
    expect(readdirSync(folder)).to.deep.equal(['directory.key']);
  });

  for (const [what, text] of [['empty', ''], ['cut short', 'abcdef0123\n'], ['another file', 'x'.repeat(64)]] as const) {
    it(`is not what is ${what}`, () => {
      const file = join(folder, 'directory.key');
      writeFileSync(file, text);
      expect(() => directoryKey(file)).to.throw(ConfigError, 'directory.key');
    });
  }
});

describe('an identifier', () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['phone', '+49 151 2345-6789', 'phone:+4915123456789'],
    ['phone', '+49(151)23456789', 'phone:+4915123456789'],
    ['phone', '0151 23456789', undefined],
    ['email', 'A.B@Example.COM ', 'email:a.b@example.com'],
    ['email', 'nobody', undefined],
    ['handle', 'The.Shop', 'handle:the.shop'],
    ['iban', 'de89 3704 0044 0532 0130 00', 'iban:DE89370400440532013000'],
    ['lei', '5299000j2n45ddne4y28', 'lei:5299000J2N45DDNE4Y28'],
    ['lei', '5299', undefined],
  ];
  for (const [kind, identifier, expected] of cases) it(`${kind} ${identifier} is ${expected ?? 'refused'}`, () => expect(normalized({ kind: kind as 'phone', identifier })).to.equal(expected));
});

describe('an allowance', () => {
  it('ends with the minute and with the day', () => {
    let now = 0;
    const allowance = new Allowance({ perMinute: 2, perDay: 3 }, () => now);
    expect([allowance.take('a'), allowance.take('a'), allowance.take('a'), allowance.take('b')]).to.deep.equal([true, true, false, true]);
    now += 60_000;
    expect([allowance.take('a'), allowance.take('a')]).to.deep.equal([true, false]);
    now += 24 * 3600_000;
    expect(allowance.take('a')).to.equal(true);
  });
});

describe('the directory', () => {
  let north: TestGateway;
  let holder: Signer;
  let reader: Signer;
  let close: () => Promise<void>;
  let seen: string[];
  let east: Directory;
  let fromEast: Directory;

  before(async () => {
    north = await openTestGateway();
    holder = await north.register('NorthPay');
    reader = await north.register('EastPay');
    seen = [];
    // East Pay's gateway asks North Pay's over HTTP.
    fromEast = new Directory({ ...options('EastPay'), neighbours: [{ organizationId: 'NorthPay', url: await listen(north) }] });
    east = fromEast;
  });

  after(async () => {
    await close();
    await north.close();
  });

  /** Of a gateway of another organization. */
  function options(organizationId: string) {
    const id: OfficerId = `registrar@${organizationId}`;
    const officer = { id, thumbprint: officerOf(north.chain, id).thumbprint, sign: (type: string, body: object) => sign(officerOf(north.chain, id), type, body) };
    return { ledger: 'testledger', organizationId, key: newKey(), officer, index: north.gateway.index, crypto: nodeCrypto, log: silentLog };
  }

  /** Listens in on what one gateway tells the other. */
  async function listen(target: TestGateway): Promise<string> {
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => {
        seen.push(text);
        void target.post(request.url ?? '', JSON.parse(text) as object).then(({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    close = () => new Promise((resolve) => server.close(() => resolve()));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const as = async (signer: Signer) => ({ authorization: `Bearer ${await north.token(signer)}` });
  const registrar = () => officerOf(north.chain, 'registrar@NorthPay');
  const asReader = { signer: 'registrar@EastPay', organizationId: 'EastPay', roles: [], isExpired: false, wards: [] };

  it('lets a holder be found, by its own word and its registrar’s, through any gateway', async () => {
    const { status, body } = await north.post('/directory/aliases', PHONE, await as(registrar()));
    expect(status).to.equal(200);
    const alias = String(body['alias']);
    const issued = Date.now() - 1_000;
    const attestation = signText(registrar(), attestationPayload({
      type: 'alias.attestation/1', ledger: 'testledger', officer: 'registrar@NorthPay', account: holder.id, alias, issuedAt: new Date(issued).toISOString(), expiresAt: new Date(issued + 3600_000).toISOString(),
    }));
    expect((await north.send(holder, 'alias.register/1', { alias, attestation }, {}, '/directory')).status).to.equal(201);
    const found = { account: holder.id, organization: 'NorthPay', alias };
    const here = await north.post('/directory/lookups', { kind: 'phone', identifier: '+4915123456789' }, await as(reader));
    // Members whose gateways it does not know are named as those that do not answer.
    expect(here.body).to.deep.include({ items: [found], unanswered: ['EastPay', 'WestPay'] });
    expect(await east.lookup('phone:+4915123456789', asReader)).to.deep.equal({ items: [found], unanswered: ['WestPay'] });
    expect((await north.read(holder, '/directory/aliases')).body['items']).to.deep.equal([{ id: alias, organization: 'NorthPay', account: holder.id }]);
    expect((await north.send(holder, 'alias.release/1', { alias, account: holder.id }, {}, '/directory')).status).to.equal(201);
    expect(await east.lookup('phone:+4915123456789', asReader)).to.deep.equal({ items: [], unanswered: ['WestPay'] });
  });

  it('asks no other address than a neighbour’s own, and reads no more than an answer has', async () => {
    const elsewhere = createServer((request, response) => {
      if (request.url?.startsWith('/long') === true) response.end(`{"element":"${'A'.repeat(44)}"${' '.repeat(2_000)}}`);
      else response.writeHead(307, { location: `${north.url}/directory/evaluations` }).end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const reasons: unknown[] = [];
    const log = { ...silentLog, warn: ({ reason }: { readonly reason: string }) => void reasons.push(reason) } as typeof silentLog;
    for (const address of [url, `${url}/long`]) {
      const { unanswered } = await new Directory({ ...options('EastPay'), log, neighbours: [{ organizationId: 'NorthPay', url: address }] }).lookup('phone:+4915123456789', asReader);
      expect(unanswered).to.deep.equal(['NorthPay', 'WestPay']);
    }
    expect(reasons).to.deep.equal(['TypeError: fetch failed', 'Error: an answer of more than 1024 bytes']);
    elsewhere.close();
  });

  it('tells another gateway nothing of what is looked for', async () => {
    seen.length = 0;
    await east.lookup('phone:+4915123456789', asReader);
    await east.lookup('phone:+4915123456789', asReader);
    const elements = seen.map((text) => (JSON.parse(Buffer.from((JSON.parse(text) as { request: string }).request.split('.')[1] ?? '', 'base64url').toString()) as { body: { element: string } }).body.element);
    expect(elements.length).to.equal(2);
    expect(elements[0]).not.to.equal(elements[1]);
    for (const text of seen) expect(text).not.to.contain('4915123456789');
  });

  it('tells aliases to registrars of its organization alone, and raises elements for officers of members alone', async () => {
    expect((await north.post('/directory/aliases', PHONE, await as(holder))).status).to.equal(403);
    expect((await north.post('/directory/aliases', PHONE)).status).to.equal(401);
    expect((await north.post('/directory/lookups', PHONE)).status).to.equal(401);
    const element = blind('x').element.toString('base64url');
    const evaluation = (signer: Signer, body: object, type = 'directory.evaluate/1') => north.post('/directory/evaluations', { request: sign(signer, type, body) });
    expect((await evaluation(registrar(), { gateway: 'NorthPay', element })).status).to.equal(200);
    expect((await evaluation(holder, { gateway: 'NorthPay', element })).status).to.equal(403);
    expect((await evaluation({ ...holder, id: 'registrar@NorthPay' }, { gateway: 'NorthPay', element })).status).to.equal(401);
    expect((await evaluation(registrar(), { gateway: 'EastPay', element })).status).to.equal(400);
    expect((await evaluation(registrar(), { gateway: 'NorthPay', element: `${'A'.repeat(43)}w` })).status).to.equal(400);
    expect((await evaluation(registrar(), { gateway: 'NorthPay', element }, 'token.issue/1')).status).to.equal(400);
  });

  it('does not let anybody try out numbers', async () => {
    const codes: (string | undefined)[] = [];
    const bearer = await as(holder);
    for (let number = 0; number < 25; number++) codes.push((await north.post('/directory/lookups', { kind: 'phone', identifier: `+49151000000${number}` }, bearer)).body['code']);
    expect(codes.slice(0, 10)).to.deep.equal(Array.from({ length: 10 }, () => undefined));
    expect(codes).to.include('TOO_MANY_REQUESTS');
  });
});
