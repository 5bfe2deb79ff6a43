import { expect } from 'chai';
import type { Address } from '../../chaincode/src/domain/index.ts';
import { parseStateKey, stateKeyOf } from '../../chaincode/src/ledger/keys.ts';

const ADDRESSES: readonly Address[] = [
  ['ledger'], ['clock'], ['foundingVote', 'EastPay'], ['openProposal', 'EastPay', 'rules'], ['organization', 'EastPay'], ['certificate', 'T'], ['keyHolder', 'K'], ['account', 'A@EastPay'], ['holderLinks', 'A@EastPay'], ['spending', 'A@EastPay', 'T', 'USD@EastPay'], ['alias', 'EastPay', 'X'], ['token', 'USD@EastPay'],
  ['supply', 'USD@EastPay'], ['acceptance', 'USD@EastPay', 'EUR@WestPay'], ['pool', 'USD@EastPay', 'EUR@WestPay', 'EastPay.3'], ['balance', 'A@EastPay', 'USD@EastPay'], ['slot', 'A@EastPay', 'USD@EastPay', 'EastPay.3'], ['creditLimit', 'A@EastPay', 'USD@EastPay'],
  ['creditLine', 'A@EastPay', 'USD@EastPay', 'B@WestPay'], ['bankReference', 'A@EastPay', 'R.1'], ['instruction', 'I', 'A@EastPay'], ['endToEnd', 'A@EastPay', 'B@WestPay', 'E:1'],
];

describe('a key of the world state', () => {
  for (const address of ADDRESSES) {
    it(`of ${address[0]} is read back into what it is of`, () => {
      expect(parseStateKey(stateKeyOf(address))).to.deep.equal({ table: address[0], parts: address.slice(1) });
    });
  }

  it('of a parcel sorts by its number', () => {
    const keys = [2, 10, 100].map((number) => stateKeyOf(['parcel', 'A@EastPay', 'USD@EastPay', 'EastPay.0', number]));
    expect([...keys].sort()).to.deep.equal(keys);
  });

  it('of an instruction sorts by the time of its id, after what registrations write and before what payments change', () => {
    const of = (...tables: readonly string[]) => ADDRESSES.filter(([table]) => tables.includes(table)).map(stateKeyOf);
    const ids = ['01890000-0000-7fff-8000-000000000000', '01890000-0001-7000-8000-000000000000'].map((id) => stateKeyOf(['instruction', id, 'A@EastPay']));
    const [before, after] = [of('certificate', 'keyHolder', 'account'), of('balance', 'slot', 'endToEnd', 'creditLine', 'creditLimit')];
    expect([before.length, after.length]).to.deep.equal([3, 5]);
    expect([...before.sort(), ...ids, ...after.sort()].sort()).to.deep.equal([...before.sort(), ...ids, ...after.sort()]);
  });

  it('of nobody is told apart', () => expect(parseStateKey('?/1')).to.equal(undefined));
});
