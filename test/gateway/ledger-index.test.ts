import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { packText } from '../../chaincode/src/ledger/packed-batch.ts';
import type { ChaincodeCall, LedgerBlock } from '../../gateway-api/src/fabric/block.ts';
import { openIndex, type LedgerIndex } from '../../gateway-api/src/index/ledger-index.ts';
import { pageRequest, readOn, type Placed } from '../../gateway-api/src/index/page.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { memoryChain, newApplicant, type MemoryChain } from './memory-chain.ts';
import { officerOf, sign } from './test-gateway.ts';
import { uuidAt, type Signer } from '../support/signer.ts';

const TOKEN = 'USD@NorthPay';

function newIndex(): LedgerIndex {
  return openIndex({ folder: ':memory:', rebuild: false, log: silentLog });
}

function changed(block: LedgerBlock, change: (call: ChaincodeCall) => ChaincodeCall): LedgerBlock {
  return { ...block, transactions: block.transactions.map(({ call, ...rest }) => (call === undefined ? rest : { ...rest, call: change(call) })) };
}

/** Makes every COMMIT of the database that is next to begin a transaction end as SQLite ends it when it cannot write: rolled back. */
function failingCommits() {
  const exec = Reflect.get(DatabaseSync.prototype, 'exec');
  const broken = new Set<DatabaseSync>();
  DatabaseSync.prototype.exec = function (sql: string): void {
    if (sql.startsWith('BEGIN') && broken.size === 0) broken.add(this);
    if (!broken.has(this) || sql !== 'COMMIT') return exec.call(this, sql);
    exec.call(this, 'ROLLBACK');
    throw new Error('disk I/O error');
  };
  return { end: () => void (DatabaseSync.prototype.exec = exec) };
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}

