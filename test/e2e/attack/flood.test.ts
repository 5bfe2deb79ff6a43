import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { pay, signInstruction, type Receipt } from '../../../client/src/index.ts';
import { LEDGER, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { freeOf } from '../../support/hostile-world.ts';
import { send, withPart, type RawAnswer } from '../../support/raw.ts';

const ORGANIZATIONS = ['NorthPay', 'EastPay', 'WestPay'] as const;
const IDS = 10;
const ROUNDS = 20;
const HONEST = 10;
/** Every answer a flood may get says that it was too much, or what is wrong with it. */
const TOO_MANY = 429;

/** Who floods is refused with codes and gains nothing; who pays meanwhile is served. */
describe('a flood', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let token: string;
  let flooder: Holder;
  let honest: readonly Holder[];
  let payee: Holder;

  before(async () => {
    consortium = await openConsortium();
    token = await consortium.token('NorthPay');
    flooder = await consortium.register('NorthPay');
    payee = await consortium.register('WestPay');
    honest = await Promise.all(ORGANIZATIONS.map((organization) => consortium.register(organization)));
    for (const { signer } of [flooder, ...honest]) await consortium.fund(signer.id, token, '1000000');
  });

  const url = (organization: string, path = '/instructions') => `${consortium.gateway(organization)}${path}`;
  const paymentBy = async ({ signer }: Holder) => (await signInstruction(signer, pay, { payee: payee.signer.id, token, amount: '1' }, { ledger: LEDGER })).jws;
  const received = () => consortium.settled(() => freeOf(consortium.hostile('EastPay'), payee.signer.id, token));
  const height = async () => (await consortium.settled(() => consortium.hostile('NorthPay').chain())).height;

  /** Sends to all gateways at once; honest payers pay meanwhile, through the client, which has patience. */
  const floodWith = async (make: (number: number) => string): Promise<{ readonly answers: readonly RawAnswer[]; readonly served: number }> => {
    let served = 0;
    const serve = Promise.all(honest.map(async (holder) => {
      for (let turn = 0; turn < HONEST; turn++) {
        await holder.send(pay, { payee: payee.signer.id, token, amount: '1' });
        served++;
      }
    }));
    const answers: RawAnswer[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const sent = ORGANIZATIONS.flatMap((organization) => Array.from({ length: IDS }, (_, number) => send(url(organization), make(round * IDS + number))));
      answers.push(...(await Promise.all(sent)));
    }
    await serve;
    return { answers, served };
  };

  const assertToldToWait = (answers: readonly RawAnswer[]): void => {
    for (const { headers } of answers.filter(({ status }) => status === TOO_MANY)) expect(headers.get('retry-after')).to.match(/^\d+$/);
  };

  it('of the same ids to every gateway applies each once, and the others are served', async () => {
    const before = await received();
    const ids = await Promise.all(Array.from({ length: IDS }, () => paymentBy(flooder)));
    const { answers, served } = await floodWith((number) => ids[number % IDS] ?? '');
    expect(served).to.equal(honest.length * HONEST);
    expect(new Set(answers.map(({ status }) => status))).to.satisfy((all: ReadonlySet<number>) => [...all].every((status) => [200, 201, TOO_MANY].includes(status)));
    assertToldToWait(answers);
    const transactions = new Map<string, Set<string>>();
    for (const { status, body } of answers) {
      if (status === TOO_MANY) continue;
      const { id, record } = body as Receipt;
      transactions.set(id, (transactions.get(id) ?? new Set()).add(record.transaction));
    }
    expect([...transactions.values()].map(({ size }) => size)).to.deep.equal(Array.from({ length: IDS }, () => 1));
    expect(await received()).to.equal(before + BigInt(IDS + served));
  });

  it('of bad signatures leaves nothing in the chain, and the others are served', async () => {
    const good = await paymentBy(flooder);
    const before = await received();
    const { answers, served } = await floodWith(() => withPart(good, 'signature', randomBytes(64).toString('base64url')));
    expect(served).to.equal(honest.length * HONEST);
    for (const { status, code } of answers) expect(status === TOO_MANY ? 'SIGNATURE_INVALID' : code).to.equal('SIGNATURE_INVALID');
    assertToldToWait(answers);
    expect(await received()).to.equal(before + BigInt(served));
  });

  it('of bad signatures in bulk costs no transaction', async () => {
    const good = await paymentBy(flooder);
    const before = await height();
    const instructions = Array.from({ length: 200 }, () => withPart(good, 'signature', randomBytes(64).toString('base64url')));
    const answers = await Promise.all(ORGANIZATIONS.map((organization) => send(url(organization, '/instructions/bulk'), JSON.stringify({ instructions }), { 'content-type': 'application/json' })));
    for (const { status, body } of answers) {
      if (status === TOO_MANY) continue;
      const { outcomes } = body as { readonly outcomes: readonly { readonly problem?: { readonly code: string } }[] };
      expect(new Set(outcomes.map(({ problem }) => problem?.code))).to.satisfy((codes: ReadonlySet<string>) => [...codes].every((code) => ['SIGNATURE_INVALID', 'TOO_MANY_REQUESTS'].includes(code)));
    }
    // A tick of the ledger clock may come between.
    expect(await height()).to.be.at.most(before + 1);
  });

  it('of keys that nobody knows is refused by the ledger a few at a time, and leaves nothing in the chain', async () => {
    const [stranger] = (await paymentBy(flooder)).split('.');
    const good = await paymentBy(flooder);
    const header = Buffer.from(stranger ?? '', 'base64url').toString().replace(/"kid":"[^"]+"/, `"kid":"${randomBytes(32).toString('base64url')}"`);
    const before = await received();
    const { answers, served } = await floodWith(() => withPart(withPart(good, 'header', Buffer.from(header).toString('base64url')), 'signature', randomBytes(64).toString('base64url')));
    expect(served).to.equal(honest.length * HONEST);
    for (const { status, code } of answers) expect(status === TOO_MANY ? 'CERTIFICATE_UNKNOWN' : code).to.equal('CERTIFICATE_UNKNOWN');
    expect(await received()).to.equal(before + BigInt(served));
  });
});
