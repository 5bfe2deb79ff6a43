import { expect } from 'chai';
import { close, consentTo, createKey, createSigner, freeze, pay, renewCertificate, requestCertificate, revokeCertificate, signInstruction, uuidv7, type Signer } from '../../../client/src/index.ts';
import { ERRORS, formatInstant, instructionPayload, isErrorCode } from '../../../chaincode/src/domain/index.ts';
import { issueLeaf, toDer } from '../../support/certificates.ts';
import { LEDGER, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { derOf, enrol, newAccountId } from '../../support/enrolment.ts';
import { anyHolder, freeOf } from '../../support/hostile-world.ts';
import { until } from '../../support/patience.ts';
import { encoded, envelopeIn, envelopeOf, send, signRaw, signText, withPart, type RawAnswer } from '../../support/raw.ts';
import { userAuthority } from '../../support/user-authority.ts';

const SECOND = 1_000;

/** Every bad input has a code of its own and no effect; and what is recorded is what RULES §1 says is. */
describe('bad input', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let token: string;
  let payer: Holder;
  let payee: Holder;
  let stranger: Holder;
  let frozen: Holder;
  let closed: Holder;
  let revoked: Signer;
  let superseded: Signer;
  let expired: { readonly signer: Signer; readonly notAfter: number };
  /** Signed at the beginning, with an end that has come by the time it is sent. */
  let late: string;

  before(async () => {
    consortium = await openConsortium();
    token = await consortium.token('NorthPay');
    [payer, payee, stranger, frozen, closed] = await Promise.all([...'NEWNN'].map((initial) => consortium.register({ N: 'NorthPay', E: 'EastPay', W: 'WestPay' }[initial] ?? ''))) as [Holder, Holder, Holder, Holder, Holder];
    expired = await expiring();
    late = (await signInstruction(payer.signer, pay, body(), { ledger: LEDGER, lifetimeMs: SECOND })).jws;
    for (const { signer } of [payer, frozen, stranger]) await consortium.fund(signer.id, token, '100');
    const registrar = await consortium.officer('NorthPay', 'registrar');
    await registrar.send(freeze, { account: frozen.signer.id, mode: 'full', reason: 'OTHER' });
    await closed.send(close, { account: closed.signer.id, reason: 'OTHER' });
    revoked = (await consortium.register('NorthPay')).signer;
    await registrar.send(revokeCertificate, { holder: revoked.id, thumbprint: revoked.thumbprint, reason: 'KEY_LOST' as const });
    superseded = (await consortium.register('NorthPay')).signer;
    const next = await enrol(consortium.member('NorthPay'), { ledger: LEDGER, holder: superseded.id });
    const { consent } = await consentTo(superseded, { holder: superseded.id, csr: '', application: next.application }, { ledger: LEDGER, role: 'owner' });
    await registrar.send(renewCertificate, { holder: superseded.id, supersedes: superseded.thumbprint, certificate: derOf(next.certificate), application: next.application, consent });
  });

  const body = (changes: object = {}) => ({ payee: payee.signer.id, token, amount: '1', ...changes });
  const payment = (changes: object = {}, envelope: object = {}, signer = payer.signer) => signRaw(signer, 'payment.pay/1', body(changes), envelope);
  const url = (path = '/instructions', organization = 'NorthPay') => `${consortium.gateway(organization)}${path}`;

  /** An account whose certificate ends in a few seconds; no CA server would issue it. */
  async function expiring(): Promise<typeof expired> {
    const [id, key] = [newAccountId('NorthPay'), await createKey()];
    const notAfter = Math.ceil(Date.now() / SECOND) * SECOND + 8 * SECOND;
    const { application } = await requestCertificate(key, { ledger: LEDGER, holder: id });
    const leaf = await issueLeaf(await userAuthority(consortium.member('NorthPay')), key.publicKey, { name: id, notAfter: new Date(notAfter) });
    const registrar = await consortium.officer('NorthPay', 'registrar');
    const decision = await signRaw(registrar.signer ?? payer.signer, 'account.register/1', { account: id, roles: ['person'], holder: await anyHolder(), certificate: toDer(leaf), application });
    expect(await send(url(), decision)).to.include({ status: 201 });
    return { signer: await createSigner({ id, key, certificate: toDer(leaf) }), notAfter };
  }

  const balances = () => consortium.settled(() => Promise.all([payer, payee, stranger, frozen].map(({ signer }) => freeOf(consortium.hostile('EastPay'), signer.id, token))));
  const recordOf = (jws: string) => {
    const { id, signer } = envelopeIn(jws);
    return consortium.settled(() => consortium.hostile('EastPay').query<{ refusal?: { code: string; figures?: object } } | null>('outcome', [id, signer]));
  };
  /** Refused by this code with the status of the table, no money moved. */
  const refused = async (code: string, action: () => Promise<RawAnswer>): Promise<RawAnswer> => {
    const before = await balances();
    const answer = await action();
    expect({ code: answer.code, status: answer.status }).to.deep.equal({ code, status: isErrorCode(code) ? ERRORS[code].status : answer.status });
    expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/);
    expect(answer.body).to.include({ type: `https://tallystick.example/errors/${code}` }).and.have.property('detail').that.is.a('string');
    expect(await balances()).to.deep.equal(before);
    return answer;
  };

  describe('of which nothing is recorded', () => {
    const tamperedWith = async (change: (payload: string) => string): Promise<string> => {
      const jws = await payment();
      return withPart(jws, 'payload', encoded(change(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString())));
    };

    const cases: readonly (readonly [string, () => Promise<string>, string])[] = [
      ['the amount 0', () => payment({ amount: '0' }), 'AMOUNT_ZERO'],
      ['a negative amount', () => payment({ amount: '-5' }), 'AMOUNT_NEGATIVE'],
      ['a fraction', () => payment({ amount: '1.5' }), 'AMOUNT_NOT_WHOLE'],
      ['an exponent', () => payment({ amount: '1e3' }), 'AMOUNT_NOT_WHOLE'],
      ['a leading zero', () => payment({ amount: '01' }), 'AMOUNT_NOT_WHOLE'],
      ['an amount of 31 digits', () => payment({ amount: '1'.repeat(31) }), 'AMOUNT_TOO_LONG'],
      ['an amount as JSON number', () => payment({ amount: 1 }), 'AMOUNT_NOT_STRING'],
      ['a reference with a space', () => payment({ references: { invoice: 'no 1' } }), 'REFERENCE_INVALID'],
      ['a reference of 36 characters', () => payment({ references: { invoice: 'x'.repeat(36) } }), 'REFERENCE_INVALID'],
      ['a member too many in the body', () => payment({ memo: 'x' }), 'BODY_MALFORMED'],
      ['an unknown type', () => signRaw(payer.signer, 'payment.pay/9', body()), 'INSTRUCTION_TYPE_UNKNOWN'],
      ['another ledger', () => payment({}, { ledger: 'other' }), 'INSTRUCTION_LEDGER_DIFFERS'],
      ['an id of another time', () => payment({}, { id: uuidv7(Date.now() - 5 * SECOND) }), 'INSTRUCTION_ID_INVALID'],
      ['a lifetime of more than a day', () => payment({}, { expiresAt: formatInstant(Date.now() + 25 * 3_600 * SECOND) }), 'INSTRUCTION_LIFETIME_INVALID'],
      ['an issue date a minute ahead', () => {
        const ahead = Date.now() + 60 * SECOND;
        return payment({}, { id: uuidv7(ahead), issuedAt: formatInstant(ahead), expiresAt: formatInstant(ahead + SECOND) });
      }, 'INSTRUCTION_NOT_YET'],
      ['an unknown signer', () => payment({}, { signer: newAccountId('NorthPay') }), 'SIGNER_UNKNOWN'],
      ['an unknown officer', () => payment({}, { signer: 'janitor@NorthPay' }), 'SIGNER_UNKNOWN'],
      ["another account's certificate", () => payment({}, { signer: payer.signer.id }, stranger.signer), 'CERTIFICATE_UNKNOWN'],
      ["another's key under the right certificate", () => payment({}, {}, { ...payer.signer, key: stranger.signer.key }), 'SIGNATURE_INVALID'],
      ['an altered body', () => tamperedWith((text) => text.replace('"amount":"1"', '"amount":"2"')), 'SIGNATURE_INVALID'],
      ['an altered payee', () => tamperedWith((text) => text.replace(payee.signer.id, stranger.signer.id)), 'SIGNATURE_INVALID'],
      ['an altered deadline', () => tamperedWith((text) => text.replace(/"expiresAt":"[^"]*"/, `"expiresAt":"${formatInstant(Date.now() + 3_600 * SECOND)}"`)), 'SIGNATURE_INVALID'],
      ['alg: none', async () => withPart(withPart(await payment(), 'header', encoded(`{"alg":"none","kid":"${payer.signer.thumbprint}"}`)), 'signature', ''), 'INSTRUCTION_HEADER_INVALID'],
      ['alg: HS256', async () => withPart(await payment(), 'header', encoded(`{"alg":"HS256","kid":"${payer.signer.thumbprint}"}`)), 'INSTRUCTION_HEADER_INVALID'],
      ['a header with one more member', async () => withPart(await payment(), 'header', encoded(`{"alg":"ES256","kid":"${payer.signer.thumbprint}","b64":false}`)), 'INSTRUCTION_HEADER_INVALID'],
      ['white space in the payload', async () => signText(payer.signer, instructionPayload(envelopeOf(payer.signer, 'payment.pay/1', body())).replace('{', '{ ')), 'INSTRUCTION_MALFORMED'],
      ['a member given twice', async () => signText(payer.signer, instructionPayload(envelopeOf(payer.signer, 'payment.pay/1', body())).replace('"ledger":', `"ledger":"${LEDGER}","ledger":`)), 'INSTRUCTION_MALFORMED'],
      ['bytes that are no UTF-8 in the payload', async () => withPart(await payment(), 'payload', Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')), 'INSTRUCTION_MALFORMED'],
      ['no signature', async () => withPart(await payment(), 'signature', ''), 'SIGNATURE_INVALID'],
      ['more than 49,152 characters', async () => payment({ memo: 'x'.repeat(40_000) }), 'INSTRUCTION_TOO_LARGE'],
      ['no JWS at all', async () => 'pay me', 'INSTRUCTION_MALFORMED'],
    ];
    for (const [name, make, code] of cases) {
      it(`${name}: ${code}`, async () => {
        const jws = await make();
        const answer = await refused(code, () => send(url(), jws));
        expect(answer.body).to.not.have.any.keys('txId', 'block', 'receipt');
        if (isInstruction(jws)) expect(await recordOf(jws), 'on the ledger').to.equal(null);
      });
    }

    it('an id used before with another body: ID_REUSED, and the first outcome stands', async () => {
      const first = await payment();
      expect(await send(url(), first)).to.include({ status: 201 });
      const { id, issuedAt, expiresAt } = envelopeIn(first);
      const second = await payment({ amount: '2' }, { id, issuedAt, expiresAt });
      for (const organization of ['NorthPay', 'EastPay']) await refused('ID_REUSED', () => send(url('/instructions', organization), second));
      expect(await recordOf(first)).to.not.have.property('refusal');
    });

    it("another account's instruction at a route of another noun: INSTRUCTION_TYPE_WRONG", async () => {
      const jws = await signRaw(payer.signer, 'account.freeze/1', { account: payer.signer.id, mode: 'full', reason: 'OTHER' });
      await refused('INSTRUCTION_TYPE_WRONG', () => send(url('/payments'), jws));
      expect(await recordOf(jws)).to.equal(null);
    });

    it('an instruction about another object than its path: OBJECT_DIFFERS', async () => {
      const jws = await signRaw(payer.signer, 'account.freeze/1', { account: payer.signer.id, mode: 'full', reason: 'OTHER' });
      await refused('OBJECT_DIFFERS', () => send(url(`/accounts/${stranger.signer.id}/freeze`), jws));
      expect(await recordOf(jws)).to.equal(null);
    });
  });

  describe('of HTTP, before an instruction is looked at', () => {
    const cases: readonly (readonly [string, () => Promise<RawAnswer>, string, number])[] = [
      ['a body of more than 64 KiB', () => send(url(), 'x'.repeat(65 * 1024)), 'BODY_TOO_LARGE', 413],
      ['a bulk of more than 10 MiB', () => send(url('/instructions/bulk'), JSON.stringify({ instructions: ['x'.repeat(10 * 1024 * 1024)] }), { 'content-type': 'application/json' }), 'BODY_TOO_LARGE', 413],
      ['a bulk of 501', () => send(url('/instructions/bulk'), JSON.stringify({ instructions: Array.from({ length: 501 }, () => 'x') }), { 'content-type': 'application/json' }), 'REQUEST_MALFORMED', 400],
      ['a form', () => send(url(), 'instruction=x', { 'content-type': 'application/x-www-form-urlencoded' }), 'CONTENT_TYPE_UNSUPPORTED', 415],
      ['JSON in another character set', () => send(url(), '{"instruction":"x"}', { 'content-type': 'application/json; charset=utf-16' }), 'CONTENT_TYPE_UNSUPPORTED', 415],
      ['a compressed body', () => send(url(), 'x', { 'content-encoding': 'gzip' }), 'CONTENT_TYPE_UNSUPPORTED', 415],
      ['bytes that are no UTF-8', () => send(url(), Uint8Array.from([0xff, 0xfe, 0x41]), { 'content-type': 'application/json' }), 'UTF8_INVALID', 400],
      ['broken JSON', () => send(url(), '{"instruction":', { 'content-type': 'application/json' }), 'JSON_INVALID', 400],
      ['JSON of another form', () => send(url(), '{"payment":"x"}', { 'content-type': 'application/json' }), 'REQUEST_MALFORMED', 400],
      ['an instruction that is no text', () => send(url(), '{"instruction":{"alg":"none"}}', { 'content-type': 'application/json' }), 'REQUEST_MALFORMED', 400],
      ['a member too many', () => send(url(), '{"instruction":"x","admin":true}', { 'content-type': 'application/json' }), 'REQUEST_MALFORMED', 400],
      ['an empty body', () => send(url(), ''), 'INSTRUCTION_MALFORMED', 400],
      ['a path that is none', () => send(url('/payment'), 'x'), 'NOT_FOUND', 404],
      ['a method that the path has not', () => send(url('/tokens/x'), 'x'), 'METHOD_NOT_ALLOWED', 405],
    ];
    for (const [name, action, code, status] of cases) {
      it(`${name}: ${code}`, async () => {
        expect((await refused(code, action)).status).to.equal(status);
      });
    }
  });

  describe('rightly signed, of which the refusal is recorded', () => {
    const officer = (organization: string, name: 'registrar' | 'issuer' | 'auditor') => consortium.signer(organization, name);
    const freezing = async (signer: Signer) => signRaw(signer, 'account.freeze/1', { account: payer.signer.id, mode: 'full', reason: 'OTHER' });

    const cases: readonly (readonly [string, () => Promise<string>, string])[] = [
      ['an unknown payee', () => payment({ payee: newAccountId('EastPay') }), 'ACCOUNT_UNKNOWN'],
      ['an unknown token', () => payment({ token: 'XXX@NorthPay' }), 'TOKEN_UNKNOWN'],
      ['a frozen payee', () => payment({ payee: frozen.signer.id }), 'ACCOUNT_FROZEN'],
      ['a frozen payer', () => payment({}, {}, frozen.signer), 'ACCOUNT_FROZEN'],
      ['a closed payee', () => payment({ payee: closed.signer.id }), 'ACCOUNT_CLOSED'],
      ['a closed payer', () => payment({}, {}, closed.signer), 'ACCOUNT_CLOSED'],
      ['a payment to oneself', () => payment({ payee: payer.signer.id }), 'PAYMENT_SELF'],
      ['more than the balance', () => payment({ amount: '1'.repeat(30) }), 'FUNDS_INSUFFICIENT'],
      ['a revoked certificate', () => payment({}, {}, revoked), 'CERTIFICATE_REVOKED'],
      ['a superseded certificate', () => payment({}, {}, superseded), 'CERTIFICATE_SUPERSEDED'],
      ["another organization's officer", async () => freezing(await officer('EastPay', 'registrar')), 'OFFICER_ORGANIZATION_DIFFERS'],
      ['an officer without the role', async () => freezing(await officer('NorthPay', 'auditor')), 'OFFICER_ROLE_MISSING'],
      ["another account's holder", () => freezing(stranger.signer), 'SIGNER_NOT_ENTITLED'],
      ['an officer where an account signs', async () => payment({}, {}, await officer('NorthPay', 'issuer')), 'SIGNER_KIND_WRONG'],
      ['an account where an officer signs', () => signRaw(payer.signer, 'token.issue/1', { token, account: payer.signer.id, amount: '1' }), 'SIGNER_KIND_WRONG'],
    ];
    for (const [name, make, code] of cases) it(`${name}: ${code}`, async () => recorded(await make(), code));

    it('an expired certificate and an expired instruction: undecided until the ledger clock is past the end, refused for ever afterwards', async () => {
      const orphaned = await payment({}, {}, expired.signer);
      if (await isBeforeClock(expired.notAfter)) {
        await until('the end of the certificate', async () => (Date.now() > expired.notAfter ? true : undefined));
        for (const jws of [late, orphaned]) {
          await refused('AGAIN', () => send(url(), jws));
          expect(await recordOf(jws)).to.equal(null);
        }
      }
      await until('a tick past the end', async () => {
        await consortium.hostile('NorthPay').tick();
        return (await isBeforeClock(expired.notAfter)) ? undefined : true;
      }, 45_000);
      await recorded(late, 'INSTRUCTION_EXPIRED');
      await recorded(orphaned, 'CERTIFICATE_EXPIRED');
    });

    const recorded = async (jws: string, code: string): Promise<void> => {
      const answer = await refused(code, () => send(url(), jws));
      expect(answer.body).to.include.keys('txId', 'block', 'receipt');
      expect((await recordOf(jws))?.refusal, 'on the ledger').to.include({ code });
      const again = await refused(code, () => send(url('/instructions', 'WestPay'), jws));
      expect(again.headers.get('idempotency-hit'), 'the same outcome at another gateway').to.equal('true');
      expect((again.body as { txId: string }).txId).to.equal((answer.body as { txId: string }).txId);
    };

    const isBeforeClock = async (instant: number): Promise<boolean> => {
      const { clock } = await consortium.settled(() => consortium.hostile('NorthPay').query<{ clock: string }>('ledger'));
      return Date.parse(clock) <= instant;
    };
  });
});

function isInstruction(jws: string): boolean {
  try {
    const { id, signer } = envelopeIn(jws);
    return typeof id === 'string' && typeof signer === 'string';
  } catch {
    return false;
  }
}
