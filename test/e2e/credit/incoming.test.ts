import { common, gateway } from '@hyperledger/fabric-protos';
import { expect } from 'chai';
import { nodeCrypto } from '../../../chaincode/src/crypto/index.ts';
import { isBatchEvent, readOutcomes } from '../../../chaincode/src/ledger/batch-event.ts';
import { pay } from '../../../client/src/index.ts';
import { readBlock, readsOf } from '../../../gateway-api/src/fabric/block.ts';
import { balancesIn, replay } from '../../support/chain.ts';
import { openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { until } from '../../support/patience.ts';

const ORGANIZATIONS = ['NorthPay', 'EastPay', 'WestPay'] as const;
const PAYERS_EACH = 4;
const STREAM_MS = 20_000;

/** A merchant whom many pay all the time, through every gateway: it can pay, what it has is told exactly, and what comes in does not pile up. */
describe('a merchant under a stream of payments', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let token: string;
  let merchant: Holder;
  let supplier: Holder;
  /** Is paid by everybody as well, and does not spend. */
  let saver: Holder;
  let payers: readonly Holder[];
  let firstBlock: number;
  let received = 0;
  const payouts: bigint[] = [];
  const refusals: string[] = [];

  before(async () => {
    consortium = await openConsortium();
    token = await consortium.token('NorthPay');
    [merchant, saver, supplier] = [await consortium.register('EastPay', ['merchant']), await consortium.register('EastPay'), await consortium.register('WestPay')];
    const registered: Holder[] = [];
    for (const organization of ORGANIZATIONS) for (let count = 0; count < PAYERS_EACH; count++) registered.push(await consortium.register(organization));
    payers = registered;
    for (const { signer } of payers) await consortium.fund(signer.id, token, '100000');
    ({ height: firstBlock } = await consortium.hostile('NorthPay').chain());
    await stream();
  });

  async function stream(): Promise<void> {
    const end = Date.now() + STREAM_MS;
    const paying = payers.map(async (payer) => {
      while (Date.now() < end) {
        await payer.send(pay, { payee: merchant.signer.id, token, amount: '3' });
        await payer.send(pay, { payee: saver.signer.id, token, amount: '1' });
        received++;
      }
    });
    const spending = (async () => {
      while (Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        const amount = ((await told()) * 2n) / 3n;
        if (amount === 0n) continue;
        await merchant.send(pay, { payee: supplier.signer.id, token, amount: String(amount) }).then(
          () => payouts.push(amount),
          (error: unknown) => refusals.push(String((error as { readonly code?: string }).code ?? error)),
        );
      }
    })();
    await Promise.all([...paying, spending]);
  }

  /** What its gateway says it has. */
  async function told(): Promise<bigint> {
    const { items } = await merchant.balances(merchant.signer.id);
    return BigInt(items.find((balance) => balance.token === token)?.free ?? 0);
  }

  const expected = (): bigint => 3n * BigInt(received) - payouts.reduce((sum, amount) => sum + amount, 0n);

  it('pays out what it has, again and again, and is never refused', () => {
    expect(refusals).to.deep.equal([]);
    expect(payouts.length).to.be.at.least(8);
  });

  it('has to the unit what it was paid less what it paid, by every peer and every gateway', async () => {
    const height = await consortium.settled(() => consortium.hostile('NorthPay').chain());
    for (const organization of ORGANIZATIONS) {
      const { free, held } = await consortium.hostile(organization).query<{ free: string; held: string }>('balance', [merchant.signer.id, token]);
      expect(BigInt(free), `at the peer of ${organization}`).to.equal(expected());
      expect(held).to.equal('0');
      const auditor = await consortium.officer('EastPay', 'auditor');
      const { items } = await auditor.balances(merchant.signer.id, { minBlock: height.height - 1 });
      expect(BigInt(items.find((balance) => balance.token === token)?.free ?? 0)).to.equal(expected());
    }
    const { state } = replay(await consortium.hostile('NorthPay').blocks());
    expect(balancesIn(state).get(`${merchant.signer.id}/${token}`)).to.equal(expected());
  });

  it('whoever only saves has its parcels gathered by the clerk of its organization, and can spend all at once', async () => {
    const parcelsIn = (state: ReadonlyMap<string, string>): number => [...state.keys()].filter((key) => key.startsWith(`p/${saver.signer.id}/`)).length;
    const transactions = (await consortium.hostile('NorthPay').blocks(BigInt(firstBlock))).flatMap((block) => readBlock(block, 'tallystick').transactions);
    const sealed = transactions.flatMap(({ call }) => call?.writes ?? []).filter(({ key, value }) => key.startsWith(`p/${saver.signer.id}/`) && value !== undefined);
    expect(sealed.length, 'the stream was too thin to tell anything').to.be.greaterThan(64);
    await until('few parcels', async () => (parcelsIn(replay(await consortium.hostile('NorthPay').blocks()).state) <= 64 ? true : undefined));
    const gatherings = (await consortium.hostile('NorthPay').blocks(BigInt(firstBlock)))
      .flatMap((block) => readBlock(block, 'tallystick').transactions)
      .flatMap(({ call }) => (isBatchEvent(call?.event) ? readOutcomes(call.event, call.arguments[0] ?? new Uint8Array(), nodeCrypto.sha256) : []))
      .filter(({ type }) => type === 'balance.gather/1');
    expect(new Set(gatherings.map(({ signer }) => signer))).to.deep.equal(new Set(['clerk@EastPay']));
    await saver.send(pay, { payee: supplier.signer.id, token, amount: String(received) });
  });

  it('makes no payment conflict with another: only a tick of the clock, or a debit that had to look into the slots, is overtaken', async () => {
    const blocks = await consortium.hostile('NorthPay').blocks(BigInt(firstBlock));
    const written = new Map<string, string>();
    const overtaken = new Set<string>();
    let transactions = 0;
    let invalid = 0;
    for (const block of blocks) {
      for (const { call, validation, block: number, position } of readBlock(block, 'tallystick').transactions) {
        transactions++;
        for (const { key } of call?.writes ?? []) written.set(key, `${number}.${position}`);
        if (validation === 'VALID') continue;
        invalid++;
        const stale = readsIn(block, position).filter(({ key, version }) => written.has(key) && written.get(key) !== `${version?.block}.${version?.position}`);
        for (const { key } of stale) overtaken.add(key);
      }
    }
    expect([...overtaken].filter((key) => key !== 'clock' && !key.startsWith(`s/${merchant.signer.id}/`))).to.deep.equal([]);
    expect(invalid).to.be.below(transactions / 10);
  });

  it('has read the ledger clock with each of them, as it stood last: by that a gateway knows which can never be valid any more', async () => {
    let clock: { readonly block: number; readonly position: number } | undefined;
    let judged = 0;
    for (const block of await consortium.hostile('NorthPay').blocks(0n)) {
      for (const { call, block: number, position } of readBlock(block, 'tallystick').transactions) {
        if (call?.name === 'instruction:apply' || call?.name === 'consortium:tick') {
          judged++;
          expect(readsIn(block, position).find(({ key }) => key === 'clock')?.version).to.deep.equal(clock);
        }
        if (call?.writes.some(({ key }) => key === 'clock') === true) clock = { block: number, position };
      }
    }
    expect(judged).to.be.above(0);
  });
});

function readsIn(block: common.Block, position: number): ReturnType<typeof readsOf> {
  const prepared = new gateway.PreparedTransaction();
  prepared.setEnvelope(common.Envelope.deserializeBinary(block.getData()?.getDataList_asU8()[position] ?? new Uint8Array()));
  return readsOf(prepared.serializeBinary(), 'tallystick');
}
