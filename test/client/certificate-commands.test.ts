import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { nodeCrypto } from '@tallystick/chaincode/crypto';
import { readInstruction } from '@tallystick/chaincode/domain';
import type { Wallet } from '@tallystick/client/wallet';
import { createKey } from '../../client/src/index.ts';
import { openDesk, type Desk } from './command-line-fixture.ts';
import { json, problem } from './gateway-fixture.ts';
import { selfSigned } from './signer-fixture.ts';

const ACCOUNT = '01990000-0000-7000-8000-000000000001@NorthPay';
/** One thumbprint in 64 looks like an option. */
const DASHED = `-h${'E'.repeat(41)}`;

describe('tally certificate and registrations', () => {
  let desk: Desk;
  let wallet: Wallet;

  beforeEach(async () => {
    desk = await openDesk();
    wallet = await desk.registeredWallet(ACCOUNT);
  });

  afterEach(() => desk.close());

  it('revokes a certificate whose thumbprint begins like an option', async () => {
    expect(await desk.tally('certificate', 'revoke', DASHED, '--reason', 'KEY_COMPROMISED')).to.include({ status: 0, err: '' });
    const { body } = readInstruction(desk.seen.find(({ path }) => path === '/instructions')?.body ?? '', nodeCrypto);
    expect(body).to.include({ thumbprint: DASHED, reason: 'KEY_COMPROMISED' });
  });

  it('tells the request for the next key as often as it is asked, always for the same key', async () => {
    desk.routes[`GET /accounts/${ACCOUNT}`] = () => json(200, { id: ACCOUNT, certificates: [], asOfBlock: 1 });
    const requests = [await desk.tally('certificate', 'request'), await desk.tally('certificate', 'request', '--json'), await desk.tally('certificate', 'request', '--json')];
    expect(requests.map(({ status, err }) => ({ status, err }))).to.deep.equal(requests.map(() => ({ status: 0, err: '' })));
    const [one, other] = requests.slice(1).map(({ out }) => (JSON.parse(out) as { readonly application: string }).application.split('.')[0]);
    expect(one).to.equal(other);
  });

  it('asks for a key that is told once only when there is a file to put it into', async () => {
    const [file, nowhere] = [join(desk.folder, 'key.p12'), join(desk.folder, 'none', 'key.p12')];
    const asked = () => desk.seen.filter(({ path }) => path === '/certificates/issues').length;
    desk.routes['POST /certificates/issues'] = problem(503, 'CERTIFICATE_AUTHORITY_UNAVAILABLE');
    await desk.tally('certificate', 'issue', ACCOUNT, '--out', file);
    desk.routes['POST /certificates/issues'] = () => json(201, { pkcs12: 'AAAA', password: 'p', application: 'a', holder: ACCOUNT, csr: '', certificate: 'AAAA' });
    expect(await desk.tally('certificate', 'issue', ACCOUNT, '--out', nowhere)).to.include({ status: 1, out: '' }).and.property('err').includes('cannot be written');
    expect(asked()).to.equal(1);
    expect(await desk.tally('certificate', 'issue', ACCOUNT, '--out', file)).to.include({ status: 0, err: '' });
    expect([readFileSync(file).length, statSync(file).mode & 0o777]).to.deep.equal([3, 0o600]);
    expect((await desk.tally('certificate', 'issue', ACCOUNT, '--out', file)).err).to.include('is there already');
    expect(asked()).to.equal(2);
  });

  it('takes no key into a wallet that has one', async () => {
    wallet.change({ registration: { id: 'r1', secret: 's' } });
    const { status, err } = await desk.tally('registration', 'take-key', '--out', join(desk.folder, 'key.p12'));
    expect({ status, seen: desk.seen }).to.deep.equal({ status: 1, seen: [] });
    expect(err).to.include('has a key already');
  });

  it('installs the next key again when it was interrupted', async () => {
    const next = await createKey();
    const certificate = await selfSigned(next);
    await wallet.saveKey(next, 'next-key.pem');
    const file = join(desk.folder, 'certificate.pem');
    writeFileSync(file, certificate);
    const place = join(wallet.folder, 'certificate.pem');
    rmSync(place);
    mkdirSync(join(place, 'in-the-way'), { recursive: true });
    expect(await desk.tally('certificate', 'install', '--certificate', file)).to.include({ status: 1 }).and.property('err').includes('EISDIR');
    rmSync(place, { recursive: true });
    expect(await desk.tally('certificate', 'install', '--certificate', file)).to.include({ status: 0, err: '' });
    expect((await wallet.signer()).key.spki).to.equal(next.spki);
  });

  for (const command of ['certificate', 'officer']) {
    it(`says what is wrong with a file that tally ${command} install cannot use`, async () => {
      await wallet.saveKey(await createKey(), 'next-key.pem');
      const { key } = await wallet.signer();
      const [other, folder] = [join(desk.folder, 'other.pem'), desk.folder];
      writeFileSync(other, 'no certificate');
      const { status, err } = await desk.tally(command, 'install', '--certificate', other);
      expect([status, err]).to.deep.equal([1, 'The certificate is not one DER encoded X.509 v3 certificate. (CERTIFICATE_MALFORMED)\n']);
      for (const [file, code] of [[other, 'CERTIFICATE_MALFORMED'], [folder, 'MISTAKE']] as const) {
        const told = await desk.tally(command, 'install', '--certificate', file, '--json');
        expect([told.status, (JSON.parse(told.err) as { readonly error: { readonly code: string } }).error.code]).to.deep.equal([1, code]);
      }
      expect((await wallet.signer()).key.spki).to.equal(key.spki);
    });
  }

  it('knows the reasons of a registrar', async () => {
    const { status, err } = await desk.tally('registrations', 'reject', 'r1', '--reason', 'NOT_SURE');
    expect(status).to.equal(1);
    expect(err).to.include('IDENTITY_NOT_PROVEN');
  });
});
