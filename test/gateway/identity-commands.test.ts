import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runCommandLine } from '../../client/src/cli/program.ts';
import { createSigner, openPkcs12, TallyClient, toPem } from '../../client/src/index.ts';
import { newServer } from '../../gateway-api/src/http/server.ts';
import { silentLog } from '../../gateway-api/src/log.ts';
import { ROUTES } from '../../gateway-api/src/routes/all.ts';
import { issueLeaf, makeKeys, toDer } from '../support/certificates.ts';
import { signApplication } from '../support/signer.ts';
import { certifyAt } from './certification.ts';
import { officerOf, openTestGateway, type TestGateway } from './test-gateway.ts';

/** The command line, from the applicant's first word to the recovery of its account, at a gateway on a chain in memory. */
describe('tally, for those who act for an account', () => {
  let gateway: TestGateway;
  let server: Server;
  let folder: string;
  let url: string;

  before(async () => {
    gateway = await openTestGateway();
    certifyAt(gateway);
    server = newServer(gateway.gateway, ROUTES, silentLog);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    folder = mkdtempSync(join(tmpdir(), 'tally-identity-'));
    for (const office of ['registrar', 'administrator']) await importOfficer(office);
  });

  after(async () => {
    server.close();
    server.closeAllConnections();
    await gateway.close();
    rmSync(folder, { recursive: true });
  });

  const file = (name: string) => join(folder, name);
  const said = async (wallet: string, ...args: readonly string[]) => {
    const texts = { out: '', err: '' };
    const streams = { out: (text: string) => void (texts.out += text), err: (text: string) => void (texts.err += text) };
    const config = { wallet, gateway: url, walletsFolder: file('wallets') };
    return { status: await runCommandLine([...args, '--json'], { config, streams }), ...texts };
  };
  /** What a command answers, and keeps it in a file of the name. */
  const tally = async (wallet: string, command: string, ...more: readonly string[]) => {
    const { status, out, err } = await said(wallet, ...command.split(' '), ...more);
    expect(status, `${command}: ${err}`).to.equal(0);
    writeFileSync(file(`${wallet}.json`), out);
    return JSON.parse(out) as Readonly<Record<string, unknown>>;
  };
  const importOfficer = async (office: string): Promise<void> => {
    const officer = officerOf(gateway.chain, `${office}@NorthPay`);
    writeFileSync(file('key.pem'), officer.key.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(file('certificate.txt'), gateway.gateway.index.certificates.one(officer.thumbprint)?.certificate ?? '');
    await tally(office, `officer import --as ${office}@NorthPay --key`, file('key.pem'), '--certificate', file('certificate.txt'));
  };

  it('applies, hands documents in, takes the key its business system makes, and is registered', async () => {
    const { registration } = await tally('holder', 'register --role person --issued-key');
    await tally('registrar', `registrations ask ${String(registration)} --reason IDENTITY_DOCUMENT --days 3`);
    writeFileSync(file('passport.pdf'), '%PDF-1.7 it is me');
    expect(await tally('holder', 'registration document', file('passport.pdf'))).to.include({ number: 1 });
    await tally('holder', 'registration answer');
    await tally('registrar', `registrations document ${String(registration)} 1 --out`, file('seen.pdf'));
    expect(await tally('registrar', `registrations approve ${String(registration)}`), 'its key is not taken yet').to.include({ state: 'admitted' });
    expect(await tally('holder', 'registration take-key --out', file('key.p12'))).to.have.property('password');
    expect(statSync(file('key.p12')).mode & 0o777).to.equal(0o600);
    await tally('registrar', `registrations approve ${String(registration)}`);
    expect(await tally('holder', 'registration status --wait')).to.include({ state: 'registered' });
    expect(await tally('holder', 'inbox')).to.deep.include({ items: [] });
  });

  it('lets a device sign for the account, within its role', async () => {
    const { signer: account } = await tally('holder', 'whoami');
    await tally('device', `certificate request ${String(account)}`);
    await tally('holder', 'certificate consent --role payer --cap USD@NorthPay=100/250 --request', file('device.json'));
    await tally('registrar', 'certificate add --request', file('holder.json'), '--out', file('device.pem'));
    await tally('device', 'certificate install --certificate', file('device.pem'));
    const { certificates } = await tally('device', 'account');
    expect((certificates as readonly { readonly role: string; readonly caps?: object }[]).map(({ role, caps }) => [role, caps])).to.deep.equal([['owner', undefined], ['payer', { 'USD@NorthPay': { perPayment: '100', perDay: '250' } }]]);
    const { err } = await said('device', 'account', 'close', String(account));
    expect(err).to.include('CERTIFICATE_ROLE');
    expect(await tally('holder', 'certificate expiring --days 400')).to.have.property('items').with.lengthOf(2);
    expect(await tally('registrar', 'certificate expiring')).to.deep.include({ items: [] });
  });

  it('changes the caps of a device in place', async () => {
    const { certificates } = await tally('device', 'account');
    const device = (certificates as readonly { readonly thumbprint: string; readonly role: string }[]).find(({ role }) => role === 'payer')?.thumbprint ?? '';
    await tally('holder', `certificate cap ${device} --cap USD@NorthPay=7/9`);
    const capped = async () => ((await tally('device', 'account'))['certificates'] as readonly { readonly caps?: object }[]).map(({ caps }) => caps);
    expect(await capped()).to.deep.equal([undefined, { 'USD@NorthPay': { perPayment: '7', perDay: '9' } }]);
    await tally('holder', `certificate cap ${device}`);
    expect(await capped()).to.deep.equal([undefined, undefined]);
  });

  it('hands over one more key that the organization makes, once an owner consents', async () => {
    const { signer: account } = await tally('holder', 'whoami');
    const { err } = await said('holder', 'certificate', 'issue', String(account), '--out', file('none.p12'));
    expect(err).to.include('NOT_ENTITLED');
    const { password, ...issued } = await tally('registrar', `certificate issue ${String(account)} --out`, file('staff.p12'));
    expect(password).to.be.a('string');
    await tally('holder', 'certificate consent --role viewer --request', file('registrar.json'));
    expect(readFileSync(file('holder.json'), 'utf8')).not.to.include(String(password));
    await tally('registrar', 'certificate add --request', file('holder.json'), '--out', file('staff.pem'));
    const { key, certificate } = await openPkcs12(readFileSync(file('staff.p12')), String(password));
    expect(Buffer.from(certificate).toString('base64')).to.equal(issued['certificate']);
    const signer = await createSigner({ id: String(account), key, certificate: toPem('CERTIFICATE', certificate) });
    const shown = await new TallyClient({ gateway: gateway.url, signer }).account(String(account));
    expect(shown.certificates.at(-1)).to.include({ thumbprint: signer.thumbprint, role: 'viewer', issued: true });
  });

  it('recovers an account, and vetoes it with a key that is left', async () => {
    const { signer: account } = await tally('holder', 'whoami');
    await tally('next', `certificate request ${String(account)}`);
    const { recovery } = await tally('registrar', 'recovery propose --request', file('next.json'), '--out', file('next.pem'));
    const confirmation = await said('registrar', 'recovery', 'confirm', String(recovery));
    expect(confirmation.err).to.include('RECOVERY_SAME_OFFICER');
    await tally('administrator', `recovery confirm ${String(recovery)}`);
    const { items } = await tally('device', 'inbox');
    expect((items as readonly { readonly kind: string }[]).map(({ kind }) => kind)).to.deep.equal(['recovery-under-way']);
    await tally('device', `recovery veto ${String(recovery)}`);
    expect(await tally('registrar', `recovery show ${String(recovery)}`)).to.include({ state: 'vetoed' });
    expect(await tally('registrar', 'recovery list --state vetoed')).to.have.property('items').with.lengthOf(1);
  });

  it('has a holder found by what it is known by, and found no more', async () => {
    const { signer: account } = await tally('holder', 'whoami');
    const phone = ['--kind', 'phone', '--identifier', '+49 30 123456'];
    const east = await gateway.register('EastPay');
    expect((await said('registrar', 'directory', 'attest', east.id, ...phone)).err).to.include('not at home in NorthPay');
    expect((await said('holder', 'directory', 'find', '--kind', 'phone', '--identifier', '0049 30')).err).to.include('+4930123456');
    const { alias, attestation } = await tally('registrar', `directory attest ${String(account)}`, ...phone);
    expect(await tally('holder', 'directory find', ...phone)).to.deep.include({ items: [] });
    expect((await said('holder', 'directory', 'register', 'nothing')).err).to.include('no attestation');
    await tally('holder', 'directory register', String(attestation));
    expect(await tally('device', 'directory find', ...phone)).to.deep.include({ items: [{ account, organization: 'NorthPay', alias }] });
    expect(((await tally('holder', 'directory list'))['items'] as readonly { readonly id: string }[]).map(({ id }) => id)).to.deep.equal([alias]);
    await tally('registrar', 'directory release', String(alias), '--account', String(account));
    expect(await tally('holder', 'directory find', ...phone)).to.deep.include({ items: [] });
  });

  it('proposes an administrator by vote, and tells what new rules would change', async () => {
    const { WestPay: authority } = gateway.chain.authorities;
    if (authority === undefined) throw new Error('no authority');
    const keys = await makeKeys();
    const leaf = await issueLeaf(authority, keys.publicKey, { name: 'rescuer' });
    const application = signApplication(keys, new Uint8Array(leaf.publicKey.rawData), 'rescuer@WestPay', Date.now());
    writeFileSync(file('rescuer.txt'), JSON.stringify({ name: 'rescuer', roles: ['administrator'], certificate: toDer(leaf), application }));
    const { id, signer } = await tally('administrator', 'proposal appoint WestPay --officer', file('rescuer.txt'));
    expect(await tally('administrator', `proposal show ${String(id)}.${String(signer)}`)).to.deep.include({ kind: 'appoint', subject: 'WestPay', state: 'open' });
    await tally('administrator', `proposal withdraw ${String(id)}.${String(signer)}`);
    const rules = await tally('administrator', 'rules');
    writeFileSync(file('rules.txt'), JSON.stringify({ ...rules, version: 2, recoveryDelay: 0 }));
    const { err } = await said('administrator', 'proposal', 'rules', file('rules.txt'));
    expect(err, 'made from other rules than those in force').to.include('RULES_CHANGED');
    const { version: _, ...unnumbered } = rules;
    writeFileSync(file('rules.txt'), JSON.stringify({ ...unnumbered, recoveryDelay: 0 }));
    const proposed = await tally('administrator', 'proposal rules', file('rules.txt'));
    const texts: string[] = [];
    const streams = { out: (text: string) => void texts.push(text), err: () => undefined };
    await runCommandLine(['proposal', 'show', `${String(proposed['id'])}.${String(proposed['signer'])}`], { config: { wallet: 'administrator', gateway: url, walletsFolder: file('wallets') }, streams });
    expect(texts.join('')).to.include('Rules of version 1 would change:\n  recoveryDelay: 259200 seconds -> 0 seconds\n');
  });

  it('proposes a link and takes it back', async () => {
    const east = await gateway.register('EastPay');
    await tally('holder', `link propose ${east.id}`);
    const { items } = await tally('holder', 'link list');
    const [link] = items as readonly { readonly id: string; readonly state: string }[];
    expect(link).to.include({ state: 'proposed' });
    await tally('holder', `link end ${String(link?.id)}`);
    expect(await tally('holder', `link show ${String(link?.id)}`)).to.include({ state: 'withdrawn' });
  });
});
