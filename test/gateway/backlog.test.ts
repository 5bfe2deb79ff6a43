import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { nodeCrypto } from '../../chaincode/src/crypto/index.ts';
import { canonicalJson } from '../../chaincode/src/domain/index.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { Backlog } from '../../gateway-api/src/sequencer/backlog.ts';
import { Intake } from '../../gateway-api/src/sequencer/intake.ts';
import { openJournal } from '../../gateway-api/src/sequencer/journal.ts';
import { Sequencer } from '../../gateway-api/src/sequencer/sequencer.ts';
import { envelopeOf, signText, uuidAt, type Signer } from '../support/signer.ts';
import { officerOf, openTestGateway, sign, type Answered, type TestGateway, type TestOptions } from './test-gateway.ts';

const TOKEN = 'USD@NorthPay';
const most = (instructions: number, characters = 10_000_000) => ({ instructions, characters });
const AWAY = Array.from({ length: 500 }, () => ({ kind: 'unavailable', reason: 'nobody' }) as const);

describe('what is accepted for later', () => {
  let gateway: TestGateway;
  let payer: Signer;
  let payee: Signer;

  const pay = (amount = '1', changes: object = {}): unknown => ({ payee: payee.id, token: TOKEN, amount, ...changes });
  const later = (jws: string): Promise<Answered> => gateway.submit(jws, '/instructions', { prefer: 'respond-async' });
  const codeOf = ({ status, body }: Answered): unknown => body['code'] ?? status;
  const stateOf = async (id: string, expected: string): Promise<Answered['body']> => {
    for (let turn = 0; ; turn++) {
      const { body } = await gateway.read(payer, `/instructions/${id}?signer=${payer.id}`);
      if (body['status'] === expected || turn === 100) return body;
    }
  };

  const open = async (options: TestOptions = {}): Promise<void> => {
    gateway = await openTestGateway(options);
    [payer, payee] = [await gateway.register('NorthPay'), await gateway.register('EastPay')];
    const issuer = officerOf(gateway.chain, 'issuer@NorthPay');
    await gateway.send(issuer, 'token.define/1', { token: TOKEN, name: 'North dollar', decimals: 2, kind: 'money', source: { code: 'USD', fields: {} } });
    await gateway.send(issuer, 'token.issue/1', { token: TOKEN, account: payer.id, amount: '1000' });
  };

  beforeEach(() => open());
  afterEach(() => gateway.close());

  it('is not another body under a used id', async () => {
    const id = uuidAt(Date.now());
    await gateway.send(payer, 'payment.pay/1', pay('1'), { id });
    expect(codeOf(await later(sign(payer, 'payment.pay/1', pay('2'), { id })))).to.equal('ID_REUSED');
    expect(codeOf(await later(sign(payer, 'payment.pay/1', pay('1'), { id, issuedAt: new Date().toISOString() })))).to.equal('ID_REUSED');
  });

  const refused: readonly (readonly [string, string, () => string])[] = [
    ['by an unknown signer', 'SIGNER_UNKNOWN', () => sign({ ...payer, id: `${uuidAt(Date.now())}@NorthPay` }, 'payment.pay/1', pay())],
    ['by an unknown certificate', 'CERTIFICATE_UNKNOWN', () => sign({ ...payer, thumbprint: 'B'.repeat(43) }, 'payment.pay/1', pay())],
    ['by another key', 'SIGNATURE_INVALID', () => sign({ ...payer, key: payee.key }, 'payment.pay/1', pay())],
    ['of a minute ahead', 'INSTRUCTION_NOT_YET', () => signText(payer, canonicalJson(envelopeOf(payer, 'payment.pay/1', pay(), Date.now() + 60_000) as never))],
  ];
  for (const [what, code, make] of refused) {
    it(`is nothing ${what}: ${code}`, async () => {
      expect(codeOf(await later(make()))).to.equal(code);
    });
  }

  it('is so much of one signer, so much of all, and the same once', async () => {
    await gateway.close();
    await open({ backlog: { ofSigner: most(2), ofAll: most(3) } });
    gateway.chain.failNext(...AWAY);
    const [first, second] = [sign(payer, 'payment.pay/1', pay()), sign(payer, 'payment.pay/1', pay())];
    const back = (): string => sign(payee, 'payment.pay/1', { payee: payer.id, token: TOKEN, amount: '1' });
    const answers = [first, first, second, first, sign(payer, 'payment.pay/1', pay()), back(), back()];
    const codes: unknown[] = [];
    for (const jws of answers) codes.push(codeOf(await later(jws)));
    expect(codes).to.deep.equal([202, 202, 202, 202, 'TOO_MANY_REQUESTS', 202, 'TOO_MANY_REQUESTS']);
  });

  it('is so many characters of one signer, and of all', async () => {
    const long = sign(payer, 'payment.pay/1', pay()).length + 100;
    for (const [ofSigner, ofAll, expected] of [[long, 10 * long, [202, 202, 429, 202]], [10 * long, long, [202, 202, 429, 429]]] as const) {
      await gateway.close();
      await open({ backlog: { ofSigner: most(9, ofSigner), ofAll: most(9, ofAll) } });
      gateway.chain.failNext(...AWAY);
      const answers = [pay(), pay(), pay()].map((body) => sign(payer, 'payment.pay/1', body));
      const back = sign(payee, 'payment.pay/1', { payee: payer.id, token: TOKEN, amount: '1' });
      const statuses: number[] = [];
      for (const jws of [...answers, back]) statuses.push((await later(jws)).status);
      expect(statuses).to.deep.equal(expected);
    }
  });

  it('takes little memory while it waits, however long it is', () => {
    const { chain, gateway: { index, ledger } } = gateway;
    const journal = openJournal(':memory:');
    const sequencer = new Sequencer({ ledger: chain, log: silentLog, clockIsStale: () => Promise.resolve(), maxWaiting: 0 });
    const backlog = new Backlog({ index, intake: new Intake({ ledger, index, sequencer, journal, crypto: nodeCrypto }), journal, log: silentLog });
    const bills = Array.from({ length: 200 }, () => ({ bill: `${uuidAt(Date.now())}.${payer.id}`, amount: '1' }));
    const settle = (): string => sign(payer, 'settlement.initiate/1', { creditor: payee.id, token: TOKEN, bills, deadline: new Date(Date.now() + 3600_000).toISOString() });
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = (): number => (collect(), process.memoryUsage().heapUsed);
    backlog.accept(settle());
    const before = used();
    for (let number = 0; number < 300; number++) backlog.accept(settle());
    expect((used() - before) / 300).to.be.below(4_096);
    expect(backlog.open).to.equal(301);
    journal.close();
  });

  it('takes nothing of a signer past what there was no room for, and says when to come back', async () => {
    await gateway.close();
    await open({ backlog: { ofSigner: most(40), ofAll: most(100) }, maxWaiting: 1 });
    const other = await gateway.register('NorthPay');
    const instructions = [...Array.from({ length: 90 }, () => sign(payer, 'payment.pay/1', pay())), sign(other, 'payment.pay/1', pay())];
    const { headers, body } = await gateway.post('/instructions/bulk', { instructions }, { prefer: 'respond-async' });
    const statuses = (body as unknown as { readonly outcomes: readonly { readonly status: number }[] }).outcomes.map(({ status }) => status);
    const first = statuses.indexOf(429);
    expect(first).to.be.within(40, 60);
    expect(new Set(statuses.slice(0, first))).to.deep.equal(new Set([202]));
    expect(new Set(statuses.slice(first, 90))).to.deep.equal(new Set([429]));
    expect(headers.get('retry-after')).to.equal('1');
  });

  it('has its outcome at once, in bulk as alone, when that is recorded already', async () => {
    const instructions = [sign(payer, 'payment.pay/1', pay()), sign(payer, 'payment.pay/1', pay('999999999'))];
    const statuses: number[] = [];
    for (const jws of instructions) statuses.push((await gateway.submit(jws)).status);
    const { body } = await gateway.post('/instructions/bulk', { instructions }, { prefer: 'respond-async' });
    const [applied, refused] = (body as unknown as { readonly outcomes: readonly Record<string, Record<string, unknown>>[] }).outcomes;
    expect(statuses).to.deep.equal([201, 409]);
    expect(applied).to.deep.include({ status: 200, repeat: true }).and.to.have.nested.property('receipt.status', 'applied');
    expect(refused).to.deep.include({ status: 409, repeat: true }).and.to.have.nested.property('problem.code', 'FUNDS_INSUFFICIENT');
  });

  it('is unknown, with the last answer, when it was refused without a record: the same bytes may still be applied elsewhere', async () => {
    const id = uuidAt(Date.now());
    const jws = sign(payer, 'payment.pay/1', pay('1', { credit: { amount: '2', version: 1 } }), { id });
    expect((await later(jws)).status).to.equal(202);
    const { lastAnswer, ...state } = await stateOf(id, 'unknown');
    expect(state).to.deep.include({ status: 'unknown' });
    expect(lastAnswer).to.include({ code: 'CREDIT_EXCEEDS_AMOUNT' });
  });

  it('is tried again after a fault of the gateway', async () => {
    const id = uuidAt(Date.now());
    gateway.chain.failNext(new Error('a fault'));
    await later(sign(payer, 'payment.pay/1', pay(), { id }));
    await new Promise((resolve) => setTimeout(resolve, 2_600));
    expect((await stateOf(id, 'applied'))['status']).to.equal('applied');
  }).timeout(6_000);

  it('without being asked to wait, a fault of the gateway is an unknown outcome at once, and the same bytes can be sent again', async () => {
    const id = uuidAt(Date.now());
    const jws = sign(payer, 'payment.pay/1', pay(), { id });
    gateway.chain.failNext(new Error('a fault'));
    const { status, body } = await gateway.submit(jws);
    expect([status, body['code']]).to.deep.equal([504, 'OUTCOME_UNKNOWN']);
    expect((await stateOf(id, 'unknown'))['status']).to.equal('unknown');
    expect((await gateway.submit(jws)).status).to.equal(201);
  });

  it('keeps a signer’s order when there is no room for all, and when it has to be tried again', async () => {
    await gateway.close();
    await open({ maxWaiting: 3 });
    const { index, backlog } = gateway.gateway;
    const ids = Array.from({ length: 8 }, (_, number) => uuidAt(Date.now() - number));
    gateway.chain.failNext(new Error('a fault'));
    const taken = backlog.acceptAll(ids.map((id) => sign(payer, 'payment.pay/1', pay(), { id })));
    expect(taken).to.deep.equal(ids.map(() => ({ repeat: false })));
    const entries = (): readonly (number | undefined)[] => ids.map((id) => index.instructions.one(id, payer.id)?.entry);
    while (entries().includes(undefined)) await pause(50);
    expect(entries()).to.deep.equal(entries().toSorted((one, other) => Number(one) - Number(other)));
  });

  it('stays in the journal until the index has its outcome on disk', async () => {
    const journal = openJournal(':memory:');
    const { index, intake } = gateway.gateway;
    const [id, another] = [uuidAt(Date.now()), uuidAt(Date.now())];
    const backlog = new Backlog({ index, intake, journal, log: silentLog });
    for (const each of [id, another]) {
      backlog.accept(sign(payer, 'payment.pay/1', pay(), { id: each }));
      while (index.instructions.one(each, payer.id) === undefined) await pause(10);
      await pause(10);
      expect(journal.one(each, payer.id)).to.include({ id: each });
    }
    await pause(2_400);
    expect([id, another].map((each) => journal.one(each, payer.id))).to.deep.equal([undefined, undefined]);
    journal.close();
  });

  it('is not taken, and can be sent again, when it could not be written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-journal-'));
    const journal = openJournal(folder);
    const { index, intake } = gateway.gateway;
    const backlog = new Backlog({ index, intake, journal, log: silentLog });
    const database = new DatabaseSync(join(folder, 'journal.db'));
    // What refers to nothing is found at the COMMIT.
    database.exec(`CREATE TABLE missing (id INTEGER PRIMARY KEY); CREATE TABLE flaw (id REFERENCES missing DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER fail AFTER INSERT ON accepted BEGIN INSERT INTO flaw VALUES (1); END`);
    const ids = [uuidAt(Date.now()), uuidAt(Date.now())];
    const instructions = ids.map((id) => sign(payer, 'payment.pay/1', pay(), { id }));
    expect(() => backlog.acceptAll(instructions)).to.throw('FOREIGN KEY');
    expect(() => backlog.accept(instructions[0] ?? '')).to.throw('FOREIGN KEY');
    expect([backlog.open, journal.open()]).to.deep.equal([0, []]);
    expect(gateway.chain.batches.flatMap((batch) => batch.instructions)).not.to.include(instructions[0]);
    database.exec('DROP TRIGGER fail');
    database.close();
    expect(backlog.acceptAll([...instructions, ...instructions])).to.deep.equal([false, false, true, true].map((repeat) => ({ repeat })));
    expect([backlog.open, journal.open().map(({ id }) => id)]).to.deep.equal([2, ids]);
    while (ids.some((id) => index.instructions.one(id, payer.id) === undefined)) await pause(10);
    await pause(10);
    expect(backlog.open).to.equal(0);
    journal.close();
    rmSync(folder, { recursive: true });
  });

  it('is not another body under the id of one that came with it', () => {
    const id = uuidAt(Date.now());
    const [, other] = gateway.gateway.backlog.acceptAll(['1', '2'].map((amount) => sign(payer, 'payment.pay/1', pay(amount), { id })));
    expect(other).to.include({ code: 'ID_REUSED' });
  });

  it('is told as expired, and leaves its place, when it can never apply and nothing records it', async () => {
    const journal = openJournal(':memory:');
    const { index, intake } = gateway.gateway;
    const told: string[] = [];
    const backlog = new Backlog({ index, intake, journal, log: silentLog, told: (outcome) => void told.push(outcome) });
    const id = uuidAt(Date.now() - 60_000);
    const jws = signText(payer, canonicalJson({ ...envelopeOf(payer, 'payment.pay/1', pay(), Date.now() - 60_000, { id }), expiresAt: new Date(Date.now() - 30_000).toISOString() } as never));
    gateway.chain.failNext({ kind: 'rejected', reason: 'no orderer takes it' });
    expect(backlog.accept(jws)).to.deep.equal({ repeat: false });
    while (told.length === 0) await pause(10);
    expect([told, backlog.open, journal.open()]).to.deep.equal([['INSTRUCTION_EXPIRED'], 0, []]);
    expect(journal.one(id, payer.id)?.refusal).to.deep.equal({ code: 'INSTRUCTION_EXPIRED' });
    expect(index.instructions.one(id, payer.id)).to.equal(undefined);
    expect(intake.status(id, payer.id, new Date(Date.now() - 30_000).toISOString())).to.deep.equal({ status: 'can-never-apply' });
    journal.close();
  });

  it('leaves out at a start what can no longer be read', async () => {
    const journal = openJournal(':memory:');
    const { index, intake } = gateway.gateway;
    const entry = { id: uuidAt(Date.now()), signer: payer.id, hash: 'hash', jws: 'not a JWS' };
    journal.add(entry);
    new Backlog({ index, intake, journal, log: silentLog }).resume();
    await pause(10);
    expect(journal.one(entry.id, entry.signer)?.refusal?.code).to.equal('INSTRUCTION_MALFORMED');
  });
});

