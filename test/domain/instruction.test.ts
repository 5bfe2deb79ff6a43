import { expect } from 'chai';
import { encodeBase64Url, encodeUtf8 } from '../../chaincode/src/domain/index.ts';
import type { Envelope } from '../../chaincode/src/domain/index.ts';
import { issueLeaf, makeKeys, toDer } from '../support/certificates.ts';
import { envelopeOf, signApplication, signConsent, signEnvelope, signerOf, signText, uuidAt, type Signer } from '../support/signer.ts';
import { act, apply, assertConserved, balanceOf, defineToken, foundWorld, instruct, issueTo, officer, pass, registerAccount, send, type World } from '../support/world.ts';

const TOKEN = 'USD@NorthPay';
const MINUTE = 60_000;

describe('an instruction', () => {
  let world: World;
  let payer: Signer;
  let payee: Signer;
  let stranger: Signer;

  before(async () => {
    world = await foundWorld();
    await defineToken(world, TOKEN);
    payer = await registerAccount(world, 'NorthPay');
    payee = await registerAccount(world, 'EastPay');
    stranger = await registerAccount(world, 'WestPay');
    await issueTo(world, payer.id, TOKEN, 1_000n);
  });

  afterEach(() => assertConserved(world));

  const body = () => ({ payee: payee.id, token: TOKEN, amount: '1' });
  const envelope = (changes: Partial<Envelope> = {}) => envelopeOf(payer, 'payment.pay/1', body(), world.now, changes);
  const unrecorded = async (text: string, code: string) => {
    const before = new Map(world.state.entries);
    expect(await send(world, text)).to.include({ code, recorded: false });
    expect(world.state.entries).to.deep.equal(before);
  };
  const rawParts = (text: string) => text.split('.') as [string, string, string];
  const encode = (text: string) => encodeBase64Url(encodeUtf8(text));

  describe('that is not attributable is answered and leaves nothing behind', () => {
    const good = () => signEnvelope(payer, envelope());
    const resigned = (text: string) => signText(payer, text);
    const canonical = () => Buffer.from(rawParts(good())[1], 'base64url').toString();

    const cases: readonly (readonly [string, () => string, string])[] = [
      ['an empty text', () => '', 'INSTRUCTION_MALFORMED'],
      ['two parts', () => rawParts(good()).slice(0, 2).join('.'), 'INSTRUCTION_MALFORMED'],
      ['four parts', () => `${good()}.x`, 'INSTRUCTION_MALFORMED'],
      ['padding in the payload', () => rawParts(good()).map((part, index) => (index === 1 ? `${part}=` : part)).join('.'), 'INSTRUCTION_MALFORMED'],
      ['alg none', () => [encode(`{"alg":"none","kid":"${payer.thumbprint}"}`), rawParts(good())[1], ''].join('.'), 'INSTRUCTION_HEADER_INVALID'],
      ['alg HS256', () => [encode(`{"alg":"HS256","kid":"${payer.thumbprint}"}`), ...rawParts(good()).slice(1)].join('.'), 'INSTRUCTION_HEADER_INVALID'],
      ['another member in the header', () => [encode(`{"alg":"ES256","kid":"${payer.thumbprint}","typ":"JWT"}`), ...rawParts(good()).slice(1)].join('.'), 'INSTRUCTION_HEADER_INVALID'],
      ['white space in the payload', () => resigned(canonical().replace('{', '{ ')), 'INSTRUCTION_MALFORMED'],
      ['members out of order', () => resigned(`{"type":"payment.pay/1",${canonical().slice(1).replace(/,"type":"[^"]*"/, '')}`), 'INSTRUCTION_MALFORMED'],
      ['a member twice', () => resigned(canonical().replace('"ledger":', '"ledger":"testledger","ledger":')), 'INSTRUCTION_MALFORMED'],
      ['a lone surrogate', () => resigned(canonical().replace('testledger', 'test\\ud800')), 'INSTRUCTION_MALFORMED'],
      ['a member too many', () => resigned(canonical().replace(/}$/, ',"z":1}')), 'INSTRUCTION_MALFORMED'],
      ['brackets without end', () => resigned('['.repeat(5_500) + ']'.repeat(5_500)), 'INSTRUCTION_MALFORMED'],
      ['no JSON', () => resigned('pay'), 'INSTRUCTION_MALFORMED'],
      ['an array', () => resigned('[]'), 'INSTRUCTION_MALFORMED'],
      ['bytes that are no UTF-8', () => [rawParts(good())[0], Buffer.from([0xff, 0xfe]).toString('base64url'), rawParts(good())[2]].join('.'), 'INSTRUCTION_MALFORMED'],
      ['an unknown type', () => signEnvelope(payer, envelope({ type: 'payment.pay/2' })), 'INSTRUCTION_TYPE_UNKNOWN'],
      ['another ledger', () => signEnvelope(payer, envelope({ ledger: 'otherledger' })), 'INSTRUCTION_LEDGER_DIFFERS'],
      ['an id of another time', () => signEnvelope(payer, envelope({ id: uuidAt(world.now - 5_000) })), 'INSTRUCTION_ID_INVALID'],
      ['a random id', () => signEnvelope(payer, envelope({ id: crypto.randomUUID() })), 'INSTRUCTION_ID_INVALID'],
      ['a lifetime over a day', () => signEnvelope(payer, envelope({ expiresAt: new Date(world.now + 24 * 60 * MINUTE + 1).toISOString() })), 'INSTRUCTION_LIFETIME_INVALID'],
      ['an end before its beginning', () => signEnvelope(payer, envelope({ expiresAt: new Date(world.now).toISOString() })), 'INSTRUCTION_LIFETIME_INVALID'],
      ['a time without milliseconds', () => signEnvelope(payer, envelope({ expiresAt: '2030-01-01T00:00:00Z' })), 'INSTRUCTION_MALFORMED'],
      ['an altered body', () => [rawParts(good())[0], encode(canonical().replace('"amount":"1"', '"amount":"2"')), rawParts(good())[2]].join('.'), 'SIGNATURE_INVALID'],
      ['a cut signature', () => good().slice(0, -2), 'SIGNATURE_INVALID'],
      ['a signature of zeros', () => [...rawParts(good()).slice(0, 2), 'A'.repeat(86)].join('.'), 'SIGNATURE_INVALID'],
      ["another's key under the signer's certificate", () => signEnvelope({ ...payer, key: stranger.key }, envelope()), 'SIGNATURE_INVALID'],
      ["another's certificate", () => signEnvelope({ ...stranger, id: payer.id }, envelope({ signer: payer.id })), 'CERTIFICATE_UNKNOWN'],
      ['an unknown account', () => signEnvelope(payer, envelope({ signer: payer.id.replace('NorthPay', 'EastPay') })), 'SIGNER_UNKNOWN'],
      ['an unknown officer', () => signEnvelope(payer, envelope({ signer: 'janitor@NorthPay' })), 'SIGNER_UNKNOWN'],
      ['too long a text', () => 'x'.repeat(49_153), 'INSTRUCTION_TOO_LARGE'],
      ['an issue date in the future', () => signEnvelope(payer, envelopeOf(payer, 'payment.pay/1', body(), world.now + 31_000)), 'INSTRUCTION_NOT_YET'],
    ];
    for (const [name, text, code] of cases) it(`${name}: ${code}`, () => unrecorded(text(), code));
  });

  describe('that was judged before', () => {
    it('gets the first outcome again, applied or refused', async () => {
      const applied = signEnvelope(payer, envelope());
      await send(world, applied);
      expect(await send(world, applied)).to.include({ code: 'applied', repeat: true });
      const refused = instruct(world, payer, 'payment.pay/1', { ...body(), amount: '5000' });
      await send(world, refused);
      await issueTo(world, payer.id, TOKEN, 10_000n);
      expect(await send(world, refused)).to.include({ code: 'FUNDS_INSUFFICIENT', repeat: true });
    });

    it('is the same under another signature by the same key, since signatures are malleable', async () => {
      const one = envelope();
      await send(world, signEnvelope(payer, one));
      expect(await send(world, signEnvelope(payer, one))).to.include({ code: 'applied', repeat: true });
    });

    it('keeps its outcome when its signer is frozen or it has expired since', async () => {
      const signer = await registerAccount(world, 'NorthPay');
      await issueTo(world, signer.id, TOKEN, 10n);
      const text = instruct(world, signer, 'payment.pay/1', body());
      await send(world, text);
      await act(world, signer, 'account.freeze/1', { account: signer.id, mode: 'full', reason: 'KEY_LOST' });
      await pass(world, 2 * MINUTE);
      expect(await send(world, text)).to.include({ code: 'applied', repeat: true });
    });

    it('does not lend its id to another body', async () => {
      const first = envelope();
      await send(world, signEnvelope(payer, first));
      await unrecorded(signEnvelope(payer, { ...first, body: { ...body(), amount: '2' } }), 'ID_REUSED');
    });

    it('does not use up the id for anybody else', async () => {
      const id = uuidAt(world.now);
      await issueTo(world, stranger.id, TOKEN, 10n);
      await send(world, signEnvelope(payer, envelope({ id })));
      expect(await act(world, stranger, 'payment.pay/1', body(), { id })).to.include({ code: 'applied', recorded: true });
    });

    it('is a repeat within one batch as well', async () => {
      const text = signEnvelope(payer, envelope());
      const before = await balanceOf(world, payee.id, TOKEN);
      const { outcomes, answers } = await apply(world, [text, text]);
      expect(outcomes).to.have.length(1);
      expect(answers).to.have.length(1);
      expect(await balanceOf(world, payee.id, TOKEN)).to.equal(before + 1n);
    });
  });

  describe('at its end', () => {
    it('applies before expiresAt, waits until the clock is past it, and is then refused for ever', async () => {
      const last = envelope();
      world.now += MINUTE - 1;
      expect(await send(world, signEnvelope(payer, last))).to.include({ code: 'applied' });
      const late = envelope({ expiresAt: new Date(world.now + 1_000).toISOString() });
      world.now += 1_000;
      expect(await send(world, signEnvelope(payer, late))).to.include({ code: 'AGAIN', recorded: false });
      await pass(world, 1);
      expect(await send(world, signEnvelope(payer, late))).to.include({ code: 'INSTRUCTION_EXPIRED', recorded: true });
    });

    it('throws, and records nothing, outside the window of the clock', async () => {
      const text = signEnvelope(payer, envelope());
      world.now += 121_000;
      try {
        await send(world, text);
        expect.fail('it was applied');
      } catch (error) {
        expect(error).to.include({ code: 'CLOCK_STALE' });
      } finally {
        await pass(world, 0);
      }
    });
  });

  describe('of a certificate that may not sign', () => {
    const pay = (signer: Signer) => act(world, signer, 'payment.pay/1', body());
    const registrar = () => officer(world, 'registrar@NorthPay');

    it('is refused once the certificate is revoked, and recorded', async () => {
      const signer = await registerAccount(world, 'NorthPay');
      await act(world, registrar(), 'certificate.revoke/1', { holder: signer.id, thumbprint: signer.thumbprint, reason: 'KEY_LOST' });
      expect(await pay(signer)).to.include({ code: 'CERTIFICATE_REVOKED', recorded: true });
    });

    it('is refused once the certificate is superseded; its successor signs', async () => {
      const signer = await registerAccount(world, 'NorthPay');
      await issueTo(world, signer.id, TOKEN, 10n);
      const authority = world.authorities['NorthPay'];
      if (authority === undefined) throw new Error('no authority');
      const keys = await makeKeys();
      const leaf = await issueLeaf(authority, keys.publicKey);
      const certificate = toDer(leaf);
      const application = signApplication(keys, new Uint8Array(leaf.publicKey.rawData), signer.id, world.now);
      expect(await act(world, registrar(), 'certificate.renew/1', { holder: signer.id, supersedes: signer.thumbprint, certificate, application, consent: signConsent(signer, application, world.now) })).to.include({ code: 'applied' });
      expect(await pay(signer)).to.include({ code: 'CERTIFICATE_SUPERSEDED', recorded: true });
      expect(await pay(signerOf(signer.id, keys, certificate))).to.include({ code: 'applied' });
    });

    it('is refused once the certificate has expired', async () => {
      const signer = await registerAccount(world, 'NorthPay', { notAfter: new Date(world.now + MINUTE) });
      await pass(world, 2 * MINUTE);
      expect(await pay(signer)).to.include({ code: 'CERTIFICATE_EXPIRED', recorded: true });
    });

    it('is refused to an officer where an account must sign, and the other way round', async () => {
      expect(await act(world, registrar(), 'payment.pay/1', body())).to.include({ code: 'SIGNER_KIND_WRONG', recorded: true });
      expect(await act(world, payer, 'token.pause/1', { token: TOKEN })).to.include({ code: 'SIGNER_KIND_WRONG', recorded: true });
    });

    it('is refused to an officer of another organization or role', async () => {
      expect(await act(world, officer(world, 'issuer@EastPay'), 'token.pause/1', { token: TOKEN })).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS', recorded: true });
      expect(await act(world, registrar(), 'token.pause/1', { token: TOKEN })).to.include({ code: 'OFFICER_ROLE_MISSING', recorded: true });
    });
  });

  it('that is bad is refused alone: its batch goes on', async () => {
    const good = () => signEnvelope(payer, envelope());
    const { outcomes, answers } = await apply(world, [good(), 'rubbish', instruct(world, payer, 'payment.pay/1', { ...body(), amount: '99999999' }), good()]);
    expect(outcomes.map(({ index, refusal }) => [index, refusal?.code])).to.deep.equal([[0, undefined], [2, 'FUNDS_INSUFFICIENT'], [3, undefined]]);
    expect(answers).to.deep.equal([{ index: 1, refusal: { code: 'INSTRUCTION_MALFORMED', figures: undefined } }]);
  });

  it('costs one message of reads and none in the usual course besides', async () => {
    const texts = Array.from({ length: 50 }, () => signEnvelope(payer, envelope()));
    await send(world, texts[0] ?? '');
    const before = world.state.reads.length;
    await apply(world, texts.slice(1));
    expect(world.state.reads.length - before).to.equal(1);
  });
});
