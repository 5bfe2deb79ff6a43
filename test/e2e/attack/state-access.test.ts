import { join } from 'node:path';
import { expect } from 'chai';
import { close, signInstruction, type Signer } from '../../../client/src/index.ts';
import { addressedTo } from '../../../gateway-api/src/fabric/odd-one-out.ts';
import { openConsortium, type Consortium } from '../../support/consortium.ts';
import { readWriteSetOf } from '../../support/envelope.ts';
import { fundDirectly, paymentOf, registerDirectly } from '../../support/hostile-world.ts';
import { envelopeOf, type Hostile } from '../../support/hostile.ts';
import { until } from '../../support/patience.ts';

const TOKEN = 'ATK@NorthPay';
const SINGLE_KEY = join(import.meta.dirname, '..', '..', 'fixtures', 'single-key-chaincode');

/** The chaincode reads and writes many keys in one message by the shim's private side; peers must not see a difference. */
describe('batched access to the world state, on real peers', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let north: Hostile;
  let payers: readonly Signer[];
  let payee: Signer;

  before(async () => {
    consortium = await openConsortium();
    north = consortium.hostile('NorthPay');
    payee = await registerDirectly(consortium, 'NorthPay');
    const registered: Signer[] = [];
    for (let count = 0; count < 3; count++) registered.push(await registerDirectly(consortium, 'NorthPay'));
    payers = registered;
    for (const { id } of payers) await fundDirectly(consortium, TOKEN, id, '100');
    await consortium.network.restart('chaincode.EastPay', { modulePath: SINGLE_KEY });
  });

  after(() => consortium.network.restart('chaincode.EastPay'));

  /** Payments, an overdraft that reads everything, and a refused closing. */
  const batch = async (): Promise<readonly string[]> => {
    const payments = await Promise.all([...payers, ...payers].map((payer) => paymentOf(consortium, payer, { payee: payee.id, token: TOKEN, amount: '7' })));
    const overdraft = await paymentOf(consortium, payee, { payee: payers[0]?.id ?? '', token: TOKEN, amount: '1000' });
    const registrar = await consortium.signer('NorthPay', 'registrar');
    const closing = await signInstruction(registrar, close, { account: payee.id, reason: 'OTHER' }, { ledger: consortium.network.topology.name });
    return [...payments, overdraft, closing.jws];
  };

  it('makes the same read and write set as access key by key, so that the two endorse each other', async () => {
    const instructions = await batch();
    const proposal = north.proposeBatch(instructions);
    const endorsedBy = (organization: string) =>
      until(`an endorsement of ${organization}`, () => north.gateway.newProposal(addressedTo(organization, proposal.getBytes())).endorse().catch(() => undefined));
    const [batched, single] = [envelopeOf(await endorsedBy('NorthPay')), envelopeOf(await endorsedBy('EastPay'))];
    const [one, other] = [readWriteSetOf(batched), readWriteSetOf(single)];
    expect(one?.writes.size).to.be.greaterThan(instructions.length);
    expect(other).to.deep.equal(one);
    const brought = await north.bring(instructions, { organizations: ['NorthPay', 'EastPay'] });
    expect(brought).to.deep.include({ validation: 'VALID', answers: [] });
  });

  it('answers queries alike', async () => {
    for (const { id } of payers) {
      expect(await north.query('balance', [id, TOKEN], 'EastPay')).to.deep.equal(await north.query('balance', [id, TOKEN], 'NorthPay'));
    }
  });
});
