import { expect } from 'chai';
import { legsOf, multilateralNets, type Clearing } from '../../chaincode/src/domain/index.ts';
import { stateKeyOf } from '../../chaincode/src/ledger/keys.ts';
import { decodeRecord } from '../../chaincode/src/ledger/records.ts';
import { DAY_MS, iso, make, registerAs } from '../support/credit-world.ts';
import { accept, EUR, fundPool, giveBack, interopWorld, payInto, poolOf, PTS, treasury, USD, type InteropWorld, type Pair } from '../support/interop-world.ts';
import { positionsOf } from '../support/pool-laws.ts';
import { act, assertConserved, balanceOf, copyOf, issueTo, officer, pass } from '../support/world.ts';

/** North owes East 400 USD, East owes West 300 EUR, West owes North 500 PTS: a ring. */
const RING: readonly Pair[] = [{ token: USD, into: EUR }, { token: EUR, into: PTS }, { token: PTS, into: USD }];

describe('netting', () => {
  const owe = (debtor: string, creditor: string, amount: bigint) => ({ debtor, creditor, amount });

  for (const [what, obligations, legs] of [
    ['nothing', [], []],
    ['one debt', [owe('A', 'B', 5n)], [owe('A', 'B', 5n)]],
    ['two that cancel', [owe('A', 'B', 5n), owe('B', 'A', 5n)], []],
    ['a ring', [owe('A', 'B', 5n), owe('B', 'C', 7n), owe('C', 'A', 9n)], [owe('B', 'A', 2n), owe('C', 'A', 2n)]],
    ['a star', [owe('A', 'Z', 1n), owe('B', 'Z', 2n), owe('C', 'Z', 3n)], [owe('A', 'Z', 1n), owe('B', 'Z', 2n), owe('C', 'Z', 3n)]],
    ['one who owes two', [owe('Z', 'A', 4n), owe('Z', 'B', 6n)], [owe('Z', 'A', 4n), owe('Z', 'B', 6n)]],
  ] as const) {
    it(`of ${what}`, () => expect(legsOf(multilateralNets(obligations))).to.deep.equal(legs));
  }
});

