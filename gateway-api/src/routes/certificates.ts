import { applicationJwsSchema, digestSchema, isAccountId, organizationOf, signerIdSchema, type revokeCertificate } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { assertOfficerOf, mayRead } from '../http/entitlement.ts';
import { HttpError } from '../http/http-error.ts';
import { instructionRoute, jsonRoute, readerRoute } from '../http/route.ts';
import type { BodyOf } from '../index/body-of.ts';
import { INSTRUCTION_PROBLEMS, INSTRUCTION_REPLIES, submitted } from './instruction-reply.ts';
import { minBlockQuery, readOne, reading } from './listing.ts';
import { assertAbout } from './noun-instruction.ts';

export const certificateSchema = z
  .object({
    thumbprint: z.string().meta({ description: 'SHA-256 of the DER encoding, base64url: kid of what its key signs' }),
    holder: z.string(),
    serialNumber: z.string(),
    notBefore: z.string(),
    notAfter: z.string(),
    status: z.enum(['active', 'superseded', 'revoked']),
    certificate: z.string().meta({ description: 'DER, base64' }),
  })
  .meta({ id: 'Certificate' });

const thumbprintParams = z.strictObject({ thumbprint: digestSchema });

export const getCertificate = readerRoute({
  method: 'get',
  path: '/certificates/{thumbprint}',
  tag: 'certificates',
  summary: 'A certificate and its state',
  params: thumbprintParams,
  query: z.strictObject(minBlockQuery),
  replies: { 200: { description: 'The certificate', schema: reading(certificateSchema) } },
  errors: ['NOT_FOUND', 'INDEX_BEHIND'],
  handle: (gateway, { params, query }, reader) =>
    readOne(gateway, query, () => {
      const certificate = gateway.index.certificates.one(params.thumbprint);
      return certificate !== undefined && mayRead(reader, certificate.holder) ? certificate : undefined;
    }),
});

export const requestCertificate = jsonRoute({
  method: 'post',
  path: '/certificates/requests',
  tag: 'certificates',
  access: 'reader',
  summary: 'Let the CA certify the next key of an account or officer',
  description: 'By the registrar for an account, by the administrator for an officer. The certificate counts for nothing until `certificate.renew/1` has recorded it.',
  json: z.strictObject({ holder: signerIdSchema, csr: z.string().max(8192), application: applicationJwsSchema }),
  replies: { 200: { description: 'Certified', schema: z.object({ certificate: z.string().meta({ description: 'DER, base64' }) }) } },
  errors: ['NOT_ENTITLED', 'NOT_FOUND', 'OBJECT_DIFFERS', 'REGISTRATION_PROOF', 'CERTIFICATE_AUTHORITY_UNAVAILABLE'],
  handle: async (gateway, { body }, reader) => {
    if (organizationOf(body.holder) !== gateway.organizationId) throw new HttpError('OBJECT_DIFFERS', { organization: gateway.organizationId });
    assertOfficerOf(reader, gateway.organizationId, isAccountId(body.holder) ? 'registrar' : 'administrator');
    return { status: 200, body: { certificate: await gateway.registrations.certifyNext(body) } };
  },
});

export const renewCertificate = instructionRoute({
  method: 'post',
  path: '/certificates',
  tag: 'certificates',
  summary: 'Renew a certificate: a new one takes the place of an active one',
  types: ['certificate.renew/1'],
  replies: INSTRUCTION_REPLIES,
  errors: [...INSTRUCTION_PROBLEMS, 'OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING', 'CERTIFICATE_STATE', 'CERTIFICATE_MALFORMED', 'CERTIFICATE_PROFILE', 'CERTIFICATE_ISSUER', 'CERTIFICATE_NOT_CURRENT', 'CERTIFICATE_PROOF', 'KEY_IN_USE'],
  handle: (gateway, { body, header }) => submitted(gateway, body, header('prefer')),
});

export const revocation = instructionRoute({
  method: 'post',
  path: '/certificates/{thumbprint}/revocation',
  tag: 'certificates',
  summary: 'Revoke a certificate at once',
  types: ['certificate.revoke/1'],
  params: thumbprintParams,
  replies: INSTRUCTION_REPLIES,
  errors: [...INSTRUCTION_PROBLEMS, 'SIGNER_NOT_ENTITLED', 'OFFICER_ORGANIZATION_DIFFERS', 'OFFICER_ROLE_MISSING', 'CERTIFICATE_STATE', 'ORGANIZATION_LAST_ADMINISTRATOR', 'OBJECT_DIFFERS'],
  handle: (gateway, { params, body, header }) => {
    assertAbout<BodyOf<typeof revokeCertificate>>(body.instruction, ({ thumbprint }) => thumbprint === params.thumbprint);
    return submitted(gateway, body, header('prefer'));
  },
});
