import { expect } from 'chai';
import { LedgerBook } from '../../chaincode/src/ledger/ledger-book.ts';
import { decide } from '../support/admission.ts';
import { uuidAt, type Signer } from '../support/signer.ts';
import { act, assertConserved, copyOf, foundWorld, instruct, officer, pass, registerAccount, send, type Answered, type World } from '../support/world.ts';

const DAY = 24 * 3600_000;

describe('a link of two accounts of one holder', () => {
  let world: World;
  let north: Signer;
  let east: Signer;
  let link: string;

  before(async () => {
    world = await foundWorld();
  });

  beforeEach(async () => {
    north = await registerAccount(world, 'NorthPay');
    east = await registerAccount(world, 'EastPay');
    ({ link } = await propose());
  });

  afterEach(() => assertConserved(world));

  const propose = async (by = north, account = east.id): Promise<Answered & { readonly link: string }> => {
    const id = uuidAt(world.now);
    const body = { account, deadline: new Date(world.now + 7 * DAY).toISOString() };
    return { ...(await send(world, instruct(world, by, 'link.propose/1', body, { id }))), link: `${id}.${by.id}` };
  };
  const about = (verb: string, signer: Signer, changes: object = {}) => act(world, signer, `link.${verb}/1`, { link, proposer: north.id, account: east.id, ...changes });
  const registrar = (organization: string) => officer(world, `registrar@${organization}`);
  const linksOf = (account: string) => new LedgerBook(world.state, { now: world.now }).decide((book) => Object.keys(book.get('holderLinks', account)?.links ?? {}));
  const made = async () => {
    for (const [verb, signer] of [['consent', east], ['confirm', registrar('NorthPay')], ['confirm', registrar('EastPay')]] as const) expect(await about(verb, signer)).to.include({ code: 'applied' });
  };

  it('takes both keys and both registrars, and names each account at the other', async () => {
    expect(await about('confirm', registrar('NorthPay')), 'before the other key has said so').to.include({ code: 'LINK_STATE' });
    expect(await about('consent', east)).to.include({ code: 'applied' });
    expect(await about('confirm', registrar('EastPay'))).to.include({ code: 'applied' });
    expect(await linksOf(north.id)).to.deep.equal([]);
    expect(await about('confirm', registrar('EastPay')), 'one registrar is not two').to.include({ code: 'LINK_STATE' });
    expect(await about('confirm', registrar('NorthPay'))).to.include({ code: 'applied' });
    expect(await linksOf(north.id)).to.deep.equal([east.id]);
    expect(await linksOf(east.id)).to.deep.equal([north.id]);
  });

  it('is confirmed for each account, whoever cares for it meanwhile', async () => {
    const founded = world;
    for (const [trustee, first] of [['NorthPay', 'NorthPay'], ['WestPay', 'EastPay']] as const) {
      world = copyOf(founded);
      await about('consent', east);
      expect(await about('confirm', registrar(first))).to.include({ code: 'applied' });
      await decide(world, { kind: 'remove', organization: 'EastPay', reason: 'OTHER', trustee }, ['NorthPay', 'WestPay']);
      if (trustee === 'WestPay') expect(await about('confirm', registrar('WestPay')), 'a second time for the same account').to.include({ code: 'LINK_STATE' });
      expect(await linksOf(north.id)).to.deep.equal([]);
      expect(await about('confirm', registrar('NorthPay')), trustee).to.include({ code: 'applied' });
      expect(await linksOf(north.id)).to.deep.equal([east.id]);
    }
    world = founded;
  });

  it('leaves the accounts what they are', async () => {
    const account = (id: string) => new LedgerBook(world.state, { now: world.now }).decide((book) => book.get('account', id));
    const before = [await account(north.id), await account(east.id)];
    await made();
    expect([await account(north.id), await account(east.id)]).to.deep.equal(before);
  });

  it('merges nothing: whoever is linked to one is not linked to the other', async () => {
    await made();
    const west = await registerAccount(world, 'WestPay');
    const second = await propose(east, west.id);
    const changes = { link: second.link, proposer: east.id, account: west.id };
    for (const [verb, signer] of [['consent', west], ['confirm', registrar('WestPay')], ['confirm', registrar('EastPay')]] as const) expect(await about(verb, signer, changes)).to.include({ code: 'applied' });
    expect(await linksOf(east.id)).to.have.members([north.id, west.id]);
    expect(await linksOf(north.id)).to.deep.equal([east.id]);
  });

  it('is of the four alone', async () => {
    const stranger = await registerAccount(world, 'EastPay');
    expect(await about('consent', stranger)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
    expect(await about('consent', north)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
    await about('consent', east);
    expect(await about('confirm', registrar('WestPay'))).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
    expect(await about('confirm', officer(world, 'administrator@NorthPay'))).to.include({ code: 'OFFICER_ROLE_MISSING' });
    expect(await about('end', stranger)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
    expect(await about('end', registrar('WestPay'))).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
    expect(await about('consent', east, { account: stranger.id })).to.include({ code: 'LINK_UNKNOWN' });
  });

  it('is not of one system, nor made twice, from either side', async () => {
    expect(await propose(north, (await registerAccount(world, 'NorthPay')).id)).to.include({ code: 'LINK_SAME_SYSTEM' });
    expect(await propose(north, `${uuidAt(world.now)}@EastPay`)).to.include({ code: 'ACCOUNT_UNKNOWN' });
    const twin = await propose(east, north.id);
    await made();
    expect(await propose()).to.include({ code: 'LINK_EXISTS' });
    const changes = { link: twin.link, proposer: east.id, account: north.id };
    expect(await about('consent', north, changes)).to.include({ code: 'applied' });
    expect(await about('confirm', registrar('NorthPay'), changes)).to.include({ code: 'applied' });
    expect(await about('confirm', registrar('EastPay'), changes)).to.include({ code: 'LINK_EXISTS' });
  });

  const four: readonly (readonly [string, () => Signer])[] = [
    ['the account that asked', () => north], ['the other account', () => east],
    ['its registrar', () => registrar('NorthPay')], ["the other's registrar", () => registrar('EastPay')],
  ];
  for (const [name, signer] of four) {
    it(`is taken back, and undone, by ${name}`, async () => {
      expect(await about('end', signer())).to.include({ code: 'applied' });
      expect(await about('consent', east)).to.include({ code: 'LINK_STATE' });
      ({ link } = await propose());
      await made();
      expect(await about('end', signer())).to.include({ code: 'applied' });
      expect([await linksOf(north.id), await linksOf(east.id)]).to.deep.equal([[], []]);
      expect(await about('end', signer())).to.include({ code: 'LINK_STATE' });
    });
  }

  it('ends by its deadline, unless it is made', async () => {
    expect(await about('expire', north)).to.include({ code: 'DEADLINE_NOT_REACHED', recorded: false });
    await pass(world, 8 * DAY);
    expect(await about('consent', east)).to.include({ code: 'LINK_EXPIRED' });
    expect(await about('expire', await registerAccount(world, 'WestPay'))).to.include({ code: 'applied' });
    ({ link } = await propose());
    await made();
    await pass(world, 8 * DAY);
    expect(await about('expire', north)).to.include({ code: 'LINK_STATE' });
    expect(await linksOf(north.id)).to.deep.equal([east.id]);
  });

  it('has at most sixteen beside it', async () => {
    await made();
    for (let number = 1; number < 16; number++) {
      const other = await registerAccount(world, number % 2 === 0 ? 'EastPay' : 'WestPay');
      const { link: id } = await propose(north, other.id);
      const changes = { link: id, account: other.id };
      for (const [verb, signer] of [['consent', other], ['confirm', registrar('NorthPay')], ['confirm', registrar(other.id.slice(-7))]] as const) expect(await about(verb, signer, changes)).to.include({ code: 'applied' });
    }
    expect(await propose(north, (await registerAccount(world, 'EastPay')).id)).to.include({ code: 'LINK_TOO_MANY' });
  });
});
