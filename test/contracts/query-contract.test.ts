import { join } from 'node:path';
import { expect } from 'chai';
import { chaincodeDigest } from '../../chaincode/src/digest.ts';
import { DEFAULT_RULES } from '../../chaincode/src/domain/index.ts';
import { memoryPeer, type MemoryPeer } from '../support/memory-peer.ts';
import { creatorOf, type Creator } from '../support/proposal.ts';
import type { Signer } from '../support/signer.ts';
import { defineToken, foundWorld, instruct, issueTo, registerAccount, send, type World } from '../support/world.ts';

const TOKEN = 'USD@NorthPay';

describe('the query contract', () => {
  let world: World;
  let holder: Signer;
  let payment: string;
  let creator: Creator;
  let peer: MemoryPeer;

  before(async () => {
    world = await foundWorld();
    await defineToken(world, TOKEN, { cap: '1000' });
    holder = await registerAccount(world, 'NorthPay');
    const other = await registerAccount(world, 'WestPay');
    await issueTo(world, holder.id, TOKEN, 100n);
    payment = instruct(world, holder, 'payment.pay/1', { payee: other.id, token: TOKEN, amount: '40' });
    await send(world, payment);
    creator = await creatorOf('EastPay', 'client');
    peer = memoryPeer({ state: world.state.entries });
  });

  const query = async (name: string, ...given: string[]) => {
    const { status, message, result, writes, event } = await peer.evaluate({ name: `query:${name}`, arguments: given, creator });
    expect({ status, message, writes: writes.size, event }).to.deep.equal({ status: 200, message: '', writes: 0, event: undefined });
    return result;
  };
  const idOf = (jws: string) => (JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as { id: string }).id;

  it('tells the digest of the code it runs', async () => {
    const folder = join(import.meta.dirname, '..', '..', 'chaincode');
    expect(await query('version')).to.deep.equal({ digest: chaincodeDigest(folder), node: process.version });
  });

  it('tells members and clock', async () => {
    expect(await query('ledger')).to.deep.equal({
      ledger: 'testledger', rules: { ...DEFAULT_RULES, version: 1, activatedAt: world.now }, organizations: ['NorthPay', 'EastPay', 'WestPay'], inactive: {}, clock: new Date(world.now).toISOString(),
    });
  });

  it('gives rules that were decided before a number was known its default', async () => {
    const [version, record] = JSON.parse(Buffer.from(world.state.entries.get('ledger') ?? '').toString()) as [number, { rules: object }];
    record.rules = { version: 4, activatedAt: 7 };
    const old = memoryPeer({ state: new Map([...world.state.entries, ['ledger', Buffer.from(JSON.stringify([version, record]))]]) });
    const { result } = await old.evaluate({ name: 'query:ledger', creator });
    expect(result).to.deep.include({ rules: { ...DEFAULT_RULES, version: 4, activatedAt: 7 } });
  });

  it('tells accounts, certificates, organizations and tokens, amounts as text', async () => {
    expect(await query('account', holder.id)).to.deep.include({ id: holder.id, status: 'active', roles: ['person'] });
    expect(await query('certificate', holder.thumbprint)).to.include({ holder: holder.id });
    expect(await query('organization', 'EastPay')).to.include({ id: 'EastPay' });
    expect(await query('organization', 'NorthPay')).to.deep.include({ tokens: [TOKEN] });
    expect(await query('token', TOKEN)).to.deep.include({ cap: '1000', supply: { issued: '100', redeemed: '0' } });
  });

  it('tells an exact balance, money that has only just arrived included', async () => {
    expect(await query('balance', holder.id, TOKEN)).to.deep.equal({ free: '60', held: '0' });
  });

  it('tells the outcome of an instruction, applied or refused', async () => {
    expect(await query('outcome', idOf(payment), holder.id)).to.deep.include({ rules: 1, payment: { payer: holder.id, payee: (await paymentBody()).payee, token: TOKEN, amount: '40', credit: '0', refunded: '0' } });
    const refused = instruct(world, holder, 'payment.pay/1', { payee: holder.id, token: TOKEN, amount: '1' });
    await send(world, refused);
    peer = memoryPeer({ state: world.state.entries });
    expect(await query('outcome', idOf(refused), holder.id)).to.deep.include({ refusal: { code: 'PAYMENT_SELF' } });
  });
  const paymentBody = async () => (JSON.parse(Buffer.from(payment.split('.')[1] ?? '', 'base64url').toString()) as { body: { payee: string } }).body;

  it('answers null to what it does not know', async () => {
    const unknown = holder.id.replace('NorthPay', 'EastPay');
    expect(await query('account', unknown)).to.equal(null);
    expect(await query('organization', 'SouthPay')).to.equal(null);
    expect(await query('token', 'EUR@NorthPay')).to.equal(null);
    expect(await query('certificate', 'x')).to.equal(null);
    expect(await query('outcome', idOf(payment), unknown)).to.equal(null);
    expect(await query('balance', unknown, TOKEN)).to.deep.equal({ free: '0', held: '0' });
  });

  it('tells nobody who votes before the ledger is founded what it is not yet', async () => {
    peer = memoryPeer();
    expect(await query('founding')).to.deep.equal({ founded: false, votes: [] });
    const { message } = await peer.evaluate({ name: 'query:ledger', creator });
    expect(message).to.equal('LEDGER_NOT_FOUNDED {}');
    peer = memoryPeer({ state: world.state.entries });
  });

  it('says the same to every member', async () => {
    const asked = await query('account', holder.id);
    creator = await creatorOf('WestPay', 'admin');
    expect(await query('account', holder.id)).to.deep.equal(asked);
  });
});
