import { join } from 'node:path';
import { expect } from 'chai';
import { pay, TallyClient, type Receipt } from '../../../client/src/index.ts';
import { openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { freeOf, paymentOf } from '../../support/hostile-world.ts';
import { detailsOf } from '../../support/hostile.ts';
import { until } from '../../support/patience.ts';

const ORGANIZATIONS = ['NorthPay', 'EastPay', 'WestPay'] as const;
const LYING = join(import.meta.dirname, '..', '..', 'fixtures', 'lying-chaincode');

/** East Pay's chaincode gives everybody who is paid one unit more than was paid. */
describe('a chaincode process that lies', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let token: string;
  let payers: readonly Holder[];
  let merchant: Holder;
  let receipts: readonly Receipt[];

  before(async () => {
    consortium = await openConsortium();
    token = await consortium.token('WestPay');
    payers = await Promise.all(Array.from({ length: 9 }, (_, index) => consortium.register(ORGANIZATIONS[index % 3] ?? '')));
    merchant = await consortium.register('NorthPay', ['merchant']);
    for (const { signer } of payers) await consortium.fund(signer.id, token, '10000');
    await consortium.network.restart('chaincode.EastPay', { modulePath: LYING });
  });

  after(() => consortium.network.restart('chaincode.EastPay'));

  const paid = (payer: Holder, organization: string) => new TallyClient({ gateway: consortium.gateway(organization), signer: payer.signer }).send(pay, { payee: merchant.signer.id, token, amount: '5' });

  it('gets no transaction through: not with an honest one, and not alone', async () => {
    const hostile = consortium.hostile('EastPay');
    const payment = () => paymentOf(consortium, payers[0]?.signer ?? merchant.signer, { payee: merchant.signer.id, token, amount: '5' });
    const jws = await payment();
    const honest = await consortium.hostile('NorthPay').endorse([jws], { organizations: ['NorthPay', 'WestPay'] });
    expect(honest.getTransactionId()).to.match(/^[0-9a-f]{64}$/);
    const together = await consortium.settled(() => hostile.proposeBatch([jws], { organizations: ['NorthPay', 'EastPay'] }).endorse().then(() => 'endorsed', detailsOf));
    expect(together).to.match(/ProposalResponsePayloads do not match/);
    expect(await hostile.send(await hostile.endorse([jws], { organizations: ['EastPay'] }))).to.equal('ENDORSEMENT_POLICY_FAILURE');
    expect(await consortium.settled(() => freeOf(consortium.hostile('NorthPay'), merchant.signer.id, token))).to.equal(0n);
  });

  it('does not stop a payment at any gateway, its own included, and none is a unit more than it says', async () => {
    const submissions = await Promise.all(payers.flatMap((payer) => ORGANIZATIONS.map((organization) => paid(payer, organization))));
    receipts = submissions.map(({ receipt }) => receipt);
    expect(new Set(receipts.map(({ status }) => status))).to.deep.equal(new Set(['applied']));
    const due = BigInt(receipts.length * 5);
    for (const organization of ['NorthPay', 'WestPay']) {
      expect(await consortium.settled(() => freeOf(consortium.hostile(organization), merchant.signer.id, token)), organization).to.equal(due);
    }
  });

  it('is named in the log of every gateway, as soon as it is asked to endorse there', async () => {
    for (const organization of ORGANIZATIONS) {
      const lines = await until(`the name in the log of gateway.${organization}`, async () => {
        const found = consortium.network.logs(`gateway.${organization}`).split('\n').filter((line) => line.includes('oddOneOut'));
        if (found.length > 0) return found;
        // It may have been left out there so far, since its process was restarted.
        await Promise.all(payers.map((payer) => paid(payer, organization)));
        return undefined;
      });
      for (const line of lines) expect(JSON.parse(line)).to.include({ oddOneOut: 'EastPay' });
    }
  });

  it('is avoided from then on: payments are as quick as before', async () => {
    const counted = () => ORGANIZATIONS.map((organization) => consortium.network.logs(`gateway.${organization}`).split('\n').filter((line) => line.includes('oddOneOut')).length);
    const before = counted();
    for (const payer of payers) await paid(payer, 'NorthPay');
    expect(counted()).to.deep.equal(before);
  });
});
