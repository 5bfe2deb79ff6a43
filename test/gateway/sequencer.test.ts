import { expect } from 'chai';
import { nodeCrypto } from '../../chaincode/src/crypto/index.ts';
import { readInstruction, type Envelope } from '../../chaincode/src/domain/index.ts';
import type { Applied, Batch, BatchLedger } from '../../gateway-api/src/fabric/ledger-client.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { KnownBytes } from '../../gateway-api/src/sequencer/known-bytes.ts';
import { BatchSize, MOST } from '../../gateway-api/src/sequencer/batch-size.ts';
import { Lanes, lanesOfNames } from '../../gateway-api/src/sequencer/lanes.ts';
import { FairQueue } from '../../gateway-api/src/sequencer/fair-queue.ts';
import { Pace } from '../../gateway-api/src/sequencer/pace.ts';
import { Sequencer, type Decision } from '../../gateway-api/src/sequencer/sequencer.ts';
import { Contested, type Named } from '../../gateway-api/src/sequencer/touching.ts';
import { QueueFullError, ToldTooOftenError } from '../../gateway-api/src/turned-away.ts';
import { makeKeys } from '../support/certificates.ts';
import { signerOf, uuidAt, type Signer } from '../support/signer.ts';
import { sign } from './test-gateway.ts';

const TOKEN = 'USD@NorthPay';

/** A ledger that answers what it is told to, and otherwise records everything. */
function scriptedLedger(...script: readonly (Applied | (() => Promise<Applied>))[]) {
  const batches: Batch[] = [];
  const answers = [...script];
  let ticks = 0;
  const ledger: BatchLedger = {
    apply: async (batch) => {
      batches.push(batch);
      const answer = answers.shift() ?? ({ kind: 'committed', block: batches.length, answers: [] } as const);
      return typeof answer === 'function' ? answer() : answer;
    },
    tick: () => Promise.resolve({ kind: 'committed', block: ++ticks, answers: [] }),
  };
  return { ledger, batches, ticks: () => ticks };
}

/** How many instructions had travelled when this one was decided. */
async function sentAt(decision: Promise<Decision>, batches: readonly Batch[]): Promise<number> {
  await decision;
  return batches.reduce((sum, { instructions }) => sum + instructions.length, 0);
}

