import { expect } from 'chai';
import * as x509 from '@peculiar/x509';
import { issueLeaf, makeAuthority, makeKeys, toDer, type LeafOptions } from '../support/certificates.ts';
import { signApplication, uuidAt } from '../support/signer.ts';
import { act, applicant, foundWorld, HOLDER_HASH, instruct, officer, registerAccount, send, type World } from '../support/world.ts';

const HOUR = 3600_000;

describe('a certificate', () => {
  let world: World;

  before(async () => {
    world = await foundWorld();
  });

  const register = (body: object) => act(world, officer(world, 'registrar@NorthPay'), 'account.register/1', body);
  const ofLeaf = async (options: LeafOptions) => register((await applicant(world, 'NorthPay', options)).body);
  const refusedAs = async (body: object, code: string) => {
    const accounts = [...world.state.entries.keys()].filter((key) => /^[ack]\//.test(key));
    expect(await register(body)).to.include({ code, recorded: true });
    expect([...world.state.entries.keys()].filter((key) => /^[ack]\//.test(key))).to.deep.equal(accounts);
  };

  it('of the organization\'s user CA, inside the profile, is taken', async () => {
    expect(await ofLeaf({})).to.include({ code: 'applied' });
  });

  it('of another CA with the right name is refused', async () => {
    const impostor = await makeAuthority('NorthPay users');
    const { body } = await applicant({ ...world, authorities: { NorthPay: impostor } }, 'NorthPay');
    await refusedAs(body, 'CERTIFICATE_ISSUER');
  });

  it('of another organization\'s CA is refused', async () => {
    const { EastPay } = world.authorities;
    if (EastPay === undefined) throw new Error('no authority');
    const { body } = await applicant({ ...world, authorities: { NorthPay: EastPay } }, 'NorthPay');
    await refusedAs(body, 'CERTIFICATE_ISSUER');
  });

  it('signed by itself is refused', async () => {
    const keys = await makeKeys();
    const self = await issueLeaf({ keys, certificate: (await makeAuthority('NorthPay users')).certificate }, keys.publicKey);
    const account = `${uuidAt(world.now)}@NorthPay`;
    const application = signApplication(keys, new Uint8Array(self.publicKey.rawData), account, world.now);
    await refusedAs({ account, roles: ['person'], holder: HOLDER_HASH, certificate: toDer(self), application }, 'CERTIFICATE_ISSUER');
  });

  it('that is a CA, or may not sign, or has an unknown critical extension, is refused', async () => {
    for (const options of [
      { isAuthority: true },
      { usage: x509.KeyUsageFlags.keyEncipherment },
      { extensions: [new x509.Extension('1.2.3.4.5', true, new Uint8Array([5, 0]))] },
    ]) {
      await refusedAs((await applicant(world, 'NorthPay', options)).body, 'CERTIFICATE_PROFILE');
    }
  });

  it('with an unknown extension that is not critical is taken', async () => {
    expect(await ofLeaf({ extensions: [new x509.Extension('1.2.3.4.5.6.7.8.1', false, new Uint8Array([5, 0]))] })).to.include({ code: 'applied' });
  });

  it('of a weaker or other curve is refused', async () => {
    const { NorthPay } = world.authorities;
    if (NorthPay === undefined) throw new Error('no authority');
    const { body } = await applicant(world, 'NorthPay');
    const leaf = await issueLeaf(NorthPay, (await makeKeys('P-384')).publicKey);
    await refusedAs({ ...body, certificate: toDer(leaf) }, 'CERTIFICATE_PROFILE');
  });

  it('that has expired or is not yet valid is refused', async () => {
    await refusedAs((await applicant(world, 'NorthPay', { notBefore: new Date(world.now - 2 * HOUR), notAfter: new Date(world.now - HOUR) })).body, 'CERTIFICATE_NOT_CURRENT');
    await refusedAs((await applicant(world, 'NorthPay', { notBefore: new Date(world.now + HOUR) })).body, 'CERTIFICATE_NOT_CURRENT');
  });

  it('that is no certificate, or is followed by something, is refused', async () => {
    const { body } = await applicant(world, 'NorthPay');
    await refusedAs({ ...body, certificate: 'AAAA' }, 'CERTIFICATE_MALFORMED');
    await refusedAs({ ...body, certificate: Buffer.concat([Buffer.from(body.certificate, 'base64'), Buffer.from([0])]).toString('base64') }, 'CERTIFICATE_MALFORMED');
  });

  it('with an extension that is no DER of its kind is refused, not a fault', async () => {
    for (const id of ['2.5.29.19', '2.5.29.15']) {
      const { NorthPay } = world.authorities;
      if (NorthPay === undefined) throw new Error('no authority');
      const { body } = await applicant(world, 'NorthPay');
      const { publicKey } = await makeKeys();
      const leaf = await x509.X509CertificateGenerator.create({
        serialNumber: '0a', subject: 'CN=x', issuer: NorthPay.certificate.subject, notBefore: new Date(world.now - HOUR), notAfter: new Date(world.now + HOUR),
        signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' }, publicKey, signingKey: NorthPay.keys.privateKey,
        extensions: [new x509.Extension(id, true, new Uint8Array([2, 1, 1]))],
      });
      await refusedAs({ ...body, certificate: toDer(leaf) }, 'CERTIFICATE_MALFORMED');
    }
  });

  it('whose key is another applicant\'s is refused: the proof names account and key', async () => {
    const one = await applicant(world, 'NorthPay');
    const two = await applicant(world, 'NorthPay');
    await refusedAs({ ...one.body, application: two.body.application }, 'CERTIFICATE_PROOF');
    await refusedAs({ ...one.body, certificate: two.body.certificate }, 'CERTIFICATE_PROOF');
    await refusedAs({ ...one.body, account: two.body.account }, 'CERTIFICATE_PROOF');
  });

  it('whose key is recorded already is refused: an application cannot be replayed', async () => {
    const { body } = await applicant(world, 'NorthPay');
    expect(await register(body)).to.include({ code: 'applied' });
    await refusedAs({ ...body, account: `${uuidAt(world.now)}@NorthPay` }, 'CERTIFICATE_PROOF');
    expect(await register(body)).to.include({ code: 'ACCOUNT_EXISTS' });
  });

  it('for a key that another account holds is refused, proof or not', async () => {
    const { NorthPay } = world.authorities;
    if (NorthPay === undefined) throw new Error('no authority');
    const keys = await makeKeys();
    const leaf = await issueLeaf(NorthPay, keys.publicKey);
    const again = await issueLeaf(NorthPay, keys.publicKey);
    const bodyFor = (certificate: x509.X509Certificate) => {
      const account = `${uuidAt(world.now)}@NorthPay`;
      const application = signApplication(keys, new Uint8Array(leaf.publicKey.rawData), account, world.now);
      return { account, roles: ['person'], holder: HOLDER_HASH, certificate: toDer(certificate), application };
    };
    expect(await register(bodyFor(leaf))).to.include({ code: 'applied' });
    await refusedAs(bodyFor(leaf), 'KEY_IN_USE');
    await refusedAs(bodyFor(again), 'KEY_IN_USE');
  });

  it('of the last administrator cannot be revoked', async () => {
    const administrator = officer(world, 'administrator@EastPay');
    const revoke = instruct(world, administrator, 'certificate.revoke/1', { holder: administrator.id, thumbprint: administrator.thumbprint, reason: 'OTHER' });
    expect(await send(world, revoke)).to.include({ code: 'ORGANIZATION_LAST_ADMINISTRATOR' });
    const registrar = officer(world, 'registrar@EastPay');
    expect(await act(world, administrator, 'certificate.revoke/1', { holder: registrar.id, thumbprint: registrar.thumbprint, reason: 'HOLDER_LEFT' })).to.include({ code: 'applied' });
    expect(await act(world, registrar, 'account.close/1', { account: `${uuidAt(world.now)}@EastPay`, reason: 'OTHER' })).to.include({ code: 'CERTIFICATE_REVOKED' });
  });

  it('is revoked by its holder, and by nobody of another account', async () => {
    const holder = await registerAccount(world, 'NorthPay');
    const other = await registerAccount(world, 'NorthPay');
    const body = { holder: holder.id, thumbprint: holder.thumbprint, reason: 'KEY_LOST' };
    expect(await act(world, other, 'certificate.revoke/1', body)).to.include({ code: 'SIGNER_NOT_ENTITLED' });
    expect(await act(world, holder, 'certificate.revoke/1', body)).to.include({ code: 'applied' });
    expect(await act(world, officer(world, 'registrar@NorthPay'), 'certificate.revoke/1', body)).to.include({ code: 'CERTIFICATE_STATE' });
  });
});