describe('the journal', () => {
  const refused = (count: number) => {
    const journal = openJournal(':memory:');
    for (let number = 0; number < count; number++) {
      journal.add({ id: `${number}`, signer: 'signer', hash: 'hash', jws: 'jws' });
      journal.refuse(`${number}`, 'signer', { code: 'CERTIFICATE_REVOKED' });
    }
    journal.add({ id: 'open', signer: 'signer', hash: 'hash', jws: 'jws' });
    const left = (): number => Array.from({ length: count }, (_, number) => journal.one(`${number}`, 'signer')).filter((entry) => entry !== undefined).length;
    return { journal, left };
  };

  it('forgets refused ones after a day, and never open ones', () => {
    const { journal, left } = refused(3);
    journal.purge(Date.now() + 24 * 3600_000);
    expect(left()).to.equal(3);
    journal.purge(Date.now() + 26 * 3600_000);
    expect([left(), journal.open().length]).to.deep.equal([0, 1]);
  });

  it('tells open ones in the order they came, also within a millisecond', () => {
    const journal = openJournal(':memory:');
    const ids = Array.from({ length: 9 }, (_, number) => `${9 - number}`);
    journal.together(() => ids.forEach((id) => journal.add({ id, signer: 'signer', hash: 'hash', jws: 'jws' })));
    expect(journal.open().map(({ id }) => id)).to.deep.equal(ids);
    // Accepted again after a refusal that is not recorded: after what was accepted in between.
    const [first = '', ...others] = ids;
    journal.refuse(first, 'signer', { code: 'CERTIFICATE_REVOKED' });
    journal.add({ id: first, signer: 'signer', hash: 'hash', jws: 'jws' });
    expect(journal.open().map(({ id }) => id)).to.deep.equal([...others, first]);
  });

  it('is not emptied by a program that lays it out otherwise', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-journal-'));
    const journal = openJournal(folder);
    journal.add({ id: 'open', signer: 'signer', hash: 'hash', jws: 'jws' });
    journal.close();
    const version = (number: number): void => {
      const database = new DatabaseSync(join(folder, 'journal.db'));
      database.exec(`PRAGMA user_version = ${number}`);
      database.close();
    };
    for (const other of [0, 2]) {
      version(other);
      expect(() => openJournal(folder)).to.throw(`is of version ${other}, this program reads version 1`);
    }
    version(1);
    const again = openJournal(folder);
    expect(again.one('open', 'signer')).to.include({ id: 'open' });
    again.close();
    rmSync(folder, { recursive: true });
  });

  it('keeps no more refused ones than there is room for', () => {
    const { journal, left } = refused(5);
    journal.purge(Date.now(), 2);
    expect([left(), journal.open().length]).to.deep.equal([2, 1]);
  });
});
