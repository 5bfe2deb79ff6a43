import { expect } from 'chai';
import { appointOfficer, confirmLimit, createKey, createSigner, initiateSettlement, proposeLimit, requestCertificate, setLimit, setThreshold, TallyClient } from '../../../client/src/index.ts';
import { codeOf, openConsortium, type Consortium } from '../../support/consortium.ts';
import { buy, confirm, drawnAt, inDays, nameOf, openGrant, openRelation, type Relation } from '../../support/credit-network.ts';

describe('what two have to agree to', function () {
  this.timeout(120_000);
  let consortium: Consortium;
  let relation: Relation;

  before(async () => {
    consortium = await openConsortium();
    relation = await openRelation(consortium);
  });

  it('bills of both directions are netted: the difference is paid, both lines change together', async () => {
    const { enterprise, merchant, token } = relation;
    const reversed: Relation = { enterprise: merchant, merchant: enterprise, token };
    await (await consortium.officer('EastPay', 'credit-officer')).send(setLimit, { account: merchant.signer.id, token, amount: '1000', reason: 'GRANTED' });
    await openGrant(reversed, '500', '300');
    await consortium.fund(enterprise.signer.id, token, '100');
    const [own, theirs] = [nameOf(await buy(enterprise, relation, '120')), nameOf(await buy(merchant, reversed, '50'))];
    const settlement = nameOf(await enterprise.send(initiateSettlement, {
      creditor: merchant.signer.id, token, bills: [{ bill: own, amount: '120' }], counterBills: [{ bill: theirs, amount: '50' }], deadline: inDays(1),
    }));
    await confirm(merchant, relation, settlement);
    for (const organization of ['NorthPay', 'EastPay', 'WestPay']) {
      expect(await drawnAt(consortium, organization, relation)).to.deep.equal({ line: '0', limit: '0' });
      expect(await drawnAt(consortium, organization, reversed)).to.deep.equal({ line: '0', limit: '0' });
      const { free, held } = await consortium.settled(() => consortium.hostile(organization).query<{ free: string; held: string }>('balance', [enterprise.signer.id, token]));
      expect({ free, held }).to.deep.equal({ free: '30', held: '0' });
    }
  });

  it('a limit above the threshold is proposed by one officer and confirmed by another, who was appointed for it', async () => {
    const { enterprise, token } = relation;
    const administrator = await consortium.officer('NorthPay', 'administrator');
    const first = await consortium.officer('NorthPay', 'credit-officer');
    const limit = { account: enterprise.signer.id, token, amount: '50000', reason: 'GRANTED' as const };
    await administrator.send(setThreshold, { token, amount: '10000' });
    try {
      expect(await codeOf(first.send(setLimit, limit))).to.equal('LIMIT_NEEDS_TWO');
      const proposal = nameOf(await first.send(proposeLimit, limit));
      const confirmed = { account: enterprise.signer.id, token, proposal };
      expect(await codeOf(first.send(confirmLimit, confirmed))).to.equal('LIMIT_SAME_OFFICER');
      const second = await appoint(consortium, administrator, `second-${Date.now() % 100_000}@NorthPay`);
      await second.send(confirmLimit, confirmed);
    } finally {
      await administrator.send(setThreshold, { token });
    }
    const { amount } = await consortium.settled(() => consortium.hostile('WestPay').query<{ amount: string }>('creditLimit', [enterprise.signer.id, token]));
    expect(amount).to.equal('50000');
  });
});

/** The administrator has the organization's CA certify the key, and appoints. */
async function appoint(consortium: Consortium, administrator: TallyClient, officer: string): Promise<TallyClient> {
  const key = await createKey();
  const { ledger } = await administrator.readiness();
  const { csr, application } = await requestCertificate(key, { ledger, holder: officer });
  const { certificate } = await administrator.post<{ readonly certificate: string }>('/certificates/requests', { holder: officer, csr, application });
  await administrator.send(appointOfficer, { officer, roles: ['credit-officer' as const], certificate, application });
  return new TallyClient({ gateway: consortium.gateway('NorthPay'), signer: await createSigner({ id: officer, key, certificate }) });
}