describe('a clearing cycle', () => {
  let founded: InteropWorld;
  let world: InteropWorld;

  before(async () => {
    founded = await interopWorld();
    for (const pair of RING) {
      await accept(founded, pair, { cap: '100000' });
      await fundPool(founded, '10000', pair);
    }
    for (const token of [EUR, PTS]) await issueTo(founded, founded.payer.id, token, 5_000n);
    await payInto(founded, '400', { token: EUR, atLeast: '4000' });
    await payInto(founded, '3000', { token: PTS, atLeast: '3' }, { token: EUR });
    await payInto(founded, '5', { token: USD, atLeast: '500' }, { token: PTS });
  });

  beforeEach(() => {
    world = copyOf(founded);
  });

  afterEach(() => assertConserved(world));

  it('ends although an issuer has narrowed who may have its token', async () => {
    const { id } = await open();
    for (const organization of ['EastPay', 'WestPay']) expect(await confirm(organization, id)).to.include({ code: 'applied' });
    for (const token of [USD, EUR, PTS]) expect(await act(world, officer(world, `issuer@${token.split('@')[1] ?? ''}`), 'token.amend/1', { token, holders: { organizations: [token.split('@')[1] ?? ''] } })).to.include({ code: 'applied' });
    await pass(world, 3 * DAY_MS);
    expect(await act(world, world.payer, 'clearing.proceed/1', { clearing: id })).to.include({ code: 'applied' });
  });

  const operator = (organization: string) => officer(world, `financial-operator@${organization}`);
  const RATES = [{ token: EUR, numerator: '1', denominator: '1' }, { token: PTS, numerator: '1', denominator: '1' }];

  /** Opened by North in USD, unless told otherwise; nets in cents: North −400 +500, East +400 −300, West +300 −500. */
  async function open(changes: object = {}, organization = 'NorthPay') {
    const body = { pools: RING, unit: USD, rates: RATES, treasury: treasury(world, organization).id, confirmBy: iso(world.now + DAY_MS), settleBy: iso(world.now + 2 * DAY_MS), ...changes };
    return make(world, operator(organization), 'clearing.open/1', body);
  }
  const confirm = (organization: string, clearing: string, changes: object = {}) => act(world, operator(organization), 'clearing.confirm/1', { clearing, treasury: treasury(world, organization).id, ...changes });
  const says = (organization: string, verb: string, body: object) => act(world, operator(organization), `clearing.${verb}/1`, body);
  const pay = (debtor: string, creditor: string, clearing: string) => act(world, treasury(world, debtor), 'clearing.pay/1', { clearing, creditor, to: treasury(world, creditor).id });
  const cycle = (id: string): Clearing => {
    const [instruction, signer] = [id.slice(0, 36), id.slice(37)];
    const clearing = decodeRecord('instruction', [instruction, signer], world.state.entries.get(stateKeyOf(['instruction', instruction, signer])) ?? new Uint8Array()).clearing;
    if (clearing === undefined) throw new Error(`no cycle ${id}`);
    return clearing;
  };
  async function settling(): Promise<string> {
    const { id } = await open();
    for (const organization of ['EastPay', 'WestPay']) expect(await confirm(organization, id)).to.include({ code: 'applied' });
    return id;
  }
  const owed = () => Object.fromEntries([...positionsOf(world)].map(([token, positions]) => [token, Object.fromEntries(positions)]));

  it('fixes what the pools have taken in; it is owed as before, and counts against the cap', async () => {
    const before = owed();
    const { code, id } = await open();
    expect(code).to.equal('applied');
    expect(cycle(id)).to.deep.include({ state: 'open', positions: [{ ...RING[0], amount: 400n }, { ...RING[2], amount: 5n }], unfixed: [RING[1]] });
    expect(owed()).to.deep.equal(before);
    expect((await poolOf(world)).taken).to.equal(0n);
    await accept(world, RING[0], { cap: '401' });
    expect(await payInto(world, '2', { token: EUR, atLeast: '1' })).to.deep.include({ code: 'ACCEPTANCE_CAP', figures: { room: '1', required: '2', cap: '401' } });
  });

  it('fixes nothing between two others before one of them has spoken, and of nobody who does not take part', async () => {
    const { id } = await open();
    expect((await poolOf(world, RING[1])).taken).to.equal(3_000n);
    // East and West go on between them meanwhile; what is there when East confirms is fixed.
    await payInto(world, '1000', { token: PTS, atLeast: '1' }, { token: EUR });
    expect(await confirm('EastPay', id)).to.include({ code: 'applied' });
    expect((await poolOf(world, RING[1])).taken).to.equal(0n);
    expect(cycle(id)).to.deep.include({ state: 'open', unfixed: [], positions: [{ ...RING[0], amount: 400n }, { ...RING[2], amount: 5n }, { ...RING[1], amount: 4_000n }] });
    expect(await says('WestPay', 'decline', { clearing: id })).to.include({ code: 'applied' });
    expect((await poolOf(world, RING[1])).taken).to.equal(4_000n);
    expect(cycle(id)).to.deep.include({ state: 'settling', positions: [{ ...RING[0], amount: 400n }] });
  });

  it('waits for nobody whose pools have taken nothing in', async () => {
    await accept(world, { token: PTS, into: EUR });
    const { id } = await open({ pools: [RING[0], { token: PTS, into: EUR }], rates: RATES.slice(1) });
    expect(cycle(id).parties.map(({ organization }) => organization)).to.deep.equal(['EastPay', 'NorthPay', 'WestPay']);
    expect(await confirm('EastPay', id)).to.include({ code: 'applied' });
    expect(cycle(id)).to.deep.include({ state: 'settling', legs: [{ debtor: 'NorthPay', creditor: 'EastPay', amount: 400n, state: 'due' }] });
  });

  for (const [why, changes, code] of [
    ['a pool named twice', { pools: [RING[0], RING[0]] }, 'CLEARING_TERMS'],
    ['a rate that is missing', { rates: RATES.slice(1) }, 'CLEARING_TERMS'],
    ['a rate given twice', { rates: [...RATES, ...RATES] }, 'CLEARING_TERMS'],
    ['a rate of the unit', { rates: [...RATES, { token: USD, numerator: '2', denominator: '1' }] }, 'CLEARING_TERMS'],
    ['a rate of what is not cleared', { pools: RING.slice(0, 2) }, 'CLEARING_TERMS'],
    ['deadlines in the wrong order', { settleBy: iso(Date.now() + 1_000) }, 'CLEARING_TERMS'],
    ['a deadline that is over', { confirmBy: iso(Date.now() - DAY_MS) }, 'DEADLINE_PAST'],
    ['an unknown pool', { pools: [{ token: USD, into: PTS }], rates: [] }, 'ACCEPTANCE_NONE'],
    ['an unknown unit', { unit: 'XXX@NorthPay' }, 'TOKEN_UNKNOWN'],
  ] as const) {
    it(`is not opened with ${why}`, async () => expect(await open(changes)).to.include({ code }));
  }

  it('is opened by a financial operator of a party, with a treasury of its own, where there is something to clear', async () => {
    expect(await open({ pools: [RING[1]], rates: RATES.slice(0, 1) })).to.include({ code: 'SIGNER_NOT_ENTITLED' });
    expect(await open({ treasury: treasury(world, 'EastPay').id })).to.include({ code: 'TREASURY_ORGANIZATION_DIFFERS' });
    expect(await act(world, officer(world, 'issuer@NorthPay'), 'clearing.open/1', { pools: RING, unit: USD, rates: RATES, treasury: treasury(world, 'NorthPay').id, confirmBy: iso(world.now + 1), settleBy: iso(world.now + DAY_MS) })).to.include({ code: 'OFFICER_ROLE_MISSING' });
    await open();
    expect(await open()).to.include({ code: 'CLEARING_EMPTY' });
    // What others have between them is not the opener's to begin with.
    expect((await poolOf(world, RING[1])).taken).to.equal(3_000n);
  });

  it('nets when the last party confirms; legs are paid treasury to treasury, and it ends with nothing owed', async () => {
    const id = await settling();
    expect(cycle(id)).to.deep.include({ state: 'settling', legs: [{ debtor: 'WestPay', creditor: 'EastPay', amount: 100n, state: 'due' }, { debtor: 'WestPay', creditor: 'NorthPay', amount: 100n, state: 'due' }] });
    await issueTo(world, treasury(world, 'WestPay').id, USD, 200n);
    expect(await pay('WestPay', 'EastPay', id)).to.include({ code: 'applied' });
    expect(await pay('WestPay', 'EastPay', id)).to.include({ code: 'CLEARING_STATE' });
    expect(await pay('WestPay', 'NorthPay', id)).to.include({ code: 'applied' });
    expect(cycle(id).state).to.equal('closed');
    expect(owed()).to.deep.equal({ [USD]: { EastPay: 0n, NorthPay: 0n }, [EUR]: { WestPay: 0n, EastPay: 0n }, [PTS]: { NorthPay: 0n, WestPay: 0n } });
    // The fixed tokens are with their issuers again; a treasury had 90,000 left of its own.
    expect(await balanceOf(world, treasury(world, 'NorthPay').id, USD)).to.equal(90_000n + 400n + 100n);
    expect(await balanceOf(world, treasury(world, 'EastPay').id, EUR)).to.equal(93_000n);
    expect(await balanceOf(world, treasury(world, 'EastPay').id, USD)).to.equal(100n);
    expect(await balanceOf(world, treasury(world, 'WestPay').id, PTS)).to.equal(90_005n);
  });

  it('is confirmed once by each party, by its financial operator, in time', async () => {
    const { id } = await open();
    expect(await confirm('NorthPay', id)).to.deep.include({ code: 'CLEARING_STATE', figures: { state: 'confirmed' } });
    expect(await confirm('EastPay', id, { treasury: world.payee.id.replace('EastPay', 'WestPay') })).to.include({ code: 'TREASURY_ORGANIZATION_DIFFERS' });
    expect(await act(world, officer(world, 'issuer@EastPay'), 'clearing.confirm/1', { clearing: id, treasury: treasury(world, 'EastPay').id })).to.include({ code: 'OFFICER_ROLE_MISSING' });
    expect(await confirm('EastPay', `${id.slice(0, 36)}.financial-operator@EastPay`)).to.include({ code: 'CLEARING_UNKNOWN' });
    await pass(world, DAY_MS + 1);
    expect(await confirm('EastPay', id)).to.include({ code: 'DEADLINE_PAST' });
  });

  it('leaves out whoever has not confirmed in time: what it owes and is owed stays as it was, and anybody may say so', async () => {
    const { id } = await open();
    await confirm('EastPay', id);
    expect(await act(world, world.payer, 'clearing.proceed/1', { clearing: id })).to.include({ code: 'DEADLINE_NOT_REACHED', recorded: false });
    await pass(world, DAY_MS + 1);
    expect(await act(world, world.payer, 'clearing.proceed/1', { clearing: id })).to.include({ code: 'applied' });
    expect(cycle(id)).to.deep.include({ state: 'settling', positions: [{ ...RING[0], amount: 400n }], legs: [{ debtor: 'NorthPay', creditor: 'EastPay', amount: 400n, state: 'due' }] });
    expect((await poolOf(world, RING[1])).taken).to.equal(3_000n);
    expect(await pay('NorthPay', 'EastPay', id)).to.include({ code: 'applied' });
    expect(owed()[USD]).to.deep.equal({ EastPay: 0n, NorthPay: 0n });
    expect(owed()[EUR]).to.deep.equal({ WestPay: 3_000n, EastPay: -3_000n });
  });

  it('is void when nobody is left, and everything is as it was', async () => {
    const before = owed();
    const { id } = await open();
    await pass(world, DAY_MS + 1);
    expect(await act(world, world.payee, 'clearing.proceed/1', { clearing: id })).to.include({ code: 'applied' });
    expect(cycle(id)).to.deep.include({ state: 'void', positions: [] });
    expect(owed()).to.deep.equal(before);
    expect(await act(world, world.payee, 'clearing.proceed/1', { clearing: id })).to.include({ code: 'CLEARING_STATE' });
  });

  it('is declined by a party, whose positions go back to their pools at once', async () => {
    const { id } = await open();
    expect(await says('WestPay', 'decline', { clearing: id })).to.include({ code: 'applied' });
    expect(await says('WestPay', 'decline', { clearing: id })).to.include({ code: 'SIGNER_NOT_ENTITLED' });
    expect((await poolOf(world, RING[1])).taken).to.equal(3_000n);
    expect(await confirm('EastPay', id)).to.include({ code: 'applied' });
    expect(cycle(id)).to.deep.include({ state: 'settling', legs: [{ debtor: 'NorthPay', creditor: 'EastPay', amount: 400n, state: 'due' }] });
  });

  it('is declined by the other of two: void', async () => {
    const { id } = await open({ pools: [RING[0]], rates: [] });
    expect(await says('EastPay', 'decline', { clearing: id })).to.include({ code: 'applied' });
    expect(cycle(id).state).to.equal('void');
  });

  it('has legs paid by money outside: claimed by the debtor, acknowledged by the creditor, once for a reference', async () => {
    const id = await settling();
    const bank = (reference: string) => ({ reference, valueDate: '2026-11-21', document: 'D'.repeat(43) });
    const answer = (organization: string, verb: string, clearing: string, reference: string) => says(organization, verb, { clearing, debtor: 'WestPay', reference });
    for (const verb of ['acknowledge', 'deny']) expect(await answer('EastPay', verb, id, 'B1')).to.deep.include({ code: 'CLEARING_STATE', figures: { leg: 'due' } });
    expect(await says('EastPay', 'claim', { clearing: id, creditor: 'NorthPay', bank: bank('B1') })).to.include({ code: 'CLEARING_LEG_UNKNOWN' });
    for (const creditor of ['EastPay', 'NorthPay']) expect(await says('WestPay', 'claim', { clearing: id, creditor, bank: bank('B1') })).to.include({ code: 'applied' });
    expect(await answer('EastPay', 'acknowledge', id, 'B1')).to.include({ code: 'applied' });
    expect(await answer('NorthPay', 'acknowledge', id, 'B1')).to.include({ code: 'applied' });
    expect(cycle(id).state).to.equal('closed');
    await payInto(world, '5', { token: USD, atLeast: '500' }, { token: PTS });
    // Another treasury of the same organization: the money of one reference counts once for both.
    const other = await registerAs(world, 'NorthPay', ['enterprise']);
    expect(await open({ pools: [RING[2]], rates: RATES.slice(1), treasury: other.id })).to.include({ code: 'TREASURY_CONSENT' });
    await act(world, other, 'treasury.offer/1', {});
    const { id: second } = await open({ pools: [RING[2]], rates: RATES.slice(1), treasury: other.id });
    await confirm('WestPay', second);
    await says('WestPay', 'claim', { clearing: second, creditor: 'NorthPay', bank: bank('B1') });
    expect(await answer('NorthPay', 'acknowledge', second, 'B1')).to.include({ code: 'BANK_REFERENCE_USED' });
    expect(await answer('NorthPay', 'deny', second, 'B1')).to.include({ code: 'applied' });
    expect(await says('WestPay', 'claim', { clearing: second, creditor: 'NorthPay', bank: bank('B2') })).to.include({ code: 'applied' });
    expect(await answer('NorthPay', 'acknowledge', second, 'B2')).to.include({ code: 'applied' });
  });

  it('has a claim that stands as it is until the creditor has answered it, by its reference', async () => {
    const id = await settling();
    const claim = (reference: string) => says('WestPay', 'claim', { clearing: id, creditor: 'EastPay', bank: { reference, valueDate: '2026-11-21', document: 'D'.repeat(43) } });
    expect(await claim('B1')).to.include({ code: 'applied' });
    expect(await claim('B2')).to.deep.include({ code: 'CLEARING_STATE', figures: { leg: 'claimed' } });
    for (const verb of ['acknowledge', 'deny']) {
      expect(await says('EastPay', verb, { clearing: id, debtor: 'WestPay', reference: 'B2' })).to.deep.include({ code: 'CLEARING_CLAIM_UNKNOWN', figures: { reference: 'B1' } });
      expect(await says('NorthPay', verb, { clearing: id, debtor: 'WestPay', reference: 'B1' })).to.include({ code: 'CLEARING_STATE' });
      expect(await act(world, officer(world, 'issuer@EastPay'), `clearing.${verb}/1`, { clearing: id, debtor: 'WestPay', reference: 'B1' })).to.include({ code: 'OFFICER_ROLE_MISSING' });
    }
    expect(await says('EastPay', 'deny', { clearing: id, debtor: 'WestPay', reference: 'B1' })).to.include({ code: 'applied' });
    expect(cycle(id).legs[0]).to.include({ state: 'due' }).and.not.have.property('bankReference');
    expect(await claim('B3')).to.include({ code: 'applied' });
    // Tokens settle it whatever is claimed, and then no reference is counted.
    await issueTo(world, treasury(world, 'WestPay').id, USD, 100n);
    expect(await pay('WestPay', 'EastPay', id)).to.include({ code: 'applied' });
    expect(cycle(id).legs[0]).to.include({ state: 'settled' }).and.not.have.property('bankReference');
    expect(await says('EastPay', 'acknowledge', { clearing: id, debtor: 'WestPay', reference: 'B3' })).to.include({ code: 'CLEARING_STATE' });
  });

  it('discharges a claimed leg that the creditor has not answered like an unpaid one; the claim stays to be seen', async () => {
    const id = await settling();
    await says('WestPay', 'claim', { clearing: id, creditor: 'EastPay', bank: { reference: 'B1', valueDate: '2026-11-21', document: 'D'.repeat(43) } });
    await pass(world, 2 * DAY_MS + 1);
    for (const verb of ['acknowledge', 'deny']) expect(await says('EastPay', verb, { clearing: id, debtor: 'WestPay', reference: 'B1' })).to.include({ code: 'DEADLINE_PAST' });
    expect(await act(world, world.payer, 'clearing.proceed/1', { clearing: id })).to.include({ code: 'applied' });
    expect(cycle(id).legs[0]).to.include({ creditor: 'EastPay', state: 'delivered', bankReference: 'B1' });
  });

  it('pays a leg from the treasury that was named, to the one that was named, with what is there', async () => {
    const id = await settling();
    expect(await pay('WestPay', 'EastPay', id)).to.include({ code: 'FUNDS_INSUFFICIENT' });
    expect(await act(world, world.payer, 'clearing.pay/1', { clearing: id, creditor: 'EastPay', to: treasury(world, 'EastPay').id })).to.include({ code: 'CLEARING_LEG_UNKNOWN' });
    expect(await act(world, treasury(world, 'WestPay'), 'clearing.pay/1', { clearing: id, creditor: 'EastPay', to: world.payee.id })).to.include({ code: 'SIGNER_NOT_ENTITLED' });
  });

  it('discharges unpaid legs with the debtor’s own fixed tokens, so that it ends with nothing owed in any case', async () => {
    const id = await settling();
    await issueTo(world, treasury(world, 'WestPay').id, USD, 100n);
    await pay('WestPay', 'NorthPay', id);
    await pass(world, 2 * DAY_MS + 1);
    await issueTo(world, treasury(world, 'WestPay').id, USD, 100n);
    expect(await pay('WestPay', 'EastPay', id)).to.include({ code: 'DEADLINE_PAST' });
    expect(await act(world, world.payer, 'clearing.proceed/1', { clearing: id })).to.include({ code: 'applied' });
    expect(cycle(id)).to.deep.include({ state: 'closed' });
    expect(cycle(id).legs.map(({ state }) => state)).to.deep.equal(['delivered', 'settled']);
    expect(await balanceOf(world, treasury(world, 'EastPay').id, PTS)).to.equal(1n);
    expect(await balanceOf(world, treasury(world, 'WestPay').id, PTS)).to.equal(90_004n);
    for (const positions of Object.values(owed())) expect(new Set(Object.values(positions))).to.deep.equal(new Set([0n]));
  });

  it('keeps a treasury from closing until it ends', async () => {
    const { id } = await open();
    await confirm('EastPay', id);
    const own = treasury(world, 'EastPay');
    expect(await act(world, own, 'account.close/1', { account: own.id, reason: 'OTHER' })).to.include({ code: 'ACCOUNT_NOT_EMPTY' });
  });

  it('has taken the tokens a refund would need, which then goes in what was received', async () => {
    const { id: payment } = await payInto(world, '10', { token: EUR, atLeast: '100' });
    await open();
    expect(await giveBack(world, payment, '10')).to.deep.include({ code: 'POOL_INSUFFICIENT', figures: { available: '0', required: '10' } });
    expect(await giveBack(world, payment, '10', { received: true })).to.include({ code: 'applied' });
  });
});
