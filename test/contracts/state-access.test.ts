import { expect } from 'chai';
import { packText } from '../../chaincode/src/ledger/packed-batch.ts';
import { memoryPeer, type MemoryPeerOptions, type Simulated } from '../support/memory-peer.ts';
import { creatorOf, type Creator } from '../support/proposal.ts';
import type { Signer } from '../support/signer.ts';
import { apply, defineToken, foundWorld, instruct, issueTo, officer, registerAccount, type World } from '../support/world.ts';

const TOKEN = 'USD@NorthPay';
const PAYMENTS = 20;

describe('access to the world state', () => {
  let world: World;
  let payers: readonly Signer[];
  let payee: Signer;
  let north: Creator;
  let batch: string;

  before(async () => {
    world = await foundWorld();
    await defineToken(world, TOKEN);
    payee = await registerAccount(world, 'EastPay');
    payers = await Promise.all(Array.from({ length: PAYMENTS }, () => registerAccount(world, 'NorthPay')));
    for (const { id } of payers) await issueTo(world, id, TOKEN, 10n);
    // Once they have paid, their money is in their balance, and a payment is as cheap as it usually is.
    const pay = (amount: string) => payers.map((payer) => instruct(world, payer, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount }));
    for (let second = 0; second < 3; second++) {
      await apply(world, pay('1'));
      world.now += 1_000;
    }
    // The overdraft and the closing read what no usual payment reads; the payee's spending removes the parcels that have been sealed.
    const overdraft = instruct(world, payers[0] ?? payee, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount: '100' });
    const spending = instruct(world, payee, 'payment.pay/1', { payee: payers[0]?.id, token: TOKEN, amount: '40' });
    const close = instruct(world, officer(world, 'registrar@EastPay'), 'account.close/1', { account: payee.id, reason: 'OTHER' });
    const newToken = instruct(world, officer(world, 'issuer@EastPay'), 'token.define/1', { token: 'NEW@EastPay', name: 'New', decimals: 0, kind: 'points', source: { code: 'NEW', fields: {} } });
    batch = JSON.stringify({ instructions: [...pay('2'), overdraft, spending, close, newToken], lane: 0 });
    north = await creatorOf('NorthPay', 'client');
  });

  const time = Date.now();
  const applied = (options: MemoryPeerOptions): Promise<Simulated> =>
    memoryPeer({ state: world.state.entries, ...options }).submit({ name: 'instruction:apply', arguments: [packText(batch)], creator: north, time: Math.max(time, world.now) });

  it('reads and writes the same in messages of many keys as key by key', async () => {
    const single = await applied({ batch: 0 });
    expect(single.status).to.equal(200);
    for (const size of [1, 7, 1_000]) {
      const batched = await applied({ batch: size });
      expect([...batched.reads].sort(), `reads with ${size} keys a message`).to.deep.equal([...single.reads].sort());
      expect(batched.writes, `writes with ${size} keys a message`).to.deep.equal(single.writes);
      expect(batched.policies, `policies with ${size} keys a message`).to.deep.equal(single.policies);
      expect(batched.event).to.deep.equal(single.event);
    }
    expect([...single.policies.keys()]).to.deep.equal(['t/NEW@EastPay', 'u/NEW@EastPay']);
    expect([...single.writes.values()], 'keys removed').to.include(undefined);
  });

  it('reads no key twice, and writes in the order of the keys', async () => {
    const { reads, writes } = await applied({ batch: 1_000 });
    expect(new Set(reads).size).to.equal(reads.length);
    expect([...writes.keys()]).to.deep.equal([...writes.keys()].sort());
  });

  it('costs few messages where the peer takes many keys at a time, and keeps to what it takes', async () => {
    const single = await applied({ batch: 0 });
    const batched = await applied({ batch: 1_000 });
    expect(single.messages).to.equal(single.reads.length + single.writes.size + single.policies.size);
    expect(batched.messages).to.be.lessThan(10);
    const small = await applied({ batch: 7 });
    expect(small.messages).to.be.greaterThan(batched.messages).and.lessThan(single.messages / 2);
  });

  it('does not take an answer without values for absence', async () => {
    let reads = 0;
    const simulated = await applied({ batch: 1_000, databaseFails: () => ++reads > 1 });
    expect(simulated.status).to.equal(500);
    expect(simulated.message).to.match(/^the peer answered 0 values for \d+ keys$/);
    expect(simulated.writes.size).to.equal(0);
    expect(simulated.event).to.equal(undefined);
  });
});
