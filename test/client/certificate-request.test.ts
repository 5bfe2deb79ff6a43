import 'reflect-metadata';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { expect } from 'chai';
import { nodeCrypto } from '@tallystick/chaincode/crypto';
import { applicationOf } from '@tallystick/chaincode/domain';
import { createKey, requestCertificate, uuidv7 } from '@tallystick/client';

const LEDGER = 'tallystick';
const ACCOUNT = `${uuidv7()}@NorthPay`;

describe('certificate request', () => {
  it('is a PKCS #10 of the key, signed by it, naming the account and nothing else', async () => {
    const key = await createKey();
    const { csr } = await requestCertificate(key, { ledger: LEDGER, holder: ACCOUNT });
    const request = new Pkcs10CertificateRequest(csr);
    expect(await request.verify()).to.equal(true);
    expect(request.subject).to.equal(`CN=${ACCOUNT}`);
    expect(Buffer.from(request.publicKey.rawData).toString('base64')).to.equal(key.spki);
  });

  it('comes with an application the ledger takes as proof of the key, for this ledger, organization and account only', async () => {
    const key = await createKey();
    const { application } = await requestCertificate(key, { ledger: LEDGER, holder: ACCOUNT });
    const expected = { ledger: LEDGER, organization: 'NorthPay', holder: ACCOUNT };
    const proves = (publicKey: string, change: Partial<typeof expected> = {}): boolean => applicationOf(nodeCrypto, application, publicKey, { ...expected, ...change }) !== undefined;
    expect(proves(key.spki)).to.equal(true);
    expect(proves((await createKey()).spki)).to.equal(false);
    expect(proves(key.spki, { ledger: 'other' })).to.equal(false);
    expect(proves(key.spki, { organization: 'EastPay' })).to.equal(false);
    expect(proves(key.spki, { holder: `${uuidv7()}@NorthPay` })).to.equal(false);
  });
});
