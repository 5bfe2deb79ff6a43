import { expect } from 'chai';
import { define, freeze, issue, pause, pay, resume, signInstruction, TallyClient, unfreeze, uuidv7, type InstructionStatus, type Receipt, type Signer } from '../../../client/src/index.ts';
import { formatInstant } from '../../../chaincode/src/domain/index.ts';
import { codeOf, LEDGER, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { newAccountId } from '../../support/enrolment.ts';
import { freeOf } from '../../support/hostile-world.ts';
import { until } from '../../support/patience.ts';
import { envelopeIn, send, signRaw, signText, type RawAnswer } from '../../support/raw.ts';

const ORGANIZATIONS = ['NorthPay', 'EastPay', 'WestPay'] as const;
const ASYNC = { prefer: 'respond-async' };

interface BulkOutcome {
  readonly status: number;
  readonly receipt?: Receipt;
  readonly problem?: { readonly code: string };
}

/** (signer, id) has one outcome, for ever, whatever is sent again, at once, or elsewhere. */
describe('an instruction over HTTP', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let token: string;
  let payer: Holder;
  let payee: Holder;

  before(async () => {
    consortium = await openConsortium();
    token = await consortium.token('NorthPay');
    payer = await consortium.register('NorthPay');
    payee = await consortium.register('WestPay');
    await consortium.fund(payer.signer.id, token, '100000');
  });

  const url = (organization = 'NorthPay', path = '/instructions') => `${consortium.gateway(organization)}${path}`;
  const signed = async (amount = '1', by: Signer = payer.signer) => (await signInstruction(by, pay, { payee: payee.signer.id, token, amount }, { ledger: LEDGER })).jws;
  const received = () => consortium.settled(() => freeOf(consortium.hostile('EastPay'), payee.signer.id, token));
  const bulk = async (instructions: readonly string[], headers = {}, organization = 'NorthPay') => {
    const { status, body } = await send(url(organization, '/instructions/bulk'), JSON.stringify({ instructions }), { 'content-type': 'application/json', ...headers });
    expect(status).to.equal(200);
    return (body as { readonly outcomes: readonly BulkOutcome[] }).outcomes;
  };
  const transactionIn = ({ body }: RawAnswer) => (body as Receipt).record.transaction;
  const statusOf = (id: string, signer = payer.signer.id, client: TallyClient = payer) => client.read<InstructionStatus>(`/instructions/${id}`, { signer });

  it('sent again, here or at another gateway, gets its first receipt and applies no second time', async () => {
    const before = await received();
    const jws = await signed('7');
    const first = await send(url(), jws);
    expect(first.status).to.equal(201);
    expect(first.headers.get('idempotency-hit')).to.equal(null);
    for (const organization of ORGANIZATIONS) {
      const again = await send(url(organization), jws);
      expect({ status: again.status, hit: again.headers.get('idempotency-hit'), transaction: transactionIn(again) }).to.deep.equal({ status: 200, hit: 'true', transaction: transactionIn(first) });
    }
    expect(await received()).to.equal(before + 7n);
  });

  it('sent at once to every gateway, many times, applies once', async () => {
    const before = await received();
    const jws = await signed('7');
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => send(url(ORGANIZATIONS[index % 3]), jws)));
    expect(new Set(answers.map(({ status }) => status))).to.satisfy((statuses: Set<number>) => [...statuses].every((status) => status === 200 || status === 201));
    expect(new Set(answers.map(transactionIn)).size).to.equal(1);
    expect(await received()).to.equal(before + 7n);
  });

  it('is the same under a second signature of its signer', async () => {
    const before = await received();
    const jws = await signed('7');
    const second = await signText(payer.signer, Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString());
    expect(second).to.not.equal(jws);
    const [one, other] = [await send(url(), jws), await send(url('EastPay'), second)];
    expect({ status: other.status, transaction: transactionIn(other) }).to.deep.equal({ status: 200, transaction: transactionIn(one) });
    expect(await received()).to.equal(before + 7n);
  });

  it('keeps its outcome when its signer is frozen afterwards', async () => {
    const signer = await consortium.register('NorthPay');
    await consortium.fund(signer.signer.id, token, '5');
    const jws = await signed('5', signer.signer);
    expect((await send(url(), jws)).status).to.equal(201);
    await signer.send(freeze, { account: signer.signer.id, mode: 'full', reason: 'KEY_LOST' });
    expect((await send(url('WestPay'), jws)).status).to.equal(200);
    await (await consortium.officer('NorthPay', 'registrar')).send(unfreeze, { account: signer.signer.id, reason: 'KEY_LOST' });
  });

  it('is taken as JSON as well', async () => {
    const { status } = await send(url(), JSON.stringify({ instruction: await signed() }), { 'content-type': 'application/json' });
    expect(status).to.equal(201);
  });

  describe('that nobody waits for', () => {
    it('is taken on with 202, and its outcome is found where Location says', async () => {
      const jws = await signed();
      const answer = await send(url(), jws, ASYNC);
      const { id } = envelopeIn(jws);
      expect({ status: answer.status, location: answer.headers.get('location'), applied: answer.headers.get('preference-applied') }).to.deep.equal({
        status: 202, location: `/instructions/${id}?signer=${encodeURIComponent(payer.signer.id)}`, applied: 'respond-async',
      });
      expect((await payer.waitForOutcome(envelopeIn(jws).id)).receipt).to.include({ id, status: 'applied' });
    });

    it('is refused at once when it is certainly wrong', async () => {
      const jws = await signed();
      expect(await send(url(), `${jws.slice(0, -4)}AAAA`, ASYNC)).to.include({ status: 401, code: 'SIGNATURE_INVALID' });
    });

    it('is told as refused when the ledger has refused it', async () => {
      const jws = await signed('9'.repeat(20));
      await send(url(), jws, ASYNC);
      const { status, receipt } = await payer.waitForOutcome(envelopeIn(jws).id);
      expect({ status, code: receipt?.check.code }).to.deep.equal({ status: 'refused', code: 'FUNDS_INSUFFICIENT' });
    });
  });

  describe('in bulk', () => {
    it('has an outcome of its own, in the order given, whatever its neighbours are', async () => {
      const before = await received();
      const refused = await signed('9'.repeat(20));
      const earlier = await signed('2');
      await send(url(), earlier);
      const outcomes = await bulk([await signed('3'), 'forged', refused, earlier, await signed('4'), `${(await signed('5')).slice(0, -4)}AAAA`]);
      expect(outcomes.map(({ status }) => status)).to.deep.equal([201, 400, 409, 200, 201, 401]);
      expect(outcomes.map(({ problem }) => problem?.code)).to.deep.equal([undefined, 'INSTRUCTION_MALFORMED', 'FUNDS_INSUFFICIENT', undefined, undefined, 'SIGNATURE_INVALID']);
      expect(await received()).to.equal(before + 2n + 3n + 4n);
    });

    it('keeps the order of each signer', async () => {
      const issuer = await consortium.signer('NorthPay', 'issuer');
      const symbol = `B${Date.now().toString(36).toUpperCase()}`;
      const fresh = `${symbol}@NorthPay`;
      const issuance = { token: fresh, account: payer.signer.id, amount: '10' };
      const outcomes = await bulk([
        await signRaw(issuer, define.type, { token: fresh, name: 'Bulk', decimals: 0, kind: 'points', source: { code: 'B', fields: {} } }),
        await signRaw(issuer, issue.type, issuance),
        await signRaw(issuer, pause.type, { token: fresh }),
        await signRaw(issuer, issue.type, issuance),
        await signRaw(issuer, resume.type, { token: fresh }),
        await signRaw(issuer, issue.type, issuance),
      ]);
      expect(outcomes.map(({ status, problem }) => problem?.code ?? status)).to.deep.equal([201, 201, 201, 'TOKEN_PAUSED', 201, 201]);
      expect(await consortium.settled(() => freeOf(consortium.hostile('WestPay'), payer.signer.id, fresh))).to.equal(20n);
    });

    it('of five hundred is applied to the last one', async () => {
      const before = await received();
      const outcomes = await bulk(await Promise.all(Array.from({ length: 500 }, () => signed('1'))));
      expect(outcomes.filter(({ status }) => status === 201)).to.have.length(500);
      expect(await received()).to.equal(before + 500n);
    });

    it('at all gateways at once, the same ones in each, is applied once', async () => {
      const before = await received();
      const instructions = await Promise.all(Array.from({ length: 40 }, () => signed('1')));
      const answers = await Promise.all(ORGANIZATIONS.map((organization) => bulk(instructions, {}, organization)));
      for (const outcomes of answers) expect(outcomes.every(({ receipt }) => receipt?.status === 'applied'), JSON.stringify(outcomes.find(({ receipt }) => receipt === undefined))).to.equal(true);
      expect(await received()).to.equal(before + 40n);
    });

    it('that nobody waits for is taken on one by one', async () => {
      const instructions = [await signed(), 'forged', await signed()];
      expect((await bulk(instructions, ASYNC)).map(({ status }) => status)).to.deep.equal([202, 400, 202]);
      for (const jws of [instructions[0] ?? '', instructions[2] ?? '']) expect(await payer.waitForOutcome(envelopeIn(jws).id)).to.include({ status: 'applied' });
    });
  });

  describe('asked after', () => {
    it('is unknown until it is sent, and can never apply once the ledger clock is past its end', async () => {
      const now = Date.now();
      expect(await statusOf(uuidv7(now))).to.include({ status: 'unknown' });
      const { clock } = await payer.readiness();
      const past = uuidv7(Date.parse(clock) - 10_000);
      const asked = await payer.read<InstructionStatus>(`/instructions/${past}`, { signer: payer.signer.id, expiresAt: formatInstant(Date.parse(clock) - 1) });
      expect(asked).to.include({ status: 'can-never-apply' });
      const future = await payer.read<InstructionStatus>(`/instructions/${past}`, { signer: payer.signer.id, expiresAt: formatInstant(Date.parse(clock) + 1_000) });
      expect(future).to.include({ status: 'unknown' });
    });

    it('is told to its signer and to officers of its organization, and to nobody else', async () => {
      const jws = await signed();
      await send(url(), jws);
      const { id } = envelopeIn(jws);
      expect(await statusOf(id)).to.include({ status: 'applied' });
      expect(await statusOf(id, payer.signer.id, await consortium.officer('NorthPay', 'auditor'))).to.include({ status: 'applied' });
      expect(await codeOf(statusOf(id, payer.signer.id, payee))).to.equal('NOT_ENTITLED');
      expect(await codeOf(statusOf(id, payer.signer.id, await consortium.officer('EastPay', 'auditor')))).to.equal('NOT_ENTITLED');
      expect(await codeOf(statusOf(id, newAccountId('NorthPay')))).to.equal('NOT_ENTITLED');
    });

    it('is found at every gateway, which may have to wait for its block', async () => {
      const jws = await signed();
      const { body } = await send(url(), jws);
      const { record, id } = body as Receipt;
      for (const organization of ORGANIZATIONS) {
        const elsewhere = new TallyClient({ gateway: consortium.gateway(organization), signer: payer.signer });
        const seen = await elsewhere.read<InstructionStatus>(`/instructions/${id}`, { signer: payer.signer.id, minBlock: record.block });
        expect(seen.receipt?.record, organization).to.deep.equal(record);
      }
    });
  });

  it('goes on when its client has hung up', async () => {
    const jws = await signed();
    await fetch(url(), { method: 'POST', headers: { 'content-type': 'application/jose' }, body: jws, signal: AbortSignal.timeout(15) }).catch(() => undefined);
    const { id } = envelopeIn(jws);
    const outcome = await until('an outcome', async () => {
      const seen = await statusOf(id);
      // It may have been cut off before the gateway had all of it: then it may be sent again.
      if (seen.status === 'unknown') await send(url('EastPay'), jws);
      return seen.status === 'applied' ? seen : undefined;
    });
    expect(outcome.receipt).to.include({ id });
  });
});
