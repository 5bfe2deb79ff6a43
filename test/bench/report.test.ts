import { expect } from 'chai';
import { nodeCrypto } from '../../chaincode/src/crypto/index.ts';
import { readInstruction } from '../../chaincode/src/domain/index.ts';
import { keyRing, spkiOf } from './accounts.ts';
import { readOptions } from './options.ts';
import { instructionsOf, press } from './press.ts';
import { highest, microsecondsEach, useBetween } from './processes.ts';
import { reportOf, sharesOf, table } from './report.ts';

const BEFORE = [{ name: 'gateway.NorthPay', cpuSeconds: 10, rssMiB: 200 }, { name: 'peer.NorthPay', cpuSeconds: 4, rssMiB: 100 }];
const AFTER = [
  { name: 'gateway.NorthPay', cpuSeconds: 12.5, rssMiB: 250 }, { name: 'gateway.EastPay', cpuSeconds: 0.5, rssMiB: 300 },
  { name: 'peer.NorthPay', cpuSeconds: 5, rssMiB: 90 }, { name: 'client', cpuSeconds: 1, rssMiB: 80 },
];

describe('what the bench reports', () => {
  it('is the CPU of the span, and the memory at its end', () => {
    expect(useBetween(BEFORE, AFTER).map(({ name, cpuSeconds, rssMiB }) => [name, cpuSeconds, rssMiB])).to.deep.equal([
      ['gateway.NorthPay', 2.5, 250], ['gateway.EastPay', 0.5, 300], ['peer.NorthPay', 1, 90], ['client', 1, 80],
    ]);
  });

  it('is the CPU of a payment by kind of process, and the memory of the largest of a kind', () => {
    const use = useBetween(BEFORE, AFTER);
    expect(microsecondsEach(use, 1_000)).to.deep.equal({ gateway: 3_000, peer: 1_000, client: 1_000 });
    expect(microsecondsEach(use, 0)).to.deep.equal({ gateway: 0, peer: 0, client: 0 });
    expect(highest(AFTER, 'gateway')).to.equal(300);
    expect(highest(AFTER, 'orderer')).to.equal(0);
  });

  it('is whose the machine was', () => {
    expect(sharesOf({ cpuSeconds: 20, idleSeconds: 2 }, [{ name: 'client', cpuSeconds: 15, rssMiB: 0 }])).to.deep.equal({ run: 75, others: 15, idle: 10 });
  });

  const used = { blocks: 7, transactions: 40, invalid: { MVCC_READ_CONFLICT: 3, PHANTOM_READ_CONFLICT: 1, ENDORSEMENT_POLICY_FAILURE: 2 }, processes: useBetween(BEFORE, AFTER), machine: { cpuSeconds: 20, idleSeconds: 5 } };
  const measured = { committed: 5_000, refused: 6, seconds: 10, latencies: [100, 200, 300] };

  it('has every member that is asked for, and its figures follow from what was measured', () => {
    const report = reportOf('hot-merchant bulk', measured, { bound: 2_000, usual: 8, used });
    expect(report).to.deep.include({
      workload: 'hot-merchant bulk', committedPerSecond: 500, baselinePerSecond: 8, ratioToBaseline: 62.5, signatureBoundPerSecond: 2_000, ratioToBound: 0.25,
      latencyMs: { p50: 200, p95: 300, p99: 300 }, refused: 6, conflicts: 4, processes: useBetween(BEFORE, AFTER),
    });
    const text = table(report);
    for (const part of ['500', '8 (ratio 62.5)', '2000 (reached 25 %)', 'p50 200, p95 300, p99 300', 'gateway 600', 'ENDORSEMENT_POLICY_FAILURE 2', 'this run 25 %, others 50 %, idle 25 %']) expect(text).to.include(part);
  });

  it('says where nothing was compared', () => {
    const report = reportOf('soak', measured, { bound: 2_000, usual: undefined, used });
    expect(report).to.include({ baselinePerSecond: null, ratioToBaseline: null });
    expect(table(report)).to.include('not run');
  });

  it('has rows of unlike members in tables of their own', () => {
    const rows = [{ flood: 'none', honest: 5 }, { flood: 'same ids', honest: 4 }, { file: 'intake.ts', percent: 9 }];
    const lines = table(reportOf('flood', { ...measured, rows }, { bound: 1, usual: undefined, used })).split('\n').slice(-6).map((line) => line.trim().split(/\s{2,}/));
    expect(lines).to.deep.equal([['flood', 'honest'], ['none', '5'], ['same ids', '4'], [''], ['file', 'percent'], ['intake.ts', '9']]);
  });
});

describe('what the bench is told', () => {
  it('is checked', () => {
    expect(readOptions(['hot-merchant', '--seconds', '60', '--http', 'single'])).to.deep.include({ workloads: ['hot-merchant'], seconds: 60, http: 'single', rate: undefined });
    for (const wrong of [['--seconds', '0'], ['--rate', '1.5'], ['--payers', 'many'], ['--http', 'gopher'], ['--unknown']]) expect(() => readOptions(wrong), wrong.join(' ')).to.throw();
  });
});

describe('what the bench signs', () => {
  it('are payments that the ledger would read and verify, in pieces, with ids that sort in the order they are sent', () => {
    const seed = 'test';
    const key = keyRing(seed).key(0);
    const payer = { id: '01890000-0000-7000-8000-000000000001@NorthPay', thumbprint: 'A'.repeat(43), number: 0 };
    const order = { kind: 'payments', ledger: 'test', token: 'USD@NorthPay', amount: '1', seed, payers: [payer], payees: ['01890000-0000-7000-8000-000000000002@NorthPay'], from: new Uint32Array(5), to: new Uint32Array(5), at: Date.now(), perMillisecond: 0.5, pieceSize: 2 } as const;
    const { pieces } = press(order);
    expect(pieces.map(({ count }) => count)).to.deep.equal([2, 2, 1]);
    const read = pieces.flatMap(instructionsOf).map((jws) => readInstruction(jws, nodeCrypto));
    for (const { signed, signature } of read) expect(nodeCrypto.verify(spkiOf(key).toString('base64'), signed, Buffer.from(signature, 'base64url'))).to.equal(true);
    const ids = read.map(({ id }) => id);
    expect(ids).to.deep.equal([...new Set(ids)].sort());
    expect(press({ ...order, pieceSize: 1 }).pieces.map(({ bytes }) => readInstruction(Buffer.from(bytes).toString(), nodeCrypto).signer)).to.deep.equal(new Array(5).fill(payer.id));
  });
});
