import { webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { nodeCrypto } from '../../chaincode/src/crypto/index.ts';
import { Registrations } from '../../gateway-api/src/registration/registrations.ts';
import { openRegistrationStore, type RegistrationStore } from '../../gateway-api/src/registration/store.ts';
import { issueLeaf, toDer } from '../support/certificates.ts';
import type { TestGateway } from './test-gateway.ts';

/** Gives the gateway a CA that certifies, and an empty store of registrations, which it answers. */
export function certifyAt(gateway: TestGateway, now: () => number = Date.now): RegistrationStore {
  const store = openRegistrationStore(':memory:');
  const { index, ledger, organizationId } = gateway.gateway;
  const authority = gateway.chain.authorities[organizationId];
  if (authority === undefined) throw new Error('no authority');
  const certify = async (_: string, csr: string): Promise<string> => {
    const { rawData } = new Pkcs10CertificateRequest(csr).publicKey;
    return toDer(await issueLeaf(authority, await webcrypto.subtle.importKey('spki', rawData, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify'])));
  };
  Object.assign(gateway.gateway, { registrations: new Registrations({ organizationId, ledger, store, index, crypto: nodeCrypto, certify, now }) });
  return store;
}
