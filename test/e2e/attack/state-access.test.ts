import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { close, define, pay, signInstruction, type Signer } from '../../../client/src/index.ts';
import type { InstructionType } from '@tallystick/chaincode/domain';
import { addressedTo } from '../../../gateway-api/src/fabric/odd-one-out.ts';
import { openConsortium, type Consortium } from '../../support/consortium.ts';
import { readWriteSetOf, type ReadWriteSet } from '../../support/envelope.ts';
import { fundDirectly, paymentOf, registerDirectly } from '../../support/hostile-world.ts';
import { envelopeOf, type Hostile } from '../../support/hostile.ts';
import { until } from '../../support/patience.ts';

const TOKEN = 'ATK@NorthPay';
const NEW_TOKEN = 'NTK@NorthPay';
const MOST_IN_BATCH = 500;
/** Keys in one message, as the network's peers are told (`network/src/config/peer-config.ts`). */
const MOST_IN_MESSAGE = 1_000;
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
    for (const { id } of payers) await fundDirectly(consortium, TOKEN, id, '1000');
    await consortium.network.restart('chaincode.EastPay', { modulePath: SINGLE_KEY });
  });

  after(() => consortium.network.restart('chaincode.EastPay'));

  const sign = async <Body>(signer: Signer, type: InstructionType<Body>, body: Body): Promise<string> => (await signInstruction(signer, type, body, { ledger: consortium.network.topology.name })).jws;

  const paymentsOf = (amount: string): Promise<readonly string[]> => Promise.all([...payers, ...payers].map((payer) => paymentOf(consortium, payer, { payee: payee.id, token: TOKEN, amount })));

  /** Endorsed by a peer whose chaincode uses messages of many keys, and by one whose chaincode does not; then brought in with the endorsements of both. */
  const assertAlike = async (instructions: readonly string[]): Promise<ReadWriteSet> => {
    const proposal = north.proposeBatch(instructions);
    const endorsedBy = (organization: string) =>
      until(`an endorsement of ${organization}`, () => north.gateway.newProposal(addressedTo(organization, proposal.getBytes())).endorse().catch(() => undefined));
    const chains = () => Promise.all(['NorthPay', 'EastPay'].map((organization) => north.chain(organization)));
    const [one, other] = await until('endorsements of both at one height', async () => {
      const before = await consortium.settled(chains);
      const endorsed = [await endorsedBy('NorthPay'), await endorsedBy('EastPay')];
      return isDeepStrictEqual(await chains(), before) ? endorsed.map((transaction) => readWriteSetOf(envelopeOf(transaction))) : undefined;
    });
    if (one === undefined) throw new Error('no read and write set');
    expect(other).to.deep.equal(one);
    expect(await north.bring(instructions, { organizations: ['NorthPay', 'EastPay'] })).to.deep.include({ validation: 'VALID', answers: [] });
    return one;
  };

  it('makes the same read and write set as access key by key, so that the two endorse each other', async () => {
    const overdraft = await paymentOf(consortium, payee, { payee: payers[0]?.id ?? '', token: TOKEN, amount: '1000' });
    const closing = await sign(await consortium.signer('NorthPay', 'registrar'), close, { account: payee.id, reason: 'OTHER' });
    const instructions = [...(await paymentsOf('7')), overdraft, closing];
    expect((await assertAlike(instructions)).writes.size).to.be.greaterThan(instructions.length);
  });

  it('also where keys are removed and guarded', async () => {
    // What came in more than a second ago is sealed by what comes now; spent, the parcel is removed.
    await pause(1_200);
    const spending = await paymentOf(consortium, payee, { payee: payers[0]?.id ?? '', token: TOKEN, amount: '40' });
    const newToken = await sign(await consortium.signer('NorthPay', 'issuer'), define, { token: NEW_TOKEN, name: 'New', decimals: 0, kind: 'points', source: { code: 'NEW', fields: {} } });
    const { writes, metadata } = await assertAlike([...(await paymentsOf('7')), spending, newToken]);
    expect([...writes].flatMap(([key, value]) => (value === undefined ? [key] : []))).to.deep.equal([`p/${payee.id}/${TOKEN}/NorthPay.0/0000000000`]);
    expect([...metadata.keys()]).to.deep.equal([`t/${NEW_TOKEN} VALIDATION_PARAMETER`, `u/${NEW_TOKEN} VALIDATION_PARAMETER`]);
  });

  it('also in batches of more keys than a message takes', async () => {
    const instructions = await Promise.all(Array.from({ length: MOST_IN_BATCH }, (_, number) =>
      sign(payers[number % payers.length] ?? payee, pay, { payee: payee.id, token: TOKEN, amount: '1', references: { endToEndId: `order-${number}` } }),
    ));
    const { reads, writes } = await assertAlike(instructions);
    expect(reads.size).to.be.greaterThan(MOST_IN_MESSAGE);
    expect(writes.size).to.be.greaterThan(MOST_IN_MESSAGE);
  });

  it('answers queries alike', async () => {
    const balances = (organization: string) => Promise.all(payers.map(({ id }) => north.query('balance', [id, TOKEN], organization)));
    const [batched, single] = await consortium.settled(() => Promise.all([balances('NorthPay'), balances('EastPay')]));
    expect(single).to.deep.equal(batched);
  });
});
