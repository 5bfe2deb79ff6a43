import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ALREADY_REGISTERED, CaError, caClient } from '@tallystick/network/ca';
import type { Config } from '../config.ts';
import { HttpError } from '../http/http-error.ts';
import type { Log } from '../log.ts';
import { derOfPem } from './certificate-request.ts';

/** Certifies an account's key: certificate request in PEM → certificate, DER in base64. @throws HttpError */
export type Certify = (account: string, request: string) => Promise<string>;

/** The organization's user CA, which this gateway may ask as registrar. */
export function certifyWith({ url, name, tlsRootCertificate, registrar }: Config['certificateAuthority'], log: Log): Certify {
  const authority = caClient({ url, name, tlsRootCertificate: readFileSync(tlsRootCertificate, 'utf8') });
  const holder = { certificate: readFileSync(registrar.certificate, 'utf8'), privateKey: readFileSync(registrar.privateKey, 'utf8') };
  return async (account, request) => {
    const registration = { id: account, type: 'client', secret: randomBytes(24).toString('base64url'), maxEnrollments: -1 };
    try {
      await authority.register(holder, registration).catch(async (error: unknown) => {
        // An earlier attempt may have ended between registering and enrolling.
        if (!(error instanceof CaError) || error.code !== ALREADY_REGISTERED) throw error;
        await authority.renewSecret(holder, registration);
      });
      return derOfPem(await authority.enroll({ id: account, secret: registration.secret, csr: request }));
    } catch (error) {
      log.warn({ account, reason: String(error) }, 'the certificate authority did not certify');
      throw new HttpError('CERTIFICATE_AUTHORITY_UNAVAILABLE');
    }
  };
}
