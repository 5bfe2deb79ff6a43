import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { nodeCrypto } from '../../chaincode/src/crypto/index.ts';
import type { AccountRole } from '../../chaincode/src/domain/index.ts';
import { Registrations } from '../../gateway-api/src/registration/registrations.ts';
import { openRegistrationStore } from '../../gateway-api/src/registration/store.ts';
import { uuidAt, type Signer } from '../support/signer.ts';
import { newApplicant } from './memory-chain.ts';
import { officerOf, openTestGateway, type Answered, type TestGateway } from './test-gateway.ts';

const ID = `${'0'.repeat(12)}-${'1'.repeat(8)}-1111-1111-1111-${'1'.repeat(12)}`;
const SECRET = 'secret';

describe('a registration over HTTP', () => {
  let gateway: TestGateway;
  let applicant: Signer;
  let body: object;

  const shown = (): Promise<Answered> => gateway.call(`/registrations/${ID}`, { headers: { 'registration-secret': SECRET } });

  beforeEach(async () => {
    gateway = await openTestGateway();
    const made = await newApplicant(gateway.chain, 'NorthPay');
    [applicant, body] = [made.signer, made.body];
    const store = openRegistrationStore(':memory:');
    const roles = made.body.roles as readonly AccountRole[];
    const secretHash = createHash('sha256').update(SECRET).digest('base64url');
    store.add({ id: ID, ...made.body, roles, csr: 'csr', state: 'certified', secretHash, submittedAt: new Date().toISOString() });
    const { index, ledger, organizationId } = gateway.gateway;
    const certify = (): Promise<string> => Promise.reject(new Error('there is no CA here'));
    Object.assign(gateway.gateway, { registrations: new Registrations({ organizationId, ledger, store, index, crypto: nodeCrypto, certify }) });
  });

  afterEach(() => gateway.close());

  it('shows its applicant the receipt once it is registered', async () => {
    expect((await shown()).body).to.include({ state: 'certified' });
    const approval = await gateway.send(officerOf(gateway.chain, 'registrar@NorthPay'), 'account.register/1', body, {}, `/registrations/${ID}/approval`);
    expect(approval.status).to.equal(201);
    expect((await shown()).body).to.deep.include({ state: 'registered', receipt: approval.body });
  });

  it('shows no receipt of another’s instruction, whatever approval was forged', async () => {
    const registrar = officerOf(gateway.chain, 'registrar@NorthPay');
    const other = await newApplicant(gateway.chain, 'NorthPay');
    const id = uuidAt(Date.now());
    expect((await gateway.send(registrar, 'account.register/1', other.body, { id })).status).to.equal(201);
    const forged = await gateway.send({ ...registrar, key: applicant.key }, 'account.register/1', body, { id }, `/registrations/${ID}/approval`);
    expect(forged.body['code']).to.equal('SIGNATURE_INVALID');
    expect((await shown()).body).not.to.have.property('receipt');
  });
});
