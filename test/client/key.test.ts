import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { createKey, createSigner, exportKey, holderDigest, importKey, type TallyError } from '@tallystick/client';
import { selfSigned } from './signer-fixture.ts';

describe('key', () => {
  it('survives PEM, and other tools read it', async () => {
    const key = await createKey();
    const pem = await exportKey(key);
    expect((await importKey(pem)).spki).to.equal(key.spki);
    expect(createPrivateKey(pem).asymmetricKeyDetails).to.deep.equal({ namedCurve: 'prime256v1' });
  });

  for (const [what, pem] of [
    ['text', 'hello'],
    ['another curve', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['another algorithm', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect(await codeOf(importKey(pem))).to.equal('KEY_MALFORMED');
    });
  }

  it('refuses the certificate of another key', async () => {
    const certificate = await selfSigned(await createKey());
    expect(await codeOf(createSigner({ id: 'registrar@NorthPay', key: await createKey(), certificate }))).to.equal('CERTIFICATE_DIFFERS');
  });

  it('refuses what is no certificate', async () => {
    for (const certificate of ['hello', 'AAAA', '', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', await exportKey(await createKey())]) {
      expect(await codeOf(createSigner({ id: 'registrar@NorthPay', key: await createKey(), certificate }))).to.equal('CERTIFICATE_MALFORMED');
    }
  });

  it('hides a registration number behind its salt', async () => {
    expect(await holderDigest('529900T8BM49AURSDO55', 'one')).to.not.equal(await holderDigest('529900T8BM49AURSDO55', 'two'));
    expect(await holderDigest('529900T8BM49AURSDO55', 'one')).to.match(/^[A-Za-z0-9_-]{43}$/);
  });
});

function codeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'accepted',
    (error: TallyError) => error.code,
  );
}