describe('the sequencer', () => {
  let payer: Signer;
  let payee: Signer;
  let other: Signer;

  before(async () => {
    const keys = await makeKeys();
    const account = (): Signer => signerOf(`${uuidAt(Date.now())}@NorthPay`, keys, Buffer.from('certificate').toString('base64'));
    [payer, payee, other] = [account(), account(), account()];
  });

  const pay = (signer = payer, changes: Partial<Envelope> = {}): string => sign(signer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount: '1' }, changes);
  const start = (ledger: BatchLedger, options: { maxWaiting?: number; maxWaitingLength?: number; clockIsStale?: () => Promise<void> } = {}) => {
    const sequencer = new Sequencer({ ledger, log: silentLog, clockIsStale: () => Promise.resolve(), ...options });
    return (jws: string, until = Date.now() + 5_000): Promise<Decision> => sequencer.submit({ jws, instruction: readInstruction(jws, nodeCrypto), until });
  };

  it('puts what arrives together into one transaction, in order', async () => {
    const { ledger, batches } = scriptedLedger();
    const submit = start(ledger);
    const instructions = Array.from({ length: 30 }, () => pay());
    const decisions = await Promise.all(instructions.map((jws) => submit(jws)));
    expect(batches.map((batch) => batch.instructions)).to.deep.equal([instructions]);
    expect(new Set(decisions.map(({ kind }) => kind))).to.deep.equal(new Set(['recorded']));
  });

  it('names who has to endorse, and lets nobody else wait for an organization that is away', async () => {
    const { ledger, batches } = scriptedLedger({ kind: 'unavailable', reason: 'WestPay is away', missing: ['WestPay'] });
    const submit = start(ledger);
    const issuer = { ...payer, id: 'issuer@WestPay' };
    const issue = sign(issuer, 'token.issue/1', { token: 'USD@WestPay', account: payee.id, amount: '1' });
    const payment = pay();
    const decisions = await Promise.all([submit(payment), submit(issue)]);
    expect(decisions).to.deep.equal([{ kind: 'recorded' }, { kind: 'refused', refusal: { code: 'AGAIN' } }]);
    expect(batches.map(({ endorsers }) => endorsers)).to.deep.equal([['WestPay'], []]);
    expect(batches[0]?.instructions).to.have.members([payment, issue]);
    expect(batches[1]?.instructions).to.deep.equal([payment]);
  });

  it('puts no more into one than is good, and sends the next of a lane after the last has an end', async () => {
    const size = new BatchSize().now;
    const first = Promise.withResolvers<Applied>();
    const { ledger, batches } = scriptedLedger(() => first.promise);
    const submit = start(ledger);
    const all = Promise.all(Array.from({ length: size + 1 }, () => submit(pay())));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(batches.length).to.equal(1);
    first.resolve({ kind: 'committed', block: 7, answers: [] });
    await all;
    expect(batches.map((batch) => [batch.instructions.length, batch.after])).to.deep.equal([[size, -1], [1, 7]]);
  });

  it('gives each instruction its own answer', async () => {
    const answers = [{ index: 0, repeat: true } as const, { index: 2, refusal: { code: 'SIGNATURE_INVALID' } as const }];
    const submit = start(scriptedLedger({ kind: 'committed', block: 1, answers }).ledger);
    const decisions = await Promise.all([submit(pay()), submit(pay()), submit(pay())]);
    expect(decisions).to.deep.equal([{ kind: 'repeat' }, { kind: 'recorded' }, { kind: 'refused', refusal: { code: 'SIGNATURE_INVALID' } }]);
  });

  it('tries a conflict again whole, then in halves, and applies everything once', async () => {
    const conflict = { kind: 'conflict', block: 5, validation: 'MVCC_READ_CONFLICT', keys: ['clock'] } as const;
    const { ledger, batches } = scriptedLedger(conflict, conflict, conflict);
    const submit = start(ledger);
    const decisions = await Promise.all(Array.from({ length: 4 }, () => submit(pay())));
    expect(batches.map((batch) => batch.instructions.length)).to.deep.equal([4, 4, 4, 2, 2]);
    expect(batches[1]?.after).to.equal(5);
    expect(new Set(decisions.map(({ kind }) => kind))).to.deep.equal(new Set(['recorded']));
  });

  it('lets what touches the winner’s keys travel apart after a conflict, with whatever belongs to it, in order', async () => {
    const conflict = { kind: 'conflict', block: 5, validation: 'MVCC_READ_CONFLICT', keys: ['clock', `b/${other.id}/${TOKEN}`] } as const;
    const { ledger, batches } = scriptedLedger(conflict);
    const submit = start(ledger);
    const touching = [pay(other), pay(other)];
    const rest = [pay(), pay()];
    const all = [touching[0], rest[0], touching[1], rest[1]] as string[];
    const decisions = await Promise.all(all.map((jws) => submit(jws)));
    expect(batches.map(({ instructions }) => new Set(instructions))).to.deep.equal([new Set(all), new Set(rest), new Set(touching)]);
    expect(batches.slice(1).map(({ instructions }) => instructions)).to.deep.equal([rest, touching]);
    expect(new Set(decisions.map(({ kind }) => kind))).to.deep.equal(new Set(['recorded']));
  });

  it('lets what is contested travel in transactions of its own for a while, seldom, and holds nobody up by it', async () => {
    const conflict = { kind: 'conflict', block: 5, validation: 'MVCC_READ_CONFLICT', keys: [`b/${other.id}/${TOKEN}`] } as const;
    const { ledger, batches } = scriptedLedger(conflict);
    const submit = start(ledger);
    await Promise.all([submit(pay(other)), submit(pay())]);
    const [first, beside] = [pay(other), pay()];
    await Promise.all([submit(first), submit(beside)]);
    const [second, ahead] = [pay(other), pay()];
    const waiting = submit(second);
    await submit(ahead);
    expect(batches.slice(3).map(({ instructions }) => instructions)).to.deep.equal([[beside], [first], [ahead]]);
    expect(await waiting).to.deep.equal({ kind: 'recorded' });
    expect(batches.at(-1)?.instructions).to.deep.equal([second]);
  });

  it('takes a name for contested that a conflict’s keys and an instruction debit share, for five seconds', () => {
    let now = 1_000;
    const contested = new Contested(() => now);
    const named = (signer: Signer): Named => ({ names: [signer.id], instruction: readInstruction(pay(signer), nodeCrypto) });
    const [own, others] = [named(other), named(payer)];
    const related = { ...own, names: ['a line', other.id] };
    contested.learn([own, others], ['clock', `s/${payer.id}/${TOKEN}/NorthPay.1`, `b/${payee.id}/${TOKEN}`]);
    expect([own, others].filter((item) => contested.isOf(item)), 'slots, and whom nobody here debits').to.deep.equal([]);
    contested.learn([own, others], [`b/${other.id}/${TOKEN}`]);
    const items = [others, { ...others, names: ['a line'] }, related];
    expect([...contested.among(items)]).to.deep.equal(items.slice(1));
    now += 4_999;
    expect(contested.isOf(own)).to.equal(true);
    now += 1;
    expect(contested.isOf(own)).to.equal(false);
    expect(contested.among(items).size).to.equal(0);
  });

  it('gives every signer its turn, however much one of them sends', async () => {
    const { ledger, batches } = scriptedLedger();
    const submit = start(ledger);
    const flood = Array.from({ length: 1_300 }, () => submit(pay(payer)));
    const honest = await sentAt(submit(pay(other)), batches);
    await Promise.all(flood);
    // Its lane has room for 600, and then the other signer is next.
    expect(honest).to.be.below(700);
  });

  it('bounds what waits by its length, too', () => {
    const { ledger } = scriptedLedger(() => new Promise(() => undefined));
    const jws = pay();
    const submit = start(ledger, { maxWaitingLength: jws.length * 3 });
    for (let count = 0; count < 3; count++) void submit(pay());
    expect(() => submit(pay())).to.throw(QueueFullError);
  });

  it('halves at once what the network never takes, and says AGAIN to the one it is because of', async () => {
    const rejected = { kind: 'rejected', reason: 'too large' } as const;
    const { ledger, batches } = scriptedLedger(rejected, rejected, rejected);
    const submit = start(ledger);
    const decisions = await Promise.all(Array.from({ length: 4 }, () => submit(pay())));
    expect(batches.map((batch) => batch.instructions.length)).to.deep.equal([4, 2, 1, 1, 2]);
    expect(decisions).to.deep.equal([{ kind: 'refused', refusal: { code: 'AGAIN' } }, { kind: 'recorded' }, { kind: 'recorded' }, { kind: 'recorded' }]);
  });

  it('says AGAIN when patience ends while nothing was applied', async () => {
    const { ledger } = scriptedLedger(...Array.from({ length: 50 }, () => ({ kind: 'unavailable', reason: 'nobody' }) as const));
    expect(await start(ledger)(pay(), Date.now() + 150)).to.deep.equal({ kind: 'refused', refusal: { code: 'AGAIN' } });
  });

  it('says nothing while it is not certain', async () => {
    const { ledger } = scriptedLedger(() => new Promise(() => undefined));
    const decision = await Promise.race([start(ledger)(pay(), Date.now() + 50), new Promise((resolve) => setTimeout(() => resolve('nothing'), 300))]);
    expect(decision).to.equal('nothing');
  });

  it('says that it is unknown after a fault of its own, and goes on with the lane', async () => {
    const { ledger } = scriptedLedger(() => Promise.reject(new Error('a fault')));
    const submit = start(ledger);
    expect(await Promise.all([submit(pay()), submit(pay())])).to.deep.equal([{ kind: 'unknown' }, { kind: 'unknown' }]);
    expect(await submit(pay())).to.deep.equal({ kind: 'recorded' });
  });

  it('moves a stale clock and goes on', async () => {
    let moved = 0;
    const { ledger, batches } = scriptedLedger({ kind: 'refused', refusal: { code: 'CLOCK_STALE' } });
    const submit = start(ledger, { clockIsStale: () => Promise.resolve(void moved++) });
    expect(await submit(pay())).to.deep.equal({ kind: 'recorded' });
    expect([moved, batches.length]).to.deep.equal([1, 2]);
  });

  it('refuses more than the queue holds, and leaves room for others', () => {
    const { ledger } = scriptedLedger(() => new Promise(() => undefined));
    const submit = start(ledger, { maxWaiting: 30 });
    for (const [signer, most] of [[payer, 20], [payee, 7], [other, 2]] as const) {
      for (let count = 0; count < most; count++) void submit(pay(signer));
      expect(() => submit(pay(signer))).to.throw(QueueFullError);
    }
  });

  describe('bytes that are known', () => {
    it('are refused again as forgeries, by a digest and not by their text, until the oldest is forgotten', () => {
      const bytes = new KnownBytes({ most: 2 });
      const texts = ['a', 'b', 'c'].map((letter) => letter.repeat(1_000));
      for (const text of texts) bytes.addForgery(text);
      const [oldest = '', ...known] = texts;
      expect(() => bytes.assertWorthReading(oldest)).not.to.throw();
      for (const text of known) expect(() => bytes.assertWorthReading(text)).to.throw('SIGNATURE_INVALID');
      expect(bytes.kept().map(({ length }) => length)).to.deep.equal([43, 43]);
    });

    it('are told their outcome some times, then once a second, and others as before', () => {
      let now = 0;
      const bytes = new KnownBytes({ now: () => now });
      for (let time = 0; time < 5; time++) {
        bytes.assertWorthReading('again');
        bytes.addTold('again');
      }
      expect(() => bytes.assertWorthReading('again')).to.throw(ToldTooOftenError);
      bytes.assertWorthReading('other');
      now = 1_000;
      bytes.assertWorthReading('again');
      bytes.addTold('again');
      expect(() => bytes.assertWorthReading('again')).to.throw(ToldTooOftenError);
    });
  });

  it('refuses early while little is decided, so that nobody waits long', () => {
    const submit = start(scriptedLedger(() => new Promise(() => undefined)).ledger);
    const jws = pay();
    let taken = 0;
    const fill = (): void => {
      for (; taken < 10_000; taken++) void submit(jws);
    };
    expect(fill).to.throw(QueueFullError);
    // One signer has at most twice what is left.
    expect(taken).to.equal(1_334);
  });

  it('knows its pace', () => {
    let now = 0;
    const pace = new Pace(() => now);
    pace.add(500);
    expect(pace.perSecond).to.equal(0);
    now = 2_500;
    pace.add(2_000);
    expect(pace.perSecond).to.equal(1_000);
  });

  describe('the size of batches', () => {
    it('grows while full ones are endorsed quickly, up to a bound, and is halved by a slow one or a failure', () => {
      const size = new BatchSize();
      for (let batch = 0; batch < 100; batch++) size.learn(size.now, 50);
      expect(size.now).to.equal(MOST);
      size.learn(10, 50);
      expect(size.now).to.equal(MOST);
      size.learn(10, 5_000);
      size.learn(1, undefined);
      expect(size.now).to.equal(MOST);
      size.learn(MOST, 5_000);
      expect(size.now).to.equal(MOST / 2);
      size.learn(size.now, undefined);
      expect(size.now).to.equal(MOST / 4);
      for (let batch = 0; batch < 100; batch++) size.learn(size.now, undefined);
      expect(size.now).to.equal(50);
      for (let batch = 0; batch < 100; batch++) size.learn(size.now, 1_000);
      expect(size.now).to.equal(MOST);
    });
  });

  describe('lanes', () => {
    interface Job { readonly name: string; readonly lanes: readonly number[]; readonly jws: string }
    const job = (name: string, ...lanes: readonly number[]): Job => ({ name, lanes, jws: name });
    const namesOf = (batch: { readonly items: readonly Job[] } | undefined): readonly string[] => (batch?.items ?? []).map(({ name }) => name);

    it('are the same for the same name', () => {
      expect(lanesOfNames(['a', 'b', 'a'])).to.deep.equal(lanesOfNames(['a', 'b']));
    });

    it('keep what shares a lane in order, also across lanes', () => {
      const lanes = new Lanes<Job>();
      for (const item of [job('one', 0), job('both', 0, 1), job('two', 1)]) lanes.push(item);
      const first = lanes.take();
      expect(namesOf(first)).to.deep.equal(['one', 'both', 'two']);
      lanes.push(job('three', 1));
      expect(lanes.take()).to.equal(undefined);
      lanes.release(first ?? { lanes: [] });
      expect(namesOf(lanes.take())).to.deep.equal(['three']);
    });

    it('travel together until a transaction is full, and wait until it is worth one', () => {
      const lanes = new Lanes<Job>();
      for (let number = 0; number < 110; number++) lanes.push(job(`${number}`, number % 2));
      const first = lanes.take({ atLeast: 100, atMost: 100 });
      expect(first?.items.length).to.equal(100);
      expect(first?.lanes).to.deep.equal([0, 1]);
      lanes.push(job('other', 2));
      expect(lanes.take({ atLeast: 2 })).to.equal(undefined);
      expect(namesOf(lanes.take())).to.deep.equal(['other']);
    });

    it('are left by half to the next transaction, when there is much', () => {
      const lanes = new Lanes<Job>();
      for (let number = 0; number < 80; number++) lanes.push(job(`${number}`, number % 8));
      expect([lanes.take()?.lanes, lanes.take()?.lanes]).to.deep.equal([[0, 1, 2, 3], [4, 5, 6, 7]]);
      const few = new Lanes<Job>();
      for (let number = 0; number < 16; number++) few.push(job(`${number}`, number % 8));
      expect(few.take()?.items.length).to.equal(16);
    });

    it('carry less of what is long', () => {
      const lanes = new Lanes<Job>();
      for (let number = 0; number < 20; number++) lanes.push({ name: `${number}`, lanes: [number % 3], jws: 'x'.repeat(40_000) });
      expect(lanes.take()?.items.length).to.equal(10);
    });

    it('are kept for what has waited longest, though those of one lane would fill each gap', () => {
      const [lanes, queue] = [new Lanes<Job>(), new FairQueue<Job>()];
      const admitted: string[] = [];
      const drain = (): void => {
        const admit = lanes.admission();
        queue.drain((item) => admit(item) && admitted.push(item.name) > 0);
      };
      for (let number = 0; number < 2_000; number++) queue.push(`${number % 100}`, job(`${number}`, number % 2));
      drain();
      queue.push('both', job('both', 0, 1));
      // A place becomes free in one of the two, then in the other, never in both.
      for (let turn = 0; turn < 210; turn++) {
        lanes.release(lanes.take({ atMost: 1 }) ?? { lanes: [] });
        drain();
      }
      expect(admitted).to.include('both');
    });

    it('are filled in one pass over the signers, however many there are', () => {
      const [lanes, queue] = [new Lanes<Job>(), new FairQueue<Job>()];
      for (let number = 0; number < 8_000; number++) queue.push(`${number % 4_000}`, job(`${number}`, number % 8));
      let offered = 0;
      const admit = lanes.admission();
      queue.drain((item) => (offered++, admit(item)));
      expect(lanes.waiting).to.equal(4_800);
      expect(offered).to.equal(8_000);
    });

    it('let nothing wait for ever behind what needs two lanes', () => {
      const lanes = new Lanes<Job>();
      const order: string[] = [];
      for (let number = 0; number < 40; number++) lanes.push(job(`${number}`, number % 3, ...(number % 5 === 0 ? [(number + 1) % 3] : [])));
      for (let batch = lanes.take(); batch !== undefined; batch = lanes.take()) {
        order.push(...namesOf(batch));
        lanes.release(batch);
      }
      expect(order.length).to.equal(40);
      expect(lanes.waiting).to.equal(0);
    });
  });
});
