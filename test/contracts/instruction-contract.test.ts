import { expect } from 'chai';
import { nodeCrypto } from '../../chaincode/src/crypto/index.ts';
import { MAX_INSTRUCTION_LENGTH, readInstruction } from '../../chaincode/src/domain/index.ts';
import { readOutcomes, type BatchEvent } from '../../chaincode/src/ledger/batch-event.ts';
import { stateKey } from '../../chaincode/src/ledger/keys.ts';
import { MAX_BATCH, packBatch, packText } from '../../chaincode/src/ledger/packed-batch.ts';
import { decodeRecord, encodeRecord, RECORD_VERSION } from '../../chaincode/src/ledger/records.ts';
import { memoryPeer, type MemoryPeer, type Simulated } from '../support/memory-peer.ts';
import { creatorOf, type Creator } from '../support/proposal.ts';
import type { Signer } from '../support/signer.ts';
import { defineToken, foundWorld, instruct, issueTo, registerAccount, type World } from '../support/world.ts';

const TOKEN = 'USD@NorthPay';
const SECOND = 1_000;

interface Result {
  readonly answers: readonly { readonly index: number; readonly refusal?: { readonly code: string }; readonly repeat?: { readonly bookedAt: string; readonly hash: string } }[];
}

describe('the instruction contract', () => {
  let world: World;
  let payer: Signer;
  let payee: Signer;
  let north: Creator;
  let stranger: Creator;
  let peer: MemoryPeer;

  before(async () => {
    world = await foundWorld();
    await defineToken(world, TOKEN);
    payer = await registerAccount(world, 'NorthPay');
    payee = await registerAccount(world, 'EastPay');
    await issueTo(world, payer.id, TOKEN, 100n);
    north = await creatorOf('NorthPay', 'client');
    stranger = await creatorOf('SouthPay', 'client');
  });

  beforeEach(() => {
    peer = memoryPeer({ state: world.state.entries });
  });

  const payment = (amount: string) => instruct(world, payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount });
  const submit = (batch: unknown, { creator = north, time = Date.now() } = {}) =>
    peer.submit({ name: 'instruction:apply', arguments: [packText(typeof batch === 'string' ? batch : JSON.stringify(batch))], creator, time });
  const apply = (instructions: readonly string[], options = {}) => submit({ instructions, lane: 0 }, options);
  const eventOf = ({ event }: Simulated) => event?.payload as BatchEvent;
  const recordOf = ({ writes }: Simulated, id: string, signer: string) => decodeRecord('instruction', [id, signer], Buffer.from(writes.get(stateKey('instruction', id, signer)) ?? ''));
  const answersOf = ({ result }: Simulated) => (result as Result).answers;
  const leavesNothing = ({ writes, event }: Simulated) => expect({ writes: writes.size, event }).to.deep.equal({ writes: 0, event: undefined });
  const fails = (simulated: Simulated, code: string) => {
    expect(simulated.message).to.match(new RegExp(`^${code} \\{.*\\}$`));
    expect(simulated.status).to.equal(500);
    leavesNothing(simulated);
  };

  it('tells what it records in one event, and nothing else in its result', async () => {
    const time = Date.now();
    const batch = [payment('10'), payment('95')];
    const simulated = await apply(batch, { time });
    expect(simulated.event?.name).to.equal('tallystick');
    const refusal = { code: 'FUNDS_INSUFFICIENT', figures: { available: '90', required: '95' } };
    expect(eventOf(simulated)).to.deep.equal({ v: 2, bookedAt: new Date(time).toISOString(), rules: 1, outcomes: [0, { index: 1, refusal }] });
    const outcomes = readOutcomes(eventOf(simulated), packBatch({ instructions: batch, lane: 0 }), nodeCrypto.sha256);
    expect(outcomes.map(({ index, signer, type, refusal: failed }) => ({ index, signer, type, failed }))).to.deep.equal([
      { index: 0, signer: payer.id, type: 'payment.pay/1', failed: undefined }, { index: 1, signer: payer.id, type: 'payment.pay/1', failed: refusal },
    ]);
    for (const { id, signer, hash } of outcomes) expect(recordOf(simulated, id, signer)).to.include({ hash });
    expect(answersOf(simulated)).to.deep.equal([]);
  });

  it('tells what it does not record in its result, each by its place in the batch, and the rest goes on', async () => {
    const earlier = payment('1');
    const first = await apply([earlier]);
    const simulated = await apply(['forged', payment('2'), earlier, `${payment('3').slice(0, -4)}AAAA`]);
    expect(eventOf(simulated).outcomes).to.deep.equal([1]);
    expect(answersOf(simulated).map(({ index, refusal }) => [index, refusal?.code])).to.deep.equal([[0, 'INSTRUCTION_MALFORMED'], [2, undefined], [3, 'SIGNATURE_INVALID']]);
    expect(answersOf(simulated)[1]?.repeat).to.include({ bookedAt: eventOf(first).bookedAt, hash: readInstruction(earlier, nodeCrypto).hash });
  });

  it('writes nothing and has no event where nothing is recorded', async () => {
    const earlier = payment('1');
    await apply([earlier]);
    const simulated = await apply([earlier, 'forged']);
    expect(simulated.status).to.equal(200);
    expect(answersOf(simulated)).to.have.length(2);
    leavesNothing(simulated);
  });

  it("puts incoming money into a slot of the submitter's MSP, which no argument names", async () => {
    const { writes } = await submit({ instructions: [payment('1')], lane: 5 });
    expect([...writes.keys()].filter((key) => key.startsWith(`s/${payee.id}/`))).to.deep.equal([`s/${payee.id}/${TOKEN}/NorthPay.5`]);
  });

  const malformed: readonly (readonly [string, unknown])[] = [
    ['no JSON', '{'],
    ['no instructions', { lane: 0 }],
    ['an empty batch', { instructions: [], lane: 0 }],
    ['501 instructions', { instructions: Array.from({ length: 501 }, () => 'x'), lane: 0 }],
    ['an instruction that is no text', { instructions: [1], lane: 0 }],
    ['a ninth lane', { instructions: ['x'], lane: 8 }],
    ['a lane below the first', { instructions: ['x'], lane: -1 }],
    ['half a lane', { instructions: ['x'], lane: 0.5 }],
    ['a slot of its own choice', { instructions: ['x'], lane: 0, slot: 'EastPay.0' }],
    ['a hint below zero', { instructions: ['x'], lane: 0, incoming: { a: { parcels: { 'NorthPay.0': -1 } } } }],
    ['a hint that is no number', { instructions: ['x'], lane: 0, incoming: { a: { parcels: { 'NorthPay.0': '1' } } } }],
  ];
  const unpackable: readonly (readonly [string, readonly (string | Uint8Array)[]])[] = [
    ['that is not packed', ['{"instructions":["x"],"lane":0}']],
    ['that ends too early', [packText('{"instructions":["x"],"lane":0}').subarray(0, -3)]],
    ['that is not there', []],
    ['beside another', [packText('{"instructions":["x"],"lane":0}'), 'y']],
    ['that unpacks to more than any batch is', [packText(' '.repeat(MAX_BATCH * MAX_INSTRUCTION_LENGTH + 2 ** 20 + 1))]],
  ];
  for (const [name, given] of unpackable) it(`refuses a batch ${name}`, async () => fails(await peer.submit({ name: 'instruction:apply', arguments: given, creator: north, time: Date.now() }), 'BATCH_MALFORMED'));

  for (const [name, batch] of malformed) it(`refuses a batch with ${name}`, async () => fails(await submit(batch), 'BATCH_MALFORMED'));

  it('takes 500 instructions', async () => {
    const { status } = await apply(Array.from({ length: 500 }, () => 'x'));
    expect(status).to.equal(200);
  });

  it('refuses the batch of an organization that is no member', async () => fails(await apply([payment('1')], { creator: stranger }), 'SUBMITTER_UNKNOWN'));

  for (const name of ['apply', ':apply', 'tick', 'version']) {
    it(`is not reached as ${name}: a transaction has one name`, async () => {
      const simulated = await peer.submit({ name, arguments: [packBatch({ instructions: [payment('1')], lane: 0 })], creator: north, time: Date.now() });
      expect(simulated.status).to.equal(500);
      leavesNothing(simulated);
    });
  }

  it('refuses a batch before the ledger is founded', async () => {
    peer = memoryPeer();
    fails(await apply([payment('1')]), 'LEDGER_NOT_FOUNDED');
  });

  for (const [name, offset] of [['behind', -10.2 * SECOND], ['ahead of', 10.2 * SECOND]] as const) {
    it(`refuses a transaction time more than ten seconds ${name} its own clock`, async () => {
      fails(await apply([payment('1')], { time: Date.now() + offset }), 'TIME_SKEWED');
    });
  }

  it('accepts a transaction time within ten seconds of its own clock', async () => {
    expect(eventOf(await apply([payment('1')], { time: Date.now() + 9 * SECOND })).outcomes).to.have.length(1);
  });

  for (const [name, clock] of [['more than 120 s behind the transaction', -121 * SECOND], ['ahead of the transaction', SECOND]] as const) {
    it(`refuses a batch when the ledger clock is ${name}`, async () => {
      const time = Date.now();
      peer = memoryPeer({ state: new Map([...world.state.entries, ['clock', encodeRecord('clock', [], time + clock)]]) });
      fails(await apply([payment('1')], { time }), 'CLOCK_STALE');
    });
  }

  it('passes a fault of the program on, and records nothing for it', async () => {
    peer = memoryPeer({ state: new Map([...world.state.entries, [`a/${payee.id}`, Buffer.from(`[${RECORD_VERSION},`)]]) });
    const simulated = await apply([payment('1')]);
    expect(simulated.status).to.equal(500);
    expect(simulated.message).to.match(/JSON/);
    leavesNothing(simulated);
  });

  for (const version of [1, 2, RECORD_VERSION + 1]) {
    it(`refuses a ledger whose records are of schema version ${version}, whole`, async () => {
      const state = [...world.state.entries].map(([key, value]) => [key, Buffer.from(String(value).replace(/^\[\d+/, `[${version}`))] as const);
      peer = memoryPeer({ state: new Map(state) });
      fails(await apply([payment('1')]), 'LEDGER_SCHEMA');
    });
  }

  it('does not know transactions that it does not have', async () => {
    for (const name of ['instruction:transact', 'instruction:constructor', 'consortium:reset', 'ledger:apply', 'transact']) {
      const simulated = await peer.submit({ name, creator: north });
      expect(simulated.status, name).to.equal(500);
      leavesNothing(simulated);
    }
  });
});
