import { expect } from 'chai';
import fc from 'fast-check';
import { between, creditWorld, DAY_MS, fund, grant, iso, make, termsOf, TOKEN, bank, pair, type CreditWorld } from '../support/credit-world.ts';
import { act, assertConserved, copyOf, officer, pass } from '../support/world.ts';

/** A step of a random credit history: a verb, which of the objects made so far it is about, an amount, which way round the pair acts. */
interface Step {
  readonly verb: (typeof VERBS)[number];
  readonly object: number;
  readonly amount: number;
  readonly reversed: boolean;
  readonly flag: boolean;
}

/** As often as they stand here: what builds something up more often than what tears everything down. */
const VERBS = [
  'buy', 'buy', 'buy', 'buy', 'buy', 'buy', 'hold', 'hold', 'hold', 'capture', 'capture', 'capture', 'capture', 'release', 'expire hold',
  'settle', 'settle', 'settle', 'settle', 'net', 'net', 'confirm', 'confirm', 'confirm', 'confirm', 'reject', 'cancel', 'expire settlement',
  'refund', 'refund', 'acknowledge', 'dispute', 'dispute', 'accept', 'deny', 'withdraw', 'expire dispute', 'write off', 'write off',
  'limit', 'revise', 'suspend', 'resume', 'resume', 'revoke', 'grant', 'grant', 'offer mandate', 'accept mandate', 'accept mandate',
  'execute mandate', 'execute mandate', 'execute mandate', 'revoke mandate', 'freeze', 'unfreeze', 'unfreeze', 'unfreeze', 'pay', 'fund', 'hour', 'day', 'close',
] as const;

interface Made {
  readonly bills: string[];
  readonly holds: string[];
  readonly settlements: string[];
  readonly mandates: string[];
  version: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.constantFrom(...VERBS),
  object: fc.nat(3),
  amount: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constantFrom(1, 5, 10, 10, 100, 300)),
  reversed: fc.boolean(),
  flag: fc.boolean(),
});

const a = (verb: Step['verb'], object: number, amount: number, changes: Partial<Step> = {}): Step => ({ verb, object, amount, reversed: false, flag: true, ...changes });

/** One history in which everything that has to succeed does: what chance covers besides is more. */
const COVERING: readonly Step[] = [
  a('offer mandate', 0, 60), a('accept mandate', 0, 1), a('buy', 0, 10), a('execute mandate', 0, 1),
  a('buy', 0, 10), a('settle', 1, 5, { flag: false }), a('confirm', 0, 1, { flag: false }), a('refund', 1, 5),
  a('buy', 0, 10), a('dispute', 2, 5), a('withdraw', 2, 1), a('write off', 2, 5),
  a('hold', 0, 10), a('capture', 0, 5), a('buy', 0, 10, { reversed: true }), a('net', 2, 5),
];

describe('the laws of credit', () => {
  let founded: CreditWorld;

  before(async () => {
    founded = await pair(await creditWorld());
    for (const way of [founded, between(founded, founded.merchant, founded.enterprise)]) {
      const officerId = way === founded ? 'credit-officer@NorthPay' : 'credit-officer@EastPay';
      await act(way, officer(way, officerId), 'limit.set/1', { account: way.enterprise.id, token: TOKEN, amount: '400', reason: 'GRANTED' });
      await grant(way, { amount: '300', perPayment: '200', termDays: 0, stopAfterDaysOverdue: 1 });
    }
    await fund(founded, founded.enterprise, 500n);
    await fund(founded, founded.merchant, 500n);
  });

  it('hold after every step of any history of both directions', async function () {
    this.timeout(300_000);
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 90, size: 'max' }), async (steps) => {
        const copy = copyOf(founded);
        const ways = [between(copy, founded.enterprise, founded.merchant), between(copy, founded.merchant, founded.enterprise)] as const;
        const made: readonly [Made, Made] = [emptyMade(), emptyMade()];
        for (const one of steps) {
          copy.now += 50;
          if (copy.now % 3 === 0) copy.now += 1;
          const side = one.reversed ? 1 : 0;
          const code = await take(one, ways[side], made[side], made[1 - side] as Made);
          outcomes.set(`${one.verb}: ${code}`, (outcomes.get(`${one.verb}: ${code}`) ?? 0) + 1);
          await assertConserved(copy);
        }
      }),
      { numRuns: 150, examples: [[[...COVERING]]] },
    );
    // A history in which nothing ever succeeds would prove nothing.
    for (const verb of ['buy', 'hold', 'capture', 'settle', 'net', 'confirm', 'refund', 'dispute', 'write off', 'execute mandate']) {
      expect(outcomes.get(`${verb}: applied`) ?? 0, `${verb} was applied`).to.be.greaterThan(0);
    }
  });
});

