import { expect } from 'chai';
import fc from 'fast-check';
import type { Envelope } from '../../chaincode/src/domain/index.ts';
import type { Signer } from '../support/signer.ts';
import { apply, assertConserved, balanceOf, copyOf, defineToken, foundWorld, instruct, issueTo, officer, registerAccount, type World } from '../support/world.ts';

const TOKENS = ['USD@NorthPay', 'PTS@EastPay'] as const;
const ACCOUNTS = 4;

/** What a random history is made of; indexes are taken modulo what there is. */
type Step =
  | { readonly kind: 'pay'; readonly from: number; readonly to: number; readonly token: number; readonly amount: number; readonly endToEndId?: number | undefined }
  | { readonly kind: 'refund'; readonly payment: number; readonly amount: number }
  | { readonly kind: 'issue'; readonly to: number; readonly token: number; readonly amount: number }
  | { readonly kind: 'redeem'; readonly from: number; readonly token: number; readonly amount: number }
  | { readonly kind: 'answer'; readonly redemption: number; readonly how: 'confirm' | 'decline' }
  | { readonly kind: 'amend'; readonly token: number; readonly cap: number; readonly home: number }
  | { readonly kind: 'freeze'; readonly account: number; readonly mode: 'debit' | 'full' }
  | { readonly kind: 'unfreeze' | 'close'; readonly account: number }
  | { readonly kind: 'pause' | 'resume'; readonly token: number }
  | { readonly kind: 'repeat'; readonly earlier: number }
  | { readonly kind: 'pass'; readonly milliseconds: number };

const index = fc.nat(ACCOUNTS - 1);
const token = fc.nat(TOKENS.length - 1);
const amount = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constantFrom(1, 100, 1_000_000));

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('pay' as const), from: index, to: index, token, amount, endToEndId: fc.option(fc.nat(2), { nil: undefined }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('refund' as const), payment: fc.nat(30), amount }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('issue' as const), to: index, token, amount }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('redeem' as const), from: index, token, amount }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('answer' as const), redemption: fc.nat(30), how: fc.constantFrom('confirm' as const, 'decline' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('amend' as const), token, cap: fc.integer({ min: 1, max: 500 }), home: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('freeze' as const), account: index, mode: fc.constantFrom('debit' as const, 'full' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('unfreeze' as const, 'unfreeze' as const, 'close' as const), account: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const, 'resume' as const), token }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('repeat' as const), earlier: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), milliseconds: fc.integer({ min: 100, max: 1_500 }) }) },
);

const envelopeIn = (text: string) => JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as Envelope;
const typeOf = (text: string) => envelopeIn(text).type;

