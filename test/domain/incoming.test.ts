import { expect } from 'chai';
import fc from 'fast-check';
import { allSlots, LANES, MAX_FOLD, MAX_ORGANIZATIONS, slotId, slotIdSchema } from '../../chaincode/src/domain/index.ts';
import type { Signer } from '../support/signer.ts';
import { act, apply, assertConserved, balanceOf, change, copyOf, defineToken, foundWorld, instruct, issueTo, officer, registerAccount, type World } from '../support/world.ts';

const TOKEN = 'USD@NorthPay';
const SLOT = 'EastPay.3';

describe('incoming money', () => {
  let founded: World;
  let world: World;
  let payer: Signer;
  let merchant: Signer;

  before(async () => {
    founded = await foundWorld();
    await defineToken(founded, TOKEN);
    [payer, merchant] = [await registerAccount(founded, 'NorthPay'), await registerAccount(founded, 'EastPay')];
    await issueTo(founded, payer.id, TOKEN, 1_000_000n);
  });

  beforeEach(() => {
    world = copyOf(founded);
  });

  afterEach(() => assertConserved(world));

  const keysOf = (kind: string): readonly string[] => [...world.state.entries.keys()].filter((key) => key.startsWith(`${kind}/${merchant.id}/`));
  const gather = (signer: Signer, parcels: Readonly<Record<string, number>>) => act(world, signer, 'balance.gather/1', { account: merchant.id, token: TOKEN, parcels });
  const spend = (amount: number) => act(world, merchant, 'payment.pay/1', { payee: payer.id, token: TOKEN, amount: String(amount) });

  /** Parcels of one unit each, and one unit that is not sealed yet: as long a stream leaves them when nobody gathers. */
  const stream = async (parcels: number): Promise<void> => {
    await change(world, (book) => {
      const supply = book.get('supply', TOKEN) ?? { issued: 0n, redeemed: 0n };
      book.put('supply', [TOKEN], { ...supply, issued: supply.issued + BigInt(parcels + 1) });
      for (let number = 0; number < parcels; number++) book.put('parcel', [merchant.id, TOKEN, SLOT, number], 1n);
      book.put('slot', [merchant.id, TOKEN, SLOT], { sum: 1n, since: world.now, sealed: parcels });
    });
    for (const [name, sign] of [['issuance', -1n], [merchant.id, 1n]] as const) world.journal.set(`${name} ${TOKEN}`, (world.journal.get(`${name} ${TOKEN}`) ?? 0n) + sign * BigInt(parcels + 1));
  };

  it('is read by a decision up to a bound, and gathered before it goes on', async () => {
    await stream(MAX_FOLD + 1);
    const close = () => act(world, merchant, 'account.close/1', { account: merchant.id, reason: 'HOLDER_REQUEST' });
    expect(await close()).to.include({ code: 'AGAIN', recorded: false });
    await gather(merchant, { [SLOT]: 1 });
    expect(await close()).to.include({ code: 'ACCOUNT_NOT_EMPTY', recorded: true });
  });

  describe('gathered', () => {
    it('may lie in every lane of as many organizations as there can be, and in no other', async () => {
      const organizations = Array.from({ length: MAX_ORGANIZATIONS }, (_, number) => `Member${number}`);
      const slots = allSlots({ organizations } as never);
      expect(slots).to.have.lengthOf(MAX_ORGANIZATIONS * LANES);
      expect(slots.filter((slot) => !slotIdSchema.safeParse(slot).success)).to.deep.equal([]);
      expect(slotIdSchema.safeParse(slotId('EastPay', LANES)).success).to.equal(false);
      const parcels = Object.fromEntries(slots.map((slot) => [slot, 1]));
      expect(await gather(merchant, parcels)).to.include({ code: 'applied' });
    });

    it('lies in the balance, and its parcels are gone; no slot is read or written', async () => {
      await stream(70);
      const before = world.state.reads.length;
      expect(await gather(merchant, { [SLOT]: 70 })).to.include({ code: 'applied' });
      expect(world.state.reads.slice(before).flat().filter((key) => key.startsWith('s/'))).to.deep.equal([]);
      expect(keysOf('p')).to.deep.equal([]);
      expect(await balanceOf(world, merchant.id, TOKEN)).to.equal(71n);
      const spending = world.state.reads.length;
      expect(await spend(70)).to.include({ code: 'applied' });
      expect(world.state.reads.slice(spending).flat().filter((key) => /^[ps]\//.test(key) && key.includes(merchant.id))).to.deep.equal([]);
    });

    it('is at most so much at a time, and the rest the next time', async () => {
      await stream(MAX_FOLD + 10);
      for (const left of [10, 0]) {
        expect(await gather(merchant, { [SLOT]: MAX_FOLD + 10 })).to.include({ code: 'applied' });
        expect(keysOf('p')).to.have.length(left);
      }
      expect(await balanceOf(world, merchant.id, TOKEN)).to.equal(BigInt(MAX_FOLD + 11));
    });

    it('may be by the account and by the clerk of its organization, by nobody else', async () => {
      await stream(2);
      expect(await gather(payer, { [SLOT]: 2 })).to.include({ code: 'SIGNER_NOT_ENTITLED', recorded: true });
      expect(await gather(officer(world, 'registrar@EastPay'), { [SLOT]: 2 })).to.include({ code: 'OFFICER_ROLE_MISSING' });
      expect(await gather(officer(world, 'clerk@NorthPay'), { [SLOT]: 2 })).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
      expect(keysOf('p')).to.have.length(2);
      expect(await gather(officer(world, 'clerk@EastPay'), { [SLOT]: 2 })).to.include({ code: 'applied' });
      expect(keysOf('p')).to.have.length(0);
    });

    it('is what there is, whatever numbers are given', async function () {
      this.timeout(60_000);
      const numbers = fc.dictionary(fc.constantFrom('NorthPay.0', SLOT, 'WestPay.7', 'NobodyPay.1'), fc.integer({ min: 1, max: 2_000_000_000 }));
      await stream(5);
      const start = copyOf(world);
      await fc.assert(
        fc.asyncProperty(numbers, async (parcels) => {
          world = copyOf(start);
          expect(await gather(merchant, parcels)).to.include({ code: 'applied' });
          expect(await balanceOf(world, merchant.id, TOKEN)).to.equal(6n);
          // A wrong number may leave no room for a right one, and does nothing else.
          expect(keysOf('p').length).to.be.within(5 - Math.min(5, parcels[SLOT] ?? 0), 5);
          await assertConserved(world);
        }),
        { numRuns: 25 },
      );
    });

    for (const [what, parcels] of [['no slot of this ledger', { 'NorthPay.8': 1 }], ['a number below one', { [SLOT]: 0 }], ['a fraction', { [SLOT]: 1.5 }]] as const) {
      it(`is malformed with ${what}`, async () => {
        const answer = await gather(merchant, parcels).catch((error: unknown) => ({ code: (error as { readonly code?: string }).code, recorded: false }));
        expect(answer.recorded).to.equal(false);
        expect(answer.code).to.match(/MALFORMED$/);
      });
    }
  });

  describe('of more parcels than one decision takes in', () => {
    beforeEach(() => stream(2 * MAX_FOLD));

    it('is spent as far as it goes, within bounds', async () => {
      const before = world.state.reads.length;
      expect(await spend(MAX_FOLD)).to.include({ code: 'applied' });
      expect(world.state.reads.slice(before).flat().length).to.be.lessThan(MAX_FOLD + 100);
      expect(keysOf('p')).to.have.length(MAX_FOLD);
    });

    it('is never refused wrongly: what cannot be decided is not recorded, until it is gathered', async () => {
      const all = 2 * MAX_FOLD + 1;
      for (let gathered = 0; gathered < 2; gathered++) {
        expect(await spend(all)).to.include({ code: gathered === 0 ? 'AGAIN' : 'applied', recorded: gathered > 0 });
        if (gathered === 0) await gather(merchant, { [SLOT]: 2 * MAX_FOLD });
      }
      expect(await balanceOf(world, merchant.id, TOKEN)).to.equal(0n);
    });

    it('is refused by its exact sum once it can be told', async () => {
      const all = 2 * MAX_FOLD + 1;
      expect(await spend(all + 1)).to.include({ code: 'AGAIN', recorded: false });
      await gather(merchant, { [SLOT]: 2 * MAX_FOLD });
      expect(await spend(all + 1)).to.deep.include({ code: 'FUNDS_INSUFFICIENT', recorded: true, figures: { available: String(all), required: String(all + 1) } });
    });

    it('is read exactly all the same', async () => {
      expect(await balanceOf(world, merchant.id, TOKEN)).to.equal(BigInt(2 * MAX_FOLD + 1));
    });
  });

  it('that suffices once sealed leaves the slots to those who credit them', async () => {
    await stream(3);
    const incoming = { [`${merchant.id}/${TOKEN}`]: { parcels: { [SLOT]: 3 } } };
    const payment = instruct(world, merchant, 'payment.pay/1', { payee: payer.id, token: TOKEN, amount: '3' });
    const before = world.state.reads.length;
    await apply(world, [payment], 0, 'WestPay', incoming);
    expect(world.state.reads.slice(before).flat().filter((key) => key.startsWith(`s/${merchant.id}/`))).to.deep.equal([]);
    expect(await balanceOf(world, merchant.id, TOKEN)).to.equal(1n);
  });

  it('is taken from the slot the gateway names, without a look at the others, and read with the rest of the batch', async () => {
    for (const lane of [0, 1, 2]) await apply(world, [instruct(world, payer, 'payment.pay/1', { payee: merchant.id, token: TOKEN, amount: '10' })], lane, 'WestPay');
    const incoming = { [`${merchant.id}/${TOKEN}`]: { slots: ['WestPay.1'] } };
    const pay = (amount: string) => instruct(world, merchant, 'payment.pay/1', { payee: payer.id, token: TOKEN, amount });
    const before = world.state.reads.length;
    await apply(world, [pay('4'), pay('6')], 0, 'WestPay', incoming);
    const reads = world.state.reads.slice(before);
    expect(reads.flat().filter((key) => key.startsWith(`s/${merchant.id}/`))).to.deep.equal([`s/${merchant.id}/${TOKEN}/WestPay.1`]);
    expect(reads.filter((keys) => keys.length > 0)).to.have.length(2);
    expect(await balanceOf(world, merchant.id, TOKEN)).to.equal(20n);
    // What is named does not suffice: then everything there is.
    await apply(world, [pay('20')], 0, 'WestPay', incoming);
    expect(await balanceOf(world, merchant.id, TOKEN)).to.equal(0n);
  });

  it('is taken from no more slots than are needed', async () => {
    for (const lane of [0, 1, 2]) await apply(world, [instruct(world, payer, 'payment.pay/1', { payee: merchant.id, token: TOKEN, amount: '10' })], lane, 'WestPay');
    expect(await spend(15)).to.include({ code: 'applied' });
    const sums = await change(world, (book) => [0, 1, 2].map((lane) => book.get('slot', merchant.id, TOKEN, `WestPay.${lane}`)?.sum));
    expect(sums).to.deep.equal([0n, 0n, 10n]);
  });
});
