import { expect } from 'chai';
import fc from 'fast-check';
import type { PoolSlot } from '../../chaincode/src/domain/index.ts';
import { stateKeyOf } from '../../chaincode/src/ledger/keys.ts';
import { decodeRecord } from '../../chaincode/src/ledger/records.ts';
import { iso } from '../support/credit-world.ts';
import { accept, EUR, fundPool, giveBack, interopWorld, payInto, poolOf, PTS, treasury, USD, type InteropWorld, type Pair } from '../support/interop-world.ts';
import { poolsOf } from '../support/pool-laws.ts';
import type { Signer } from '../support/signer.ts';
import { apply, assertConserved, copyOf, instruct, issueTo, officer, pass } from '../support/world.ts';

/** Each way between two systems, and one way to the third. */
const PAIRS: readonly Pair[] = [{ token: USD, into: EUR }, { token: EUR, into: USD }, { token: PTS, into: EUR }];
const VERBS = ['convert', 'convert', 'convert', 'convert', 'repay', 'repay', 'refund', 'refund', 'refund received', 'fund', 'defund', 'defund', 'set', 'suspend', 'resume', 'resume', 'end', 'pay', 'open', 'open', 'open', 'confirm', 'confirm', 'decline', 'decline', 'proceed', 'proceed', 'leg', 'claim', 'claim', 'acknowledge', 'acknowledge', 'deny', 'hour', 'hour'] as const;

const ORGANIZATIONS = ['NorthPay', 'EastPay', 'WestPay'] as const;

interface Made {
  readonly payments: { readonly id: string; readonly payer: Signer; readonly payee: Signer }[];
  readonly cycles: string[];
}

interface Step {
  readonly verb: (typeof VERBS)[number];
  readonly pair: number;
  readonly reversed: boolean;
  readonly amount: number;
  readonly other: number;
  readonly lane: number;
  readonly gateway: string;
}

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.constantFrom(...VERBS),
  pair: fc.nat(PAIRS.length - 1),
  reversed: fc.boolean(),
  amount: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 500 }), fc.constantFrom(1, 3, 7, 100)),
  other: fc.nat(6),
  lane: fc.nat(7),
  gateway: fc.constantFrom('NorthPay', 'EastPay', 'WestPay'),
});

const a = (verb: Step['verb'], amount: number, changes: Partial<Step> = {}): Step => ({ verb, amount, pair: 0, reversed: false, other: 0, lane: 0, gateway: 'NorthPay', ...changes });
/** North owes East for a conversion; North opens a cycle and East confirms it. */
const SETTLING: readonly Step[] = [a('convert', 30), a('open', 3), a('confirm', 1)];

/** One history in which everything that has to succeed does: what chance covers besides is more. */
const COVERING: readonly Step[] = [
  a('convert', 100), a('convert', 100), a('repay', 40, { reversed: true }), a('refund', 3), a('refund received', 3), a('fund', 7), a('defund', 7),
  a('suspend', 1), a('convert', 1), a('resume', 1), a('convert', 500),
  ...SETTLING, a('claim', 7), a('deny', 7), a('claim', 8), a('acknowledge', 8),
  ...SETTLING, a('leg', 1),
  ...SETTLING, a('hour', 1), a('hour', 1), a('hour', 1), a('proceed', 1),
  a('convert', 30), a('open', 3), a('decline', 4), a('end', 1), a('set', 40),
];