describe('the index', () => {
  let chain: MemoryChain;
  let live: LedgerIndex;
  let payer: Signer;
  let payee: Signer;

  const apply = (...instructions: readonly string[]) => chain.apply({ instructions, lane: 3, after: -1 });
  const act = (signer: Signer, type: string, body: unknown) => apply(sign(signer, type, body));
  const balance = (account: string): unknown => live.statements.balances(account);

  before(async () => {
    chain = await memoryChain();
    live = newIndex();
    chain.attach(live);
    const applicants = [await newApplicant(chain, 'NorthPay'), await newApplicant(chain, 'EastPay')];
    for (const { body } of applicants) await act(officerOf(chain, `registrar@${body.account.split('@')[1] ?? ''}`), 'account.register/1', body);
    [payer, payee] = applicants.map(({ signer }) => signer) as [Signer, Signer];
    const issuer = officerOf(chain, 'issuer@NorthPay');
    await act(issuer, 'token.define/1', { token: TOKEN, name: 'North dollar', decimals: 2, kind: 'money', source: { code: 'USD', fields: {} } });
    await act(issuer, 'token.issue/1', { token: TOKEN, account: payer.id, amount: '100' });
  });

  it('adds up what lies in balance, slots and parcels', async () => {
    const pay = (signer: Signer, to: Signer, amount: string): string => sign(signer, 'payment.pay/1', { payee: to.id, token: TOKEN, amount });
    await apply(pay(payer, payee, '10'), pay(payer, payee, '20'));
    expect(balance(payer.id)).to.deep.equal([{ token: TOKEN, free: '70', held: '0' }]);
    expect(balance(payee.id)).to.deep.equal([{ token: TOKEN, free: '30', held: '0' }]);
    await apply(pay(payee, payer, '25'));
    expect(balance(payee.id)).to.deep.equal([{ token: TOKEN, free: '5', held: '0' }]);
    expect(balance(payer.id)).to.deep.equal([{ token: TOKEN, free: '95', held: '0' }]);
    expect(live.supplyOf(TOKEN)).to.deep.equal({ issued: '100', redeemed: '0' });
  });

  it('keeps a payment’s references, time and place when a later block refunds it', async () => {
    const id = `${uuidAt(Date.now())}`;
    const references = { endToEndId: 'order-1', invoice: 'R-1' };
    await apply(sign(payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount: '10', references }, { id }));
    const payment = `${id}.${payer.id}`;
    const before = live.objects.payments.one(payment);
    await act(payee, 'payment.refund/1', { payment, payer: payer.id, amount: '10', reason: 'RETURNED', references: { endToEndId: 'refund-1' } });
    expect(live.objects.payments.one(payment)).to.deep.equal({ ...before, refunded: '10', state: 'refunded' });
    const listed = (endToEndId: string): unknown => live.objects.payments.list({ payer: payer.id, endToEndId }, { before: Number.MAX_SAFE_INTEGER, limit: 10 }).items.map((item) => item.id);
    expect([listed('order-1'), listed('refund-1')]).to.deep.equal([[payment], []]);
  });

  it('lists every payment once, whether it is as its instruction says or refunded since', () => {
    const list = (filter: object): readonly string[] => live.objects.payments.list(filter, { before: Number.MAX_SAFE_INTEGER, limit: 100 }).items.map(({ id }) => id);
    const made = [payer, payee].flatMap(({ id }) => live.instructions.list({ signer: id, type: 'payment.pay/1' }, { before: Number.MAX_SAFE_INTEGER, limit: 100 }).items);
    const ids = made.filter(({ refusal }) => refusal === undefined).map(({ id, signer }) => `${id}.${signer}`);
    expect([...list({ payer: payer.id }), ...list({ payer: payee.id })]).to.have.members(ids);
    expect(list({ payer: payer.id, payee: payee.id, token: TOKEN })).to.deep.equal(list({ payee: payee.id }));
    expect(list({ payee: payee.id, token: 'EUR@NorthPay' })).to.deep.equal([]);
  });

  it('has refusals without any other trace', async () => {
    const jws = sign(payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount: '1000' });
    const before = { balance: balance(payer.id), postings: live.postings(payer.id, undefined, { before: Number.MAX_SAFE_INTEGER, limit: 500 }) };
    await apply(jws);
    const { items } = live.instructions.list({ signer: payer.id }, { before: Number.MAX_SAFE_INTEGER, limit: 1 });
    expect(items[0]?.refusal?.code).to.equal('FUNDS_INSUFFICIENT');
    expect({ balance: balance(payer.id), postings: live.postings(payer.id, undefined, { before: Number.MAX_SAFE_INTEGER, limit: 500 }) }).to.deep.equal(before);
  });

  it('has postings that sum to zero with the issuance', () => {
    const all = [payer.id, payee.id, 'issuance'].flatMap((account) => live.postings(account, TOKEN, { before: Number.MAX_SAFE_INTEGER, limit: 500 }).items);
    expect(all.reduce((sum, { amount }) => sum + BigInt(amount), 0n)).to.equal(0n);
  });

  it('tells the history of an account by the instructions that name it', async () => {
    await act(payee, 'account.freeze/1', { account: payee.id, mode: 'debit', reason: 'OTHER' });
    const { items } = live.instructions.history(`a/${payee.id}`, { before: Number.MAX_SAFE_INTEGER, limit: 10 });
    expect(items.map(({ type }) => type)).to.deep.equal(['account.freeze/1', 'account.register/1']);
    expect(live.objects.accounts.one(payee.id)?.status).to.equal('frozen-debit');
  });

  describe('a page of a list', () => {
    const numbers = Array.from({ length: 10_000 }, (_, number) => 10_000 - number);
    const rows = (before: number, limit: number): readonly Placed[] => numbers.filter((entry) => entry < before).slice(0, limit).map((entry) => ({ entry }));
    const pages = (limit: number, itemsOf: (row: Placed) => readonly number[]): readonly (readonly number[])[] => {
      const read: (readonly number[])[] = [];
      for (let request = pageRequest(undefined, limit, 1_000); request !== undefined; ) {
        const { items, cursor } = readOn(rows, request, itemsOf);
        read.push(items);
        request = cursor === undefined ? undefined : pageRequest(cursor, limit, 1_000);
      }
      return read;
    };

    it('keeps the lines of an entry together, and has a cursor only while there is more', () => {
      const twice = ({ entry }: Placed): readonly number[] => (entry <= 3 ? [entry, entry] : []);
      expect(pages(3, twice).filter(({ length }) => length > 0)).to.deep.equal([[3, 3, 2, 2], [1, 1]]);
      expect(readOn(rows, { before: 3, limit: 4 }, twice)).to.deep.equal({ items: [2, 2, 1, 1] });
    });

    it('ends early where a filter leaves most entries out, and goes on there', () => {
      const rare = ({ entry }: Placed): readonly number[] => (entry % 3_000 === 1 ? [entry] : []);
      const read = pages(50, rare);
      expect(read.flat()).to.deep.equal([9_001, 6_001, 3_001, 1]);
      expect(read.length).to.equal(5);
    });
  });

  it('is the same when it is built anew from the first block', () => {
    const rebuilt = newIndex();
    for (const block of chain.blocks) rebuilt.read(block);
    expect(rebuilt.digest()).to.equal(live.digest());
  });

  for (const name of ['apply', ':apply']) {
    it(`recognises a batch that was called as ${name}`, () => {
      const index = newIndex();
      for (const block of chain.blocks) index.read(changed(block, (call) => (call.name === 'instruction:apply' ? { ...call, name } : call)));
      expect(index.digest()).to.equal(live.digest());
    });
  }

  const strange: readonly (readonly [string, Partial<ChaincodeCall>])[] = [
    ['whose event tells nothing', { event: undefined }],
    ['whose batch is not packed', { arguments: [Buffer.from('{"instructions":[]}')] }],
    ['whose batch is not JSON', { arguments: [packText('{')] }],
    ['whose batch has no instructions', { arguments: [packText('{"instructions":7}')] }],
    ['whose instructions cannot be read', { arguments: [packText('{"instructions":["a.b.c",5,"."]}')] }],
  ];
  for (const [what, other] of strange) it(`goes on with a transaction ${what}, and tells the outcomes that it recorded`, () => {
    const index = newIndex();
    for (const block of chain.blocks) index.read(changed(block, (call) => (call.name === 'instruction:apply' ? { ...call, ...other } : call)));
    expect(index.block()).to.equal(live.block());
    expect(index.statements.balances(payer.id)).to.deep.equal(balance(payer.id));
    const all = { before: Number.MAX_SAFE_INTEGER, limit: 500 };
    const told = (of: LedgerIndex): unknown => of.instructions.list({ signer: payer.id }, all).items.map(({ id, hash, bookedAt, refusal, transactionId }) => ({ id, hash, bookedAt, refusal: refusal?.code, transactionId })).toSorted(byId);
    expect(told(index)).to.deep.equal(told(live));
  });

  it('reads a block again without a change, and does not leave one out', () => {
    const digest = live.digest();
    const last = chain.blocks.at(-1);
    const first = chain.blocks[0];
    if (last === undefined || first === undefined) throw new Error('no blocks');
    live.read(last);
    expect(live.digest()).to.equal(digest);
    expect(() => live.read({ ...last, number: last.number + 2 })).to.throw(/after block/);
    expect(live.digest()).to.equal(digest);
  });

  it('begins anew when the chain is another one', () => {
    const index = newIndex();
    for (const block of chain.blocks) index.read(block);
    const last = chain.blocks.at(-1);
    if (last === undefined) throw new Error('no blocks');
    expect(() => index.read({ ...last, dataHash: 'another' })).to.throw(/first block/);
    expect(index.nextBlock()).to.equal(0);
    for (const block of chain.blocks) index.read(block);
    expect(index.digest()).to.equal(live.digest());
  });

  it('undoes with a block that it cannot take what is not committed yet, and reads that again', () => {
    const index = newIndex();
    const faulty = chain.blocks.at(-2);
    if (faulty === undefined) throw new Error('no blocks');
    const refused = changed(faulty, (call) => ({ ...call, writes: [{ key: `a/${payer.id}`, value: Buffer.from('[0,{}]') }] }));
    const readOn = (blocks: readonly LedgerBlock[]): void => blocks.filter(({ number }) => number >= index.nextBlock()).forEach(index.read);
    for (let attempt = 1; attempt <= 2; attempt++) {
      expect(() => readOn(chain.blocks.map((block) => (block === faulty ? refused : block)))).to.throw(/LEDGER_SCHEMA/);
      expect(index.fault()).to.match(new RegExp(`^block ${faulty.number}:`));
      expect(index.block()).to.equal(attempt === 1 ? -1 : faulty.number - 1);
    }
    readOn(chain.blocks);
    expect(index.fault()).to.equal(undefined);
    expect(index.digest()).to.equal(live.digest());
  });

  it('reads again what a failed commit has undone, and leaves no block out', async () => {
    const index = newIndex();
    const middle = Math.floor(chain.blocks.length / 2);
    const before = chain.blocks.slice(0, middle);
    const commits = failingCommits();
    try {
      before.forEach(index.read);
      await pause(1_300);
    } finally {
      commits.end();
    }
    expect(index.block()).to.equal(-1);
    expect(index.clock()).to.equal(undefined);
    expect(index.fault()).to.equal(`block ${middle - 1}: disk I/O error`);
    expect(() => chain.blocks.slice(middle).forEach(index.read)).to.throw(/after block -1/);
    before.forEach(index.read);
    expect(index.fault()).to.equal(undefined);
    chain.blocks.slice(middle).forEach(index.read);
    expect(index.digest()).to.equal(live.digest());
  }).timeout(5_000);

  it('reads again from the last commit while none succeeds', async () => {
    const index = newIndex();
    const commits = failingCommits();
    try {
      chain.blocks.slice(0, 3).forEach(index.read);
      await pause(1_300);
      for (let attempt = 1; attempt <= 2; attempt++) {
        expect(() => chain.blocks.slice(index.nextBlock()).forEach(index.read)).to.throw('block 0: disk I/O error');
        expect([index.block(), index.nextBlock()]).to.deep.equal([-1, 0]);
      }
    } finally {
      commits.end();
    }
    chain.blocks.forEach(index.read);
    expect([index.fault(), index.digest()]).to.deep.equal([undefined, live.digest()]);
  }).timeout(5_000);

  it('goes on from the last commit when its process ends without closing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-index-'));
    const ended = openIndex({ folder, rebuild: false, log: silentLog });
    const middle = Math.floor(chain.blocks.length / 2);
    for (const block of chain.blocks.slice(0, middle)) ended.read(block);
    await pause(1_300);
    for (const block of chain.blocks.slice(middle)) ended.read(block);
    // What a process that ends at once leaves behind.
    const left = mkdtempSync(join(tmpdir(), 'tallystick-index-'));
    for (const name of ['index.db', 'index.db-wal']) copyFileSync(join(folder, name), join(left, name));
    const index = openIndex({ folder: left, rebuild: false, log: silentLog });
    expect(index.block()).to.equal(middle - 1);
    for (const block of chain.blocks.slice(index.nextBlock())) index.read(block);
    expect(index.digest()).to.equal(live.digest());
    ended.close();
    index.close();
    for (const each of [folder, left]) rmSync(each, { recursive: true });
  });

  it('takes a block wholly or not at all', () => {
    const index = newIndex();
    const [first, ...rest] = chain.blocks;
    if (first === undefined) throw new Error('no blocks');
    index.read(first);
    const broken = rest.find(({ transactions }) => transactions[0]?.call?.name === 'instruction:apply');
    if (broken === undefined) throw new Error('no batch');
    for (const block of rest.slice(0, rest.indexOf(broken))) index.read(block);
    const digest = index.digest();
    const [transaction] = broken.transactions;
    const bad = { ...broken, transactions: [transaction, { ...transaction, call: { ...transaction?.call, writes: [{ key: 'a/x', value: Buffer.from('[0,{}]') }] } }] };
    expect(() => index.read(bad as never)).to.throw();
    for (const block of chain.blocks.slice(index.nextBlock(), broken.number)) index.read(block);
    expect(index.digest()).to.equal(digest);
  });
});
