import { expect } from 'chai';
import {
  applyForAccount, approveRegistration, createKey, createSigner, pay, register, registration, rejectRegistration, requestCertificate, TallyClient,
  type KeyPair, type RegistrationRequest, type RegistrationTicket,
} from '../../../client/src/index.ts';
import { codeOf, LEDGER, openConsortium, type Consortium } from '../../support/consortium.ts';
import { newAccountId } from '../../support/enrolment.ts';
import { anyHolder } from '../../support/hostile-world.ts';


/** S1: ask, review and decide, record, and the result comes back. */
describe('registration', function () {
  this.timeout(180_000);
  let consortium: Consortium;
  let registrar: TallyClient;

  before(async () => {
    consortium = await openConsortium();
    registrar = await consortium.officer('NorthPay', 'registrar');
  });

  interface Wanted {
    readonly key: KeyPair;
    readonly request: RegistrationRequest;
  }

  const wanted = async (account = newAccountId('NorthPay'), key?: KeyPair): Promise<Wanted> => {
    const own = key ?? (await createKey());
    return { key: own, request: { account, roles: ['person'], holder: await anyHolder(), ...(await requestCertificate(own, { ledger: LEDGER, holder: account })) } };
  };
  const applied = async ({ request }: Wanted): Promise<RegistrationTicket> => applyForAccount({ gateway: consortium.gateway('NorthPay') }, request);
  const seen = (ticket: RegistrationTicket) => registration({ gateway: consortium.gateway('NorthPay') }, ticket);
  const onLedger = (account: string) => consortium.settled(() => consortium.hostile('EastPay').query<{ status: string } | null>('account', [account]));

  it('goes from submitted to certified to registered, and the applicant gets certificate and receipt', async () => {
    const applicant = await wanted();
    const ticket = await applied(applicant);
    expect(await seen(ticket)).to.include({ state: 'submitted', account: applicant.request.account });
    expect(await onLedger(applicant.request.account)).to.equal(null);
    const { receipt } = await approveRegistration(registrar, ticket.id);
    expect(receipt).to.deep.include({ type: 'account.register/1', status: 'applied', signer: 'registrar@NorthPay', check: { passed: true, rules: 1 } });
    const registered = await seen(ticket);
    expect(registered).to.include({ state: 'registered' });
    expect(registered.receipt?.record).to.deep.equal(receipt.record);
    expect(await onLedger(applicant.request.account)).to.include({ status: 'active' });
  });

  it('makes an account that every payment system takes', async () => {
    const applicant = await wanted();
    const ticket = await applied(applicant);
    await approveRegistration(registrar, ticket.id);
    const { certificate = '' } = await seen(ticket);
    const signer = await createSigner({ id: applicant.request.account, key: applicant.key, certificate });
    const token = await consortium.token('NorthPay');
    await consortium.fund(signer.id, token, '100');
    for (const organization of ['NorthPay', 'EastPay', 'WestPay']) {
      const payee = await consortium.register(organization);
      const payer = new TallyClient({ gateway: consortium.gateway(organization), signer });
      expect((await payer.send(pay, { payee: payee.signer.id, token, amount: '10' })).receipt.status, organization).to.equal('applied');
    }
  });

  it('tells the applicant alone, by the secret, and the registrar', async () => {
    const ticket = await applied(await wanted());
    expect(await codeOf(seen({ ...ticket, secret: 'x'.repeat(ticket.secret.length) }))).to.equal('NOT_FOUND');
    expect(await registrar.read(`/registrations/${ticket.id}`)).to.include({ state: 'submitted' });
    const other = await consortium.register('NorthPay');
    expect(await codeOf(other.read(`/registrations/${ticket.id}`))).to.equal('NOT_ENTITLED');
    const foreign = new TallyClient({ gateway: consortium.gateway('NorthPay'), signer: await consortium.signer('EastPay', 'registrar') });
    expect(await codeOf(foreign.read(`/registrations/${ticket.id}`))).to.equal('NOT_ENTITLED');
    expect(await codeOf(foreign.read('/registrations', { state: 'submitted' }))).to.equal('NOT_ENTITLED');
  });

  it('is decided by the registrar and nobody else', async () => {
    const ticket = await applied(await wanted());
    const strangers = [
      new TallyClient({ gateway: consortium.gateway('NorthPay'), signer: await consortium.signer('EastPay', 'registrar') }),
      await consortium.officer('NorthPay', 'issuer'),
      await consortium.register('NorthPay'),
    ];
    for (const stranger of strangers) {
      expect(await codeOf(stranger.post(`/registrations/${ticket.id}/certificate`, {}))).to.equal('NOT_ENTITLED');
      expect(await codeOf(rejectRegistration(stranger, ticket.id, 'OTHER'))).to.equal('NOT_ENTITLED');
    }
    expect(await seen(ticket)).to.include({ state: 'submitted' });
  });

  it('ends in a rejection with a reason, after which nothing can be approved', async () => {
    const applicant = await wanted();
    const ticket = await applied(applicant);
    await rejectRegistration(registrar, ticket.id, 'NOT_ELIGIBLE');
    expect(await seen(ticket)).to.include({ state: 'rejected', reason: 'NOT_ELIGIBLE' });
    expect(await codeOf(approveRegistration(registrar, ticket.id))).to.equal('REGISTRATION_STATE');
    expect(await onLedger(applicant.request.account)).to.equal(null);
  });

  it('refuses an approval of anything but what was applied for', async () => {
    const ticket = await applied(await wanted());
    const { certificate } = await registrar.post<{ certificate: string }>(`/registrations/${ticket.id}/certificate`, {});
    const { account, holder, application } = await registrar.read<RegistrationRequest>(`/registrations/${ticket.id}`);
    const good = { account, roles: ['person' as const], holder, certificate, application };
    for (const change of [{ roles: ['merchant' as const] }, { holder: await anyHolder() }, { account: newAccountId('NorthPay') }]) {
      const decision = await registrar.sign(register, { ...good, ...change });
      expect(await codeOf(registrar.submit(decision, `/registrations/${ticket.id}/approval`))).to.equal('OBJECT_DIFFERS');
    }
    expect((await registrar.submit(await registrar.sign(register, good), `/registrations/${ticket.id}/approval`)).receipt.status).to.equal('applied');
  });

  const refusals: readonly (readonly [string, () => Promise<RegistrationRequest>, string])[] = [
    ["another applicant's proof", async () => ({ ...(await wanted()).request, application: (await wanted()).request.application }), 'REGISTRATION_PROOF'],
    ["another applicant's certificate request", async () => ({ ...(await wanted()).request, csr: (await wanted()).request.csr }), 'REGISTRATION_PROOF'],
    ['an account of another organization', async () => (await wanted(newAccountId('EastPay'))).request, 'OBJECT_DIFFERS'],
    ['a request that is none', async () => ({ ...(await wanted()).request, csr: 'x' }), 'REGISTRATION_PROOF'],
    ['an account id that is none', async () => ({ ...(await wanted()).request, account: 'me' }), 'REQUEST_MALFORMED'],
    ['a role that is none', async () => ({ ...(await wanted()).request, roles: ['bank' as never] }), 'REQUEST_MALFORMED'],
    ['a holder in clear', async () => ({ ...(await wanted()).request, holder: '5493001KJTIIGC8Y1R12' }), 'REQUEST_MALFORMED'],
  ];
  for (const [name, request, code] of refusals) {
    it(`refuses an application with ${name}: ${code}`, async () => {
      expect(await codeOf(applyForAccount({ gateway: consortium.gateway('NorthPay') }, await request()))).to.equal(code);
    });
  }

  it('takes one application for one account', async () => {
    const account = newAccountId('NorthPay');
    await applied(await wanted(account));
    expect(await codeOf(applied(await wanted(account)))).to.equal('REGISTRATION_STATE');
  });

  it('does not give one key two accounts', async () => {
    const key = await createKey();
    await approveRegistration(registrar, (await applied(await wanted(newAccountId('NorthPay'), key))).id);
    const second = await wanted(newAccountId('NorthPay'), key);
    expect(await codeOf(applied(second).then((ticket) => approveRegistration(registrar, ticket.id)))).to.be.oneOf(['KEY_IN_USE', 'REGISTRATION_STATE']);
    expect(await onLedger(second.request.account)).to.equal(null);
  });
});
