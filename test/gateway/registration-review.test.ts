import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { stub } from 'sinon';
import { createKey, createSigner, openPkcs12, requestCertificate, toPem } from '../../client/src/index.ts';
import type { HttpError } from '../../gateway-api/src/http/http-error.ts';
import type { RegistrationStore } from '../../gateway-api/src/registration/store.ts';
import { uuidAt, type Signer } from '../support/signer.ts';
import { certifyAt } from './certification.ts';
import { officerOf, openTestGateway, type Answered, type TestGateway } from './test-gateway.ts';

const DAY = 24 * 3600_000;
const PDF = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(1_000, 7)]);

interface Ticket {
  readonly id: string;
  readonly secret: string;
  readonly account: string;
}

/** Review as the registrar and the applicant see it, at a gateway on a chain in memory with a CA that certifies. */
describe('a review of an application', () => {
  let gateway: TestGateway;
  let store: RegistrationStore;
  let registrar: Signer;
  let bearer: string;
  let late = 0;

  beforeEach(async () => {
    late = 0;
    gateway = await openTestGateway();
    registrar = officerOf(gateway.chain, 'registrar@NorthPay');
    bearer = `Bearer ${await gateway.token(registrar)}`;
    store = certifyAt(gateway, () => Date.now() + late);
  });

  afterEach(() => gateway.close());

  const apply = async (keys?: 'issued'): Promise<Ticket> => {
    const account = `${uuidAt(Date.now())}@NorthPay`;
    const request = keys === undefined ? await requestCertificate(await createKey(), { ledger: 'testledger', holder: account }) : { keys };
    const { status, body } = await gateway.post('/registrations', { account, roles: ['person'], holder: 'A'.repeat(43), ...request });
    expect(status, JSON.stringify(body)).to.equal(201);
    return { id: String(body['id']), secret: String(body['secret']), account };
  };
  const asApplicant = ({ id, secret }: Ticket, path: string, body: unknown) => gateway.post(`/registrations/${id}${path}`, body, { 'registration-secret': secret });
  const asRegistrar = ({ id }: Ticket, path: string, body: unknown) => gateway.post(`/registrations/${id}${path}`, body, { authorization: bearer });
  const seen = ({ id, secret }: Ticket, query = ''): Promise<Answered> => gateway.call(`/registrations/${id}${query}`, { headers: { 'registration-secret': secret } });
  const stateOf = async (ticket: Ticket): Promise<unknown> => (await seen(ticket)).body['state'];
  const handIn = (ticket: Ticket, content: Buffer = PDF, type = 'application/pdf') => asApplicant(ticket, '/documents', { type, content: content.toString('base64') });
  const ask = (ticket: Ticket, days = 14) => asRegistrar(ticket, '/requests', { reasons: ['IDENTITY_DOCUMENT'], days });
  const record = async (ticket: Ticket, changes: object = {}): Promise<Answered> => {
    const { account, roles, holder, certificate, application, documents } = store.one(ticket.id) ?? {};
    const hashes = documents?.map(({ hash }) => hash);
    return gateway.send(registrar, 'account.register/1', { account, roles, holder, certificate, application, ...(hashes !== undefined && { documents: hashes }), ...changes }, {}, `/registrations/${ticket.id}/approval`);
  };

  it('is listed page by page, each once', async () => {
    const tickets = [await apply(), await apply(), await apply()];
    const found: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const { body }: Answered = await gateway.call(`/registrations?limit=2${cursor}`, { headers: { authorization: bearer } });
      found.push(...(body['items'] as unknown as readonly { readonly id: string }[]).map(({ id }) => id));
      cursor = body['cursor'] === undefined ? undefined : `&cursor=${String(body['cursor'])}`;
    }
    expect(found.toSorted()).to.deep.equal(tickets.map(({ id }) => id).toSorted());
  });

  it('is the same for an applicant who asks again with the secret it chose, whatever became of it, and for nobody else', async () => {
    const account = `${uuidAt(Date.now())}@NorthPay`;
    const holder = await createKey();
    const request = async (secret: string | undefined, roles = ['person']) =>
      gateway.post('/registrations', { account, roles, holder: 'A'.repeat(43), ...(secret !== undefined && { secret }), ...(await requestCertificate(holder, { ledger: 'testledger', holder: account })) });
    const [secret, other] = [randomBytes(16).toString('base64url'), randomBytes(16).toString('base64url')];
    const { body: first } = await request(secret);
    expect((await request(secret)).body).to.deep.equal(first);
    for (const again of [await request(other), await request(undefined), await request(secret, ['merchant'])]) expect(again.body).to.include({ code: 'REGISTRATION_STATE' });
    const ticket = { id: String(first['id']), secret, account };
    await asRegistrar(ticket, '/certificate', {});
    await record(ticket);
    expect((await request(secret)).body).to.include({ id: ticket.id, state: 'registered' });
    expect((await request('short')).body).to.include({ code: 'REQUEST_MALFORMED' });
  });

  it('asks for more, gets documents and an answer, and ends on the ledger with their hashes', async () => {
    const ticket = await apply();
    expect((await ask(ticket)).body).to.deep.include({ state: 'asked' });
    expect((await asApplicant(ticket, '/answer', {})).body).to.include({ code: 'REGISTRATION_STATE' });
    const { status, body: document } = await handIn(ticket);
    expect(status).to.equal(201);
    const salted = createHash('sha256').update(Buffer.from(String(document['salt']), 'base64url')).update(PDF).digest('base64url');
    expect(document).to.include({ number: 1, size: PDF.length, hash: salted });
    expect((await asApplicant(ticket, '/answer', {})).body).to.include({ state: 'submitted' });
    expect((await asRegistrar(ticket, '/certificate', {})).body).to.include({ state: 'certified' });
    expect((await record(ticket, { documents: undefined })).body).to.include({ code: 'OBJECT_DIFFERS' });
    expect((await record(ticket)).status).to.equal(201);
    expect((await gateway.read(registrar, `/accounts/${ticket.account}`)).body).to.deep.include({ documents: [salted] });
  });

  it('shows documents to registrar and applicant, byte for byte, and to nobody else', async () => {
    const ticket = await apply();
    await handIn(ticket);
    const path = `/registrations/${ticket.id}/documents/1`;
    for (const headers of [{ authorization: bearer }, { 'registration-secret': ticket.secret }]) {
      expect((await gateway.call(path, { headers })).body).to.include({ type: 'application/pdf', content: PDF.toString('base64') });
    }
    const issuer = `Bearer ${await gateway.token(officerOf(gateway.chain, 'issuer@NorthPay'))}`;
    expect((await gateway.call(path, { headers: { authorization: issuer } })).body).to.include({ code: 'NOT_ENTITLED' });
    expect((await gateway.call(path)).body).to.include({ code: 'UNAUTHENTICATED' });
    expect((await gateway.call(path, { headers: { 'registration-secret': 'x' } })).body).to.include({ code: 'NOT_FOUND' });
    expect((await gateway.call(`/registrations/${ticket.id}/documents/2`, { headers: { authorization: bearer } })).body).to.include({ code: 'NOT_FOUND' });
  });

  const unfit: readonly (readonly [string, Buffer, string, string])[] = [
    ['of another type than it says', PDF, 'image/png', 'DOCUMENT_INVALID'],
    ['of a type nobody takes', PDF, 'text/html', 'REQUEST_MALFORMED'],
    ['of more than 2 MiB', Buffer.concat([PDF, Buffer.alloc(2 * 1024 ** 2 - PDF.length + 1)]), 'application/pdf', 'DOCUMENT_INVALID'],
    ['of much more', Buffer.concat([PDF, Buffer.alloc(4 * 1024 ** 2)]), 'application/pdf', 'BODY_TOO_LARGE'],
  ];
  for (const [name, content, type, code] of unfit) {
    it(`takes no document ${name}: ${code}`, async () => {
      const ticket = await apply();
      expect((await handIn(ticket, content, type)).body).to.include({ code });
      expect((await seen(ticket)).body).not.to.have.property('documents');
    });
  }

  it('takes ten documents, and no eleventh', async () => {
    const ticket = await apply();
    for (let number = 1; number <= 10; number++) expect((await handIn(ticket)).body).to.include({ number });
    expect((await handIn(ticket)).body).to.include({ code: 'DOCUMENT_LIMIT' });
  });

  it('keeps a document and its place in the list together, or neither', async () => {
    const ticket = await apply();
    const writing = stub(store, 'put').throws(new Error('killed'));
    expect((await handIn(ticket)).status).to.equal(500);
    writing.restore();
    expect(store.documentSize()).to.equal(0);
    expect((await handIn(ticket)).body).to.include({ number: 1 });
  });

  it('is certified once, also when two registrars ask at once', async () => {
    const ticket = await apply();
    const answers = await Promise.all([asRegistrar(ticket, '/certificate', {}), asRegistrar(ticket, '/certificate', {})]);
    expect(new Set(answers.map(({ body }) => body['certificate'])).size).to.equal(1);
    expect((await record(ticket)).status).to.equal(201);
  });

  it('has its room, also while one address sends as many as it may', async () => {
    const flood = (from: string) => gateway.gateway.registrations.submit({ account: `${uuidAt(Date.now())}@NorthPay`, roles: ['person'], holder: 'A'.repeat(43), keys: 'issued' }, from);
    const { registration } = await flood('10.0.0.1');
    for (let number = 2; number <= 500; number++) await flood('10.0.0.1');
    expect(await flood('10.0.0.1').catch((error: unknown) => (error as HttpError).code)).to.equal('TOO_MANY_REQUESTS');
    const ticket = await apply('issued');
    expect((await seen(ticket)).body).not.to.have.any.keys('from', 'secretHash');
    gateway.gateway.registrations.reject(registration.id, 'INCOMPLETE');
    expect(await flood('10.0.0.1')).to.have.property('secret');
  });

  it('is decided by the registrar alone, and what is decided takes nothing more', async () => {
    const ticket = await apply();
    await handIn(ticket);
    const issuer = `Bearer ${await gateway.token(officerOf(gateway.chain, 'issuer@NorthPay'))}`;
    expect((await gateway.post(`/registrations/${ticket.id}/requests`, { reasons: ['OTHER'] }, { authorization: issuer })).body).to.include({ code: 'NOT_ENTITLED' });
    expect((await gateway.post(`/registrations/${ticket.id}/documents`, { type: 'application/pdf', content: 'AAAA' })).body).to.include({ code: 'NOT_FOUND' });
    expect((await asRegistrar(ticket, '/rejection', { reason: 'INCOMPLETE' })).body).to.include({ state: 'rejected' });
    for (const attempt of [ask(ticket), handIn(ticket), asApplicant(ticket, '/answer', {}), asApplicant(ticket, '/key', {}), asRegistrar(ticket, '/certificate', {})]) {
      expect((await attempt).body).to.include({ code: 'REGISTRATION_STATE' });
    }
    expect(store.documentSize(), 'what was handed in is gone').to.equal(0);
  });

  describe('has deadlines:', () => {
    const lapses: readonly (readonly [string, (ticket: Ticket) => Promise<unknown>, number])[] = [
      ['unreviewed', async () => undefined, 31],
      ['asked and not answered', async (ticket) => ask(ticket, 2), 3],
      ['certified and not recorded', async (ticket) => asRegistrar(ticket, '/certificate', {}), 31],
    ];
    for (const [name, act, days] of lapses) {
      it(`${name}, it lapses, and its documents go`, async () => {
        const ticket = await apply();
        await handIn(ticket);
        await act(ticket);
        late = (days - 2) * DAY;
        expect(await stateOf(ticket)).not.to.equal('lapsed');
        late = days * DAY;
        expect(await stateOf(ticket)).to.equal('lapsed');
        expect(store.documentSize()).to.equal(0);
        expect((await asRegistrar(ticket, '/certificate', {})).body).to.include({ code: 'REGISTRATION_STATE' });
      });
    }
  });

  describe('reaches whoever waits:', () => {
    it('the applicant, by a long poll', async () => {
      const ticket = await apply();
      const { tag } = (await seen(ticket)).body;
      const waiting = seen(ticket, `?tag=${String(tag)}&wait=20`);
      await ask(ticket);
      expect((await waiting).body).to.include({ state: 'asked' });
    });

    it('the applicant, when the ledger has the account', async () => {
      const ticket = await apply();
      await asRegistrar(ticket, '/certificate', {});
      const { tag } = (await seen(ticket)).body;
      const waiting = seen(ticket, `?tag=${String(tag)}&wait=20`);
      await record(ticket);
      expect((await waiting).body).to.include({ state: 'registered' });
    });

    it('the registrar, in its inbox', async () => {
      const inbox = async (query = '') => (await gateway.call(`/inbox${query}`, { headers: { authorization: bearer } })).body as unknown as { readonly tag: string; readonly items: readonly { readonly kind: string; readonly id: string }[] };
      const { tag, items } = await inbox();
      expect(items).to.deep.equal([]);
      const waiting = inbox(`?tag=${tag}&wait=20`);
      const ticket = await apply();
      expect((await waiting).items).to.have.lengthOf(1);
      expect((await waiting).items[0]).to.include({ kind: 'registration-to-review', id: ticket.id });
      await ask(ticket);
      expect((await inbox()).items, 'the applicant has to act').to.deep.equal([]);
      await handIn(ticket);
      await asApplicant(ticket, '/answer', {});
      await asRegistrar(ticket, '/certificate', {});
      expect((await inbox()).items[0]).to.include({ kind: 'registration-to-record', id: ticket.id });
      await record(ticket);
      expect((await inbox()).items).to.deep.equal([]);
    });
  });

  describe('with a key that the organization makes', () => {
    const admitted = async (): Promise<Ticket> => {
      const ticket = await apply('issued');
      expect((await asApplicant(ticket, '/key', {})).body, 'before the review').to.include({ code: 'REGISTRATION_STATE' });
      expect((await asRegistrar(ticket, '/certificate', {})).body).to.include({ state: 'admitted' });
      return ticket;
    };

    it('hands it over once, and the ledger says whose making it is', async () => {
      const ticket = await admitted();
      const { body } = await asApplicant(ticket, '/key', {});
      const { key, certificate } = await openPkcs12(Buffer.from(String(body['pkcs12']), 'base64'), String(body['password']));
      const signer = await createSigner({ id: ticket.account, key, certificate: toPem('CERTIFICATE', certificate) });
      expect((await asApplicant(ticket, '/key', {})).body).to.include({ code: 'REGISTRATION_STATE' });
      expect((await record(ticket)).status).to.equal(201);
      const { certificates } = (await gateway.read(registrar, `/accounts/${ticket.account}`)).body as unknown as { readonly certificates: readonly object[] };
      expect(certificates).to.have.lengthOf(1);
      expect(certificates[0]).to.include({ thumbprint: signer.thumbprint, issued: true, role: 'owner' });
    });

    it('gives it away once to two who ask at the same time', async () => {
      const ticket = await admitted();
      const answers = await Promise.all([asApplicant(ticket, '/key', {}), asApplicant(ticket, '/key', {})]);
      expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([200, 409]);
    });

    it('keeps nothing of it', async () => {
      const ticket = await admitted();
      const { body } = await asApplicant(ticket, '/key', { password: 'a password of mine' });
      expect(body).not.to.have.property('password');
      const { key } = await openPkcs12(Buffer.from(String(body['pkcs12']), 'base64'), 'a password of mine');
      const { d = '' } = await crypto.subtle.exportKey('jwk', key.privateKey);
      const kept = JSON.stringify([store.one(ticket.id), (await seen(ticket)).body]);
      for (const secret of [d, Buffer.from(d, 'base64url').toString('base64'), Buffer.from(d, 'base64url').toString('hex'), 'a password of mine', String(body['pkcs12'])]) expect(kept).not.to.include(secret);
    });

    it('makes a file that openssl opens with the password, and with no other', async () => {
      const ticket = await admitted();
      const { body } = await asApplicant(ticket, '/key', {});
      const folder = mkdtempSync(join(tmpdir(), 'tallystick-p12-'));
      try {
        const file = join(folder, 'key.p12');
        writeFileSync(file, Buffer.from(String(body['pkcs12']), 'base64'));
        const openssl = (password: string, ...options: string[]) => execFileSync('openssl', ['pkcs12', '-in', file, '-passin', `pass:${password}`, ...options], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
        const opened = openssl(String(body['password']), '-nodes');
        expect(opened).to.include('BEGIN PRIVATE KEY').and.to.include('BEGIN CERTIFICATE').and.to.include(ticket.account);
        expect(() => openssl('another password', '-nodes')).to.throw(/invalid password|mac verify/i);
        const described = execFileSync('sh', ['-c', `openssl pkcs12 -in '${file}' -info -noout -passin 'pass:${String(body['password'])}' 2>&1`], { encoding: 'utf8' });
        expect(described).to.match(/MAC: sha256/i).and.to.match(/PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    for (const password of ['short', 'ä'.repeat(20), 'x'.repeat(129)]) {
      it(`takes no password like ${password.slice(0, 5)}…`, async () => {
        expect((await asApplicant(await admitted(), '/key', { password })).body).to.include({ code: 'REQUEST_MALFORMED' });
      });
    }

    it('is refused to another than the applicant', async () => {
      const ticket = await admitted();
      expect((await gateway.post(`/registrations/${ticket.id}/key`, {}, { authorization: bearer })).body).to.include({ code: 'NOT_FOUND' });
      expect((await asApplicant({ ...ticket, secret: randomBytes(24).toString('base64url') }, '/key', {})).body).to.include({ code: 'NOT_FOUND' });
    });
  });
});
