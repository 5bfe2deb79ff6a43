import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { expect } from 'chai';
import { authorizationToken, lowS, tokenPayload } from '../../network/src/ca/token.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const REQUEST = { method: 'POST', uri: '/api/v1/register', body: '{"id":"a"}', certificate: CERTIFICATE };
const HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;

describe('certificate authority token', () => {
  it('signs method, URI, body and certificate, each in base64', () => {
    expect(tokenPayload(REQUEST)).to.equal([
      'POST',
      'L2FwaS92MS9yZWdpc3Rlcg==',
      'eyJpZCI6ImEifQ==',
      'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBQUEKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=',
    ].join('.'));
  });

  it('is the certificate and a signature that its key verifies', () => {
    const [certificate, signature] = authorizationToken({ ...REQUEST, privateKey: KEY }).split('.');
    expect(Buffer.from(certificate ?? '', 'base64').toString()).to.equal(CERTIFICATE);
    expect(verify('sha256', Buffer.from(tokenPayload(REQUEST)), publicKey, Buffer.from(signature ?? '', 'base64'))).to.equal(true);
  });

  it('keeps s in the lower half, and the signature good', () => {
    for (let i = 0; i < 64; i += 1) {
      const data = Buffer.from(`message ${i}`);
      const signature = lowS(sign('sha256', data, privateKey));
      const rLength = signature[3] ?? 0;
      expect(BigInt(`0x${signature.subarray(6 + rLength).toString('hex')}`) <= HALF_ORDER).to.equal(true);
      expect(verify('sha256', data, publicKey, signature)).to.equal(true);
    }
  });
});
