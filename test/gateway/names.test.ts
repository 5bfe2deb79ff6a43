import { expect } from 'chai';
import { openNames } from '../../gateway-api/src/index/names.ts';
import { openIndexDatabase } from '../../gateway-api/src/index/schema.ts';

describe('numbers of names', () => {
  it('are looked up once, also when as many are known as may be', () => {
    const database = openIndexDatabase(':memory:');
    const names = openNames(database, 2);
    expect([names.find('north'), names.of('north'), names.of('east')]).to.deep.equal([undefined, 1, 2]);
    database.exec('DELETE FROM names');
    expect([names.of('north'), names.find('east'), names.find('north')]).to.deep.equal([1, 2, 1]);
  });

  it('are the same when they have to be looked up again', () => {
    const names = openNames(openIndexDatabase(':memory:'), 2);
    const all = ['north', 'east', 'west', 'south'];
    expect(all.map(names.of)).to.deep.equal([1, 2, 3, 4]);
    expect([...all.map(names.of), ...all.map(names.find)]).to.deep.equal([1, 2, 3, 4, 1, 2, 3, 4]);
  });
});