function emptyMade(): Made {
  return { bills: [], holds: [], settlements: [], mandates: [], version: 1 };
}

/** Takes one step and answers its code; ids of what it made are kept for later steps. */
async function take({ verb, object, amount, flag }: Step, way: CreditWorld, made: Made, other: Made): Promise<string> {
  const { enterprise, merchant } = way;
  const text = String(amount);
  const at = (list: readonly string[]) => list[object % Math.max(1, list.length)] ?? `${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}.${enterprise.id}`;
  const deadline = iso(way.now + (flag ? 3600_000 : 3 * DAY_MS));
  const home = enterprise.id.slice(enterprise.id.indexOf('@') + 1);
  const keep = async (list: string[], result: Promise<{ readonly code: string; readonly id: string }>) => {
    const { code, id } = await result;
    if (code === 'applied') list.push(id);
    return code;
  };
  const says = async (signer: typeof enterprise, type: string, body: object) => (await act(way, signer, type, body)).code;
  const bill = { bill: at(made.bills), debtor: enterprise.id };
  const settlement = { settlement: at(made.settlements), debtor: enterprise.id };
  const hold = { hold: at(made.holds), payer: enterprise.id };
  const mandate = { mandate: at(made.mandates), debtor: enterprise.id };
  const line = { enterprise: enterprise.id, token: TOKEN };
  const allocations = [...new Set([at(made.bills), flag ? (made.bills.at(-1) ?? at(made.bills)) : at(made.bills)])].map((id) => ({ bill: id, amount: text }));
  switch (verb) {
    case 'buy':
      return keep(made.bills, make(way, enterprise, 'payment.pay/1', { payee: merchant.id, token: TOKEN, amount: text, credit: { amount: flag ? text : String(Math.ceil(amount / 2)), version: made.version } }));
    case 'hold':
      return keep(made.holds, make(way, enterprise, 'hold.place/1', { payee: merchant.id, token: TOKEN, amount: text, credit: { amount: String(Math.ceil(amount / 3)), version: made.version }, expiresAt: deadline }));
    case 'capture':
      return keep(made.bills, make(way, merchant, 'hold.capture/1', { ...hold, amount: text, ...(flag ? { final: true } : {}) }));
    case 'release':
      return says(merchant, 'hold.release/1', hold);
    case 'expire hold':
      return says(enterprise, 'hold.expire/1', hold);
    case 'settle':
      return keep(made.settlements, make(way, enterprise, 'settlement.initiate/1', { creditor: merchant.id, token: TOKEN, bills: allocations, deadline, ...(flag ? bank(`B${amount}`) : {}) }));
    case 'net':
      return keep(made.settlements, make(way, enterprise, 'settlement.initiate/1', { creditor: merchant.id, token: TOKEN, bills: allocations.slice(0, 1), counterBills: [{ bill: at(other.bills), amount: String(Math.ceil(amount / 2)) }], deadline }));
    case 'confirm':
      return says(merchant, 'settlement.confirm/1', { ...settlement, creditor: merchant.id, ...(flag ? { less: [{ bill: at(made.bills), amount: String(amount - 1) }] } : {}) });
    case 'reject':
      return says(merchant, 'settlement.reject/1', { ...settlement, reason: 'OTHER' });
    case 'cancel':
      return says(enterprise, 'settlement.cancel/1', { settlement: settlement.settlement });
    case 'expire settlement':
      return says(merchant, 'settlement.expire/1', { ...settlement, creditor: merchant.id });
    case 'refund':
      return says(merchant, 'payment.refund/1', { payment: bill.bill, payer: enterprise.id, amount: text, reason: 'OTHER' });
    case 'acknowledge':
      return says(enterprise, 'refund.acknowledge/1', { payment: bill.bill, payee: merchant.id, amount: text, bank: { reference: `R${amount}`, valueDate: '2026-11-21' } });
    case 'dispute':
      return says(enterprise, 'dispute.open/1', { bill: bill.bill, amount: text, code: 'OTHER', deadline });
    case 'accept':
      return says(merchant, 'dispute.accept/1', { ...bill, amount: text });
    case 'deny':
      return says(merchant, 'dispute.deny/1', bill);
    case 'withdraw':
      return says(enterprise, 'dispute.withdraw/1', { bill: bill.bill });
    case 'expire dispute':
      return says(merchant, 'dispute.expire/1', bill);
    case 'write off':
      return says(merchant, 'bill.write-off/1', { ...bill, amount: text, reason: 'OTHER' });
    case 'limit':
      return says(officer(way, `credit-officer@${home}`), 'limit.set/1', { account: enterprise.id, token: TOKEN, amount: String(amount * 50), reason: 'REVIEW' });
    case 'revise': {
      const code = await says(merchant, 'grant.revise/1', { ...line, version: made.version, terms: termsOf(way, { amount: String(amount * 50), perPayment: String(amount * 20), termDays: flag ? 0 : object, stopAfterDaysOverdue: object }), reason: 'TERMS' });
      if (code === 'applied') made.version++;
      return code;
    }
    case 'suspend':
    case 'resume':
    case 'revoke':
      return says(merchant, `grant.${verb}/1`, { ...line, reason: 'OTHER' });
    case 'grant': {
      const { code } = await grant(way, { amount: '300', perPayment: '200', termDays: flag ? 0 : 1 });
      if (code === 'applied') made.version++;
      return code;
    }
    case 'offer mandate':
      return keep(made.mandates, make(way, enterprise, 'mandate.grant/1', { creditor: merchant.id, token: TOKEN, cap: String(amount * 10), validTo: iso(way.now + 9 * DAY_MS) }));
    case 'accept mandate':
      return says(merchant, 'mandate.accept/1', mandate);
    case 'revoke mandate':
      return says(enterprise, 'mandate.revoke/1', mandate);
    case 'execute mandate':
      return says(merchant, 'mandate.execute/1', { ...mandate, creditor: merchant.id, bills: flag ? [at(made.bills)] : made.bills.slice(-1 - object) });
    case 'freeze':
      return says(officer(way, `registrar@${home}`), 'account.freeze/1', { account: enterprise.id, mode: flag ? 'full' : 'debit', reason: 'OTHER' });
    case 'unfreeze':
      return says(officer(way, `registrar@${home}`), 'account.unfreeze/1', { account: enterprise.id, reason: 'OTHER' });
    case 'pay':
      return says(enterprise, 'payment.pay/1', { payee: merchant.id, token: TOKEN, amount: text });
    case 'fund':
      await fund(way, enterprise, BigInt(amount));
      return 'applied';
    case 'hour':
    case 'day':
      way.now += verb === 'hour' ? 3600_000 : DAY_MS;
      await pass(way, 30_001);
      return 'applied';
    case 'close':
      return says(enterprise, 'account.close/1', { account: enterprise.id, reason: 'HOLDER_REQUEST' });
  }
}
