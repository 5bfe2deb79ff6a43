import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import * as grpc from '@grpc/grpc-js';
import { common, orderer } from '@hyperledger/fabric-protos';
import { expect } from 'chai';
import { createKey, exportKey } from '../../../client/src/index.ts';
import { LEDGER, openConsortium, type Consortium } from '../../support/consortium.ts';
import { enrol, newAccountId } from '../../support/enrolment.ts';
import { detailsOf, Hostile, type FabricIdentity } from '../../support/hostile.ts';

/** The certificates of users are for signing instructions; their CA stands in no MSP, so Fabric knows none of them. */
describe("a user's certificate is nothing to Fabric", function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let user: Hostile;

  before(async () => {
    consortium = await openConsortium();
    const member = consortium.member('NorthPay');
    const key = await createKey();
    const { certificate } = await enrol(member, { ledger: LEDGER, holder: newAccountId('NorthPay'), key });
    user = new Hostile({ mspId: 'NorthPay', certificate, privateKey: await exportKey(key) }, member.peer, consortium.network.describe());
  });

  after(() => user.close());

  const refused = async (action: Promise<unknown>): Promise<void> => {
    const message = await action.then(() => 'done', detailsOf);
    expect(message).to.match(/PERMISSION_DENIED|access denied|creator org|failed to authorize|UNAUTHENTICATED|status response: 403/i);
  };

  for (const transaction of ['query:ledger', 'query:version']) {
    it(`evaluates no ${transaction}`, () => refused(user.contract.evaluateTransaction(transaction)));
  }

  it('submits no transaction', async () => {
    await refused(user.proposeBatch(['x'], { organizations: ['NorthPay'] }).endorse());
    await refused(user.propose('consortium:tick', [], ['NorthPay']).endorse());
  });

  it('reads no block of a peer, neither full nor filtered', async () => {
    const first = async (events: AsyncIterable<unknown> & { close: () => void }): Promise<void> => {
      try {
        for await (const _ of events) return;
      } finally {
        events.close();
      }
    };
    await refused(user.network.getBlockEvents({ startBlock: 0n }).then(first));
    await refused(user.network.getFilteredBlockEvents({ startBlock: 0n }).then(first));
  });

  it('asks the system chaincodes for nothing', async () => {
    await refused(user.chain());
    await refused(user.network.getContract('cscc').evaluateTransaction('GetChannels'));
  });

  it('does not pass for a member under the name of another organization either', async () => {
    const { certificate, privateKey } = consortium.member('EastPay').officers.administrator;
    const identity: FabricIdentity = { mspId: 'EastPay', certificate: readFileSync(certificate, 'utf8'), privateKey: readFileSync(privateKey, 'utf8') };
    const officer = new Hostile(identity, consortium.member('EastPay').peer, consortium.network.describe());
    await refused(officer.contract.evaluateTransaction('query:ledger'));
    officer.close();
  });

  it('is told nothing by the orderer, where a member gets its block', async () => {
    expect(await firstFromOrderer(consortium, await user.seekFirstBlock())).to.equal('FORBIDDEN');
    expect(await firstFromOrderer(consortium, await consortium.hostile('NorthPay').seekFirstBlock())).to.equal('block');
  });
});

/** Asks an orderer for blocks; answers whether a block comes, or which status instead. */
async function firstFromOrderer(consortium: Consortium, request: common.Envelope): Promise<string> {
  const [first] = consortium.network.describe().orderers;
  if (first === undefined) throw new Error('no orderer');
  const client = new orderer.AtomicBroadcastClient(first.endpoint, grpc.credentials.createSsl(readFileSync(first.tlsRootCertificate)));
  const stream = client.deliver({ deadline: Date.now() + 10_000 });
  try {
    stream.write(request);
    const [answer] = (await once(stream, 'data')) as [orderer.DeliverResponse];
    return answer.hasBlock() ? 'block' : (Object.entries(common.Status).find(([, code]) => code === answer.getStatus())?.[0] ?? 'unknown');
  } finally {
    stream.on('error', () => undefined);
    stream.cancel();
    client.close();
  }
}
