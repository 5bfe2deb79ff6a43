import { expect } from 'chai';
import {
  answerRequest, applyForAccount, capCertificate, approveRegistration, askForMore, certifyNextKey, completeRecovery, confirmLink, confirmRecovery, consentTo, consentToLink, createKey, createSigner, endLink, issueNextKey,
  openPkcs12, pay, proposeLink, proposeRecovery, recordAddedKey, registration, requestCertificate, revokeCertificate, submitDocument, takeIssuedKey, TallyClient, toPem, vetoRecovery,
  type RegistrationTicket, type Signer, type TallyError,
} from '../../../client/src/index.ts';
import { objectId, propose, vote, type RulesDocument } from '../../../chaincode/src/domain/index.ts';
import { codeOf, LEDGER, openConsortium, type Consortium, type Holder } from '../../support/consortium.ts';
import { newAccountId } from '../../support/enrolment.ts';
import { anyHolder } from '../../support/hostile-world.ts';
import { until } from '../../support/patience.ts';

const HOUR = 3600_000;

/** Whose keys act for an account, on the running network: how they come, what they may, how they go and come back. */
describe('who may act for an account', function () {
  this.timeout(300_000);
  let consortium: Consortium;
  let registrar: TallyClient;
  let administrator: TallyClient;
  let token: string;

  before(async () => {
    consortium = await openConsortium();
    registrar = await consortium.officer('NorthPay', 'registrar');
    administrator = await consortium.officer('NorthPay', 'administrator');
    token = await consortium.token('NorthPay');
  });

  const gatewayOf = (organization = 'NorthPay') => ({ gateway: consortium.gateway(organization) });
  const inAnHour = () => new Date(Date.now() + HOUR).toISOString();
  const clientOf = (signer: Signer, organization = 'NorthPay') => new TallyClient({ ...gatewayOf(organization), signer });
  /** A new key of an account, certified by the organization's CA and not recorded. */
  const certified = async (account: string) => {
    const key = await createKey();
    const request = { holder: account, ...(await requestCertificate(key, { ledger: LEDGER, holder: account })) };
    const certificate = await certifyNextKey(registrar, request);
    return { request, certificate, signer: await createSigner({ id: account, key, certificate }) };
  };

  it('an applicant is asked for more, hands it in, takes the key its business system makes, and pays with it', async () => {
    const account = newAccountId('NorthPay');
    const ticket: RegistrationTicket = await applyForAccount(gatewayOf(), { account, roles: ['person'], holder: await anyHolder(), keys: 'issued' });
    await askForMore(registrar, ticket.id, ['IDENTITY_DOCUMENT'], 3);
    const document = await submitDocument(gatewayOf(), ticket, { type: 'application/pdf', content: Buffer.from('%PDF-1.7 somebody') });
    await answerRequest(gatewayOf(), ticket);
    expect(await codeOf(approveRegistration(registrar, ticket.id))).to.equal('KEY_NOT_TAKEN');
    const { tag } = await registration(gatewayOf(), ticket);
    const { pkcs12, password = '' } = await takeIssuedKey(gatewayOf(), ticket);
    expect(await registration(gatewayOf(), ticket, { tag, wait: 10 })).to.include({ state: 'certified' });
    await approveRegistration(registrar, ticket.id);
    const { key, certificate } = await openPkcs12(Buffer.from(pkcs12, 'base64'), password);
    const signer = await createSigner({ id: account, key, certificate: toPem('CERTIFICATE', certificate) });
    await consortium.fund(account, token, '10');
    expect((await clientOf(signer, 'WestPay').send(pay, { payee: (await consortium.register('EastPay')).signer.id, token, amount: '10' })).receipt.status).to.equal('applied');
    const shown = await registrar.account(account);
    expect(shown.documents).to.deep.equal([document.hash]);
    expect(shown.certificates[0]).to.include({ issued: true, thumbprint: signer.thumbprint });
  });

  describe('with several keys', () => {
    let owner: Holder;
    let payee: Holder;
    let cashier: TallyClient;

    before(async () => {
      [owner, payee] = [await consortium.register('NorthPay'), await consortium.register('EastPay')];
      await consortium.fund(owner.signer.id, token, '1000');
      const { request, certificate, signer } = await certified(owner.signer.id);
      const consented = await consentTo(owner.signer, request, { ledger: LEDGER, role: 'payer', caps: { [token]: { perPayment: '100', perDay: '250' } } });
      expect((await recordAddedKey(registrar, consented, certificate)).receipt.status).to.equal('applied');
      cashier = clientOf(signer, 'EastPay');
    });

    const pays = (client: TallyClient, amount: string) => codeOf(client.send(pay, { payee: payee.signer.id, token, amount }));

    it('each spends within its caps, at whichever gateway', async () => {
      expect(await pays(cashier, '101')).to.equal('CERTIFICATE_CAP');
      const outcomes = await Promise.all(['100', '100', '100', '100'].map((amount) => pays(cashier, amount)));
      expect(outcomes.toSorted(), 'four at once share one day').to.deep.equal(['CERTIFICATE_CAP', 'CERTIFICATE_CAP', 'applied', 'applied']);
      expect(await pays(owner, '300')).to.equal('applied');
    });

    it('is told its caps by a check, and gets others in place by an owner', async () => {
      const check = () => cashier.check({ payee: payee.signer.id, token, amount: '60' });
      expect((await check()).rules.filter(({ holds }) => !holds).map(({ code }) => code)).to.deep.equal(['CERTIFICATE_CAP']);
      const { thumbprint = '' } = cashier.signer ?? {};
      const { receipt } = await owner.send(capCertificate, { thumbprint, caps: { [token]: { perDay: '260' } } }, `/certificates/${thumbprint}/caps`);
      await consortium.hasBlock('EastPay', receipt.record.block);
      expect((await check()).rules.every(({ holds }) => holds)).to.equal(true);
      expect(await pays(cashier, '60')).to.equal('applied');
      expect(await pays(cashier, '1')).to.equal('CERTIFICATE_CAP');
    });

    it('may be one that its organization makes, once an owner consents', async () => {
      const { pkcs12, password = '', ...request } = await issueNextKey(registrar, owner.signer.id);
      const { certificate = '', ...consented } = await consentTo(owner.signer, request, { ledger: LEDGER, role: 'payer' });
      const { key } = await openPkcs12(Buffer.from(pkcs12, 'base64'), password);
      const device = clientOf(await createSigner({ id: owner.signer.id, key, certificate }));
      expect(await pays(device, '1')).to.equal('CERTIFICATE_UNKNOWN');
      await recordAddedKey(registrar, consented, certificate);
      expect(await pays(device, '1')).to.equal('applied');
    });

    it('ends alone, at once, and at every gateway', async () => {
      const { thumbprint = '' } = cashier.signer ?? {};
      const { receipt } = await owner.send(revokeCertificate, { holder: owner.signer.id, thumbprint, reason: 'DEVICE_RETIRED' as const });
      await consortium.hasBlock('EastPay', receipt.record.block);
      expect(await pays(cashier, '1')).to.equal('CERTIFICATE_REVOKED');
      expect(await pays(owner, '1')).to.equal('applied');
    });
  });

  describe('when all keys are lost', () => {
    let usual: number;

    const proposed = async (account: string) => {
      const { request, certificate, signer } = await certified(account);
      const body = { account, reason: 'KEYS_LOST' as const, certificate, application: request.application, deadline: inAnHour() };
      const { receipt } = await registrar.send(proposeRecovery, body, '/recoveries');
      return { signer, about: { recovery: objectId(receipt.id, receipt.signer), account } };
    };
    const send = (client: TallyClient, type: typeof confirmRecovery, about: { readonly recovery: string; readonly account: string }) => codeOf(client.send(type, about));

    before(async () => {
      const { ledger } = await registrar.readiness();
      expect(ledger).to.equal(LEDGER);
      usual = (await administrator.rules()).recoveryDelay;
      await decide({ recoveryDelay: 1 });
    });

    // The rules are everybody's: those who come after find them as they were.
    after(() => decide({ recoveryDelay: usual }));

    const decide = async (changes: Partial<RulesDocument>) => {
      const { version, activatedAt: _, asOfBlock: __, ...rules } = await administrator.rules();
      const change = { kind: 'rules' as const, rules: { ...rules, ...changes }, supersedes: version };
      const { receipt } = await administrator.send(propose, { change, closesAt: inAnHour() });
      await (await consortium.officer('EastPay', 'administrator')).send(vote, { proposal: objectId(receipt.id, receipt.signer), approve: true });
    };

    it('two officers and a delay give a new one, and the old ones end', async () => {
      const holder = await consortium.register('NorthPay');
      const { signer, about } = await proposed(holder.signer.id);
      expect(await send(registrar, confirmRecovery, about)).to.equal('RECOVERY_SAME_OFFICER');
      expect((await holder.inbox()).items.map(({ kind }) => kind)).to.deep.equal(['recovery-under-way']);
      expect(await send(administrator, confirmRecovery, about)).to.equal('applied');
      const stranger = await consortium.register('WestPay');
      const complete = () => stranger.send(completeRecovery, about).catch((error: unknown) => {
        // Until the ledger clock is past the delay nobody can tell.
        if (['AGAIN', 'DEADLINE_NOT_REACHED', 'OUTCOME_UNKNOWN'].includes((error as TallyError).code)) return undefined;
        throw error as Error;
      });
      const { receipt } = await until('the delay', complete, 150_000);
      expect(receipt.status).to.equal('applied');
      await consortium.fund(holder.signer.id, token, '5');
      const payment = { payee: stranger.signer.id, token, amount: '5' };
      expect(await codeOf(holder.send(pay, payment))).to.equal('CERTIFICATE_REVOKED');
      expect(await codeOf(clientOf(signer).send(pay, payment))).to.equal('applied');
    });

    it('one that is left says no', async () => {
      const holder = await consortium.register('NorthPay');
      const { about } = await proposed(holder.signer.id);
      expect(await send(administrator, confirmRecovery, about)).to.equal('applied');
      expect(await codeOf(holder.send(vetoRecovery, about))).to.equal('applied');
      expect(await send(administrator, completeRecovery, about)).to.equal('RECOVERY_STATE');
      expect(await codeOf(holder.send(pay, { payee: (await consortium.register('EastPay')).signer.id, token, amount: '1' })), 'its key is what it was').to.equal('FUNDS_INSUFFICIENT');
    });
  });

  it('accounts of one holder in two systems are linked by both keys and both registrars, and come apart by one', async () => {
    const [north, east] = [await consortium.register('NorthPay'), await consortium.register('EastPay')];
    const { receipt } = await north.send(proposeLink, { account: east.signer.id, deadline: inAnHour() });
    const link = objectId(receipt.id, receipt.signer);
    const about = { link, proposer: north.signer.id, account: east.signer.id };
    const eastRegistrar = await consortium.officer('EastPay', 'registrar');
    expect(await codeOf(registrar.send(confirmLink, about))).to.equal('LINK_STATE');
    await east.send(consentToLink, about);
    await registrar.send(confirmLink, about);
    const last = await eastRegistrar.send(confirmLink, about);
    expect(await north.link(link, { minBlock: last.receipt.record.block })).to.include({ state: 'linked' });
    await east.send(endLink, about);
    expect(await east.link(link)).to.include({ state: 'unlinked' });
  });
});
