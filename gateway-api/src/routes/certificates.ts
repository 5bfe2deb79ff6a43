import { digestSchema, type revokeCertificate } from '@tallystick/chaincode/domain';
import { z } from 'zod';
import { mayRead } from '../http/entitlement.ts';
import { instructionRoute, readerRoute } from '../http/route.ts';
import type { BodyOf } from '../index/projection.ts';
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
