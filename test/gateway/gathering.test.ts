import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import { MAX_FOLD } from '../../chaincode/src/domain/index.ts';
import { openIndex, type LedgerIndex } from '../../gateway-api/src/index/ledger-index.ts';
import { moneyWriter } from '../../gateway-api/src/index/money-writer.ts';
import { CROWDED, openIndexDatabase } from '../../gateway-api/src/index/schema.ts';
import { statementQueries } from '../../gateway-api/src/index/statement-queries.ts';
import { silentLog, type Log } from '../../gateway-api/src/log.ts';
import { QueueFullError } from '../../gateway-api/src/turned-away.ts';
import { gatherIncoming, keepSweeping } from '../../gateway-api/src/sweeper/sweeper.ts';

const MERCHANT = '01890000-0000-7000-8000-000000000001@EastPay';
const OTHER = '01890000-0000-7000-8000-000000000002@WestPay';
const RECEIVER = '01890000-0000-7000-8000-000000000003@WestPay';
const TOKEN = 'USD@NorthPay';

describe('incoming money in the index', () => {
  const database = openIndexDatabase(':memory:');
  const money = moneyWriter(database);
  const { crowded, incoming, balances } = statementQueries(database);
  const hintsOf = (account: string, amount?: bigint) => incoming(new Map([[account, amount === undefined ? undefined : new Map([[TOKEN, amount]])]]))[`${account}/${TOKEN}`];
  const seal = (account: string, slot: string, from: number, to: number): void => {
    for (let number = from; number < to; number++) money.parcel(account, TOKEN, slot, number, 2n);
  };

  after(() => database.close());

  it('is named for gathering once it lies in more parcels than the bound, of its own organization only', () => {
    seal(MERCHANT, 'NorthPay.0', 0, 60);
    seal(MERCHANT, 'EastPay.7', 0, CROWDED - 60);
    seal(OTHER, 'WestPay.1', 0, CROWDED + 10);
    expect(crowded('EastPay', 10)).to.deep.equal([]);
    seal(MERCHANT, 'EastPay.7', CROWDED - 60, CROWDED - 59);
    expect(crowded('EastPay', 10)).to.deep.equal([{ account: MERCHANT, token: TOKEN, parcels: { 'NorthPay.0': 60, 'EastPay.7': CROWDED - 59 } }]);
    expect(crowded('NorthPay', 10)).to.deep.equal([]);
  });

  it('is hinted while it is not taken in, and no longer', () => {
    expect(hintsOf(MERCHANT)).to.deep.equal({ parcels: { 'NorthPay.0': 60, 'EastPay.7': CROWDED - 59 }, slots: [] });
    for (let number = 0; number < 60; number++) money.parcel(MERCHANT, TOKEN, 'NorthPay.0', number, undefined);
    money.balance(MERCHANT, TOKEN, { free: 120n, held: 0n, next: { 'NorthPay.0': 60 } });
    expect(hintsOf(MERCHANT)).to.deep.equal({ parcels: { 'EastPay.7': CROWDED - 59 }, slots: [] });
    expect(hintsOf(MERCHANT, 120n)).to.equal(undefined);
    expect(hintsOf(MERCHANT, 121n)).to.deep.equal({ parcels: { 'EastPay.7': CROWDED - 59 }, slots: [] });
    expect(crowded('EastPay', 10)).to.deep.equal([]);
    expect(balances(MERCHANT)).to.deep.equal([{ token: TOKEN, free: String(2 * (CROWDED + 1)), held: '0' }]);
  });

  it('that is not sealed is hinted by the fewest slots that suffice with what is sealed', () => {
    const slot = (name: string, sum: bigint): void => money.slot(RECEIVER, TOKEN, name, { sum, since: 0, sealed: 1 });
    slot('NorthPay.0', 5n);
    slot('EastPay.1', 30n);
    slot('WestPay.2', 20n);
    slot('WestPay.3', 0n);
    expect(hintsOf(RECEIVER, 30n)).to.deep.equal({ parcels: undefined, slots: ['EastPay.1'] });
    expect(hintsOf(RECEIVER, 31n)?.slots).to.deep.equal(['EastPay.1', 'WestPay.2']);
    expect(hintsOf(RECEIVER)?.slots).to.deep.equal(['EastPay.1', 'WestPay.2', 'NorthPay.0']);
    money.parcel(RECEIVER, TOKEN, 'NorthPay.0', 0, 10n);
    expect(hintsOf(RECEIVER, 10n)).to.deep.equal({ parcels: { 'NorthPay.0': 1 }, slots: [] });
    expect(hintsOf(RECEIVER, 40n)).to.deep.equal({ parcels: { 'NorthPay.0': 1 }, slots: ['EastPay.1'] });
  });

  it('is gathered by the clerk, with the numbers that the index has', async () => {
    const index: LedgerIndex = openIndex({ folder: ':memory:', rebuild: false, log: silentLog });
    const signed: unknown[] = [];
    const officer = { id: 'clerk@WestPay', thumbprint: 'T', sign: (type: string, body: object) => (signed.push({ type, body }), 'signed') };
    const submitted: string[] = [];
    const intake = { submit: (jws: string) => (submitted.push(jws), Promise.reject(new Error('away'))) };
    const options = { organizationId: 'WestPay', index: { ...index, statements: statementQueries(database) }, intake, officer, log: silentLog };
    expect(await gatherIncoming(options).catch((error: unknown) => (error as Error).message)).to.equal('away');
    expect(signed).to.deep.equal([{ type: 'balance.gather/1', body: { account: OTHER, token: TOKEN, parcels: { 'WestPay.1': CROWDED + 10 } } }]);
    expect(submitted).to.deep.equal(['signed']);
    index.close();
  });

  describe('of more parcels than one instruction takes in', () => {
    const [hot, quiet] = [4, 5].map((last) => `01890000-0000-7000-8000-00000000000${last}@SouthPay`) as [string, string];
    const index: LedgerIndex = { ...openIndex({ folder: ':memory:', rebuild: false, log: silentLog }), statements: statementQueries(database) };
    const officer = { id: 'clerk@SouthPay', thumbprint: 'T', sign: (_: string, body: object) => JSON.stringify(body) };
    const parcelsOf = (account: string): number => crowded('SouthPay', 10).find((each) => each.account === account)?.parcels['SouthPay.0'] ?? 0;
    const folded = new Map<string, number>();
    const asked: string[] = [];
    const full = new Set<string>();
    /** Does to the index what the ledger does: takes in 500. */
    const intake = {
      submit: (jws: string) => {
        const { account, parcels } = JSON.parse(jws) as { readonly account: string; readonly parcels: Readonly<Record<string, number>> };
        asked.push(account);
        if (full.has(account)) throw new QueueFullError();
        const first = folded.get(account) ?? 0;
        const end = Math.min(parcels['SouthPay.0'] ?? 0, first + MAX_FOLD);
        for (let number = first; number < end; number++) money.parcel(account, TOKEN, 'SouthPay.0', number, undefined);
        money.balance(account, TOKEN, { free: BigInt(end) * 2n, held: 0n, next: { 'SouthPay.0': end } });
        folded.set(account, end);
        return Promise.resolve({ kind: 'recorded', repeat: false, instruction: {} } as never);
      },
    };
    const gather = () => gatherIncoming({ organizationId: 'SouthPay', index, intake, officer, log: silentLog });

    before(() => {
      seal(hot, 'SouthPay.0', 0, 3 * MAX_FOLD + CROWDED);
      seal(quiet, 'SouthPay.0', 0, CROWDED + 1);
    });

    after(() => index.close());

    it('one that is turned away for want of room keeps none of the others, and comes again', async () => {
      full.add(hot);
      expect(await gather()).to.equal(1);
      expect(asked).to.deep.equal([hot, quiet, hot]);
      expect([parcelsOf(hot), parcelsOf(quiet)]).to.deep.equal([3 * MAX_FOLD + CROWDED, 0]);
    });

    it('takes in all of them at one look', async () => {
      full.clear();
      expect(await gather()).to.equal(3);
      expect(parcelsOf(hot)).to.equal(0);
    });
  });

  describe('is not asked for in vain:', () => {
    const officer = { id: 'clerk@WestPay', thumbprint: 'T', sign: () => 'signed' };
    const index = openIndex({ folder: ':memory:', rebuild: false, log: silentLog });
    const warned: unknown[] = [];
    const log = { ...silentLog, warn: (about: object) => void warned.push(about) } as Log;
    let submitted = 0;
    const intake = { submit: () => (submitted++, Promise.resolve({ kind: 'unrecorded', refusal: { code: 'RULES_DENIED' } } as const)) };
    const options = { organizationId: 'WestPay', index: { ...index, statements: statementQueries(database) }, intake, officer, log };

    after(() => index.close());
    beforeEach(() => {
      submitted = 0;
      warned.length = 0;
    });

    it('what was refused rests, and the log says why, also when more has arrived', async () => {
      const resting = new Map<string, number>();
      expect(await gatherIncoming(options, resting)).to.equal(0);
      money.parcel(OTHER, TOKEN, 'WestPay.1', CROWDED + 10, 2n);
      expect(await gatherIncoming(options, resting)).to.equal(0);
      expect(submitted).to.equal(1);
      expect(warned).to.deep.equal([{ type: 'balance.gather/1', code: 'RULES_DENIED', refused: 1 }]);
    });

    it('an officer whom the ledger does not know signs nothing, and the log says so once', async () => {
      const clock = useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
      const sweeping = keepSweeping(options);
      try {
        await clock.tickAsync(20_000);
        expect([submitted, warned]).to.deep.equal([0, [{ officer: 'clerk@WestPay', code: 'CERTIFICATE_UNKNOWN' }]]);
      } finally {
        sweeping.close();
        clock.restore();
      }
    });
  });
});
