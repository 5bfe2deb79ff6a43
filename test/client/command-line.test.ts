import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createKey, exportKey } from '@tallystick/client';
import { Wallet } from '@tallystick/client/wallet';
import { openDesk, type Desk } from './command-line-fixture.ts';
import { json, problem, RECEIPT } from './gateway-fixture.ts';
import { selfSigned } from './signer-fixture.ts';

const PAYEE = '01990000-0000-7000-8000-000000000001@EastPay';

describe('tally', () => {
  let desk: Desk;
  let folder: string;
  let gateway: string;
  let routes: Desk['routes'];
  let tally: Desk['tally'];
  let registeredWallet: Desk['registeredWallet'];

  beforeEach(async () => {
    desk = await openDesk();
    ({ folder, gateway, routes, tally, registeredWallet } = desk);
  });

  afterEach(() => desk.close());

  const payment = ['pay', '--to', PAYEE, '--amount', '1250', '--token', 'NPT@NorthPay'] as const;

  it('makes a key that only its owner can read', async () => {
    expect(await tally('init', '--gateway', gateway)).to.include({ status: 0, err: '' });
    const wallet = join(folder, 'wallets', 'default');
    expect(statSync(wallet).mode & 0o777).to.equal(0o700);
    expect(readdirSync(wallet).map((name) => [name, statSync(join(wallet, name)).mode & 0o777])).to.deep.equal([['key.pem', 0o600], ['profile.json', 0o600]]);
  });

  it('does not overwrite a key', async () => {
    await tally('init', '--gateway', gateway);
    const before = await new Wallet(join(folder, 'wallets', 'default')).key();
    const { status, err } = await tally('init', '--gateway', gateway);
    expect(status).to.equal(1);
    expect(err).to.contain('has a key already').and.to.contain('--wallet');
    expect((await new Wallet(join(folder, 'wallets', 'default')).key()).spki).to.equal(before.spki);
  });

  it('applies for an account of the gateway\'s organization, once', async () => {
    routes['POST /registrations'] = ({ body }) => json(201, { ...(JSON.parse(body) as object), id: 'r1', state: 'submitted', secret: 's' });
    await tally('init', '--gateway', gateway);
    const { status, out } = await tally('register', '--role', 'enterprise', '--json');
    expect(status).to.equal(0);
    expect(JSON.parse(out)).to.include({ registration: 'r1', state: 'submitted' });
    expect((JSON.parse(out) as { account: string }).account).to.match(/@NorthPay$/);
    expect((await tally('register', '--role', 'enterprise')).err).to.contain('has applied already');
  });

  it('repeats an interrupted application for the same account', async () => {
    routes['POST /registrations'] = problem(503, 'AGAIN');
    await tally('init', '--gateway', gateway);
    await tally('register', '--role', 'person');
    const { signer } = new Wallet(join(folder, 'wallets', 'default')).profile();
    routes['POST /registrations'] = () => json(201, { id: 'r1', secret: 's' });
    const { out } = await tally('register', '--role', 'person', '--json');
    expect((JSON.parse(out) as { account: string }).account).to.equal(signer);
    const [first, second] = desk.seen.filter(({ path }) => path === '/registrations').map(({ body }) => JSON.parse(body) as { readonly secret: string; readonly holder: string });
    expect(first?.secret).to.match(/^[\w-]{22}$/);
    expect({ secret: second?.secret, holder: second?.holder }).to.deep.equal({ secret: first?.secret, holder: first?.holder });
  });

  it('pays, shows the receipt and keeps nothing', async () => {
    const wallet = await registeredWallet();
    const { status, out } = await tally(...payment, '--invoice', 'INV-1');
    expect(status).to.equal(0);
    expect(out).to.contain('Paid 1250 NPT@NorthPay').and.to.contain('block 7, transaction tx7');
    expect(wallet.kept()).to.deep.equal([]);
  });

  it('keeps what an officer signs until it is decided, whatever the command', async () => {
    const wallet = await registeredWallet('registrar@NorthPay');
    const keptThen: number[] = [];
    routes['POST /registrations/r1/certificate'] = () => json(200, { account: PAYEE, roles: ['person'], holder: 'h'.repeat(43), certificate: 'AAAA', application: 'a.b.c' });
    routes['POST /registrations/r1/approval'] = (seen) => (keptThen.push(wallet.kept().length), RECEIPT(seen));
    expect(await tally('registrations', 'approve', 'r1')).to.include({ status: 0, err: '' });
    expect(keptThen).to.deep.equal([1]);
    expect(wallet.kept()).to.deep.equal([]);
  });

  it('says a refusal in one sentence with its figures and the next step', async () => {
    routes['POST /instructions'] = problem(409, 'FUNDS_INSUFFICIENT', { figures: { available: '1', required: '1250' } });
    const wallet = await registeredWallet();
    const { status, out, err } = await tally(...payment);
    expect({ status, out }).to.deep.equal({ status: 1, out: '' });
    expect(err).to.equal('meaning of FUNDS_INSUFFICIENT (FUNDS_INSUFFICIENT, available 1, required 1250)\nSee what there is with "tally balance".\n');
    expect(wallet.kept()).to.deep.equal([]);
  });

  it('says a refusal to a machine in JSON', async () => {
    routes['POST /instructions'] = problem(409, 'PAYMENT_DUPLICATE', { txId: 'tx9' });
    await registeredWallet();
    const { err } = await tally(...payment, '--json');
    expect((JSON.parse(err) as { error: object }).error).to.include({ code: 'PAYMENT_DUPLICATE', status: 409, txId: 'tx9' });
  });

  it('signs without sending, and sends what was signed', async () => {
    await registeredWallet();
    const body = join(folder, 'body.json');
    writeFileSync(body, JSON.stringify({ payee: PAYEE, token: 'NPT@NorthPay', amount: '1' }));
    const signed = await tally('instruction', 'sign', 'payment.pay/1', body);
    expect(signed.status).to.equal(0);
    const file = join(folder, 'signed.jws');
    writeFileSync(file, signed.out);
    expect(await tally('instruction', 'send', file)).to.include({ status: 0, err: '' });
  });

  it('tells of a wallet whose profile is broken', async () => {
    const { folder: wallet } = await registeredWallet();
    writeFileSync(join(wallet, 'profile.json'), '{');
    const { status, err } = await tally('whoami');
    expect(status).to.equal(1);
    expect(err).to.contain('profile.json is not JSON').and.not.to.contain('    at ');
  });

  it('takes an officer\'s key and certificate, for its organization\'s gateway only', async () => {
    const key = await createKey();
    const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    writeFileSync(keyFile, await exportKey(key));
    writeFileSync(certificateFile, await selfSigned(key));
    const files = ['--key', keyFile, '--certificate', certificateFile, '--gateway', gateway] as const;
    expect((await tally('officer', 'import', ...files, '--as', 'registrar@EastPay')).err).to.contain('is the gateway of NorthPay');
    expect(await tally('officer', 'import', ...files, '--as', 'registrar@NorthPay')).to.include({ status: 0 });
    expect(JSON.parse((await tally('whoami', '--json')).out)).to.include({ signer: 'registrar@NorthPay', hasCertificate: true });
  });

  for (const [what, args, sentence] of [
    ['an empty wallet', ['balance', '--gateway', 'http://127.0.0.1:1'], 'has no key.pem'],
    ['no gateway', ['init'], 'No gateway is named.'],
    ['an address that is none', ['init', '--gateway', '127.0.0.1:17020'], 'is not the address of a gateway'],
    ['credit without the version of the grant', ['pay', '--to', PAYEE, '--amount', '1', '--token', 'NPT@NorthPay', '--credit', '1'], '--grant-version'],
    ['a time that is none', ['hold', 'place', '--to', PAYEE, '--amount', '1', '--token', 'NPT@NorthPay', '--expires-at', 'never'], '90d from now'],
    ['a grant with one side', ['grant', 'show', '--token', 'NPT@NorthPay'], 'Name the other one'],
    ['a reason that is none', ['limit', 'suspend', PAYEE, '--token', 'NPT@NorthPay', '--reason', 'BORED'], 'Allowed choices are'],
    ['an unknown type of instruction', ['instruction', 'sign', 'payment.steal/1', '-'], 'There is no instruction "payment.steal/1".'],
    ['a command that is none', ['payy'], 'Did you mean pay?'],
    ['a missing option', ['pay'], '--to'],
    ['a folder for a document', ['bill', 'dispute', 'x', '--document', tmpdir()], 'neither a file nor a hash'],
    ['an officer that is none', ['officer', 'import', '--key', 'k', '--certificate', 'c', '--as', 'NorthPay'], 'is not an officer'],
  ] as const) {
    it(`answers ${what} with a sentence, not a stack trace`, async () => {
      const { status, err } = await tally(...args);
      expect(status).to.equal(1);
      expect(err).to.contain(sentence).and.not.to.contain('    at ');
      const inJson = await tally(...args, '--json');
      expect([inJson.status, (JSON.parse(inJson.err) as { readonly error: { readonly code: string } }).error.code]).to.deep.equal([1, 'MISTAKE']);
    });
  }

  for (const program of ['client/src/cli/main.ts instruction types', 'start/tally.ts org --help', 'network/src/cli.ts --help']) {
    it(`fails when its output cannot be written: ${program}`, () => {
      const { status, stderr } = spawnSync('sh', ['-c', `${process.execPath} ${program} > /dev/full`], { cwd: join(import.meta.dirname, '..', '..'), encoding: 'utf8' });
      expect(status).to.equal(1);
      expect(stderr).to.include('ENOSPC');
    });
  }

  it('gives a status of its own to what may pass', async () => {
    expect(await tally('init', '--gateway', 'http://127.0.0.1:1')).to.include({ status: 2 });
    await registeredWallet();
    const lookup = ['directory', 'find', '--kind', 'handle', '--identifier', 'the.shop'] as const;
    for (const [code, status, expected] of [['TOO_MANY_REQUESTS', 429, 2], ['CERTIFICATE_AUTHORITY_UNAVAILABLE', 503, 2], ['INTERNAL', 500, 1], ['REQUEST_MALFORMED', 400, 1]] as const) {
      routes['POST /directory/lookups'] = problem(status, code);
      expect((await tally(...lookup)), code).to.include({ status: expected });
    }
  });
});
