import { common, gateway, ledger, peer } from '@hyperledger/fabric-protos';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readsOf, type LedgerTransaction, type StateRead } from '../../gateway-api/src/fabric/block.ts';
import { CommitWatch } from '../../gateway-api/src/fabric/commit-watch.ts';
import { openEnvelopeStore, type EnvelopeStore } from '../../gateway-api/src/fabric/envelope-store.ts';
import { LedgerClient } from '../../gateway-api/src/fabric/ledger-client.ts';
import { fieldsOf } from '../../gateway-api/src/fabric/wire.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { within } from '../../gateway-api/src/wait.ts';

const written = (block: number, position: number, ...keys: readonly string[]): LedgerTransaction => ({
  transactionId: `tx ${block} ${position}`,
  block,
  position,
  validation: 'VALID',
  call: { submitter: 'NorthPay', time: '', name: '', arguments: [], event: undefined, writes: keys.map((key) => ({ key, value: undefined })) },
});

describe('envelopes', () => {
  let folder: string;
  let store: EnvelopeStore;
  let commits: CommitWatch;
  let sent: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tallystick-envelopes-'));
    store = openEnvelopeStore(folder);
    commits = new CommitWatch();
    sent = [];
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const transactionOf = (transactionId: string, bytes = Buffer.from(transactionId)) => ({
    getTransactionId: () => transactionId,
    getBytes: () => bytes,
    getResult: () => Buffer.from('{"answers":[]}'),
    submit: () => {
      // What is sent is on disk by now.
      expect(store.all().map((envelope) => envelope.transactionId)).to.include(transactionId);
      sent.push(transactionId);
      setTimeout(() => commits.saw([written(7, 0)].map((transaction) => ({ ...transaction, transactionId }))), 5);
      return Promise.resolve();
    },
  });

  const client = (inChain: readonly string[] = []): LedgerClient => {
    const connection = {
      signed: (transaction: unknown) => Promise.resolve(transaction),
      stored: (bytes: Uint8Array) => {
        if (Buffer.from(bytes).toString() === 'torn') throw new Error('ends too early');
        return transactionOf(Buffer.from(bytes).toString());
      },
      isInChain: (transactionId: string) => Promise.resolve(inChain.includes(transactionId)),
    };
    const endorser = { endorse: () => Promise.resolve({ kind: 'endorsed', transaction: transactionOf('new'), milliseconds: 1 }) };
    return new LedgerClient({ connection: connection as never, endorser: endorser as never, commits, clock: () => undefined, envelopes: store, log: silentLog });
  };

  it('are kept before they are sent, until their transaction is in a block', async () => {
    expect(await client().apply({ instructions: ['jws'], lane: 0, after: -1 })).to.deep.include({ kind: 'committed', block: 7 });
    expect(sent).to.deep.equal(['new']);
    expect(store.all()).to.deep.equal([]);
  });

  it('that cannot be kept are not sent, and their batch can be tried again', async () => {
    rmSync(folder, { recursive: true });
    expect(await client().apply({ instructions: ['jws'], lane: 0, after: -1 })).to.include({ kind: 'unavailable' });
    expect(sent).to.deep.equal([]);
    mkdirSync(folder);
  });

  it('that somebody has removed are dropped all the same', () => {
    store.put({ transactionId: 'a', bytes: Buffer.from('a'), lastValid: 1 });
    rmSync(join(folder, '1.a'));
    store.drop('a');
    expect(store.all()).to.deep.equal([]);
  });

  it('of an earlier process are sent again, the same bytes, unless they are in the chain', async () => {
    for (const transactionId of ['lost', 'there']) store.put({ transactionId, bytes: Buffer.from(transactionId), lastValid: Date.now() + 60_000 });
    await client(['there']).recover();
    expect(sent).to.deep.equal(['lost']);
    expect(store.all()).to.deep.equal([]);
  });

  it('are found by the next process, oldest first, without what was not written wholly', () => {
    store.put({ transactionId: 'b', bytes: Buffer.from('later'), lastValid: 2_000 });
    store.put({ transactionId: 'a', bytes: Buffer.from('earlier'), lastValid: 999 });
    writeFileSync(join(folder, '3000.c.part'), 'ha');
    const next = openEnvelopeStore(folder);
    expect(next.all().map(({ transactionId, bytes, lastValid }) => [transactionId, Buffer.from(bytes).toString(), lastValid])).to.deep.equal([['a', 'earlier', 999], ['b', 'later', 2_000]]);
    for (const { transactionId } of next.all()) next.drop(transactionId);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('that cannot be read are left out, and the others go on', async () => {
    for (const transactionId of ['torn', 'whole']) store.put({ transactionId, bytes: Buffer.from(transactionId), lastValid: Date.now() + 60_000 });
    await client().recover();
    expect(sent).to.deep.equal(['whole']);
    expect(store.all()).to.deep.equal([]);
  });
});

describe('a transaction that is in no block', () => {
  const read = (block: number, position: number): Buffer => {
    const clock = new ledger.rwset.kvrwset.KVRead();
    clock.setKey('clock');
    const version = new ledger.rwset.kvrwset.Version();
    version.setBlockNum(block);
    version.setTxNum(position);
    clock.setVersion(version);
    const reads = new ledger.rwset.kvrwset.KVRWSet();
    reads.setReadsList([new ledger.rwset.kvrwset.KVRead(), clock]);
    return Buffer.from(preparedWith(reads));
  };

  const applying = (bytes: Buffer) => {
    const commits = new CommitWatch();
    const sending = Promise.withResolvers<void>();
    const submit = () => (sending.resolve(), Promise.reject(new Error('no orderer can be reached')));
    const transaction = { getTransactionId: () => 'held', getBytes: () => bytes, getResult: () => Buffer.from('{"answers":[]}'), submit };
    const endorser = { endorse: () => Promise.resolve({ kind: 'endorsed', transaction, milliseconds: 1 }) };
    const client = new LedgerClient({ connection: { chaincode: 'tallystick' } as never, endorser: endorser as never, commits, clock: () => new Date().toISOString(), log: silentLog });
    return { commits, sent: sending.promise, applied: client.apply({ instructions: ['jws'], lane: 0, after: -1 }) };
  };

  it('ends with the first tick after the one that it has read, and with none that its endorsers had before this gateway', async () => {
    const { commits, sent, applied } = applying(read(30, 1));
    await sent;
    commits.saw([written(29, 0, 'clock')]);
    commits.saw([written(30, 1, 'clock')]);
    expect(await within(1_300, applied, 'nothing yet')).to.equal('nothing yet');
    commits.saw([written(31, 0, 'other')]);
    expect(await within(700, applied, 'nothing yet')).to.equal('nothing yet');
    commits.saw([written(34, 2, 'clock')]);
    expect(await within(2_000, applied, 'nothing yet')).to.include({ kind: 'unavailable' });
  }).timeout(6_000);

  it('does not end with a tick that comes behind it in its own block', async () => {
    const { commits, sent, applied } = applying(read(30, 1));
    await sent;
    commits.saw([{ ...written(40, 0), transactionId: 'held' }, written(40, 1, 'clock')]);
    expect(commits.isExpected('held')).to.equal(false);
    expect(await applied).to.include({ kind: 'committed', block: 40 });
  });
});

describe('what a conflict was about', () => {
  const read = (key: string, version?: readonly [number, number]): StateRead => ({ key, version: version === undefined ? undefined : { block: version[0], position: version[1] } });

  it('is what others wrote after it was read and before the transaction’s place', () => {
    const commits = new CommitWatch();
    commits.saw([written(4, 0, 'old')]);
    commits.saw([written(5, 0, 'winner', 'new'), written(5, 1, 'own'), written(5, 2, 'later')]);
    const reads = [read('old', [4, 0]), read('winner', [3, 1]), read('new'), read('later', [3, 0]), read('unknown', [1, 0]), read('own', [2, 0])];
    expect(commits.overtaken({ block: 5, position: 1 }, () => reads)).to.deep.equal(['winner', 'new']);
  });

  it('is read from the bytes of the transaction', () => {
    const kept = new ledger.rwset.kvrwset.KVRead();
    kept.setKey('b/one');
    const version = new ledger.rwset.kvrwset.Version();
    version.setBlockNum(300);
    version.setTxNum(2);
    kept.setVersion(version);
    const absent = new ledger.rwset.kvrwset.KVRead();
    absent.setKey('i/two');
    const reads = new ledger.rwset.kvrwset.KVRWSet();
    reads.setReadsList([kept, absent]);
    expect(readsOf(preparedWith(reads), 'tallystick')).to.deep.equal([read('b/one', [300, 2]), read('i/two')]);
    expect(readsOf(preparedWith(reads), 'another')).to.deep.equal([]);
  });
});

describe('fields of a protobuf message', () => {
  it('are found by number, in order, and a message that ends too early is refused', () => {
    const set = new ledger.rwset.kvrwset.KVRWSet();
    const write = new ledger.rwset.kvrwset.KVWrite();
    write.setKey('k'.repeat(300));
    set.setReadsList([new ledger.rwset.kvrwset.KVRead(), new ledger.rwset.kvrwset.KVRead()]);
    set.setWritesList([write]);
    const bytes = set.serializeBinary();
    expect(fieldsOf(bytes, 1).length).to.equal(2);
    expect(fieldsOf(bytes, 3).map((each) => ledger.rwset.kvrwset.KVWrite.deserializeBinary(each).getKey())).to.deep.equal(['k'.repeat(300)]);
    expect(() => fieldsOf(bytes.subarray(0, -1), 3)).to.throw(/too early/);
    expect(() => fieldsOf(Uint8Array.from([0x08, 0x01]), 1)).to.throw(/wire type/);
  });
});

function preparedWith(set: ledger.rwset.kvrwset.KVRWSet): Uint8Array {
  const own = new ledger.rwset.NsReadWriteSet();
  own.setNamespace('tallystick');
  own.setRwset(set.serializeBinary());
  const all = new ledger.rwset.TxReadWriteSet();
  all.setNsRwsetList([own]);
  const action = new peer.ChaincodeAction();
  action.setResults(all.serializeBinary());
  const response = new peer.ProposalResponsePayload();
  response.setExtension$(action.serializeBinary());
  const endorsed = new peer.ChaincodeEndorsedAction();
  endorsed.setProposalResponsePayload(response.serializeBinary());
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setAction(endorsed);
  const transactionAction = new peer.TransactionAction();
  transactionAction.setPayload(actionPayload.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.setActionsList([transactionAction]);
  const payload = new common.Payload();
  payload.setData(transaction.serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  const prepared = new gateway.PreparedTransaction();
  prepared.setEnvelope(envelope);
  return prepared.serializeBinary();
}
