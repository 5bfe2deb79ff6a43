import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { pay, signInstruction, TallyClient, type Receipt } from '../../../client/src/index.ts';
import { LEDGER, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { endOfSupervision } from '../../../start/supervision.ts';
import { freeOf } from '../../support/hostile-world.ts';
import { until } from '../../support/patience.ts';

const ORGANIZATIONS = ['NorthPay', 'EastPay', 'WestPay'] as const;
const LIMIT_MS = 20_000;
const IN_FLIGHT = 24;

/** Failures are ordinary: whatever dies, the network works again within twenty seconds, and nothing is lost or done twice. */
describe('kill -9', function () {
  this.timeout(120_000);
  let consortium: Consortium;
  let token: string;
  let payers: readonly Holder[];
  let merchant: Holder;
  let expected = 0n;
  const acknowledged: Receipt[] = [];

  before(async () => {
    consortium = await openConsortium();
    token = await consortium.token('NorthPay');
    payers = await Promise.all(ORGANIZATIONS.map((organization) => consortium.register(organization)));
    merchant = await consortium.register('WestPay', ['merchant']);
    for (const { signer } of payers) await consortium.fund(signer.id, token, '100000');
  });

  /** Pays at every gateway and counts what was acknowledged; a client that gets no answer sends the same bytes again. */
  const payEverywhere = async (times: number, patience = 60_000): Promise<void> => {
    const attempts = Array.from({ length: times }, async (_, index) => {
      const { signer } = payers[index % payers.length] as Holder;
      const gateway = consortium.gateway(ORGANIZATIONS[index % ORGANIZATIONS.length] ?? '');
      const payment = await signInstruction(signer, pay, { payee: merchant.signer.id, token, amount: '1' }, { ledger: LEDGER });
      const { receipt } = await new TallyClient({ gateway, patience, timeoutMs: 10_000 }).submit(payment);
      acknowledged.push(receipt);
      expected += 1n;
    });
    await Promise.all(attempts);
  };

  const nothingIsLost = async (): Promise<void> => {
    for (const organization of ORGANIZATIONS) {
      const hostile = consortium.hostile(organization);
      expect(await consortium.settled(() => freeOf(hostile, merchant.signer.id, token)), `the merchant's balance at ${organization}`).to.equal(expected);
      for (const { id, signer, hash } of acknowledged) expect(await hostile.query('outcome', [id, signer]), `${id} at ${organization}`).to.include({ hash });
    }
    acknowledged.length = 0;
  };

  const isWhole = async (): Promise<true | undefined> => {
    const { nodes } = await consortium.network.status();
    return nodes.every(({ ready, state }) => ready && state === 'running') ? true : undefined;
  };

  const statusOf = async (nodes: readonly string[]) => (await consortium.network.status()).nodes.filter(({ node }) => nodes.includes(node));

  /** Kills under load; answers how long it took until everything was ready and a payment went through at each gateway. */
  const recovery = async (nodes: readonly string[]): Promise<number> => {
    const before = await statusOf(nodes);
    const inFlight = payEverywhere(IN_FLIGHT);
    inFlight.catch(() => undefined);
    const began = performance.now();
    await Promise.all(nodes.map((node) => consortium.network.kill(node)));
    await until('the deaths', async () => ((await statusOf(nodes)).every(({ deaths }, index) => deaths === (before[index]?.deaths ?? 0) + 1) ? true : undefined));
    await until('a network that is whole', isWhole, LIMIT_MS);
    await payEverywhere(3, LIMIT_MS);
    const took = performance.now() - began;
    await inFlight;
    expect((await statusOf(nodes)).map(({ pid }) => pid)).to.not.have.members(before.map(({ pid }) => pid));
    return took;
  };

  for (const nodes of [['gateway.EastPay'], ['chaincode.NorthPay'], ['peer.WestPay'], ['ca.NorthPay'], ['orderer.Ordering'], ['gateway.EastPay', 'peer.EastPay', 'chaincode.EastPay']]) {
    it(`of ${nodes.join(', ')}: works again within twenty seconds, and what was acknowledged is on every peer`, async () => {
      await payEverywhere(3);
      expect(await recovery(nodes)).to.be.lessThan(LIMIT_MS);
      await nothingIsLost();
    });
  }

  it('of the CA leaves an organization that registers again', async () => {
    expect((await consortium.register('NorthPay')).signer.id).to.match(/@NorthPay$/);
  });

  it('of the supervisor: payments go on, status says what it left, and `up` takes it over', async () => {
    const { supervisor } = JSON.parse(readFileSync(consortium.network.paths.supervisor.records, 'utf8')) as { supervisor: { pid: number } };
    const told = endOfSupervision(consortium.network);
    process.kill(supervisor.pid, 'SIGKILL');
    await payEverywhere(3, LIMIT_MS);
    const { running, nodes } = await consortium.network.status();
    expect(running).to.equal(false);
    expect(await told).to.include(`left ${nodes.length} processes`);
    await consortium.network.up();
    await until('a network that is whole', isWhole, LIMIT_MS);
    await payEverywhere(3, LIMIT_MS);
    await nothingIsLost();
  });

  it('of nothing, but all of it down and up again: nothing is lost either', async () => {
    await payEverywhere(6);
    const told = endOfSupervision(consortium.network);
    await consortium.network.down();
    expect(await told).to.include('taken down');
    await consortium.network.up();
    await payEverywhere(3, LIMIT_MS);
    await nothingIsLost();
  });
});
