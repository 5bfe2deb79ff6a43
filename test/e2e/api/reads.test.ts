import { expect } from 'chai';
import { pay, revokeCertificate, TallyClient, type Signer } from '../../../client/src/index.ts';
import { canonicalJson, formatInstant } from '../../../chaincode/src/domain/index.ts';
import { codeOf, LEDGER, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { freeOf } from '../../support/hostile-world.ts';
import { get, send, signText } from '../../support/raw.ts';

const ORGANIZATIONS = ['NorthPay', 'EastPay', 'WestPay'] as const;

describe('reading', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let token: string;
  let holder: Holder;
  let merchant: Holder;
  /** An answer that takes as long as a gateway waits for a block. */
  let neverComes: ReturnType<typeof get>;

  before(async () => {
    consortium = await openConsortium();
    token = await consortium.token('NorthPay');
    holder = await consortium.register('NorthPay');
    merchant = await consortium.register('EastPay', ['merchant']);
    await consortium.fund(holder.signer.id, token, '1000');
    neverComes = get(url('/tokens?minBlock=999999'), { authorization: `Bearer ${await holder.accessToken()}` });
    for (let number = 1; number <= 12; number++) await holder.send(pay, { payee: merchant.signer.id, token, amount: String(number), references: { endToEndId: `R-${number}-${holder.signer.id.slice(0, 13)}` } });
  });

  const url = (path: string, organization = 'NorthPay') => `${consortium.gateway(organization)}${path}`;
  const at = (organization: string, { signer }: { readonly signer: Signer }) => new TallyClient({ gateway: consortium.gateway(organization), signer });

  it('needs a token for everything but health and description', async () => {
    for (const path of ['/livez', '/readyz', '/openapi.json']) expect((await get(url(path))).status, path).to.equal(200);
    const paths = [`/accounts/${holder.signer.id}`, `/accounts/${holder.signer.id}/balances`, `/accounts/${holder.signer.id}/postings`, '/payments?role=payer', '/tokens', '/organizations', `/certificates/${holder.signer.thumbprint}`, '/registrations'];
    for (const path of paths) {
      expect(await get(url(path)), path).to.include({ status: 401, code: 'UNAUTHENTICATED' });
      expect(await get(url(path), { authorization: 'Bearer x.y' }), path).to.include({ status: 401, code: 'ACCESS_TOKEN_INVALID' });
    }
  });

  it('of figures is for who reaches their own address', async () => {
    const { gateway } = consortium.member('NorthPay');
    expect((await fetch(`${gateway.url}/metrics`)).status).to.equal(404);
    const figures = await (await fetch(`${gateway.operations}/metrics`)).text();
    const figure = (name: string): number => Number(figures.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ').at(-1));
    expect(figure('tallystick_ready')).to.equal(1);
    expect(figure('tallystick_index_blocks')).to.be.above(1);
    expect(figure('tallystick_index_lag_blocks')).to.be.within(0, 20);
    expect(figure('tallystick_clock_age_seconds')).to.be.within(0, 120);
    expect(figure('tallystick_outcomes_total{outcome="applied"}')).to.be.at.least(12);
    expect(figure('tallystick_transactions_total{result="valid"}')).to.be.at.least(1);
    expect(figure('tallystick_endorsement_seconds_count')).to.be.at.least(figure('tallystick_transactions_total{result="valid"}'));
    expect(figure('process_resident_memory_bytes')).to.be.above(50_000_000);
    expect(figure('nodejs_eventloop_lag_p99_seconds')).to.be.above(0);
    expect(figures).not.to.include(holder.signer.id);
  });

  it('by an account is of its own objects', async () => {
    expect(await holder.account(holder.signer.id)).to.include({ id: holder.signer.id, status: 'active', organization: 'NorthPay' });
    for (const path of ['', '/balances', '/postings']) expect(await codeOf(holder.read(`/accounts/${merchant.signer.id}${path}`)), path).to.equal('NOT_ENTITLED');
    expect(await codeOf(holder.accounts({ organization: 'NorthPay' }))).to.equal('NOT_ENTITLED');
    const stranger = await consortium.register('NorthPay');
    const [payment] = (await holder.payments({ role: 'payer' })).items;
    expect(await codeOf(stranger.payment(payment?.id ?? ''))).to.equal('NOT_FOUND');
    expect(await merchant.payment(payment?.id ?? '')).to.include({ id: payment?.id });
  });

  it('by an officer is of its own organization', async () => {
    const auditor = await consortium.officer('NorthPay', 'auditor');
    expect(await auditor.account(holder.signer.id)).to.include({ id: holder.signer.id });
    expect((await auditor.accounts({ organization: 'NorthPay' })).items.map(({ id }) => id)).to.include(holder.signer.id);
    expect(await codeOf(auditor.account(merchant.signer.id))).to.equal('NOT_ENTITLED');
    expect(await codeOf(auditor.accounts({ organization: 'EastPay' }))).to.equal('NOT_ENTITLED');
  });

  it('says the same at every gateway, and as the ledger itself', async () => {
    const { height } = await consortium.settled(() => consortium.hostile('NorthPay').chain());
    for (const organization of ORGANIZATIONS) {
      const { items, asOfBlock } = await at(organization, holder).balances(holder.signer.id, { minBlock: height - 1 });
      expect(asOfBlock).to.be.at.least(height - 1);
      expect(items.find((balance) => balance.token === token)?.free, organization).to.equal(String(await freeOf(consortium.hostile(organization), holder.signer.id, token)));
    }
  });

  it('of a statement adds up to the balance', async () => {
    const { items } = await holder.postings(holder.signer.id, { token, limit: 500 });
    expect(items).to.have.length(13);
    expect(items.reduce((sum, { amount }) => sum + BigInt(amount), 0n)).to.equal(1_000n - 78n);
  });

  it('in pages gives every item once, newest first, though payments come in between', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await holder.payments({ role: 'payer', counterparty: merchant.signer.id, limit: 5, cursor });
      seen.push(...page.items.map(({ amount }) => amount));
      cursor = page.cursor;
      await holder.send(pay, { payee: merchant.signer.id, token, amount: '100' });
    } while (cursor !== undefined);
    expect(seen).to.deep.equal(['12', '11', '10', '9', '8', '7', '6', '5', '4', '3', '2', '1']);
    expect(await codeOf(holder.payments({ role: 'payer', cursor: 'bm8' }))).to.equal('CURSOR_INVALID');
  });

  it('finds a payment by its end-to-end id', async () => {
    const endToEndId = `R-7-${holder.signer.id.slice(0, 13)}`;
    expect((await merchant.payments({ role: 'payee', endToEndId })).items.map(({ amount }) => amount)).to.deep.equal(['7']);
  });

  it('waits for a block, and says so when it does not come', async () => {
    const { receipt } = await holder.send(pay, { payee: merchant.signer.id, token, amount: '1' });
    const elsewhere = at('WestPay', merchant);
    expect((await elsewhere.payment(`${receipt.id}.${receipt.signer}`, { minBlock: receipt.record.block })).amount).to.equal('1');
    const { status, code } = await neverComes;
    expect({ status, code }).to.deep.equal({ status: 503, code: 'INDEX_BEHIND' });
  });

  it('tells members, officers and tokens to every holder', async () => {
    expect((await holder.read<{ items: { id: string }[] }>('/organizations')).items.map(({ id }) => id)).to.have.members([...ORGANIZATIONS]);
    expect(await merchant.token(token)).to.include({ id: token, status: 'active', acceptance: 'all-at-par' });
    expect(await codeOf(merchant.token('XXX@NorthPay'))).to.equal('NOT_FOUND');
  });

  it('takes no query that it does not know', async () => {
    expect(await codeOf(holder.read('/tokens', { colour: 'red' }))).to.equal('REQUEST_MALFORMED');
    expect(await codeOf(holder.payments({ role: 'payer', limit: 501 }))).to.equal('REQUEST_MALFORMED');
    expect(await codeOf(holder.read("/accounts/' OR 1=1"))).to.equal('REQUEST_MALFORMED');
  });

  describe('with a token', () => {
    const bought = async (signer: Signer, changes: object = {}, at = 'NorthPay') => {
      const { body } = await send(url('/auth/challenges', at), JSON.stringify({ signer: signer.id }), { 'content-type': 'application/json' });
      const { challenge } = body as { challenge: string };
      const payload = canonicalJson({ type: 'auth.token/1', ledger: LEDGER, gateway: at, signer: signer.id, challenge, issuedAt: formatInstant(Date.now()), ...changes });
      return signText(signer, payload);
    };
    const sold = (token: string, at = 'NorthPay') => send(url('/auth/tokens', at), JSON.stringify({ token }), { 'content-type': 'application/json' });

    it('is bought with a challenge, once', async () => {
      const request = await bought(holder.signer);
      expect((await sold(request)).status).to.be.oneOf([200, 201]);
      expect(await sold(request)).to.include({ status: 401, code: 'CHALLENGE_INVALID' });
    });

    it('is not sold for what was signed for another gateway, ledger or signer, nor for a challenge of its own making', async () => {
      expect(await sold(await bought(holder.signer, {}, 'NorthPay'), 'EastPay')).to.include({ code: 'CHALLENGE_INVALID' });
      expect(await sold(await bought(holder.signer, { ledger: 'other' }))).to.include({ code: 'INSTRUCTION_LEDGER_DIFFERS' });
      expect(await sold(await bought(holder.signer, { signer: merchant.signer.id }))).to.include({ code: 'CERTIFICATE_UNKNOWN' });
      expect(await sold(await bought({ ...holder.signer, key: merchant.signer.key }))).to.include({ code: 'SIGNATURE_INVALID' });
      expect(await sold(await bought(holder.signer, { challenge: 'x.y' }))).to.include({ code: 'CHALLENGE_INVALID' });
    });

    it('is not given to a signed instruction, nor the other way round', async () => {
      const instruction = await holder.sign(pay, { payee: merchant.signer.id, token, amount: '1' });
      expect((await sold(instruction.jws)).code).to.equal('REQUEST_MALFORMED');
      expect(await send(url('/instructions'), await bought(holder.signer))).to.include({ code: 'INSTRUCTION_MALFORMED' });
    });

    it('of one gateway is nothing to another', async () => {
      expect(await get(url('/tokens', 'EastPay'), { authorization: `Bearer ${await holder.accessToken()}` })).to.include({ code: 'ACCESS_TOKEN_INVALID' });
    });

    it('ends with the certificate it was bought with', async () => {
      const leaving = await consortium.register('NorthPay');
      const bearer = { authorization: `Bearer ${await leaving.accessToken()}` };
      expect((await get(url(`/accounts/${leaving.signer.id}`), bearer)).status).to.equal(200);
      await leaving.send(revokeCertificate, { holder: leaving.signer.id, thumbprint: leaving.signer.thumbprint, reason: 'KEY_LOST' as const });
      expect(await get(url(`/accounts/${leaving.signer.id}`), bearer)).to.include({ code: 'CERTIFICATE_REVOKED' });
      expect(await sold(await bought(leaving.signer))).to.include({ code: 'CERTIFICATE_REVOKED' });
    });
  });
});