describe('the laws of the ledger', () => {
  let founded: World;
  let signers: readonly Signer[];

  before(async () => {
    founded = await foundWorld();
    for (const id of TOKENS) await defineToken(founded, id);
    const registered: Signer[] = [];
    for (let number = 0; number < ACCOUNTS; number++) registered.push(await registerAccount(founded, ['NorthPay', 'EastPay', 'WestPay'][number % 3] ?? ''));
    signers = registered;
    for (const { id } of signers) await issueTo(founded, id, TOKENS[0], 100n);
  });

  const textOf = (world: World, step: Step, sent: readonly string[], payments: readonly string[]): string | undefined => {
    const at = (number: number) => signers[number % signers.length] as Signer;
    const tokenAt = (number: number) => TOKENS[number % TOKENS.length] as string;
    switch (step.kind) {
      case 'pay': {
        const references = step.endToEndId === undefined ? {} : { references: { endToEndId: `E${step.endToEndId}` } };
        return instruct(world, at(step.from), 'payment.pay/1', { payee: at(step.to).id, token: tokenAt(step.token), amount: String(step.amount), ...references });
      }
      case 'refund': {
        const [payment, payee] = (payments[step.payment % Math.max(1, payments.length)] ?? '|').split('|');
        const signer = signers.find(({ id }) => id === payee);
        return signer === undefined ? undefined : instruct(world, signer, 'payment.refund/1', { payment, payer: payment?.slice(37), amount: String(step.amount), reason: 'RETURNED' });
      }
      case 'issue':
        return instruct(world, officer(world, `issuer@${tokenAt(step.token).split('@')[1] ?? ''}`), 'token.issue/1', { token: tokenAt(step.token), account: at(step.to).id, amount: String(step.amount) });
      case 'redeem':
        return instruct(world, at(step.from), 'redemption.request/1', { token: tokenAt(step.token), amount: String(step.amount), deadline: new Date(world.now + 3600_000).toISOString() });
      case 'answer': {
        const requests = sent.filter((text) => typeOf(text) === 'redemption.request/1').map(envelopeIn);
        const request = requests[step.redemption % Math.max(1, requests.length)];
        if (request === undefined) return undefined;
        const { token: of } = request.body as { readonly token: string };
        const how = step.how === 'confirm' ? { bank: { reference: `B${step.redemption}`, valueDate: '2026-11-21' } } : { reason: 'OTHER' };
        return instruct(world, officer(world, `issuer@${of.split('@')[1] ?? ''}`), `redemption.${step.how}/1`, { redemption: `${request.id}.${request.signer}`, holder: request.signer, token: of, ...how });
      }
      case 'amend': {
        const holders = step.home === 3 ? 'none' : { organizations: [['NorthPay', 'EastPay', 'WestPay'][step.home]] };
        return instruct(world, officer(world, `issuer@${tokenAt(step.token).split('@')[1] ?? ''}`), 'token.amend/1', { token: tokenAt(step.token), cap: String(step.cap), holders });
      }
      case 'freeze':
        return instruct(world, at(step.account), 'account.freeze/1', { account: at(step.account).id, mode: step.mode, reason: 'OTHER' });
      case 'unfreeze':
      case 'close':
        return instruct(world, officer(world, `registrar@${at(step.account).id.split('@')[1] ?? ''}`), `account.${step.kind}/1`, { account: at(step.account).id, reason: 'OTHER' });
      case 'pause':
      case 'resume':
        return instruct(world, officer(world, `issuer@${tokenAt(step.token).split('@')[1] ?? ''}`), `token.${step.kind}/1`, { token: tokenAt(step.token) });
      case 'repeat':
        return sent[step.earlier % Math.max(1, sent.length)];
      case 'pass':
        return undefined;
    }
  };

  /** Runs a history in batches of the given size, checking the laws after each batch; returns every outcome by instruction. */
  const run = async (world: World, steps: readonly Step[], batchSize: number): Promise<ReadonlyMap<string, string>> => {
    const outcomes = new Map<string, string>();
    const sent: string[] = [];
    const payments: string[] = [];
    for (let first = 0; first < steps.length; first += batchSize) {
      const part = steps.slice(first, first + batchSize);
      for (const one of part) if (one.kind === 'pass') world.now += one.milliseconds;
      const texts = part.flatMap((one) => textOf(world, one, sent, payments) ?? []);
      if (texts.length === 0) continue;
      const result = await apply(world, texts, first % 8, 'EastPay');
      for (const { index: position, refusal, type, id, signer } of result.outcomes) {
        const text = texts[position] as string;
        expect(outcomes.has(text), 'an instruction has one outcome').to.equal(false);
        outcomes.set(text, refusal?.code ?? 'applied');
        sent.push(text);
        const { payee } = envelopeIn(text).body as { readonly payee?: string };
        if (type === 'payment.pay/1' && refusal === undefined) payments.push(`${id}.${signer}|${payee ?? ''}`);
      }
      for (const answer of result.answers) {
        if (!('repeat' in answer)) throw new Error(`unexpected ${answer.refusal.code}`);
        expect(answer.repeat.refusal?.code ?? 'applied').to.equal(outcomes.get(texts[answer.index] as string));
      }
      await assertConserved(world);
    }
    return outcomes;
  };

  it('hold after every batch of any history', async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 12 }), async (steps, batchSize) => {
        await run(copyOf(founded), steps, batchSize);
      }),
      { numRuns: 150 },
    );
  });

  it('give the same state in every process: the same batches write the same bytes', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const [one, two] = [copyOf(founded), copyOf(founded)];
        const texts = steps.flatMap((each) => textOf(one, each, [], []) ?? []);
        for (const world of [one, two]) if (texts.length > 0) await apply(world, texts, 1, 'WestPay');
        expect(new Map([...one.state.entries].map(([key, value]) => [key, Buffer.from(value).toString()]))).to.deep.equal(new Map([...two.state.entries].map(([key, value]) => [key, Buffer.from(value).toString()])));
      }),
      { numRuns: 30 },
    );
  });

  it('hold whatever a gateway hints about incoming money: no hint changes an outcome or a balance', async function () {
    this.timeout(60_000);
    const [one, two] = signers as readonly [Signer, Signer];
    const slot = fc.constantFrom('NorthPay.0', 'NorthPay.3', 'EastPay.1', 'WestPay.7', 'NoPay.0');
    await fc.assert(
      fc.asyncProperty(fc.record({ parcels: fc.dictionary(slot, fc.nat(100)), slots: fc.array(slot) }, { requiredKeys: [] }), fc.array(fc.nat(7), { minLength: 1, maxLength: 6 }), async (hint, lanes) => {
        const world = copyOf(founded);
        const pay = (from: Signer, to: Signer, sum: string) => instruct(world, from, 'payment.pay/1', { payee: to.id, token: TOKENS[0], amount: sum });
        for (const lane of lanes) {
          await apply(world, [pay(one, two, '10')], lane, 'NorthPay');
          world.now += 1_100;
        }
        const incoming = { [`${two.id}/${TOKENS[0]}`]: hint };
        const total = 100 + 10 * lanes.length;
        const tooMuch = await apply(world, [pay(two, one, String(total + 1))], 0, 'NorthPay', incoming);
        expect(tooMuch.outcomes[0]?.refusal).to.deep.equal({ code: 'FUNDS_INSUFFICIENT', figures: { available: String(total), required: String(total + 1) } });
        const all = await apply(world, [pay(two, one, String(total))], 0, 'NorthPay', incoming);
        expect(all.outcomes[0]?.refusal).to.equal(undefined);
        expect(await balanceOf(world, two.id, TOKENS[0])).to.equal(0n);
        await assertConserved(world);
      }),
      { numRuns: 30 },
    );
  });
});
