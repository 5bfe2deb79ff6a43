import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { pay, signInstruction, type SignedInstruction } from '../../../client/src/index.ts';
import { LEDGER, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { freeOf } from '../../support/hostile-world.ts';
import { until } from '../../support/patience.ts';
import { send } from '../../support/raw.ts';

const KILLED = 'EastPay';
const ORDERER = 'orderer.Ordering';

/** DESIGN §6: the envelope is stored before it is sent, so what an ended process was bringing in has its end by the next one. */
describe('a gateway killed with -9 while the orderer is away', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let token: string;
  let payer: Holder;
  let merchant: Holder;

  before(async () => {
    consortium = await openConsortium();
    token = await consortium.token('NorthPay');
    [payer, merchant] = [await consortium.register(KILLED), await consortium.register('WestPay', ['merchant'])];
    await consortium.fund(payer.signer.id, token, '100');
  });

  const stored = (): number => readdirSync(join(consortium.member(KILLED).gateway.data, 'envelopes')).filter((name) => !name.endsWith('.part')).length;

  const outcomeOf = ({ id, signer }: SignedInstruction): Promise<{ readonly hash: string } | null> => consortium.hostile('WestPay').query('outcome', [id, signer]);

  it('brings in afterwards what it had endorsed, once, though nobody sends it again', async () => {
    const payment = await signInstruction(payer.signer, pay, { payee: merchant.signer.id, token, amount: '7' }, { ledger: LEDGER });
    await consortium.network.stop(ORDERER);
    try {
      const unanswered = send(`${consortium.gateway(KILLED)}/instructions`, payment.jws, { 'content-type': 'application/jose' }).catch(() => undefined);
      await until('the envelope on disk', () => Promise.resolve(stored() > 0 ? true : undefined));
      await consortium.network.kill(`gateway.${KILLED}`);
      expect(await unanswered).to.equal(undefined);
      expect(stored()).to.be.greaterThan(0);
      expect(await outcomeOf(payment)).to.equal(null);
    } finally {
      await consortium.network.restart(ORDERER);
    }
    const outcome = await until('the outcome of the payment', async () => (await outcomeOf(payment)) ?? undefined, 60_000);
    expect(outcome).to.include({ hash: payment.hash });
    await until('an end of every envelope', () => Promise.resolve(stored() === 0 ? true : undefined), 60_000);
    expect(await consortium.settled(() => freeOf(consortium.hostile('WestPay'), merchant.signer.id, token))).to.equal(7n);
  });
});
