import { join } from 'node:path';
import { expect } from 'chai';
import { packText } from '../../../chaincode/src/ledger/packed-batch.ts';
import { amendTerms, confirmRedemption, issue, pause, requestRedemption, resume, signInstruction, uuidv7, type Signer } from '../../../client/src/index.ts';
import type { InstructionType } from '@tallystick/chaincode/domain';
import { LEDGER, openConsortium, type Consortium } from '../../support/consortium.ts';
import { freeOf, fundDirectly, paymentOf, registerDirectly } from '../../support/hostile-world.ts';
import type { Hostile } from '../../support/hostile.ts';
import { until } from '../../support/patience.ts';
import { send } from '../../support/raw.ts';

const TOKEN = 'GTK@NorthPay';
const MINTING = join(import.meta.dirname, '..', '..', 'fixtures', 'minting-chaincode');
const OTHERS = ['EastPay', 'WestPay'] as const;

/** East Pay and West Pay are a majority. They want North Pay's token. */
describe('a token and its supply', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let east: Hostile;
  let north: Hostile;
  let holder: Signer;
  let payee: Signer;

  before(async () => {
    consortium = await openConsortium();
    east = consortium.hostile('EastPay');
    north = consortium.hostile('NorthPay');
    holder = await registerDirectly(consortium, 'NorthPay');
    payee = await registerDirectly(consortium, 'EastPay');
    await fundDirectly(consortium, TOKEN, holder.id, '1000');
  });

  interface TokenState {
    readonly status: string;
    readonly cap?: string;
    readonly supply: { readonly issued: string; readonly redeemed: string };
  }
  const token = () => consortium.settled(() => north.query<TokenState>('token', [TOKEN]));
  const byIssuer = async <Body>(type: InstructionType<Body>, body: Body): Promise<string> =>
    (await signInstruction(await consortium.signer('NorthPay', 'issuer'), type, body, { ledger: LEDGER })).jws;
  const issuing = (amount: string) => byIssuer(issue, { token: TOKEN, account: holder.id, amount });

  it('change by no majority without their issuer, not even by what its officer has signed', async () => {
    const before = await token();
    const { jws: request } = await signInstruction(holder, requestRedemption, { token: TOKEN, amount: '100', deadline: new Date(Date.now() + 3600_000).toISOString() }, { ledger: LEDGER });
    expect((await east.bring([request], { organizations: OTHERS })).validation, 'a request changes no supply').to.equal('VALID');
    const { id } = JSON.parse(Buffer.from(request.split('.')[1] ?? '', 'base64url').toString()) as { readonly id: string };
    const redemption = `${id}.${holder.id}`;
    const changes = [
      await issuing('7'),
      await byIssuer(pause, { token: TOKEN }),
      await byIssuer(amendTerms, { token: TOKEN, cap: '1' }),
      await byIssuer(confirmRedemption, { redemption, holder: holder.id, token: TOKEN, bank: { reference: uuidv7().slice(0, 30), valueDate: '2026-11-21' } }),
    ];
    for (const change of changes) expect(await east.send(await consortium.settled(() => east.endorse([change], { organizations: OTHERS })))).to.equal('ENDORSEMENT_POLICY_FAILURE');
    expect(await token()).to.deep.equal(before);
    for (const change of changes) expect((await consortium.settled(() => east.bring([change], { organizations: ['EastPay', 'NorthPay'] }))).validation).to.equal('VALID');
    expect(await token()).to.deep.include({ status: 'paused', cap: '1', supply: { issued: '1007', redeemed: '100' } });
    const lifted = await byIssuer(amendTerms, { token: TOKEN, cap: 'none' });
    expect((await consortium.settled(async () => north.bring([lifted, await byIssuer(resume, { token: TOKEN })]))).validation).to.equal('VALID');
  });

  it('take a majority for payments and no more: the issuer need not be one of it', async () => {
    const payment = await paymentOf(consortium, holder, { payee: payee.id, token: TOKEN, amount: '5' });
    expect((await consortium.settled(() => east.bring([payment], { organizations: OTHERS }))).validation).to.equal('VALID');
    expect(await consortium.settled(() => freeOf(north, payee.id, TOKEN))).to.equal(5n);
  });

  describe('while two chaincodes write what they are told', () => {
    before(() => Promise.all(OTHERS.map((organization) => consortium.network.restart(`chaincode.${organization}`, { modulePath: MINTING }))));
    after(() => Promise.all(OTHERS.map((organization) => consortium.network.restart(`chaincode.${organization}`))));

    const minted = async (mint: Readonly<Record<string, unknown>>): Promise<string> => {
      const transaction = await until('two equal answers', () => east.propose('instruction:apply', [packText(JSON.stringify({ mint }))], OTHERS).endorse().catch(() => undefined));
      return east.send(transaction);
    };

    it('stay as they are, whatever two of three endorse', async () => {
      const before = await token();
      expect(await minted({ [`u/${TOKEN}`]: { issued: '1000000000', redeemed: '0' } })).to.equal('ENDORSEMENT_POLICY_FAILURE');
      expect(await minted({ [`t/${TOKEN}`]: { id: TOKEN, status: 'paused' } })).to.equal('ENDORSEMENT_POLICY_FAILURE');
      expect(await minted({ [`u/${TOKEN}`]: { issued: '1000000000', redeemed: '0' }, [`ai/${uuidv7()}/issuer@NorthPay`]: {} })).to.equal('ENDORSEMENT_POLICY_FAILURE');
      expect(await token()).to.deep.equal(before);
    });
  });

  describe('while the peer of the issuer is away', () => {
    let isAway = false;
    before(async () => {
      await consortium.network.stop('peer.NorthPay');
      isAway = true;
    });
    after(back);

    /** Whoever comes after finds the peers of all organizations through it again. */
    async function back(): Promise<void> {
      if (isAway) await consortium.network.restart('peer.NorthPay');
      isAway = false;
      for (const organization of OTHERS) await until(`a way to ${organization}`, () => north.propose('query:ledger', [], [organization]).endorse().catch(() => undefined), 60_000);
    }

    it('cannot be issued: who asks is told to come again, in time, and others pay as ever', async () => {
      const url = `${consortium.gateway('EastPay')}/instructions`;
      const again = await until('an answer that its peer is away', async () => {
        const began = performance.now();
        const answer = await send(url, await issuing('1'));
        expect(performance.now() - began).to.be.lessThan(15_000);
        return answer.status === 503 ? answer : undefined;
      });
      expect(again).to.include({ status: 503, code: 'AGAIN' });
      const payment = await paymentOf(consortium, holder, { payee: payee.id, token: TOKEN, amount: '1' });
      expect(await send(url, payment)).to.include({ status: 201 });
      await back();
      const issued = await issuing('3');
      await until('an issue when the peer is back', async () => ((await send(url, issued)).status === 201 ? true : undefined), 60_000);
    });
  });
});
