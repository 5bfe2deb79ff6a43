import { expect } from 'chai';
import { openIndex, type LedgerIndex } from '../../gateway-api/src/index/ledger-index.ts';
import { moneyWriter } from '../../gateway-api/src/index/money-writer.ts';
import { CROWDED, openIndexDatabase } from '../../gateway-api/src/index/schema.ts';
import { statementQueries } from '../../gateway-api/src/index/statement-queries.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { gatherIncoming } from '../../gateway-api/src/sweeper/sweeper.ts';

const MERCHANT = '01890000-0000-7000-8000-000000000001@EastPay';
const OTHER = '01890000-0000-7000-8000-000000000002@WestPay';
const TOKEN = 'USD@NorthPay';

describe('incoming money in the index', () => {
  const database = openIndexDatabase(':memory:');
  const money = moneyWriter(database);
  const { crowded, parcels: hintsOf, balances } = statementQueries(database);
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
    expect(hintsOf([MERCHANT])).to.deep.equal({ [`${MERCHANT}/${TOKEN}`]: { 'NorthPay.0': 60, 'EastPay.7': CROWDED - 59 } });
    for (let number = 0; number < 60; number++) money.parcel(MERCHANT, TOKEN, 'NorthPay.0', number, undefined);
    money.balance(MERCHANT, TOKEN, { free: 120n, held: 0n, next: { 'NorthPay.0': 60 } });
    expect(hintsOf([MERCHANT])).to.deep.equal({ [`${MERCHANT}/${TOKEN}`]: { 'EastPay.7': CROWDED - 59 } });
    expect(crowded('EastPay', 10)).to.deep.equal([]);
    expect(balances(MERCHANT)).to.deep.equal([{ token: TOKEN, free: String(2 * (CROWDED + 1)), held: '0' }]);
  });

  it('is gathered by the clerk, with the numbers that the index has', async () => {
    const index: LedgerIndex = openIndex({ folder: ':memory:', rebuild: false, log: silentLog });
    const signed: unknown[] = [];
    const officer = { id: 'clerk@WestPay', sign: (type: string, body: object) => (signed.push({ type, body }), 'signed') };
    const submitted: string[] = [];
    const intake = { submit: (jws: string) => (submitted.push(jws), Promise.reject(new Error('away'))) };
    const options = { organizationId: 'WestPay', index: { ...index, statements: statementQueries(database) }, intake, officer, log: silentLog };
    expect(await gatherIncoming(options).catch((error: unknown) => (error as Error).message)).to.equal('away');
    expect(signed).to.deep.equal([{ type: 'balance.gather/1', body: { account: OTHER, token: TOKEN, parcels: { 'WestPay.1': CROWDED + 10 } } }]);
    expect(submitted).to.deep.equal(['signed']);
    index.close();
  });
});
