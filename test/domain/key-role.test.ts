import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { canonicalJson, checkRules, INSTRUCTION_TYPES, KEY_ROLES, listRules } from '../../chaincode/src/domain/index.ts';
import { LedgerBook } from '../../chaincode/src/ledger/ledger-book.ts';
import { issueLeaf, makeKeys, toDer, type KeyPair } from '../support/certificates.ts';
import { signApplication, signText, signerOf, uuidAt, type Signer } from '../support/signer.ts';
import { decodeRecord } from '../../chaincode/src/ledger/records.ts';
import { act, assertConserved, defineToken, foundWorld, instruct, issueTo, officer, pass, registerAccount, send, type Answered, type World } from '../support/world.ts';

const TOKEN = 'USD@NorthPay';
const OTHER = 'EUR@NorthPay';
const DAY = 24 * 3600_000;

/** Several keys of one account: who may sign what, and how much. */
describe('a key of an account', () => {
  let world: World;
  let owner: Signer;
  let payee: Signer;

  before(async () => {
    world = await foundWorld();
    for (const token of [TOKEN, OTHER]) await defineToken(world, token);
    payee = await registerAccount(world, 'EastPay');
  });

  beforeEach(async () => {
    owner = await registerAccount(world, 'NorthPay');
    for (const token of [TOKEN, OTHER]) await issueTo(world, owner.id, token, 10_000n);
    await issueTo(world, payee.id, TOKEN, 10_000n);
  });

  afterEach(() => assertConserved(world));

  for (const { type, ends, signedBy, keyRoles } of INSTRUCTION_TYPES.values()) {
    if (/\.expire\//.test(type)) it(`of any role ends what is over: ${type}`, () => expect({ ends, signedBy, keyRoles }).to.deep.equal({ ends: true, signedBy: 'either', keyRoles: KEY_ROLES }));
  }

  const registrar = () => officer(world, 'registrar@NorthPay');
  const caps = { [TOKEN]: { perPayment: '100', perDay: '250' } };

  interface Asked {
    readonly role: string;
    readonly caps?: object;
  }

  const asked = async (wanted: Asked, consents: { readonly by?: Signer; readonly changes?: object } = {}) => {
    const keys = await makeKeys();
    const { certificate, application, keyHash } = await certified(keys);
    const expiresAt = new Date(world.now + 3600_000).toISOString();
    const consent = { type: 'certificate.consent/1', ledger: 'testledger', holder: owner.id, key: keyHash, ...wanted, expiresAt, ...consents.changes };
    const body = { holder: owner.id, ...wanted, certificate, application, consent: signText(consents.by ?? owner, canonicalJson(consent as never)) };
    return { signer: signerOf(owner.id, keys, certificate), body };
  };
  const certified = async (keys: KeyPair) => {
    const { NorthPay } = world.authorities;
    if (NorthPay === undefined) throw new Error('no authority');
    const leaf = await issueLeaf(NorthPay, keys.publicKey, { notBefore: new Date(world.now - 3600_000) });
    const spki = new Uint8Array(leaf.publicKey.rawData);
    return { certificate: toDer(leaf), application: signApplication(keys, spki, owner.id, world.now), keyHash: createHash('sha256').update(spki).digest('base64url') };
  };
  const add = (body: object, by = registrar()) => act(world, by, 'certificate.add/1', body);
  const added = async (wanted: Asked): Promise<Signer> => {
    const { signer, body } = await asked(wanted);
    expect(await add(body)).to.include({ code: 'applied' });
    return signer;
  };
  const pay = (signer: Signer, amount: string, token = TOKEN): Promise<Answered> => act(world, signer, 'payment.pay/1', { payee: payee.id, token, amount });
  const revoke = (signer: Signer, key: Signer) => act(world, signer, 'certificate.revoke/1', { holder: owner.id, thumbprint: key.thumbprint, reason: 'DEVICE_RETIRED' });
  const renewal = async (key: Signer, wanted: Asked, by = key, changes: object = {}) => {
    const { signer, body: { certificate, application, consent } } = await asked(wanted, { by, changes });
    return { next: signer, body: { holder: owner.id, supersedes: key.thumbprint, certificate, application, consent } };
  };
  const renew = async (key: Signer, wanted: Asked): Promise<Signer> => {
    const { next, body } = await renewal(key, wanted);
    expect(await act(world, registrar(), 'certificate.renew/1', body)).to.include({ code: 'applied' });
    return next;
  };

  describe('is added', () => {
    it('beside the ones there are, which go on signing', async () => {
      const second = await added({ role: 'owner' });
      for (const signer of [owner, second]) expect(await pay(signer, '10')).to.include({ code: 'applied' });
    });

    it('by the registrar of the home organization alone', async () => {
      const { body } = await asked({ role: 'payer' });
      expect(await add(body, officer(world, 'registrar@EastPay'))).to.include({ code: 'OFFICER_ORGANIZATION_DIFFERS' });
      expect(await add(body, officer(world, 'issuer@NorthPay'))).to.include({ code: 'OFFICER_ROLE_MISSING' });
      expect(await add(body, owner)).to.include({ code: 'SIGNER_KIND_WRONG' });
    });

    const without: readonly (readonly [string, () => Promise<{ readonly body: object }>])[] = [
      ['of another account', async () => asked({ role: 'payer' }, { by: payee })],
      ['of a payer', async () => asked({ role: 'payer' }, { by: await added({ role: 'payer' }) })],
      ['of a revoked owner', async () => {
        const second = await added({ role: 'owner' });
        await revoke(owner, second);
        return asked({ role: 'payer' }, { by: second });
      }],
      ['to another role', async () => asked({ role: 'owner' }, { changes: { role: 'viewer' } })],
      ['to other caps', async () => asked({ role: 'payer', caps }, { changes: { caps: { [TOKEN]: { perPayment: '99' } } } })],
      ['to no caps', async () => asked({ role: 'payer', caps }, { changes: { caps: undefined } })],
      ['to another key', async () => asked({ role: 'payer' }, { changes: { key: 'A'.repeat(43) } })],
      ['for another account', async () => asked({ role: 'payer' }, { changes: { holder: payee.id } })],
      ['for another ledger', async () => asked({ role: 'payer' }, { changes: { ledger: 'other' } })],
      ['that is over', async () => asked({ role: 'payer' }, { changes: { expiresAt: new Date(world.now - DAY).toISOString() } })],
      ['that is none', async () => {
        const { body } = await asked({ role: 'payer' });
        return { body: { ...body, consent: 'x' } };
      }],
    ];
    for (const [name, make] of without) {
      it(`not with a consent ${name}`, async () => {
        const { body } = await make();
        expect(await add(body)).to.include({ code: 'CERTIFICATE_CONSENT', recorded: true });
      });
    }

    it('not without the proof of the new key', async () => {
      const [one, two] = [await asked({ role: 'payer' }), await asked({ role: 'payer' })];
      expect(await add({ ...one.body, application: two.body.application })).to.include({ code: 'CERTIFICATE_PROOF' });
    });

    it('once', async () => {
      const { body } = await asked({ role: 'payer' });
      expect(await add(body)).to.include({ code: 'applied' });
      expect(await add(body)).to.include({ code: 'KEY_IN_USE' });
    });

    it('with caps only as a payer', async () => {
      for (const role of ['owner', 'viewer']) expect(await add((await asked({ role, caps })).body)).to.include({ code: 'BODY_MALFORMED', recorded: false });
      expect(await add((await asked({ role: 'payer', caps: {} })).body)).to.include({ code: 'BODY_MALFORMED' });
    });

    it('until there are twenty', async () => {
      for (let number = 1; number < 20; number++) await added({ role: 'viewer' });
      expect(await add((await asked({ role: 'viewer' })).body)).to.include({ code: 'CERTIFICATE_TOO_MANY' });
    });
  });

  describe('is renewed with the consent', () => {
    const send = (body: object) => act(world, registrar(), 'certificate.renew/1', body);

    it('of itself or of an owner, in its own role', async () => {
      const payer = await added({ role: 'payer' });
      const next = await renew(payer, { role: 'payer' });
      const { body, next: third } = await renewal(next, { role: 'payer' }, owner);
      expect(await send(body)).to.include({ code: 'applied' });
      expect(await pay(third, '1')).to.include({ code: 'applied' });
      expect(await pay(await renew(owner, { role: 'owner' }), '1')).to.include({ code: 'applied' });
    });

    it('and never without: the registrar alone takes no account over', async () => {
      const { body: { consent: _, ...body } } = await renewal(owner, { role: 'owner' });
      expect(await send(body)).to.include({ code: 'CERTIFICATE_CONSENT', recorded: true });
      expect(await pay(owner, '1')).to.include({ code: 'applied' });
    });

    it('of nobody else, to nothing else', async () => {
      const [payer, other] = [await added({ role: 'payer', caps }), await added({ role: 'payer', caps })];
      const wrong = [
        await renewal(owner, { role: 'owner' }, payer),
        await renewal(payer, { role: 'payer', caps }, other),
        await renewal(payer, { role: 'payer', caps }, payee),
        await renewal(payer, { role: 'owner' }),
        await renewal(payer, { role: 'payer' }),
        await renewal(owner, { role: 'owner' }, owner, { key: 'A'.repeat(43) }),
        await renewal(owner, { role: 'owner' }, owner, { expiresAt: new Date(world.now - DAY).toISOString() }),
      ];
      for (const { body } of wrong) expect(await send(body)).to.include({ code: 'CERTIFICATE_CONSENT', recorded: true });
    });
  });

  it('that has ended leaves the account’s record, and still tells whose its instructions are', async () => {
    const keys = () => decodeRecord('account', [owner.id], world.state.entries.get(`a/${owner.id}`) ?? new Uint8Array()).keys.map(({ thumbprint }) => thumbprint);
    const device = await added({ role: 'payer' });
    const paid = instruct(world, device, 'payment.pay/1', { payee: payee.id, token: TOKEN, amount: '1' });
    expect(await send(world, paid)).to.include({ code: 'applied' });
    await revoke(owner, device);
    expect(keys()).to.deep.equal([owner.thumbprint]);
    expect(await send(world, paid), 'an outcome is for ever').to.include({ code: 'applied', repeat: true });
    expect(await pay(device, '1')).to.include({ code: 'CERTIFICATE_REVOKED', recorded: true });
    expect(await revoke(owner, device)).to.deep.include({ code: 'CERTIFICATE_STATE', figures: { status: 'revoked' } });
    let last = owner;
    for (let times = 0; times < 3; times++) last = await renew(last, { role: 'owner' });
    expect(keys()).to.deep.equal([last.thumbprint]);
    expect(await pay(owner, '1')).to.include({ code: 'CERTIFICATE_SUPERSEDED', recorded: true });
    expect(await pay({ ...payee, thumbprint: device.thumbprint, key: device.key }, '1'), 'another account’s').to.include({ code: 'CERTIFICATE_UNKNOWN' });
  });

  describe('signs by its role:', () => {
    it('a payer pays, captures, releases and refunds, and changes nothing of the account', async () => {
      const payer = await added({ role: 'payer' });
      expect(await pay(payer, '10')).to.include({ code: 'applied' });
      expect(await act(world, payer, 'account.freeze/1', { account: owner.id, mode: 'full', reason: 'OTHER' })).to.include({ code: 'CERTIFICATE_ROLE', recorded: true });
      expect(await act(world, payer, 'account.close/1', { account: owner.id, reason: 'OTHER' })).to.include({ code: 'CERTIFICATE_ROLE' });
      expect(await act(world, payer, 'limit.request/1', { token: TOKEN, amount: '1' })).to.include({ code: 'CERTIFICATE_ROLE' });
    });

    it('a viewer signs nothing but its own end', async () => {
      const viewer = await added({ role: 'viewer' });
      expect(await pay(viewer, '1')).to.include({ code: 'CERTIFICATE_ROLE' });
      expect(await revoke(viewer, owner)).to.include({ code: 'CERTIFICATE_ROLE' });
      expect(await revoke(viewer, viewer)).to.include({ code: 'applied' });
    });

    it('an owner ends every key of the account, at once', async () => {
      const payer = await added({ role: 'payer' });
      expect(await revoke(owner, payer)).to.include({ code: 'applied' });
      expect(await pay(payer, '1')).to.include({ code: 'CERTIFICATE_REVOKED' });
      expect(await pay(owner, '1')).to.include({ code: 'applied' });
    });
  });

  describe('with caps spends', () => {
    const table: readonly (readonly [string, string])[] = [['1', 'applied'], ['100', 'applied'], ['101', 'CERTIFICATE_CAP']];
    for (const [amount, code] of table) {
      it(`${amount} of 100 in one payment: ${code}`, async () => expect(await pay(await added({ role: 'payer', caps }), amount)).to.include({ code }));
    }

    it('as much as the day allows, and on the next day again', async () => {
      const payer = await added({ role: 'payer', caps });
      for (const amount of ['100', '100', '50']) expect(await pay(payer, amount)).to.include({ code: 'applied' });
      expect(await pay(payer, '1')).to.deep.include({ code: 'CERTIFICATE_CAP', recorded: true, figures: { token: TOKEN, perDay: '250', spent: '250', required: '1' } });
      expect(await pay(owner, '1'), 'the owner has no caps').to.include({ code: 'applied' });
      await pass(world, DAY);
      expect(await pay(payer, '100')).to.include({ code: 'applied' });
    });

    it('nothing of a refused payment', async () => {
      const payer = await added({ role: 'payer', caps: { [TOKEN]: { perDay: '20000' } } });
      expect(await pay(payer, '15000')).to.include({ code: 'FUNDS_INSUFFICIENT' });
      expect(await pay(payer, '10000')).to.include({ code: 'applied' });
      expect(await pay(payer, '10000')).to.include({ code: 'FUNDS_INSUFFICIENT' });
    });

    it('no token but those the caps name', async () => {
      const payer = await added({ role: 'payer', caps });
      expect(await pay(payer, '1', OTHER)).to.include({ code: 'CERTIFICATE_CAP' });
      expect(await pay(await added({ role: 'payer' }), '1', OTHER)).to.include({ code: 'applied' });
    });

    it('in refunds as in payments', async () => {
      const payer = await added({ role: 'payer', caps });
      const id = uuidAt(world.now);
      expect(await act(world, payee, 'payment.pay/1', { payee: owner.id, token: TOKEN, amount: '300' }, { id })).to.include({ code: 'applied' });
      const refund = (amount: string) => act(world, payer, 'payment.refund/1', { payment: `${id}.${payee.id}`, payer: payee.id, amount, reason: 'RETURNED' });
      expect(await refund('101')).to.include({ code: 'CERTIFICATE_CAP' });
      for (const amount of ['100', '100']) expect(await refund(amount)).to.include({ code: 'applied' });
      expect(await refund('51')).to.include({ code: 'CERTIFICATE_CAP' });
      const unknown = { payment: `${uuidAt(world.now)}.${payee.id}`, payer: payee.id, amount: '1', reason: 'RETURNED' };
      expect(await act(world, payer, 'payment.refund/1', unknown)).to.include({ code: 'PAYMENT_UNKNOWN' });
    });

    it('in holds as in payments', async () => {
      const payer = await added({ role: 'payer', caps });
      const expiresAt = new Date(world.now + 3600_000).toISOString();
      expect(await act(world, payer, 'hold.place/1', { payee: payee.id, token: TOKEN, amount: '101', expiresAt })).to.include({ code: 'CERTIFICATE_CAP' });
      for (const amount of ['100', '100']) expect(await act(world, payer, 'hold.place/1', { payee: payee.id, token: TOKEN, amount, expiresAt })).to.include({ code: 'applied' });
      expect(await pay(payer, '51')).to.include({ code: 'CERTIFICATE_CAP' });
    });

    it('in what it gives back of holds as in payments; what it captures is free', async () => {
      const payer = await added({ role: 'payer', caps });
      const expiresAt = new Date(world.now + 3600_000).toISOString();
      const placed = async (amount: string) => {
        const id = uuidAt(world.now);
        expect(await act(world, payee, 'hold.place/1', { payee: owner.id, token: TOKEN, amount, expiresAt }, { id })).to.include({ code: 'applied' });
        return { hold: `${id}.${payee.id}`, payer: payee.id };
      };
      const hold = await placed('1000');
      expect(await act(world, payer, 'hold.release/1', hold)).to.include({ code: 'CERTIFICATE_CAP' });
      expect(await act(world, payer, 'hold.capture/1', { ...hold, amount: '1', final: true })).to.include({ code: 'CERTIFICATE_CAP' });
      expect(await act(world, payer, 'hold.capture/1', { ...hold, amount: '800' })).to.include({ code: 'applied' });
      expect(await act(world, payer, 'hold.capture/1', { ...hold, amount: '101', final: true })).to.include({ code: 'applied' });
      expect(await act(world, payer, 'hold.release/1', await placed('100'))).to.include({ code: 'applied' });
      expect(await act(world, payer, 'hold.release/1', await placed('52'))).to.include({ code: 'CERTIFICATE_CAP' });
      const plain = await added({ role: 'payer' });
      expect(await act(world, plain, 'hold.release/1', hold)).to.include({ code: 'HOLD_STATE' });
      expect(await act(world, plain, 'hold.release/1', await placed('1000'))).to.include({ code: 'applied' });
    });

    it('and a check says so beforehand, with every other rule', async () => {
      const [payer, viewer] = [await added({ role: 'payer', caps }), await added({ role: 'viewer' })];
      expect(await pay(payer, '100')).to.include({ code: 'applied' });
      const check = async ({ thumbprint }: Signer, amount: string) => {
        const book = new LedgerBook(world.state, { now: world.now });
        const rules = await book.decide((view) => listRules(checkRules(view, owner.id, { payee: payee.id, token: TOKEN, amount }, thumbprint)));
        return rules.filter(({ holds }) => !holds).map(({ code, figures }) => [code, figures?.['perPayment'] ?? figures?.['perDay'] ?? figures?.['role']]);
      };
      expect(await check(payer, '100')).to.deep.equal([]);
      expect(await check(payer, '151')).to.deep.equal([['CERTIFICATE_CAP', '100'], ['CERTIFICATE_CAP', '250']]);
      expect(await check(viewer, '1')).to.deep.equal([['CERTIFICATE_ROLE', 'viewer']]);
      expect(await check(owner, '1000')).to.deep.equal([]);
      expect(await check(payee, '1000'), 'another account’s key asks for no key').to.deep.equal([]);
      expect(await check(owner, '20000')).to.deep.equal([['FUNDS_INSUFFICIENT', undefined]]);
    });

    it('within caps that an owner changes in place, and what it has spent today counts', async () => {
      const payer = await added({ role: 'payer', caps });
      const cap = (by: Signer, wanted?: object, { thumbprint } = payer) => act(world, by, 'certificate.cap/1', { thumbprint, ...(wanted !== undefined && { caps: wanted }) });
      expect(await pay(payer, '100')).to.include({ code: 'applied' });
      expect(await cap(payer, { [TOKEN]: { perDay: '900' } }), 'not by itself').to.include({ code: 'CERTIFICATE_ROLE' });
      expect(await cap(registrar(), caps), 'nor by its registrar').to.include({ code: 'SIGNER_KIND_WRONG' });
      expect(await cap(payee, caps), 'nor by anybody else').to.include({ code: 'CERTIFICATE_STATE' });
      expect(await cap(owner, { [TOKEN]: { perDay: '50' } })).to.include({ code: 'applied' });
      expect(await pay(payer, '1')).to.deep.include({ code: 'CERTIFICATE_CAP', figures: { token: TOKEN, perDay: '50', spent: '100', required: '1' } });
      expect(await cap(owner, { [TOKEN]: { perDay: '300' } })).to.include({ code: 'applied' });
      expect(await pay(payer, '201')).to.include({ code: 'CERTIFICATE_CAP' });
      expect(await pay(payer, '200')).to.include({ code: 'applied' });
      expect(await cap(owner)).to.include({ code: 'applied' });
      expect(await pay(payer, '500', OTHER)).to.include({ code: 'applied' });
      expect(await cap(owner, caps, owner), 'an owner has none').to.deep.include({ code: 'CERTIFICATE_STATE', figures: { role: 'owner' } });
      await revoke(owner, payer);
      expect(await cap(owner, caps)).to.deep.include({ code: 'CERTIFICATE_STATE', figures: { status: 'revoked' } });
    });

    it('what its predecessor has left of the day, and under the same caps, once it is renewed', async () => {
      const payer = await added({ role: 'payer', caps });
      for (const amount of ['100', '100']) expect(await pay(payer, amount)).to.include({ code: 'applied' });
      const next = await renew(payer, { role: 'payer', caps });
      expect(await pay(payer, '1')).to.include({ code: 'CERTIFICATE_SUPERSEDED' });
      expect(await pay(next, '51')).to.include({ code: 'CERTIFICATE_CAP' });
      expect(await pay(next, '50')).to.include({ code: 'applied' });
      expect(await act(world, next, 'account.close/1', { account: owner.id, reason: 'OTHER' })).to.include({ code: 'CERTIFICATE_ROLE' });
    });
  });
});