describe('the laws of interoperability', () => {
  let founded: InteropWorld;

  before(async () => {
    founded = await interopWorld();
    for (const [index, pair] of PAIRS.entries()) {
      await accept(founded, pair, { cap: '600', direction: 'both', rate: { numerator: String(index + 2), denominator: '3' } });
      await fundPool(founded, '3000', pair);
    }
    for (const { id } of Object.values(founded.treasuries)) await issueTo(founded, id, USD, 1_000n);
    for (const token of [EUR, PTS]) await issueTo(founded, founded.payer.id, token, 2_000n);
    for (const token of [USD, PTS]) await issueTo(founded, founded.payee.id, token, 2_000n);
  });

  it('hold after every step of any history: positions sum to zero, no unit is made or lost, no cap is passed', async function () {
    this.timeout(300_000);
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 80, size: 'max' }), async (steps) => {
        const world = copyOf(founded);
        const made: Made = { payments: [], cycles: [] };
        for (const each of steps) {
          world.now += 40;
          const before = poolsOf(world);
          const code = await take(world, each, made);
          outcomes.set(`${each.verb}: ${code}`, (outcomes.get(`${each.verb}: ${code}`) ?? 0) + 1);
          await assertConserved(world);
          for (const [name, { acceptance, taken }] of poolsOf(world)) {
            const earlier = before.get(name);
            if (each.verb === 'convert' && taken > (earlier?.taken ?? 0n)) expect(taken <= acceptance.cap, `${name}: ${taken} over ${acceptance.cap}`).to.equal(true);
          }
        }
      }),
      { numRuns: 60, examples: [[[...COVERING]]] },
    );
    for (const verb of ['convert', 'repay', 'refund', 'refund received', 'fund', 'defund', 'set', 'suspend', 'end', 'open', 'confirm', 'decline', 'proceed', 'leg', 'claim', 'acknowledge', 'deny']) expect(outcomes.get(`${verb}: applied`) ?? 0, `${verb} was applied`).to.be.greaterThan(0);
    for (const code of ['ACCEPTANCE_CAP', 'ACCEPTANCE_SUSPENDED']) expect(outcomes.get(`convert: ${code}`) ?? 0, code).to.be.greaterThan(0);
  });

  it('a pool never falls in value, at the payment’s own rate, however a payment is refunded', async function () {
    this.timeout(120_000);
    const part = fc.record({ amount: fc.integer({ min: 1, max: 60 }), received: fc.boolean() });
    const rate = fc.record({ numerator: fc.integer({ min: 1, max: 9 }).map(String), denominator: fc.integer({ min: 1, max: 9 }).map(String) });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(EUR, PTS), rate, fc.integer({ min: 1, max: 200 }), fc.array(part, { minLength: 1, maxLength: 8 }), async (into, terms, amount, parts) => {
        const world = copyOf(founded);
        const pair = { token: USD, into };
        await accept(world, pair, { cap: '1000', rate: terms });
        await fundPool(world, '30000', pair);
        await issueTo(world, world.payee.id, into, 1_000n);
        const start = await poolOf(world, pair);
        const paid = BigInt(amount);
        const { id } = await payInto(world, String(amount), { token: into, atLeast: '1' });
        const received = start.available - (await poolOf(world, pair)).available;
        const worth = ({ available, taken }: PoolSlot) => available * paid + taken * received;
        for (const each of parts) {
          const before = await poolOf(world, pair);
          await giveBack(world, id, String(each.amount), each.received ? { received: true } : {});
          const now = await poolOf(world, pair);
          expect(worth(now) >= worth(start)).to.equal(true);
          if (each.received) expect(now).to.deep.equal(before);
        }
      }),
      { numRuns: 60 },
    );
  });

  async function take(world: InteropWorld, { verb, pair, reversed, amount, other, lane, gateway }: Step, { payments, cycles }: Made): Promise<string> {
    const { token, into } = PAIRS[pair] as Pair;
    const [from, to] = reversed ? [world.payee, world.payer] : [world.payer, world.payee];
    const home = into.split('@')[1] ?? '';
    const says = async (signer: Signer, type: string, body: object) => {
      const text = instruct(world, signer, type, body);
      const { outcomes, answers } = await apply(world, [text], lane, gateway);
      const [outcome] = outcomes;
      if (outcome === undefined && answers[0] !== undefined && 'refusal' in answers[0]) return answers[0].refusal.code;
      if (outcome === undefined) throw new Error(JSON.stringify(answers));
      if (outcome.refusal === undefined && type === 'clearing.open/1') cycles.push(`${outcome.id}.${signer.id}`);
      if (outcome.refusal === undefined && type === 'payment.pay/1') payments.push({ id: `${outcome.id}.${signer.id}`, payer: from, payee: to });
      return outcome.refusal?.code ?? 'applied';
    };
    const clearing = cycles.at(-1 - (other % 2)) ?? `${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}.financial-operator@NorthPay`;
    const stored = world.state.entries.get(stateKeyOf(['instruction', clearing.slice(0, 36), clearing.slice(37)]));
    const legs = stored === undefined ? [] : (decodeRecord('instruction', [], stored).clearing?.legs ?? []);
    const leg = legs[other % Math.max(1, legs.length)] ?? { debtor: 'WestPay', creditor: 'EastPay', bankReference: undefined };
    const organization = verb === 'leg' || verb === 'claim' ? leg.debtor : verb === 'acknowledge' || verb === 'deny' ? leg.creditor : (ORGANIZATIONS[(amount + other) % 3] ?? '');
    const party = officer(world, `financial-operator@${organization}`);
    const operator = officer(world, `financial-operator@${home}`);
    const text = String(amount);
    switch (verb) {
      case 'open': {
        const rates = [EUR, PTS].map((each, index) => ({ token: each, numerator: String(amount % 5 + 1), denominator: String(index + 1) }));
        const deadlines = { confirmBy: iso(world.now + 3600_000), settleBy: iso(world.now + 2 * 3600_000) };
        return says(party, 'clearing.open/1', { pools: PAIRS, unit: USD, rates, treasury: treasury(world, organization).id, ...deadlines });
      }
      case 'confirm': {
        // Mostly everybody does, or no cycle would ever get to its legs.
        const confirmers = amount % 4 === 0 ? [organization] : ORGANIZATIONS;
        const codes: string[] = [];
        for (const name of confirmers) codes.push(await says(officer(world, `financial-operator@${name}`), 'clearing.confirm/1', { clearing, treasury: treasury(world, name).id }));
        return codes.find((code) => code === 'applied') ?? codes[0] ?? '';
      }
      case 'decline':
        return amount % 2 === 0 ? says(party, 'clearing.decline/1', { clearing }) : 'spared';
      case 'proceed':
        return says(from, 'clearing.proceed/1', { clearing });
      case 'leg':
        return says(treasury(world, organization), 'clearing.pay/1', { clearing, creditor: leg.creditor, to: treasury(world, leg.creditor).id });
      case 'claim':
        return says(party, 'clearing.claim/1', { clearing, creditor: leg.creditor, bank: { reference: `B${amount}`, valueDate: '2026-11-21', document: 'D'.repeat(43) } });
      case 'acknowledge':
      case 'deny':
        return says(party, `clearing.${verb}/1`, { clearing, debtor: leg.debtor, reference: leg.bankReference ?? 'B' });
      case 'hour':
        await pass(world, 3600_001);
        return 'applied';
      case 'convert':
        return says(from, 'payment.pay/1', { payee: to.id, token, amount: text, into: { token: into, atLeast: '1' } });
      case 'repay':
        return says(from, 'payment.pay/1', { payee: to.id, token: into, amount: text, into: { token, atLeast: '1', repayment: true } });
      case 'pay':
        return says(from, 'payment.pay/1', { payee: to.id, token, amount: text });
      case 'refund':
      case 'refund received': {
        const payment = payments[(other * 7 + amount) % Math.max(1, payments.length)];
        if (payment === undefined) return 'nothing to refund';
        return says(payment.payee, 'payment.refund/1', { payment: payment.id, payer: payment.payer.id, amount: String(Math.ceil(amount / (other + 1))), reason: 'OTHER', ...(verb === 'refund' ? {} : { received: true }) });
      }
      case 'fund':
        return says(treasury(world, home), 'acceptance.fund/1', { token, into, amount: text });
      case 'defund':
        return says(operator, 'acceptance.defund/1', { token, into, treasury: treasury(world, home).id, of: reversed ? token : into, amount: text });
      case 'set': {
        const body = { token, into, treasury: treasury(world, home).id, validFrom: iso(world.now - 1_000), validUntil: iso(world.now + 86_400_000) };
        return says(operator, 'acceptance.set/1', { ...body, rate: { numerator: String(other + 1), denominator: '3' }, cap: String(amount * 2), direction: 'both' });
      }
      case 'end':
        return says(operator, 'acceptance.end/1', { token, into, treasury: treasury(world, home).id });
      case 'suspend':
      case 'resume':
        return says(operator, `acceptance.${verb}/1`, { token, into });
    }
  }
});
