import 'reflect-metadata';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { applicationPayload, formatInstant, jwsSigningInput, organizationOf } from '@tallystick/chaincode/domain';
import type { Certify } from './certificate-authority.ts';
import { makePkcs12 } from './pkcs12.ts';

/** A key made for its holder. Whoever gets it is the only one who has it. */
export interface IssuedKey {
  /** PKCS #12, base64: key, certificate, and the CA's. */
  readonly pkcs12: string;
  /** What opens it; absent where the holder chose it. */
  readonly password?: string;
  /** What the registration goes on with; nothing of it is secret. */
  readonly applied: { readonly csr: string; readonly application: string; readonly certificate: string };
}

export interface KeyWanted {
  readonly ledger: string;
  readonly holder: string;
  readonly certify: Certify;
  /** CA certificate to put beside the holder's: DER, base64. */
  readonly authority: string | undefined;
  /** Chosen by the holder; one is made where there is none. */
  readonly password: string | undefined;
  readonly now: number;
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const;
const PASSWORD_BYTES = 18;

/** Makes a key with its request and proof, has it certified, and encrypts it. The proof says that the organization has made it. */
export async function issueKey({ ledger, holder, certify, authority, password: chosen, now }: KeyWanted): Promise<IssuedKey> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const csr = await Pkcs10CertificateRequestGenerator.create({ name: [{ CN: [holder] }], keys, signingAlgorithm: ES256 });
  const spki = Buffer.from(await webcrypto.subtle.exportKey('spki', keys.publicKey));
  const payload = applicationPayload({
    type: 'certificate.application/1', ledger, organization: organizationOf(holder), holder, request: digest(new Uint8Array(csr.rawData)), issuedAt: formatInstant(now), issued: true,
  });
  const signed = jwsSigningInput(digest(spki), payload);
  const signature = Buffer.from(await webcrypto.subtle.sign(ES256, keys.privateKey, Buffer.from(signed))).toString('base64url');
  const pem = csr.toString('pem');
  const certificate = await certify(holder, pem);
  const password = chosen ?? randomBytes(PASSWORD_BYTES).toString('base64url');
  const privateKey = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const certificates = [certificate, ...(authority === undefined ? [] : [authority])].map((der) => Buffer.from(der, 'base64'));
  const pkcs12 = await makePkcs12({ privateKey, certificates, friendlyName: holder, password });
  privateKey.fill(0);
  return { pkcs12: pkcs12.toString('base64'), ...(chosen === undefined && { password }), applied: { csr: pem, application: `${signed}.${signature}`, certificate } };
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}
