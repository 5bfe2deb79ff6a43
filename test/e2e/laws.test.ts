import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { readBlock } from '../../gateway-api/src/fabric/block.ts';
import { openIndex, type LedgerIndex } from '../../gateway-api/src/index/ledger-index.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { TallyClient, pay } from '../../client/src/index.ts';
import { balancesIn, pooledIn, replay, suppliesIn, type Replayed } from '../support/chain.ts';
import { openConsortium, type Consortium } from '../support/consortium.ts';
import { assertConserved } from '../support/laws.ts';
import { until } from '../support/patience.ts';
import { memoryState } from '../support/memory-state.ts';
import type { common } from '@hyperledger/fabric-protos';

const ORGANIZATIONS = ['NorthPay', 'EastPay', 'WestPay'] as const;

/** DESIGN §5, on whatever the suites before have left behind; by figures that neither chaincode nor index has made. */
describe('the laws on the running network', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let blocks: readonly common.Block[];
  let north: Replayed;

  before(async () => {
    consortium = await openConsortium();
    // By themselves these suites would hold for an empty ledger.
    const token = await consortium.token('EastPay');
    const [one, other] = [await consortium.register('EastPay'), await consortium.register('NorthPay')];
    await consortium.fund(one.signer.id, token, '100');
    await one.send(pay, { payee: other.signer.id, token, amount: '40' });
    blocks = await consortium.settled(() => consortium.hostile('NorthPay').blocks());
    north = replay(blocks);
  });

  it('every peer has the same blocks, in one chain, and the same state after each', async () => {
    expect(north.linked).to.equal(true);
    for (const organization of ORGANIZATIONS) {
      const other = replay((await consortium.settled(() => consortium.hostile(organization).blocks())).slice(0, north.height));
      expect(other.blocks, `blocks of ${organization}`).to.deep.equal(north.blocks);
      expect(other.commitHashes, `commit hashes of ${organization}`).to.deep.equal(north.commitHashes);
      expect([...other.validations], `validations of ${organization}`).to.deep.equal([...north.validations]);
    }
    expect(new Set(north.commitHashes).size).to.be.greaterThan(north.height / 2);
  });

  it('the supply of every token is what all accounts and pools have of it, and nobody has less than nothing', () => {
    const balances = balancesIn(north.state);
    const supplies = suppliesIn(north.state);
    const pooled = pooledIn(north.state);
    expect(supplies.size).to.be.greaterThan(0);
    for (const [token, supply] of supplies) {
      const total = [...balances].reduce((sum, [name, amount]) => (name.endsWith(`/${token}`) ? sum + amount : sum), pooled.get(token) ?? 0n);
      expect(total, token).to.equal(supply);
    }
    for (const name of balances.keys()) expect(supplies.has(name.slice(name.indexOf('/') + 1)), name).to.equal(true);
    expect([...balances.values()].every((amount) => amount >= 0n)).to.equal(true);
  });

  it('credit drawn, holds, bills and ties are what the records say', async () => {
    const state = memoryState([...north.state].map(([key, value]) => [key, Buffer.from(value)] as const));
    await assertConserved({ state, now: Date.now() });
  });

  it('one (signer, id) has one outcome, and its record is of that instruction', () => {
    const names = north.outcomes.map(({ id, signer }) => `${id}/${signer}`);
    expect(new Set(names).size).to.equal(names.length);
    expect(names.length).to.be.greaterThan(0);
    const records = [...north.state].filter(([key]) => key.startsWith('ai/'));
    expect(records.length).to.equal(names.length);
    for (const { id, signer, hash } of north.outcomes) expect(north.state.get(`ai/${id}/${signer}`)).to.include(hash);
  });

  it('every peer\'s chaincode answers what the blocks say', async () => {
    const accounts = [...balancesIn(north.state)].slice(-25);
    for (const organization of ORGANIZATIONS) {
      const hostile = consortium.hostile(organization);
      for (const [name, amount] of accounts) {
        const [account = '', token = ''] = name.split('/');
        const { free, held } = await hostile.query<{ free: string; held: string }>('balance', [account, token]);
        expect(BigInt(free) + BigInt(held), `${name} at ${organization}`).to.equal(amount);
      }
      for (const [token, supply] of suppliesIn(north.state)) {
        const { supply: told } = await hostile.query<{ supply: { issued: string; redeemed: string } }>('token', [token]);
        expect(BigInt(told.issued) - BigInt(told.redeemed), `${token} at ${organization}`).to.equal(supply);
      }
    }
    const versions = await Promise.all(ORGANIZATIONS.map((organization) => consortium.hostile(organization).query('version')));
    for (const version of versions) expect(version).to.deep.equal(versions[0]);
  });

  it('every gateway tells the balances that the blocks make', async () => {
    const { items: members } = await (await consortium.officer('NorthPay', 'auditor')).organizations();
    // Of a removed member's accounts its trustee tells.
    const keeperOf = (home: string): string => members.find(({ id }) => id === home)?.trustee ?? home;
    for (const [name, amount] of balancesIn(north.state)) {
      const [account = '', token = ''] = name.split('/');
      const auditor = await consortium.officer(keeperOf(account.slice(account.indexOf('@') + 1)), 'auditor');
      const { items } = await auditor.balances(account, { minBlock: north.height - 1 });
      const told = items.find((balance) => balance.token === token);
      expect(BigInt(told?.free ?? 0) + BigInt(told?.held ?? 0), name).to.equal(amount);
    }
  });

  it('an index built from the first block on equals the live one of every gateway', async () => {
    const rebuilt = openIndex({ folder: ':memory:', rebuild: false, log: silentLog });
    for (const block of blocks) rebuilt.read(readBlock(block, 'tallystick'));
    for (const organization of ORGANIZATIONS) {
      const live = await liveIndex(consortium, organization);
      // The live one may be some blocks further by now.
      const more = await consortium.hostile(organization).blocks(BigInt(rebuilt.block() + 1));
      for (const block of more.filter((each) => (each.getHeader()?.getNumber() ?? 0) <= live.block())) rebuilt.read(readBlock(block, 'tallystick'));
      if (live.block() === rebuilt.block()) expect(live.digest(), organization).to.equal(rebuilt.digest());
      else expect.fail(`the index of ${organization} is at block ${live.block()}, the rebuilt one at ${rebuilt.block()}`);
      live.close();
    }
    rebuilt.close();
  });

  it('every gateway is ready and stands where its peer does', async () => {
    for (const organization of ORGANIZATIONS) {
      const client = new TallyClient({ gateway: consortium.gateway(organization) });
      // A chaincode that was restarted a moment ago is asked again after some seconds.
      const { asOfBlock, height } = await until(`the gateway of ${organization} is ready`, async () => {
        const readiness = await client.readiness();
        return readiness.ready ? readiness : undefined;
      });
      expect(asOfBlock).to.be.at.least(height - 2);
    }
  });
});

/** A copy of the index that a gateway keeps, taken from its file while it goes on writing it. */
async function liveIndex(consortium: Consortium, organization: string): Promise<LedgerIndex> {
  const { gateway } = consortium.member(organization);
  const { height } = await consortium.settled(() => consortium.hostile(organization).chain());
  await (await consortium.officer(organization, 'auditor')).read('/tokens', { minBlock: height - 1 });
  // A gateway commits its index every second.
  await pause(1_500);
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-index-'));
  const database = new DatabaseSync(join(gateway.data, 'index.db'), { readOnly: true });
  database.exec(`VACUUM INTO '${join(folder, 'index.db')}'`);
  database.close();
  const index = openIndex({ folder, rebuild: false, log: silentLog });
  return { ...index, close: () => (index.close(), rmSync(folder, { recursive: true })) };
}
